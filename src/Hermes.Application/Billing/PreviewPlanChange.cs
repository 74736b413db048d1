using Hermes.Application.Shared;
using Hermes.Application.Shared.Settings;
using Hermes.Domain.Billing;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Billing;

/// <summary>What changing to another plan would cost now, before anybody confirms it.</summary>
/// <param name="Plan">To which.</param>
[Requires(Permissions.BillingManage)]
public sealed record PreviewPlanChange(TenantPlan Plan) : IQuery<PlanChangeView>;

/// <summary>A change of plan before it is confirmed.</summary>
/// <param name="From">The present plan.</param>
/// <param name="To">The other one.</param>
/// <param name="IsUpgrade">True: at once, and what remains of the period is charged. False: at the period's end.</param>
/// <param name="DueNow">Charged when it is confirmed; zero for a smaller plan.</param>
/// <param name="Lines">How it comes about; empty for a smaller plan.</param>
/// <param name="At">The moment it was computed for: confirm with it within the hour to be charged just that.</param>
/// <param name="EffectiveAt">When the other plan begins.</param>
public sealed record PlanChangeView(TenantPlan From, TenantPlan To, bool IsUpgrade, Money DueNow, IReadOnlyList<InvoiceLine> Lines, DateTimeOffset At, DateTimeOffset EffectiveAt);

internal sealed class PreviewPlanChangeHandler(IBillingDb db, IPaymentProvider provider, PlanBook book, ICurrentActor current, TimeProvider clock) : IRequestHandler<PreviewPlanChange, Result<PlanChangeView>>
{
    public async Task<Result<PlanChangeView>> Handle(PreviewPlanChange request, CancellationToken cancellationToken)
    {
        var subscription = await db.Subscriptions.AsNoTracking().SingleOrDefaultAsync(s => s.TenantId == current.Actor.RequiredTenant, cancellationToken);
        if (PlanChanges.Refuse(subscription, request.Plan, book, provider) is { } refusal)
            return refusal;
        // Whole seconds, as the provider counts them.
        var now = DateTimeOffset.FromUnixTimeSeconds(clock.GetUtcNow().ToUnixTimeSeconds());
        if (request.Plan < subscription!.Plan)
            return new PlanChangeView(subscription.Plan, request.Plan, false, Money.Zero(Currency.Usd), [], now, subscription.PeriodEnd ?? now);
        var preview = await provider.PreviewChangeAsync(subscription.ProviderId!, request.Plan, now, cancellationToken);
        return preview.Succeeded ? new PlanChangeView(subscription.Plan, request.Plan, true, preview.Value.DueNow, preview.Value.Lines, now, now) : preview.Error;
    }
}

/// <summary>What every change of plan needs.</summary>
internal static class PlanChanges
{
    public static Error? Refuse(Subscription? subscription, TenantPlan to, PlanBook book, IPaymentProvider provider) =>
        subscription is not { IsCharged: true } ? BillingErrors.NotSubscribed
        : subscription.Provider != provider.Name ? BillingErrors.OtherProvider
        : !Enum.IsDefined(to) || book[to].MonthlyPrice is not > 0 ? BillingErrors.PlanByAgreement
        : to == (subscription.NextPlan ?? subscription.Plan) ? BillingErrors.SamePlan
        : null;
}
