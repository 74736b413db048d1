using Hermes.Application.Mesh;
using Hermes.Application.Shared;
using Microsoft.Extensions.Logging;
using Quartz;

namespace Hermes.Infrastructure.Mesh;

/// <summary>Learns from the bids of the past at 02:20 UTC, once in the installation.</summary>
[DisallowConcurrentExecution]
internal sealed class FitBidModelJob(ISystemScopes scopes, ILogger<FitBidModelJob> logger) : IJob
{
    public const string Schedule = "0 20 2 * * ?";

    public static readonly JobKey Key = new("bid-model", "mesh");

    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
    {
        await using var engine = scopes.Begin("bid-model");
        var fitted = await engine.SendAsync(new FitBidModel(), cancellationToken);
        if (fitted.Succeeded)
            logger.LogInformation("Learnt from {Bids} bids; calibration error {Error}", fitted.Value.Bids, fitted.Value.CalibrationError);
        else
            logger.LogError("Nothing was learnt from bids: {Code}", fitted.Error.Code);
    }
}
