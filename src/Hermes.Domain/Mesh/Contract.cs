using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Shared;

namespace Hermes.Domain.Mesh;

/// <summary>
/// Work that a tenant offers on the mesh. Every change goes through <see cref="ContractTransitions"/>; the methods take
/// the instant they happen at. Money is not moved here: the use case that calls a method moves it in the same transaction.
/// </summary>
public sealed partial class Contract : IVersioned
{
    /// <summary>How long an award is tried again while the wallet can't cover it.</summary>
    public static readonly TimeSpan FundsPatience = TimeSpan.FromHours(24);

    private Contract()
    {
    }

    /// <summary>Its id.</summary>
    public ContractId Id { get; private set; }

    /// <summary>The poster.</summary>
    public TenantId TenantId { get; private set; }

    /// <summary>The person who posted it; null when Hermes itself did.</summary>
    public PersonId? PostedBy { get; private set; }

    /// <summary>One line.</summary>
    public string Title { get; private set; } = "";

    /// <summary>What is to be done.</summary>
    public string Intent { get; private set; } = "";

    /// <summary>The input, a JSON object.</summary>
    public string Context { get; private set; } = "{}";

    /// <summary>The budget that prices are measured by.</summary>
    public Money Reward { get; private set; }

    /// <summary>The most a bid may ask; in the reward's currency.</summary>
    public Money MaxPrice { get; private set; }

    /// <summary>All of these are needed.</summary>
    public string[] RequiredCapabilities { get; private set; } = [];

    /// <summary>How long bids are taken.</summary>
    public int BiddingWindowSeconds { get; private set; }

    /// <summary>How long the winner has; null: as long as its bid promised.</summary>
    public int? DeliveryWindowSeconds { get; private set; }

    /// <summary>How long the poster has to accept or reject; then the result counts as accepted.</summary>
    public int AcceptanceWindowSeconds { get; private set; }

    /// <summary>What the result is checked against.</summary>
    public ValidationRules Validation { get; private set; } = ValidationRules.None;

    /// <summary>Who may bid.</summary>
    public Visibility Visibility { get; private set; }

    /// <summary>The invited agents; empty unless <see cref="Visibility.Invited"/>.</summary>
    public Guid[] InvitedAgents { get; private set; } = [];

    /// <summary>Owners of the invited agents; they may see the contract.</summary>
    public Guid[] InvitedTenants { get; private set; } = [];

    /// <summary>Weights of the bid score.</summary>
    public BidWeights Weights { get; private set; } = BidWeights.Equal;

    /// <summary>Least effective trust of a bidder.</summary>
    public decimal MinReputation { get; private set; }

    /// <summary>Least confidence of a bid.</summary>
    public decimal MinConfidence { get; private set; }

    /// <summary>The poster's people see bids while the window is open.</summary>
    public bool WatchBids { get; private set; }

    /// <summary>The next best bid is awarded when a winner is late or gives up, until bids run out.</summary>
    public bool Reaward { get; private set; }

    /// <summary>Where it is.</summary>
    public ContractState State { get; private set; }

    /// <summary>When it was written.</summary>
    public DateTimeOffset CreatedAt { get; private set; }

    /// <summary>When it is to open; null: at once when published.</summary>
    public DateTimeOffset? StartsAt { get; private set; }

    /// <summary>When bidding opened; null before.</summary>
    public DateTimeOffset? OpenedAt { get; private set; }

    /// <summary>When the window closes or closed; null before it opened.</summary>
    public DateTimeOffset? BiddingClosesAt { get; private set; }

    /// <summary>When the window was extended because nobody had bid; null when it was not.</summary>
    public DateTimeOffset? ExtendedAt { get; private set; }

    /// <summary>Since when the award waits for the poster's wallet; null when it doesn't.</summary>
    public DateTimeOffset? WaitingForFundsAt { get; private set; }

    /// <summary>When the award is tried again while waiting for funds; null when it doesn't wait.</summary>
    public DateTimeOffset? FundsRetryAt { get; private set; }

    /// <summary>When it was (last) awarded; null before.</summary>
    public DateTimeOffset? AwardedAt { get; private set; }

    /// <summary>How many times it was awarded; above 1 when it was passed on.</summary>
    public int Rounds { get; private set; }

    /// <summary>The winning bid; null before the award.</summary>
    public BidId? WinnerBidId { get; private set; }

    /// <summary>The winner; null before the award.</summary>
    public AgentId? WinnerAgentId { get; private set; }

    /// <summary>The winner's owner; null before the award.</summary>
    public TenantId? WinnerTenantId { get; private set; }

    /// <summary>What the winner gets for full marks, in millionths of the reward's currency; null before the award.</summary>
    public long? PriceMicroUnits { get; private set; }

    /// <summary>The part of the price that was held from promotional credits, in millionths; 0 before the award.</summary>
    public long PromotionalMicroUnits { get; private set; }

    /// <summary>What was released to the winner's side ahead of the settlement, in millionths; 0 before the award.</summary>
    public long EarlyAgentMicroUnits { get; private set; }

    /// <summary>What the platform got of that, in millionths.</summary>
    public long EarlyPlatformMicroUnits { get; private set; }

    /// <summary>What of milestones went back to the poster, in millionths; 0 for none.</summary>
    public long EarlyRefundedMicroUnits { get; private set; }

    /// <summary>What of <see cref="EarlyReleased"/> operators moved by hand, in millionths; 0 for none.</summary>
    public long ByHandMicroUnits { get; private set; }

    /// <summary>How many milestones it has; 0: it is delivered as a whole.</summary>
    public int MilestoneCount { get; private set; }

    /// <summary>How long the winner has for the first milestone; null: the contract's window.</summary>
    public int? FirstDueSeconds { get; private set; }

    /// <summary>How many times something was released early in this round; 0 for none.</summary>
    public int EarlyReleases { get; private set; }

    /// <summary>The time that the winner promised, in seconds; null before the award.</summary>
    public int? PromisedSeconds { get; private set; }

    /// <summary>When the winner said that it started; null when it has not.</summary>
    public DateTimeOffset? StartedAt { get; private set; }

    /// <summary>When the result is due; null before the award.</summary>
    public DateTimeOffset? DeliverBy { get; private set; }

    /// <summary>When the result came; null before.</summary>
    public DateTimeOffset? DeliveredAt { get; private set; }

    /// <summary>Until when the poster may accept or reject; null before the delivery.</summary>
    public DateTimeOffset? AcceptBy { get; private set; }

    /// <summary>The result's score, 0–1; null before validation.</summary>
    public decimal? ValidationScore { get; private set; }

    /// <summary>When the score was recorded; null before.</summary>
    public DateTimeOffset? ValidatedAt { get; private set; }

    /// <summary>The stars that the poster gave the winner, 1–5; null before.</summary>
    public int? Stars { get; private set; }

    /// <summary>Since when it is or was in dispute; null when it never was.</summary>
    public DateTimeOffset? DisputedAt { get; private set; }

    /// <summary>When it reached its final state; null before.</summary>
    public DateTimeOffset? EndedAt { get; private set; }

    /// <summary>Why it ended or is disputed, at most <see cref="Dispute.MaxText"/> characters; null without a reason.</summary>
    public string? Reason { get; private set; }

    /// <summary>The agents through which it came, from the first to the one that posted it; empty for a person's contract.</summary>
    public Guid[] ChainAgents { get; private set; } = [];

    /// <inheritdoc />
    public uint Version { get; private set; }

    /// <summary>The agents through which it came.</summary>
    public SpendChain Chain => new([.. ChainAgents.Select(id => new AgentId(id))]);

    /// <summary>The currency of everything in it.</summary>
    public Currency Currency => Reward.Currency;

    /// <summary>What is held for the winner; null before the award.</summary>
    public Money? Price => PriceMicroUnits is { } micro ? new Money(micro, Currency) : null;

    /// <summary>What was released ahead of the settlement, the platform's part included.</summary>
    public Money EarlyReleased => new(EarlyAgentMicroUnits + EarlyPlatformMicroUnits, Currency);

    /// <summary>What of the price is still in escrow while the contract is not over; zero before the award.</summary>
    public Money Held => (Price ?? Money.Zero(Currency)) - EarlyReleased - EarlyRefunded;

    /// <summary>What of <see cref="EarlyReleased"/> operators moved by hand in this round.</summary>
    public Money MovedByHand => new(ByHandMicroUnits, Currency);

    /// <summary>What of milestones went back to the poster.</summary>
    public Money EarlyRefunded => new(EarlyRefundedMicroUnits, Currency);

    /// <summary>True when it is delivered and paid by milestones.</summary>
    public bool HasMilestones => MilestoneCount > 0;

    /// <summary>The part of <see cref="Held"/> that came from promotional credits: they are spent first.</summary>
    public Money HeldCredits => new(Math.Max(0, PromotionalMicroUnits - EarlyReleased.MicroUnits - EarlyRefundedMicroUnits), Currency);

    /// <summary>True once a result is due and has not come.</summary>
    public bool IsLate(DateTimeOffset now) => ContractTransitions.AtWork.Contains(State) && now >= DeliverBy;

    /// <summary>True while bids are taken.</summary>
    public bool TakesBids(DateTimeOffset now) =>
        ContractTransitions.Allows(State, ContractAct.Bid) && now < BiddingClosesAt && WaitingForFundsAt is null;

    /// <summary>True when the window has closed and the award is due.</summary>
    public bool AwardDue(DateTimeOffset now) =>
        State == ContractState.Bidding && now >= BiddingClosesAt && (FundsRetryAt is null || now >= FundsRetryAt);
}
