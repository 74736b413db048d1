using Hermes.Application.Shared;
using Hermes.Domain.Calls;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Calls;

/// <summary>Lets the organisation's subscription of an agent end with the month that is paid. Cancelling again changes nothing.</summary>
/// <param name="AgentId">The agent.</param>
[Requires(Permissions.BillingManage)]
public sealed record CancelSubscription(AgentId AgentId) : ICommand<SubscriptionView>;

internal sealed class CancelSubscriptionHandler(ICallsDb db, SubscriptionDesk desk, IAudit audit, ICurrentActor current, TimeProvider clock)
    : IRequestHandler<CancelSubscription, Result<SubscriptionView>>
{
    public async Task<Result<SubscriptionView>> Handle(CancelSubscription request, CancellationToken cancellationToken)
    {
        var tenant = current.Actor.RequiredTenant;
        var found = await db.AgentSubscriptions.AsNoTracking().SingleOrDefaultAsync(s => s.TenantId == tenant && s.AgentId == request.AgentId && s.EndedAt == null, cancellationToken);
        if (found is null || await db.LockSubscriptionAsync(found.Id, cancellationToken) is not { EndedAt: null } subscription)
            return CallErrors.SubscriptionNotFound;
        if (subscription.CancelledAt is null)
        {
            subscription.Cancel(clock);
            audit.Record("agent.unsubscribe", "agent", subscription.AgentId.Value, null, new { SubscriptionId = subscription.Id, subscription.PeriodEndsAt });
            desk.Tell(subscription);
        }
        return SubscriptionView.Of(subscription);
    }
}
