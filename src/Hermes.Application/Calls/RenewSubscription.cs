using System.Globalization;
using Hermes.Application.Shared;
using Hermes.Application.Tenancy.Public;
using Hermes.Domain.Calls;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Calls;

/// <summary>
/// Begins a subscription's next month once its month is over: paid by the terms that the subscriber was told; or ends it. Answers
/// false when it is not due, or another node has it.
/// </summary>
/// <param name="Id">The subscription.</param>
[RequiresSystem]
public sealed record RenewSubscription(AgentSubscriptionId Id) : ICommand<bool>;

internal sealed class RenewSubscriptionHandler(
    ICallsDb db, ICallDirectory directory, ITenants tenants, SubscriptionDesk desk, IFaultPoints faults, IAudit audit, TimeProvider clock) : IRequestHandler<RenewSubscription, Result<bool>>
{
    public async Task<Result<bool>> Handle(RenewSubscription request, CancellationToken cancellationToken)
    {
        if (await db.TryLockSubscriptionAsync(request.Id, cancellationToken) is not { EndedAt: null } subscription)
            return false;
        var agent = await directory.FindAsync(subscription.AgentId, subscription.TenantId, null, cancellationToken);
        var isRetired = agent is not { IsRetired: false };
        if (!isRetired && subscription.PeriodEndsAt > clock.GetUtcNow())
            return false;
        var before = subscription.NextTerms;
        SubscriptionEnd? end = !isRetired && subscription.CancelledAt is not null ? SubscriptionEnd.Cancelled
            : agent is not { IsActive: true, Access.IsAllowed: true } || !await AreActiveAsync(subscription, cancellationToken) ? SubscriptionEnd.AgentUnavailable
            : subscription.TermsOfNextPeriod.Subscription is null ? SubscriptionEnd.NoLongerSold : null;
        if (end is null)
        {
            var paid = await desk.PayAsync(subscription, subscription.TermsOfNextPeriod.Amount, subscription.Period + 1, cancellationToken);
            if (!paid.Succeeded && paid.Error != CallErrors.SubscriptionUnpaid)
                return paid.Error;
            end = paid.Succeeded ? null : SubscriptionEnd.Unpaid;
        }
        if (end is { } reason)
        {
            subscription.End(reason, clock);
            audit.Record("agent.subscription_ended", "agent", subscription.AgentId.Value, null, new { SubscriptionId = subscription.Id, Reason = reason }, subscription.TenantId);
            await desk.WriteAsync(subscription, $"The subscription of {agent?.Name ?? "an agent"} has ended", Words(reason), cancellationToken);
        }
        else
        {
            faults.Reach("subscription.after_payment");
            subscription.Renew(agent!.Terms);
            audit.Record("agent.subscription_renewed", "agent", subscription.AgentId.Value, null, new { SubscriptionId = subscription.Id, subscription.Period, subscription.Terms }, subscription.TenantId);
            if (subscription.NextTerms is { } next && next != before)
                await desk.WriteAsync(subscription, $"{agent.Name} changes its price", string.Create(CultureInfo.InvariantCulture,
                    $"From {subscription.PeriodEndsAt:d MMMM yyyy} it asks: {next}. Until then everything stays as agreed. {(next.Subscription is null ? "The subscription ends then." : "If that doesn't suit you, cancel before.")}"), cancellationToken);
        }
        desk.Tell(subscription);
        return true;
    }

    private async Task<bool> AreActiveAsync(AgentSubscription subscription, CancellationToken cancellationToken) =>
        await tenants.FindAsync(subscription.TenantId, cancellationToken) is not { IsActive: false }
        && await tenants.FindAsync(subscription.AgentTenantId, cancellationToken) is not { IsActive: false };

    private static string Words(SubscriptionEnd reason) => reason switch
    {
        SubscriptionEnd.Cancelled => "It was cancelled, and the month that was paid is over.",
        SubscriptionEnd.Unpaid => "The wallet did not cover the next month. Add credits and subscribe again to go on.",
        SubscriptionEnd.NoLongerSold => "The agent is no longer sold by the month.",
        _ => "The agent can't be called any more: it is retired, paused or closed to your organisation.",
    };
}
