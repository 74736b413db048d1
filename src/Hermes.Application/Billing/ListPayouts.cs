using Hermes.Application.Agents.Public;
using Hermes.Application.Shared;
using Hermes.Domain.Billing;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Billing;

/// <summary>The tenant's payouts, newest first.</summary>
/// <param name="AgentId">Only those in this agent's name; null for all.</param>
/// <param name="State">Only those that stand so; null for all.</param>
/// <param name="Limit">Rows; null for the usual.</param>
/// <param name="Cursor">Where to go on; null for the beginning.</param>
[Requires(Permissions.BillingView)]
public sealed record ListPayouts(AgentId? AgentId = null, PayoutState? State = null, int? Limit = null, string? Cursor = null) : IQuery<Page<PayoutView>>;

internal sealed class ListPayoutsHandler(IBillingDb db, IAgents agents, ICurrentActor current) : IRequestHandler<ListPayouts, Result<Page<PayoutView>>>
{
    public async Task<Result<Page<PayoutView>>> Handle(ListPayouts request, CancellationToken cancellationToken)
    {
        var (tenant, limit, after) = (current.Actor.RequiredTenant, Paging.Clamp(request.Limit), SeekPosition.Read(request.Cursor));
        if (request.AgentId is { } named && (await agents.FindAsync(named, cancellationToken))?.TenantId != tenant)
            return BillingErrors.AgentNotFound;
        var query = db.Payouts.AsNoTracking().Where(p => p.TenantId == tenant);
        if (request.AgentId is { } agent)
            query = query.Where(p => p.AgentId == agent);
        if (request.State is { } state)
            query = query.Where(p => p.State == state);
        if (after is { } position)
            query = query.Where(p => p.RequestedAt < position.At || (p.RequestedAt == position.At && ((Guid)(object)p.Id).CompareTo(position.Id) < 0));
        var rows = await query.OrderByDescending(p => p.RequestedAt).ThenByDescending(p => p.Id).Take(limit + 1).ToListAsync(cancellationToken);
        return Paging.Cut(rows.ConvertAll(PayoutView.Of), limit, p => SeekPosition.Write(p.RequestedAt, p.Id.Value));
    }
}
