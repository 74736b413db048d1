using System.ComponentModel.DataAnnotations;

namespace Hermes.Application.Shared.Settings;

/// <summary>How agents are probed, at their endpoints or down their sockets.</summary>
[Settings("Hermes:Probes")]
public sealed class ProbeSettings
{
    /// <summary>Whether this node probes. One that doesn't takes agents behind sockets at their word.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Seconds between two probes of an agent that works, unless its owner sets another interval.</summary>
    [Range(60, 86_400)]
    public int IntervalSeconds { get; set; } = 900;

    /// <summary>Agents that a node probes at the same time.</summary>
    [Range(1, 1_000)]
    public int AtATime { get; set; } = 8;

    /// <summary>Longest time of one step of a probe, in seconds.</summary>
    [Range(1, 120)]
    public int StepSeconds { get; set; } = 15;

    /// <summary>How long a whole probe may take: its steps, and what a busy machine adds.</summary>
    public TimeSpan Lease() => TimeSpan.FromSeconds((StepSeconds * 6) + 30);
}
