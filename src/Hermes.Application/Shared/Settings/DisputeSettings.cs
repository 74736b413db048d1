using System.ComponentModel.DataAnnotations;

namespace Hermes.Application.Shared.Settings;

/// <summary>How long the sides of a dispute have.</summary>
[Settings("Hermes:Disputes")]
public sealed class DisputeSettings
{
    /// <summary>Hours that the other side has to answer; 0: nobody is waited for.</summary>
    [Range(0, 720)]
    public int ResponseHours { get; set; } = 72;

    /// <summary>Hours after a decision in which either side may appeal; 0: a decision is final at once.</summary>
    [Range(0, 720)]
    public int AppealHours { get; set; } = 72;
}

/// <summary>What operators may do alone.</summary>
[Settings("Hermes:Operators")]
public sealed class OperatorSettings
{
    /// <summary>Operators' acts on more money than this many units of its currency need a second operator.</summary>
    [Range(0.0, 1_000_000_000.0)]
    public decimal SecondAbove { get; set; } = 1_000m;

    /// <summary>Hours after which a proposal that nobody confirmed is void.</summary>
    [Range(1, 720)]
    public int ProposalHours { get; set; } = 72;
}
