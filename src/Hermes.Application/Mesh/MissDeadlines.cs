using Hermes.Application.Shared;
using Hermes.Domain.Shared;
using Microsoft.Extensions.DependencyInjection;

namespace Hermes.Application.Mesh;

/// <summary>Takes contracts from winners whose results are due and have not come.</summary>
internal sealed class MissDeadlines : ISweep
{
    public string Actor => "deadlines";

    public Task<IReadOnlyList<ContractId>> DueAsync(IServiceProvider services, DateTimeOffset now, IReadOnlyCollection<ContractId> except, CancellationToken cancellationToken) =>
        services.GetRequiredService<IDueContracts>().ListAsync(DueKind.Deadline, now, ISweep.Limit, except, cancellationToken);

    public async Task<Error?> HandleAsync(ISystemScope engine, ContractId contract, CancellationToken cancellationToken) =>
        (await engine.SendAsync(new MissDeadline(contract), cancellationToken)).Error;
}
