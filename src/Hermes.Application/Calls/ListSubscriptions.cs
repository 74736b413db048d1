using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Calls;

/// <summary>A page of the organisation's subscriptions of agents, running or ended, last begun first.</summary>
/// <param name="Limit">Rows, 1 to 100; 25 when null.</param>
/// <param name="Cursor">Where the former page ended.</param>
[Requires(Permissions.BillingView)]
public sealed record ListSubscriptions(int? Limit = null, string? Cursor = null) : IQuery<Page<SubscriptionRow>>;

/// <summary>A subscription in a list.</summary>
/// <param name="Subscription">The subscription.</param>
/// <param name="Agent">The agent's name; empty when it is gone.</param>
public sealed record SubscriptionRow(SubscriptionView Subscription, string Agent);

internal sealed class ListSubscriptionsHandler(ICallsDb db, ICallDirectory directory, ICurrentActor current) : IRequestHandler<ListSubscriptions, Result<Page<SubscriptionRow>>>
{
    public async Task<Result<Page<SubscriptionRow>>> Handle(ListSubscriptions request, CancellationToken cancellationToken)
    {
        var (tenant, limit) = (current.Actor.RequiredTenant, Paging.Clamp(request.Limit));
        var subscriptions = db.AgentSubscriptions.AsNoTracking().Where(s => s.TenantId == tenant);
        if (SeekPosition.Read(request.Cursor) is { } seek)
        {
            var id = seek.Id;
            subscriptions = subscriptions.Where(s => s.StartedAt < seek.At || (s.StartedAt == seek.At && ((Guid)(object)s.Id).CompareTo(id) < 0));
        }
        var rows = await subscriptions.OrderByDescending(s => s.StartedAt).ThenByDescending(s => s.Id).Take(limit + 1).ToListAsync(cancellationToken);
        var page = Paging.Cut(rows, limit, s => SeekPosition.Write(s.StartedAt, s.Id.Value));
        var names = await directory.NamesAsync([.. page.Items.Select(s => s.AgentId).Distinct()], cancellationToken);
        return new Page<SubscriptionRow>([.. page.Items.Select(s => new SubscriptionRow(SubscriptionView.Of(s), names.GetValueOrDefault(s.AgentId, "")))], page.NextCursor);
    }
}
