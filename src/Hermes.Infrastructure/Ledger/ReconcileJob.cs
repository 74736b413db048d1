using Hermes.Application.Ledger;
using Hermes.Application.Shared;
using Microsoft.Extensions.Logging;
using Quartz;

namespace Hermes.Infrastructure.Ledger;

/// <summary>Reconciles every quarter of an hour, once in the installation.</summary>
[DisallowConcurrentExecution]
internal sealed class ReconcileJob(ISystemScopes scopes, ILogger<ReconcileJob> logger) : IJob
{
    public const string Schedule = "0 7/15 * * * ?";

    public static readonly JobKey Key = new("reconcile", "ledger");

    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
    {
        await using var engine = scopes.Begin("reconciliation");
        var run = await engine.SendAsync(new Reconcile(), cancellationToken);
        if (!run.Succeeded)
            logger.LogError("The reconciliation could not run: {Code}", run.Error.Code);
        else if (run.Value.Differences > 0)
            logger.LogWarning("The reconciliation sees {Differences} differences among {Entries} new entries", run.Value.Differences, run.Value.Entries);
    }
}
