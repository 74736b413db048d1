using Hermes.Application.Shared;
using Hermes.Domain.Billing;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Billing;

/// <summary>Lets the plan end with the period that is paid, or go on after all.</summary>
/// <param name="GoOn">True: takes the cancellation back.</param>
[Requires(Permissions.BillingManage)]
public sealed record CancelPlan(bool GoOn = false) : ICommand<BillingView>, IOwnTransaction, IWhileSuspended;

internal sealed class CancelPlanHandler(IBillingDb db, IPaymentProvider provider, ISystemScopes scopes, IMediator mediator, ICurrentActor current) : IRequestHandler<CancelPlan, Result<BillingView>>
{
    public async Task<Result<BillingView>> Handle(CancelPlan request, CancellationToken cancellationToken)
    {
        var tenant = current.Actor.RequiredTenant;
        var subscription = await db.Subscriptions.AsNoTracking().SingleOrDefaultAsync(s => s.TenantId == tenant, cancellationToken);
        if (subscription is not { IsCharged: true })
            return BillingErrors.NotSubscribed;
        if (subscription.Provider != provider.Name)
            return BillingErrors.OtherProvider;
        if (subscription.CancelAtPeriodEnd == !request.GoOn)
            return await mediator.Send(new GetBilling(), cancellationToken);
        var set = await provider.SetCancelAsync(subscription.ProviderId!, !request.GoOn, $"cancel:{subscription.ProviderId}:{!request.GoOn}:{subscription.ChangedAt.ToUnixTimeMilliseconds()}", cancellationToken);
        if (!set.Succeeded)
            return set.Error;
        await using var scope = scopes.Begin(current.Actor.Name, tenant);
        var stored = await scope.SendAsync(new NotePlanChange(subscription.ProviderId!, set.Value, null), cancellationToken);
        return stored.Succeeded ? await mediator.Send(new GetBilling(), cancellationToken) : stored.Error;
    }
}
