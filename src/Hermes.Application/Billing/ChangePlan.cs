using Hermes.Application.Shared;
using Hermes.Application.Shared.Settings;
using Hermes.Domain.Billing;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Billing;

/// <summary>
/// Changes the plan. A larger one holds at once, and what remains of the period is charged first: a card that is declined
/// leaves everything as it was. A smaller one holds from the next period on.
/// </summary>
/// <param name="Plan">To which.</param>
/// <param name="At">The moment of the preview that was confirmed; null or older than an hour: now.</param>
[Requires(Permissions.BillingManage)]
public sealed record ChangePlan(TenantPlan Plan, DateTimeOffset? At = null) : ICommand<BillingView>, IOwnTransaction, IWhileSuspended;

internal sealed class ChangePlanHandler(
    IBillingDb db, IPaymentProvider provider, PlanBook book, IQuotaCounts counts, ISystemScopes scopes, IMediator mediator, ICurrentActor current, TimeProvider clock)
    : IRequestHandler<ChangePlan, Result<BillingView>>
{
    public async Task<Result<BillingView>> Handle(ChangePlan request, CancellationToken cancellationToken)
    {
        var tenant = current.Actor.RequiredTenant;
        var subscription = await db.Subscriptions.AsNoTracking().SingleOrDefaultAsync(s => s.TenantId == tenant, cancellationToken);
        if (PlanChanges.Refuse(subscription, request.Plan, book, provider) is { } refusal)
            return refusal;
        var upgrade = request.Plan > subscription!.Plan;
        if (!upgrade && await TooMuchAsync(tenant, book[request.Plan], cancellationToken) is { } tooMuch)
            return tooMuch;
        var now = DateTimeOffset.FromUnixTimeSeconds(clock.GetUtcNow().ToUnixTimeSeconds());
        var at = request.At is { } previewed && previewed <= now && previewed > now.AddHours(-1) && previewed >= subscription.PeriodStart ? previewed : now;
        var back = !upgrade && request.Plan == subscription.Plan;
        // The key names what it leads from and to: a repetition in the same period is the same change.
        var key = $"plan:{tenant}:{subscription.ProviderId}:{subscription.Plan}:{subscription.NextPlan}:{request.Plan}:{(upgrade ? at.ToUnixTimeSeconds() : subscription.PeriodEnd?.ToUnixTimeSeconds())}";
        await using var scope = scopes.Begin(current.Actor.Name, tenant);
        if (!upgrade && !back)
        {
            // Remembered first: when the provider's event of the lower price comes, the plan stays until the period's end.
            var noted = await scope.SendAsync(new NotePlanChange(subscription.ProviderId!, null, request.Plan), cancellationToken);
            if (!noted.Succeeded)
                return noted.Error;
        }
        var changed = await provider.ChangeAsync(subscription.ProviderId!, request.Plan, upgrade ? at : null, key, cancellationToken);
        if (!changed.Succeeded)
            return changed.Error;
        var stored = await scope.SendAsync(new NotePlanChange(subscription.ProviderId!, changed.Value, back ? subscription.Plan : null), cancellationToken);
        return stored.Succeeded ? await mediator.Send(new GetBilling(), cancellationToken) : stored.Error;
    }

    private async Task<Error?> TooMuchAsync(TenantId tenant, PlanSettings to, CancellationToken cancellationToken)
    {
        var (seats, agents) = await counts.OfAsync(tenant, cancellationToken);
        return seats > to.Seats ? BillingErrors.TooMuchForPlan($"{seats} people, {to.Seats} fit")
            : agents > to.Agents ? BillingErrors.TooMuchForPlan($"{agents} agents, {to.Agents} fit")
            : null;
    }
}

/// <summary>How many places of its plan a tenant takes.</summary>
public interface IQuotaCounts
{
    /// <summary>People with open invitations, and agents that are not retired.</summary>
    Task<(int Seats, int Agents)> OfAsync(TenantId tenant, CancellationToken cancellationToken);
}
