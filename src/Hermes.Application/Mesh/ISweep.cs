using Hermes.Application.Shared;
using Hermes.Domain.Shared;

namespace Hermes.Application.Mesh;

/// <summary>
/// What falls due with time to a contract. Every implementation is found and run about once a second on every node; each contract
/// is handled in a transaction of its own, and one that fails or is refused is left alone for a while, so that it holds up no other.
/// </summary>
public interface ISweep
{
    /// <summary>Most contracts of one turn.</summary>
    const int Limit = 100;

    /// <summary>The name of the system actor that does it.</summary>
    string Actor { get; }

    /// <summary>Contracts whose turn it is, longest due first, at most <see cref="Limit"/>.</summary>
    /// <param name="services">Services of a system actor's scope.</param>
    /// <param name="now">The instant.</param>
    /// <param name="except">Contracts that are left alone.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    Task<IReadOnlyList<ContractId>> DueAsync(IServiceProvider services, DateTimeOffset now, IReadOnlyCollection<ContractId> except, CancellationToken cancellationToken);

    /// <summary>Handles one. Null when it is done, else why not: another node, or a side in the last moment, may have been first.</summary>
    Task<Error?> HandleAsync(ISystemScope engine, ContractId contract, CancellationToken cancellationToken);
}
