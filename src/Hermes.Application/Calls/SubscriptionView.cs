using Hermes.Domain.Calls;
using Hermes.Domain.Shared;

namespace Hermes.Application.Calls;

/// <summary>Where a subscription stands.</summary>
public enum SubscriptionState
{
    /// <summary>It renews itself.</summary>
    Active,
    /// <summary>It ends with this month.</summary>
    Cancelled,
    /// <summary>It is over.</summary>
    Ended,
}

/// <summary>A subscription of an agent, as its subscriber sees it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="AgentId">The agent.</param>
/// <param name="State">Where it stands.</param>
/// <param name="Price">What this month costs.</param>
/// <param name="IncludedCalls">Calls that a month includes; null for as many as are made.</param>
/// <param name="UsedCalls">Included calls that were made in this month.</param>
/// <param name="CallPrice">What a call beyond them costs; null: it is refused.</param>
/// <param name="Says">The terms in a line.</param>
/// <param name="NextSays">The terms from the next month on, where they change; else null.</param>
/// <param name="StartedAt">When the first month began.</param>
/// <param name="PeriodStartsAt">When this month began.</param>
/// <param name="PeriodEndsAt">When this month is over: it renews itself then, or ends.</param>
/// <param name="EndedAt">When it ended; null while it runs.</param>
/// <param name="EndReason">Why it ended; null while it runs.</param>
public sealed record SubscriptionView(
    AgentSubscriptionId Id, AgentId AgentId, SubscriptionState State, Money Price, long? IncludedCalls, long UsedCalls, Money? CallPrice, string Says, string? NextSays,
    DateTimeOffset StartedAt, DateTimeOffset PeriodStartsAt, DateTimeOffset PeriodEndsAt, DateTimeOffset? EndedAt, SubscriptionEnd? EndReason)
{
    internal static SubscriptionView Of(AgentSubscription s) => new(
        s.Id, s.AgentId, s.EndedAt is not null ? SubscriptionState.Ended : s.CancelledAt is not null ? SubscriptionState.Cancelled : SubscriptionState.Active,
        s.Terms.Amount, s.Terms.Subscription?.IncludedCalls, s.UsedCalls, s.Terms.Subscription?.CallPrice, s.Terms.ToString(), s.NextTerms?.ToString(),
        s.StartedAt, s.PeriodStartsAt, s.PeriodEndsAt, s.EndedAt, s.EndReason);
}
