using System.Diagnostics;
using System.Reflection;
using Hermes.Application.Shared;
using Hermes.Application.Shared.Settings;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Hermes.Infrastructure.Shared.Telemetry;

/// <summary>
/// Collects Hermes' own instruments and those of ASP.NET Core, the runtime, Npgsql and Quartz for <c>/metrics</c>, and
/// sends them with traces to a collector where one is configured. Without a collector nothing listens to spans, so that
/// they cost nothing.
/// </summary>
public sealed class Telemetry : IHostedService, IDisposable
{
    private static readonly string[] Meters =
    [
        PipelineTelemetry.Name, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime", "Npgsql", "Quartz",
    ];

    private readonly PrometheusExporter _prometheus = new();
    private readonly MeterProvider _metrics;
    private readonly TracerProvider? _traces;

    /// <summary>Starts collecting.</summary>
    public Telemetry(TelemetrySettings settings, IHostEnvironment environment)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(environment);
        var resource = ResourceBuilder.CreateDefault().AddService(
            "hermes", serviceVersion: Version, serviceInstanceId: $"{Environment.MachineName}-{Environment.ProcessId}");
        var metrics = Sdk.CreateMeterProviderBuilder()
            .SetResourceBuilder(resource)
            .AddMeter(Meters)
            .AddView(
                instrument => instrument.Meter.Name == PipelineTelemetry.Name && instrument.Unit == "ms" ? new ExplicitBucketHistogramConfiguration
                {
                    Boundaries = [0.25, 0.5, 1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 10000],
                }
                : null)
            .AddReader(new BaseExportingMetricReader(_prometheus));
        if (settings.OtlpEndpoint is { } collector)
        {
            metrics.AddOtlpExporter(otlp => otlp.Endpoint = collector);
            // Without this the server's spans carry no route, method or status.
            AppContext.SetSwitch("Microsoft.AspNetCore.Hosting.SuppressActivityOpenTelemetryData", false);
            _traces = Sdk.CreateTracerProviderBuilder()
                .SetResourceBuilder(resource)
                .AddSource(PipelineTelemetry.Name, "Microsoft.AspNetCore", "Npgsql", "Quartz")
                .SetSampler(new ParentBasedSampler(new TraceIdRatioBasedSampler(settings.TraceRatio)))
                .AddOtlpExporter(otlp =>
                {
                    otlp.Endpoint = collector;
                    otlp.Protocol = OtlpExportProtocol.Grpc;
                })
                .Build();
        }

        _metrics = metrics.Build();
    }

    /// <summary>The product's version as it was built.</summary>
    public static string Version { get; } =
        typeof(Telemetry).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";

    /// <summary>All metrics in Prometheus' text format.</summary>
    public string Scrape() => _prometheus.Scrape();

    /// <summary>Names the server's span by its route and gives it the request's id, so that a problem's id finds its trace.</summary>
    public static void NameSpan(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (context.Features.Get<IHttpActivityFeature>()?.Activity is not { IsAllDataRequested: true } span)
            return;
        if ((context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText is { } route)
        {
            span.DisplayName = $"{context.Request.Method} {route}";
            span.SetTag("http.route", route);
        }

        span.SetTag("http.response.status_code", context.Response.StatusCode);
        span.SetTag("hermes.request_id", context.TraceIdentifier);
        if (context.Response.StatusCode >= 500)
            span.SetStatus(ActivityStatusCode.Error);
    }

    /// <inheritdoc />
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc />
    public Task StopAsync(CancellationToken cancellationToken)
    {
        _metrics.ForceFlush(2000);
        _traces?.ForceFlush(2000);
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _traces?.Dispose();
        _metrics.Dispose();
        _prometheus.Dispose();
    }
}
