using System.ComponentModel.DataAnnotations;

namespace Hermes.Application.Shared.Settings;

/// <summary>The loop breaker: what ends agents that call and pay one another without end.</summary>
[Settings("Hermes:Loops")]
public sealed class LoopSettings
{
    /// <summary>The most agents in a chain of calls before the one that is called.</summary>
    [Range(1, 100)]
    public int MaxDepth { get; set; } = 8;

    /// <summary>How often an agent may come up again in a chain that it is in already.</summary>
    [Range(0, 100)]
    public int MaxRevisits { get; set; } = 1;

    /// <summary>The most calls an agent pays for in one minute, over all nodes.</summary>
    [Range(1, 1_000_000)]
    public int MaxPaidPerMinute { get; set; } = 1_200;
}
