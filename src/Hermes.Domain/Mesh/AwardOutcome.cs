using Hermes.Domain.Shared;

namespace Hermes.Domain.Mesh;

/// <summary>What of an <see cref="Award"/> everybody who bid may know: how it was decided, and not who won.</summary>
public sealed class AwardOutcome
{
    private AwardOutcome()
    {
    }

    /// <summary>The contract.</summary>
    public ContractId ContractId { get; private set; }

    /// <summary>1 for the first award, 2 when it was passed on once …</summary>
    public int Round { get; private set; }

    /// <summary>The contract's poster.</summary>
    public TenantId PosterTenantId { get; private set; }

    /// <summary>The winner's score, 0–100.</summary>
    public decimal TotalScore { get; private set; }

    /// <summary>The horizon of the speed component, in seconds.</summary>
    public int HorizonSeconds { get; private set; }

    /// <summary>What decided.</summary>
    public TieBreak TieBreak { get; private set; }

    /// <summary>How many bids lost.</summary>
    public int RunnerUps { get; private set; }

    /// <summary>When it was decided.</summary>
    public DateTimeOffset AwardedAt { get; private set; }

    /// <summary>A person chose.</summary>
    public bool ByHand { get; private set; }
}
