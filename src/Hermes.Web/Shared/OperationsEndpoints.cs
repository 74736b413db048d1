using System.Net;
using System.Security.Cryptography;
using System.Text;
using Hermes.Application.Shared;
using Hermes.Application.Shared.Settings;
using Hermes.Infrastructure.Shared.Telemetry;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Hermes.Web.Shared;

/// <summary>What the people and machines that run an installation ask: is it alive, is it ready, its metrics.</summary>
internal sealed class OperationsEndpoints : IRootEndpoints
{
    public void Map(IEndpointRouteBuilder root)
    {
        // Alive: the process answers. Nothing is asked of the database, so that its absence does not restart every node.
        root.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false, ResponseWriter = WriteAsync });
        root.MapHealthChecks("/health/ready", new HealthCheckOptions { ResponseWriter = WriteAsync });
        root.MapGet("/metrics", Metrics).ExcludeFromDescription();
    }

    private static Microsoft.AspNetCore.Http.IResult Metrics(HttpContext context, Telemetry telemetry, TelemetrySettings settings) =>
        MayRead(context, settings.MetricsToken)
            ? Results.Text(telemetry.Scrape(), "text/plain; version=0.0.4", Encoding.UTF8)
            : Results.NotFound();

    private static bool MayRead(HttpContext context, string? token)
    {
        if (token is null)
            return context.Connection.RemoteIpAddress is not { } address || IPAddress.IsLoopback(address);
        return CryptographicOperations.FixedTimeEquals(
            SHA256.HashData(Encoding.UTF8.GetBytes(context.Request.Headers.Authorization.ToString())),
            SHA256.HashData(Encoding.UTF8.GetBytes("Bearer " + token)));
    }

    // Names and states only: whoever may ask is unknown, so no exception and no address leaves.
    private static Task WriteAsync(HttpContext context, HealthReport report) => context.Response.WriteAsJsonAsync(
        new
        {
            Status = Word(report.Status),
            Checks = report.Entries.ToDictionary(entry => entry.Key, entry => new { Status = Word(entry.Value.Status), entry.Value.Description }),
        },
        HermesJson.Options,
        context.RequestAborted);

    private static string Word(HealthStatus status) => status switch
    {
        HealthStatus.Healthy => "healthy",
        HealthStatus.Degraded => "degraded",
        _ => "unhealthy",
    };
}
