using Hermes.Application.Shared;
using Hermes.Domain.Calls;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Calls;

/// <summary>The organisation's latest subscription of an agent, running or ended.</summary>
/// <param name="AgentId">The agent.</param>
[Requires(Permissions.BillingView)]
public sealed record GetSubscription(AgentId AgentId) : IQuery<SubscriptionView>;

internal sealed class GetSubscriptionHandler(ICallsDb db, ICurrentActor current) : IRequestHandler<GetSubscription, Result<SubscriptionView>>
{
    public async Task<Result<SubscriptionView>> Handle(GetSubscription request, CancellationToken cancellationToken)
    {
        var tenant = current.Actor.RequiredTenant;
        return await db.AgentSubscriptions.AsNoTracking().Where(s => s.TenantId == tenant && s.AgentId == request.AgentId).OrderByDescending(s => s.StartedAt)
            .FirstOrDefaultAsync(cancellationToken) is { } subscription ? SubscriptionView.Of(subscription) : CallErrors.SubscriptionNotFound;
    }
}
