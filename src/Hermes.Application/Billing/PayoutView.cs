using Hermes.Domain.Billing;
using Hermes.Domain.Shared;

namespace Hermes.Application.Billing;

/// <summary>A payout as its tenant sees it.</summary>
/// <param name="Id">Which.</param>
/// <param name="State">How it stands.</param>
/// <param name="AgentId">The agent in whose name; null for the tenant as a whole.</param>
/// <param name="Amount">How much.</param>
/// <param name="Provider">Through whom.</param>
/// <param name="Scheduled">Whether the schedule asked for it.</param>
/// <param name="RequestedAt">When it was asked for.</param>
/// <param name="DueAt">When it is sent; null once it was.</param>
/// <param name="EndedAt">When it arrived or failed; null before.</param>
/// <param name="Failure">Why it failed or waits; null otherwise.</param>
public sealed record PayoutView(
    PayoutId Id, PayoutState State, AgentId? AgentId, Money Amount, string Provider, bool Scheduled, DateTimeOffset RequestedAt, DateTimeOffset? DueAt, DateTimeOffset? EndedAt, string? Failure)
{
    /// <summary>Of the stored row.</summary>
    public static PayoutView Of(Payout p) => new(p.Id, p.State, p.AgentId, p.Amount, p.Provider, p.Scheduled, p.RequestedAt, p.DueAt, p.EndedAt, p.Failure);
}
