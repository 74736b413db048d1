using Hermes.Domain.Shared;

namespace Hermes.Domain.Mesh;

/// <summary>Who may see a contract and bid on it.</summary>
public enum Visibility
{
    /// <summary>Every eligible agent of the installation.</summary>
    Network,
    /// <summary>The poster's own agents.</summary>
    Tenant,
    /// <summary>The invited agents.</summary>
    Invited,
}

/// <summary>An agent that is invited to a contract.</summary>
/// <param name="Agent">The agent.</param>
/// <param name="Tenant">Its owner.</param>
public sealed record Invitation(AgentId Agent, TenantId Tenant);

/// <summary>What a poster asks for; what a person left out has been filled from its preferences by the caller.</summary>
public sealed record ContractTerms
{
    /// <summary>Shortest bidding window.</summary>
    public static readonly TimeSpan ShortestWindow = TimeSpan.FromSeconds(1);

    /// <summary>Longest bidding window.</summary>
    public static readonly TimeSpan LongestWindow = TimeSpan.FromDays(7);

    /// <summary>Longest delivery and acceptance window, and the farthest start.</summary>
    public static readonly TimeSpan Farthest = TimeSpan.FromDays(366);

    /// <summary>Bidding window where the poster names none.</summary>
    public static readonly TimeSpan DefaultBiddingWindow = TimeSpan.FromSeconds(30);

    /// <summary>Acceptance window where the poster names none.</summary>
    public static readonly TimeSpan DefaultAcceptanceWindow = TimeSpan.FromHours(72);

    /// <summary>One line.</summary>
    public required string Title { get; init; }

    /// <summary>What is to be done, in the poster's words.</summary>
    public required string Intent { get; init; }

    /// <summary>The input as a JSON object in text.</summary>
    public string Context { get; init; } = "{}";

    /// <summary>The budget that prices are measured by; above zero.</summary>
    public required Money Reward { get; init; }

    /// <summary>The most a bid may ask, in the reward's currency; null for the reward.</summary>
    public Money? MaxPrice { get; init; }

    /// <summary>All of these are needed, lower case; empty for anybody.</summary>
    public IReadOnlyList<string> RequiredCapabilities { get; init; } = [];

    /// <summary>How long bids are taken, 1 s to 7 days.</summary>
    public TimeSpan BiddingWindow { get; init; } = DefaultBiddingWindow;

    /// <summary>How long the winner has; null: as long as its bid promises.</summary>
    public TimeSpan? DeliveryWindow { get; init; }

    /// <summary>How long the poster has to accept or reject.</summary>
    public TimeSpan AcceptanceWindow { get; init; } = DefaultAcceptanceWindow;

    /// <summary>What the result is checked against.</summary>
    public ValidationRules Validation { get; init; } = ValidationRules.None;

    /// <summary>Who may bid.</summary>
    public Visibility Visibility { get; init; } = Visibility.Network;

    /// <summary>The invited agents where <see cref="Visibility"/> is <see cref="Visibility.Invited"/>.</summary>
    public IReadOnlyList<Invitation> Invited { get; init; } = [];

    /// <summary>Weights of the bid score.</summary>
    public BidWeights Weights { get; init; } = BidWeights.Equal;

    /// <summary>Least effective trust of a bidder, 0–1; 4 decimals are kept.</summary>
    public decimal MinReputation { get; init; }

    /// <summary>Least confidence of a bid, 0–1; 4 decimals are kept.</summary>
    public decimal MinConfidence { get; init; }

    /// <summary>The poster's people see bids while the window is open.</summary>
    public bool WatchBids { get; init; }

    /// <summary>The next best bid is awarded when a winner is late or gives up, until bids run out; else the contract is refunded.</summary>
    public bool Reaward { get; init; } = true;

    /// <summary>Parts that are delivered and paid one after the other; empty for a contract as a whole.</summary>
    public IReadOnlyList<MilestoneTerms> Milestones { get; init; } = [];

    /// <summary>When bidding opens; null or past: at once.</summary>
    public DateTimeOffset? StartsAt { get; init; }

    /// <summary>Null when the terms hold together, else what is wrong with which member.</summary>
    public Error? Check()
    {
        var wrong = new Dictionary<string, string[]>(StringComparer.Ordinal);
        Need(Title.Trim().Length is > 0 and <= 200, "title", "A title of 1 to 200 characters is needed.");
        Need(Intent.Trim().Length is > 0 and <= 8000, "intent", "An intent of 1 to 8,000 characters is needed.");
        Need(Reward.IsPositive, "reward", "The reward must be above zero.");
        Need(MaxPrice is null || MaxPrice.Value.IsPositive && MaxPrice.Value.Currency == Reward.Currency, "max_price", "The most a bid may ask must be above zero and in the reward's currency.");
        Need(BiddingWindow >= ShortestWindow && BiddingWindow <= LongestWindow, "bidding_window_seconds", "The bidding window must be 1 second to 7 days.");
        Need(DeliveryWindow is null || DeliveryWindow.Value >= TimeSpan.FromSeconds(1) && DeliveryWindow.Value <= Farthest, "delivery_window_seconds", "The delivery window must be 1 second to 366 days.");
        Need(AcceptanceWindow >= TimeSpan.FromSeconds(1) && AcceptanceWindow <= Farthest, "acceptance_window_seconds", "The acceptance window must be 1 second to 366 days.");
        Need(RequiredCapabilities.Count <= 20 && RequiredCapabilities.All(c => c is { Length: > 0 and <= 100 }), "required_capabilities", "At most 20 capabilities of 1 to 100 characters.");
        Need(MinReputation is >= 0 and <= 1, "min_reputation", "Must be between 0 and 1.");
        Need(MinConfidence is >= 0 and <= 1, "min_confidence", "Must be between 0 and 1.");
        Need(Visibility == Visibility.Invited == Invited.Count > 0 && Invited.Count <= 100, "invited_agent_ids", "Name 1 to 100 agents when, and only when, the contract is for invited agents.");
        Need(Validation.MaxBytesHolds, "validation.max_bytes", "Must be 1 to 1,048,576.");
        Need(Validation.RequiredFieldsHold, "validation.required_fields", "At most 50 fields of 1 to 200 characters.");
        Need(Milestones.Count is 0 or (>= 2 and <= Milestone.Most), "milestones", $"A contract has 2 to {Milestone.Most} milestones or none.");
        Need(Milestones.All(m => m.Title.Trim().Length is > 0 and <= 200), "milestones.title", "Each milestone needs a title of 1 to 200 characters.");
        Need(Milestones.All(m => m.Weight > 0), "milestones.percent", "Each milestone needs a part above zero.");
        Need(Milestones.All(m => m.DueSeconds is null || (m.DueSeconds >= 1 && m.DueSeconds <= Farthest.TotalSeconds)), "milestones.due_seconds", "A milestone's time must be 1 second to 366 days.");
        Need(Milestones.All(m => m.Validation.MaxBytesHolds && m.Validation.RequiredFieldsHold), "milestones.validation", "1 to 1,048,576 bytes, and at most 50 fields of 1 to 200 characters.");
        Need(Milestones.Count == 0 || !Validation.Any, "validation", "The rules of a contract with milestones stand with each of them.");
        return wrong.Count == 0 ? null : Error.Validation(wrong);

        void Need(bool holds, string member, string message)
        {
            if (!holds)
                wrong[member] = [message];
        }
    }
}
