using Hermes.Application.Shared;
using Hermes.Application.Shared.Settings;
using Hermes.Domain.Billing;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Billing;

/// <summary>The tenant's plan, how it stands, what is on its invoices, and where its earnings go.</summary>
[Requires(Permissions.BillingView)]
public sealed record GetBilling : IQuery<BillingView>;

/// <summary>A tenant's billing.</summary>
/// <param name="Plan">What it may use now.</param>
/// <param name="Standing">How it stands.</param>
/// <param name="NextPlan">What follows at the period's end; null when nothing changes.</param>
/// <param name="State">How the subscription stands; null without one.</param>
/// <param name="IsByAgreement">True when there is a plan that no provider charges for.</param>
/// <param name="PeriodEnd">When the period ends; null without one.</param>
/// <param name="CancelAtPeriodEnd">Whether the plan ends then.</param>
/// <param name="PastDueSince">Since when a payment is overdue; null when none is.</param>
/// <param name="OpenInvoiceUrl">Where the overdue invoice is paid; null when none is open.</param>
/// <param name="Email">Where invoices and warnings go; null for nowhere.</param>
/// <param name="LegalName">As on invoices; null for the organisation's own.</param>
/// <param name="Country">ISO 3166; null when not said.</param>
/// <param name="TaxId">Tax id; null for none.</param>
/// <param name="TaxPercent">Added to plans' prices.</param>
/// <param name="OverageAllowed">Whether more requests than the plan's are served and charged.</param>
/// <param name="TakesPayments">Whether the installation takes payments.</param>
/// <param name="Provider">Through whom; <c>none</c> where it takes none.</param>
public sealed record BillingView(
    PlanView Plan, PlanStanding Standing, TenantPlan? NextPlan, SubscriptionState? State, bool IsByAgreement, DateTimeOffset? PeriodEnd, bool CancelAtPeriodEnd,
    DateTimeOffset? PastDueSince, string? OpenInvoiceUrl, string? Email, string? LegalName, string? Country, string? TaxId, decimal TaxPercent, bool OverageAllowed,
    bool TakesPayments, string Provider)
{
    /// <summary>True when a provider charges for a plan.</summary>
    public bool IsCharged => !IsByAgreement && State is SubscriptionState.Active or SubscriptionState.PastDue or SubscriptionState.Unpaid;
}

internal sealed class GetBillingHandler(
    IBillingDb db, IPlans plans, PlanBook book, PlansSettings planSettings, IPaymentProvider provider, BillingSettings settings, ICurrentActor current, TimeProvider clock)
    : IRequestHandler<GetBilling, Result<BillingView>>
{
    public async Task<Result<BillingView>> Handle(GetBilling request, CancellationToken cancellationToken)
    {
        var tenant = current.Actor.RequiredTenant;
        var terms = await plans.OfAsync(tenant, cancellationToken);
        var subscription = await db.Subscriptions.AsNoTracking().SingleOrDefaultAsync(s => s.TenantId == tenant, cancellationToken);
        var account = await db.BillingAccounts.AsNoTracking().SingleOrDefaultAsync(a => a.TenantId == tenant, cancellationToken);
        var open = subscription?.PastDueSince is null ? null : await db.Invoices.AsNoTracking()
            .Where(i => i.TenantId == tenant && i.State == InvoiceState.Open).OrderBy(i => i.CreatedAt).Select(i => i.HostedUrl).FirstOrDefaultAsync(cancellationToken);
        // The row, not the kept terms: who has just changed the plan sees it.
        var plan = subscription is null or { State: SubscriptionState.Ended or SubscriptionState.Incomplete } ? planSettings.Default
            : subscription.NextPlan is { } next && subscription.PeriodEnd <= clock.GetUtcNow() ? next : subscription.Plan;
        return new BillingView(PlanView.Of(book[plan], true), terms.Standing, subscription?.NextPlan, subscription?.State, subscription is { ProviderId: null }, subscription?.PeriodEnd,
            subscription?.CancelAtPeriodEnd ?? false, subscription?.PastDueSince, open, account?.Email, account?.LegalName, account?.Country, account?.TaxId,
            settings.TaxPercent(account?.Country, !string.IsNullOrEmpty(account?.TaxId)), account?.OverageAllowed ?? false, provider.IsThere, provider.Name);
    }
}
