using Hermes.Application.Shared;
using Hermes.Domain.Shared;

namespace Hermes.Application.Mesh;

/// <summary>Takes contracts from winners whose results are due and have not come, each in a transaction of its own.</summary>
internal sealed class MissDeadlines(ISystemScopes scopes) : ISweep
{
    private const int Limit = 100;

    public async Task<int> RunAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        IReadOnlyList<ContractId> late;
        await using (var engine = scopes.Begin("deadlines"))
            late = await ((IDueContracts)engine.Services.GetService(typeof(IDueContracts))!).ListAsync(DueKind.Deadline, now, Limit, cancellationToken);
        var taken = 0;
        foreach (var contract in late)
        {
            await using var engine = scopes.Begin("deadlines");
            // Another node, or the winner in the last moment, may have been first: then it is refused and nothing happens.
            if ((await engine.SendAsync(new MissDeadline(contract), cancellationToken)).Succeeded)
                taken++;
        }
        return taken;
    }
}

/// <summary>Accepts results whose acceptance window is over.</summary>
internal sealed class AcceptBySweep(ISystemScopes scopes) : ISweep
{
    public async Task<int> RunAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var engine = scopes.Begin("acceptance");
        var run = await engine.SendAsync(new AcceptDue(), cancellationToken);
        return run.Succeeded ? run.Value : 0;
    }
}
