using System.Diagnostics.Metrics;
using Hermes.Application.Shared;

namespace Hermes.Application.Mesh;

/// <summary>Counters of the mesh from the award on.</summary>
internal static class DeliveryTelemetry
{
    /// <summary>Results handed in.</summary>
    public static readonly Counter<long> Delivered = PipelineTelemetry.Meter.CreateCounter<long>("hermes.contracts.delivered", description: "Results handed in.");

    /// <summary>Escrows split, by cause.</summary>
    public static readonly Counter<long> Settled = PipelineTelemetry.Meter.CreateCounter<long>("hermes.contracts.settled", description: "Escrows split, by cause.");

    /// <summary>Winners that missed their deadline.</summary>
    public static readonly Counter<long> DeadlinesMissed = PipelineTelemetry.Meter.CreateCounter<long>("hermes.contracts.deadlines_missed", description: "Winners that missed their deadline.");

    /// <summary>Contracts passed on to the next best bid.</summary>
    public static readonly Counter<long> PassedOn = PipelineTelemetry.Meter.CreateCounter<long>("hermes.contracts.passed_on", description: "Contracts passed on to the next best bid.");

    /// <summary>Disputes opened.</summary>
    public static readonly Counter<long> Disputed = PipelineTelemetry.Meter.CreateCounter<long>("hermes.contracts.disputed", description: "Disputes opened.");

    /// <summary>Time from validation to settlement.</summary>
    public static readonly Histogram<double> SettlementDelay = PipelineTelemetry.Meter.CreateHistogram<double>("hermes.settlement.delay", "ms", "Time from validation to settlement.");
}
