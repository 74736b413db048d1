using Hermes.Application.Shared;
using Hermes.Application.Trust;
using Microsoft.Extensions.Logging;
using Quartz;

namespace Hermes.Infrastructure.Trust;

/// <summary>Recalculates all scores at 02:00 UTC, once in the installation.</summary>
[DisallowConcurrentExecution]
internal sealed class NightlyTrustJob(ISystemScopes scopes, ILogger<NightlyTrustJob> logger) : IJob
{
    public const string Schedule = "0 0 2 * * ?";

    public static readonly JobKey Key = new("recalculate", "trust");

    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
    {
        await using var engine = scopes.Begin("nightly trust");
        var moved = await engine.SendAsync(new RecalculateTrust(), cancellationToken);
        if (moved.Succeeded)
            logger.LogInformation("Trust recalculated: {Moved} scores moved", moved.Value);
        else
            logger.LogError("Trust was not recalculated: {Code}", moved.Error.Code);
    }
}
