using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Shared;

namespace Hermes.Domain.Mesh;

/// <summary>Why an escrow was settled.</summary>
public enum SettlementCause
{
    /// <summary>The result was validated.</summary>
    Validation,
    /// <summary>An operator decided a dispute.</summary>
    Dispute,
    /// <summary>The winner missed its deadline and nobody else was awarded.</summary>
    MissedDeadline,
    /// <summary>The winner handed the contract back and nobody else was awarded.</summary>
    HandedBack,
    /// <summary>The poster called the contract off before the winner began.</summary>
    CalledOff,
    /// <summary>The poster released all that was held without waiting for a validation.</summary>
    EarlyRelease,
    /// <summary>Operators moved it by hand.</summary>
    ByHand,
}

/// <summary>How a contract's escrow was finally split; one per contract, never changed.</summary>
public sealed class Settlement
{
    private Settlement()
    {
    }

    /// <summary>The contract.</summary>
    public ContractId ContractId { get; private set; }

    /// <summary>Who paid.</summary>
    public TenantId PosterTenantId { get; private set; }

    /// <summary>The winner's owner, who was paid.</summary>
    public TenantId WinnerTenantId { get; private set; }

    /// <summary>The winner.</summary>
    public AgentId AgentId { get; private set; }

    /// <summary>Why.</summary>
    public SettlementCause Cause { get; private set; }

    /// <summary>What was held.</summary>
    public Money Price { get; private set; }

    /// <summary>The result's score, 0–1; null without a validation.</summary>
    public decimal? Score { get; private set; }

    /// <summary>Percent of the price that was released.</summary>
    public int ReleasedPercent { get; private set; }

    /// <summary>The platform's share of what was released, in hundredths of a percent.</summary>
    public int PlatformBasisPoints { get; private set; }

    /// <summary>To the winner's side (the winner, its organisation, its referrer, those it derives from), in millionths of the price's currency.</summary>
    public long AgentMicroUnits { get; private set; }

    /// <summary>To the platform, in millionths.</summary>
    public long PlatformMicroUnits { get; private set; }

    /// <summary>Back to the poster, credits included, in millionths.</summary>
    public long RefundedMicroUnits { get; private set; }

    /// <summary>The ledger's transfer.</summary>
    public Guid TransferId { get; private set; }

    /// <summary>When.</summary>
    public DateTimeOffset SettledAt { get; private set; }

    /// <summary>To the winner's side.</summary>
    public Money Agent => new(AgentMicroUnits, Price.Currency);

    /// <summary>To the platform.</summary>
    public Money Platform => new(PlatformMicroUnits, Price.Currency);

    /// <summary>Back to the poster.</summary>
    public Money Refunded => new(RefundedMicroUnits, Price.Currency);

    /// <summary>Records a split.</summary>
    /// <param name="contract">An awarded contract.</param>
    /// <param name="cause">Why.</param>
    /// <param name="split">The split of what was held in the end; what was released early is added.</param>
    /// <param name="transferId">The transfer that moves it.</param>
    /// <param name="now">When.</param>
    /// <param name="score">What it scored, 0–1; null for what the contract says.</param>
    public static Settlement Record(Contract contract, SettlementCause cause, SettlementSplit split, Guid transferId, DateTimeOffset now, decimal? score = null) => new()
    {
        ContractId = contract.Id,
        PosterTenantId = contract.TenantId,
        WinnerTenantId = contract.WinnerTenantId!.Value,
        AgentId = contract.WinnerAgentId!.Value,
        Cause = cause,
        Price = contract.Price!.Value,
        Score = score is { } average ? decimal.Round(average, 4, MidpointRounding.AwayFromZero) : contract.ValidationScore,
        ReleasedPercent = contract.EarlyReleased.IsZero && contract.EarlyRefunded.IsZero ? split.ReleasedPercent : (int)((split.Released + contract.EarlyReleased).Units * 100 / contract.Price.Value.Units),
        PlatformBasisPoints = split.PlatformBasisPoints,
        AgentMicroUnits = contract.EarlyAgentMicroUnits + split.AgentSide.MicroUnits,
        PlatformMicroUnits = contract.EarlyPlatformMicroUnits + split.Platform.MicroUnits,
        RefundedMicroUnits = contract.EarlyRefundedMicroUnits + split.Refunded.MicroUnits,
        TransferId = transferId,
        SettledAt = now,
    };
}
