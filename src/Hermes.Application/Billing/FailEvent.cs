using Hermes.Application.Shared;
using Hermes.Domain.Billing;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Billing;

/// <summary>Records that the processing of an event broke off.</summary>
/// <param name="Id">The event.</param>
/// <param name="Why">The kind of the failure; no payload.</param>
[RequiresSystem]
public sealed record FailEvent(WebhookEventId Id, string Why) : ICommand<WebhookEventState>;

internal sealed class FailEventHandler(IBillingDb db, TimeProvider clock) : IRequestHandler<FailEvent, Result<WebhookEventState>>
{
    public async Task<Result<WebhookEventState>> Handle(FailEvent request, CancellationToken cancellationToken)
    {
        if (await db.WebhookEvents.SingleOrDefaultAsync(e => e.Id == request.Id, cancellationToken) is not { } failed)
            return BillingErrors.EventNotFound;
        if (failed.State == WebhookEventState.Waiting)
            failed.Fail(request.Why, clock.GetUtcNow());
        return failed.State;
    }
}
