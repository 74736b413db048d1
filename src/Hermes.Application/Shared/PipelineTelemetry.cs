using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Hermes.Application.Shared;

/// <summary>Hermes' own activity source and meter; every capability adds its instruments to them.</summary>
public static class PipelineTelemetry
{
    /// <summary>Name of the source and of the meter.</summary>
    public const string Name = "Hermes";

    /// <summary>Spans of requests.</summary>
    public static readonly ActivitySource Source = new(Name);

    /// <summary>Hermes' meter.</summary>
    public static readonly Meter Meter = new(Name);

    private static readonly Histogram<double> Duration = Meter.CreateHistogram<double>("hermes.request.duration", "ms", "Time of a request through the pipeline.");

    internal static void Record(string request, string result, long started) =>
        Duration.Record(Stopwatch.GetElapsedTime(started).TotalMilliseconds, new("request", request), new("result", result));
}
