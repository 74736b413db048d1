using Hermes.Application.Shared;
using Hermes.Domain.Billing;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Billing;

/// <summary>
/// Does what follows from a stored event, once: in the same transaction in which the event becomes done. What an event
/// tells for good (paid, refunded) is believed; what changes to and fro (subscriptions, invoices, payees) is read anew
/// from the provider first, so that late and swapped events do no harm.
/// </summary>
/// <param name="Id">The event.</param>
[RequiresSystem]
public sealed record ProcessEvent(WebhookEventId Id) : ICommand<WebhookEventState>, IOwnTransaction;

internal sealed class ProcessEventHandler(IBillingDb db, IPaymentProvider provider, EventDesk desk, IUnitOfWork work, IFaultPoints faults, TimeProvider clock)
    : IRequestHandler<ProcessEvent, Result<WebhookEventState>>
{
    public async Task<Result<WebhookEventState>> Handle(ProcessEvent request, CancellationToken cancellationToken)
    {
        var kept = await db.WebhookEvents.AsNoTracking().SingleOrDefaultAsync(e => e.Id == request.Id, cancellationToken);
        if (kept is null)
            return BillingErrors.EventNotFound;
        if (kept.State != WebhookEventState.Waiting)
            return kept.State;
        var prepared = kept.Provider == provider.Name ? await desk.PrepareAsync(provider.Understand(kept.Type, kept.Payload), cancellationToken) : BillingErrors.OtherProvider;
        if (!prepared.Succeeded)
            return await FailAsync(request.Id, prepared.Error, cancellationToken);
        faults.Reach("webhook.before_apply");
        var applied = await work.RunAsync<WebhookEventState>(async () =>
        {
            var waiting = await db.WebhookEvents.SingleAsync(e => e.Id == request.Id, cancellationToken);
            if (waiting.State != WebhookEventState.Waiting)
                return waiting.State;
            var done = await desk.ApplyAsync(prepared.Value, cancellationToken);
            if (!done.Succeeded)
                return done.Error;
            waiting.Finish(ignored: !done.Value, clock.GetUtcNow());
            await db.SaveChangesAsync(cancellationToken);
            faults.Reach("webhook.after_apply");
            return waiting.State;
        }, cancellationToken);
        if (!applied.Succeeded)
            return await FailAsync(request.Id, applied.Error, cancellationToken);
        faults.Reach("webhook.after_commit");
        return applied;
    }

    private Task<Result<WebhookEventState>> FailAsync(WebhookEventId id, Error error, CancellationToken cancellationToken) => work.RunAsync<WebhookEventState>(async () =>
    {
        var failed = await db.WebhookEvents.SingleAsync(e => e.Id == id, cancellationToken);
        if (failed.State == WebhookEventState.Waiting)
            failed.Fail($"{error.Code}: {error.Message}", clock.GetUtcNow());
        return failed.State;
    }, cancellationToken);
}
