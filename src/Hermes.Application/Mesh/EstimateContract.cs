using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using FluentValidation;
using MediatR;

namespace Hermes.Application.Mesh;

/// <summary>What contracts for the same capabilities were awarded for.</summary>
/// <param name="Capabilities">All of them were required; none for any contract.</param>
/// <param name="Currency">Whose prices.</param>
[Requires(Permissions.ContractsCreate)]
public sealed record EstimateContract(IReadOnlyList<string> Capabilities, Currency Currency) : IQuery<ContractEstimate>
{
    /// <summary>As many as a contract may require.</summary>
    public const int MostCapabilities = 20;

    /// <summary>The capabilities as contracts name them.</summary>
    internal static IReadOnlyCollection<string> Named(IEnumerable<string> capabilities) =>
        [.. capabilities.Select(Contract.NormaliseCapability).Where(c => c.Length > 0).Distinct()];
}

/// <summary>What similar contracts cost.</summary>
/// <param name="Basis">What it rests on.</param>
/// <param name="Count">How many contracts or agents; 0 when there is nothing to go by.</param>
/// <param name="Low">A quarter cost less; null when there is nothing to go by.</param>
/// <param name="Usual">Half cost less.</param>
/// <param name="High">A quarter cost more.</param>
public sealed record ContractEstimate(EstimateBasis Basis, int Count, Money? Low, Money? Usual, Money? High)
{
    /// <summary>There is nothing to go by.</summary>
    public static readonly ContractEstimate Unknown = new(EstimateBasis.Nothing, 0, null, null, null);
}

/// <summary>What an estimate rests on.</summary>
public enum EstimateBasis
{
    /// <summary>Too few contracts and agents: no number says more than nothing.</summary>
    Nothing,
    /// <summary>Prices at which similar contracts were awarded in the last 180 days.</summary>
    Awards,
    /// <summary>Listed prices of public agents that can do it.</summary>
    ListedPrices,
}

/// <summary>What was paid and asked across organisations, aggregated so that nobody's prices can be read from it.</summary>
public interface IPriceHistory
{
    /// <summary>
    /// Quartiles of what contracts that required the capabilities were awarded for in the last 180 days, where there were five of at
    /// least three posters; else of the listed prices of public agents that have them, where three owners have such.
    /// </summary>
    Task<ContractEstimate> OfAsync(IReadOnlyCollection<string> capabilities, Currency currency, CancellationToken cancellationToken);
}

internal sealed class EstimateContractValidator : AbstractValidator<EstimateContract>
{
    public EstimateContractValidator() => RuleFor(r => r.Capabilities.Count).LessThanOrEqualTo(EstimateContract.MostCapabilities).OverridePropertyName("capabilities");
}

internal sealed class EstimateContractHandler(IPriceHistory history) : IRequestHandler<EstimateContract, Result<ContractEstimate>>
{
    public async Task<Result<ContractEstimate>> Handle(EstimateContract request, CancellationToken cancellationToken) =>
        await history.OfAsync(EstimateContract.Named(request.Capabilities), request.Currency, cancellationToken);
}
