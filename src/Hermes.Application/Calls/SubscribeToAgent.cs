using Hermes.Application.Ledger.Public;
using Hermes.Application.Shared;
using Hermes.Domain.Calls;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Calls;

/// <summary>
/// Subscribes the organisation to another's agent and pays the first month at once. One that runs stays as it is, and is no longer
/// cancelled.
/// </summary>
/// <param name="AgentId">The agent.</param>
/// <param name="MaxPrice">The most that a month may cost; null for what is asked.</param>
[Requires(Permissions.BillingManage)]
public sealed record SubscribeToAgent(AgentId AgentId, Money? MaxPrice = null) : ICommand<SubscriptionView>, IAcrossTenants;

internal sealed class SubscribeToAgentHandler(
    ICallsDb db, ICallDirectory directory, CallAdmission admission, SubscriptionDesk desk, ILedger ledger, IAudit audit, ICurrentActor current, TimeProvider clock)
    : IRequestHandler<SubscribeToAgent, Result<SubscriptionView>>
{
    public async Task<Result<SubscriptionView>> Handle(SubscribeToAgent request, CancellationToken cancellationToken)
    {
        var tenant = current.Actor.RequiredTenant;
        if (await directory.FindAsync(request.AgentId, tenant, null, cancellationToken) is not { } agent)
            return CallErrors.AgentNotFound;
        if (agent.Subscription is { } running && await db.LockSubscriptionAsync(running.Id, cancellationToken) is { EndedAt: null } there)
            return Resume(there);
        // Where calls must come from is asked when they are made.
        if (await admission.RefuseAsync(agent with { AllowedOrigins = [] }, null, cancellationToken) is { } refusal)
            return refusal;
        if (agent.Facts.SameTenant)
            return CallErrors.OwnSubscription;
        if (!agent.IsListed)
            return CallErrors.AgentNotListed;
        if (agent.Terms.Subscription is null)
            return CallErrors.NoSubscriptions;
        var price = agent.Terms.Amount;
        if (request.MaxPrice is { } most && (most.Currency != price.Currency || most < price))
            return CallErrors.OverBudget;
        // The wallet's lock lets one of two begin it; the other finds it.
        await ledger.LockCreditsAsync(tenant, price.Currency, cancellationToken);
        if (await db.AgentSubscriptions.SingleOrDefaultAsync(s => s.TenantId == tenant && s.AgentId == agent.Id && s.EndedAt == null, cancellationToken) is { } first)
            return SubscriptionView.Of(first);
        var subscription = AgentSubscription.Begin(tenant, agent.Id, agent.TenantId, agent.Terms, clock);
        if ((await desk.PayAsync(subscription, price, subscription.Period, cancellationToken)).Error is { } unpaid)
            return unpaid;
        db.AgentSubscriptions.Add(subscription);
        audit.Record("agent.subscribe", "agent", agent.Id.Value, null, new { SubscriptionId = subscription.Id, subscription.Terms }, tenant);
        desk.Tell(subscription);
        return SubscriptionView.Of(subscription);
    }

    private SubscriptionView Resume(AgentSubscription subscription)
    {
        if (subscription.CancelledAt is { } cancelled)
        {
            subscription.Resume();
            audit.Record("agent.subscribe", "agent", subscription.AgentId.Value, new { CancelledAt = cancelled }, new { SubscriptionId = subscription.Id }, subscription.TenantId);
            desk.Tell(subscription);
        }
        return SubscriptionView.Of(subscription);
    }
}
