using Hermes.Application.Shared;
using Hermes.Domain.Billing;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Billing;

/// <summary>Providers' events, newest first.</summary>
/// <param name="State">Only those that stand so; null for all.</param>
/// <param name="Type">A type or its beginning; null for all.</param>
/// <param name="Limit">Rows; null for the usual.</param>
/// <param name="Cursor">Where to go on; null for the beginning.</param>
[RequiresOperator]
public sealed record ListWebhookEvents(WebhookEventState? State = null, string? Type = null, int? Limit = null, string? Cursor = null) : IQuery<Page<WebhookEventView>>, IAcrossTenants;

/// <summary>An event as operators see it.</summary>
/// <param name="Id">Its id in Hermes.</param>
/// <param name="Provider">Who said it.</param>
/// <param name="EventId">Its id there.</param>
/// <param name="Type">In the provider's words.</param>
/// <param name="ObjectId">What it is about.</param>
/// <param name="State">How it stands.</param>
/// <param name="Fetched">Whether Hermes had to fetch it.</param>
/// <param name="Attempts">Attempts that failed.</param>
/// <param name="Failure">Why the last attempt failed; null for none.</param>
/// <param name="OccurredAt">When it happened there.</param>
/// <param name="ReceivedAt">When it came.</param>
/// <param name="NextAt">When it is tried again; null when it is not.</param>
/// <param name="DoneAt">When it was done; null before.</param>
public sealed record WebhookEventView(
    WebhookEventId Id, string Provider, string EventId, string Type, string ObjectId, WebhookEventState State, bool Fetched, int Attempts, string? Failure,
    DateTimeOffset OccurredAt, DateTimeOffset ReceivedAt, DateTimeOffset? NextAt, DateTimeOffset? DoneAt);

internal sealed class ListWebhookEventsHandler(IBillingDb db) : IRequestHandler<ListWebhookEvents, Result<Page<WebhookEventView>>>
{
    public async Task<Result<Page<WebhookEventView>>> Handle(ListWebhookEvents request, CancellationToken cancellationToken)
    {
        var limit = Paging.Clamp(request.Limit);
        var query = db.WebhookEvents.AsNoTracking();
        if (request.State is { } state)
            query = query.Where(e => e.State == state);
        if (!string.IsNullOrWhiteSpace(request.Type))
            query = query.Where(e => e.Type.StartsWith(request.Type));
        if (Guid.TryParse(Paging.Decode(request.Cursor), out var after))
        {
            query = query.Where(e => ((Guid)(object)e.Id).CompareTo(after) < 0);
        }
        var rows = await query.OrderByDescending(e => e.Id).Take(limit + 1)
            .Select(e => new WebhookEventView(e.Id, e.Provider, e.EventId, e.Type, e.ObjectId, e.State, e.Fetched, e.Attempts, e.Failure, e.OccurredAt, e.ReceivedAt,
                e.State == WebhookEventState.Waiting ? e.NextAt : null, e.DoneAt)).ToListAsync(cancellationToken);
        return Paging.Cut(rows, limit, e => e.Id.ToString());
    }
}
