using System.ComponentModel.DataAnnotations;

namespace Hermes.Application.Shared.Settings;

/// <summary>Where traces and metrics go.</summary>
[Settings("Hermes:Telemetry")]
public sealed class TelemetrySettings
{
    /// <summary>An OTLP/gRPC collector for traces and metrics: <c>http://collector:4317</c>; null: none.</summary>
    public Uri? OtlpEndpoint { get; set; }

    /// <summary>The share of traces that is kept, 0–1.</summary>
    [Range(0, 1.0)]
    public double TraceRatio { get; set; } = 0.1;

    /// <summary>What a caller of /metrics must send as bearer token; null: only callers on this machine may read it.</summary>
    [MinLength(16)]
    public string? MetricsToken { get; set; }
}
