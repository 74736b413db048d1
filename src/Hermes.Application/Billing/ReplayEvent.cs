using Hermes.Application.Shared;
using Hermes.Domain.Billing;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Billing;

/// <summary>Lets a stored event run again; what it did already happens no second time.</summary>
/// <param name="Id">The event.</param>
[RequiresOperator]
public sealed record ReplayEvent(WebhookEventId Id) : ICommand<Done>, IAcrossTenants;

internal sealed class ReplayEventHandler(IBillingDb db, IAudit audit, TimeProvider clock) : IRequestHandler<ReplayEvent, Result<Done>>
{
    public async Task<Result<Done>> Handle(ReplayEvent request, CancellationToken cancellationToken)
    {
        if (await db.WebhookEvents.SingleOrDefaultAsync(e => e.Id == request.Id, cancellationToken) is not { } found)
            return BillingErrors.EventNotFound;
        var before = found.State;
        var replayed = found.Replay(clock.GetUtcNow());
        if (!replayed.Succeeded)
            return replayed.Error;
        audit.Record("webhook_event.replay", "webhook_event", found.Id.Value, new { State = before }, new { found.Type, found.EventId }, TenantId.Platform);
        return Done.Ok;
    }
}
