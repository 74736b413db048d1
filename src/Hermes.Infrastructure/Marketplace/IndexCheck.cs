using System.Globalization;
using Hermes.Application.Marketplace;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Hermes.Infrastructure.Marketplace;

/// <summary>Whether this node's search index is filled; while it isn't, searches wait for it.</summary>
internal sealed class IndexCheck(IAgentFinder finder) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var now = finder.Progress;
        string Of(int done, int all) => string.Create(CultureInfo.InvariantCulture, $"{done:#,##0} of {all:#,##0}");
        return Task.FromResult(!now.IsReady ? HealthCheckResult.Degraded($"Being filled: {Of(now.Indexed, now.Expected)} agents.")
            : HealthCheckResult.Healthy(now.Embedded < now.Indexed ? $"Vectors are being made: {Of(now.Embedded, now.Indexed)} agents." : string.Create(CultureInfo.InvariantCulture, $"{now.Indexed:#,##0} agents.")));
    }
}
