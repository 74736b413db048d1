using Hermes.Application.Shared;
using Hermes.Domain.Billing;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Billing;

/// <summary>Stores what the provider answered to a change of the tenant's plan, or the smaller plan that follows.</summary>
/// <param name="ProviderId">The subscription at the provider.</param>
/// <param name="Facts">What the provider answered; null before it was asked.</param>
/// <param name="NextPlan">What follows at the period's end; null for what the provider says.</param>
[RequiresSystem]
public sealed record NotePlanChange(string ProviderId, SubscriptionFacts? Facts, TenantPlan? NextPlan) : ICommand<Done>;

internal sealed class NotePlanChangeHandler(IBillingDb db, Tenancy.Public.ITenantPlans tenants, IOutbox outbox, IAudit audit, ICurrentActor current, TimeProvider clock) : IRequestHandler<NotePlanChange, Result<Done>>
{
    public async Task<Result<Done>> Handle(NotePlanChange request, CancellationToken cancellationToken)
    {
        var tenant = current.Actor.RequiredTenant;
        if (await db.Subscriptions.SingleOrDefaultAsync(s => s.TenantId == tenant && s.ProviderId == request.ProviderId, cancellationToken) is not { } subscription)
            return BillingErrors.NotSubscribed;
        var before = new { subscription.Plan, subscription.NextPlan, subscription.CancelAtPeriodEnd };
        if (request.NextPlan is { } next)
            subscription.DowngradeTo(next, clock);
        if (request.Facts is { } facts)
            subscription.Become(subscription.Provider!, facts, clock);
        var after = new { subscription.Plan, subscription.NextPlan, subscription.CancelAtPeriodEnd };
        await tenants.SetAsync(tenant, subscription.Plan, cancellationToken);
        audit.Record("subscription.change", "subscription", tenant.Value, before, after);
        outbox.Add(new LiveEvent("subscription.changed", "subscription", tenant.Value, tenant, after, Audience.Of(tenant)));
        return Done.Ok;
    }
}
