using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Ledger;
using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Ledger;

/// <summary>The tenant's mandates, latest first.</summary>
/// <param name="AgentId">Only this agent's; null for all.</param>
/// <param name="LiveOnly">True leaves out the revoked and expired.</param>
/// <param name="Limit">Rows per page; null for the default.</param>
/// <param name="Cursor">Where the previous page ended.</param>
[Requires(Permissions.BillingView)]
public sealed record ListMandates(AgentId? AgentId = null, bool LiveOnly = false, int? Limit = null, string? Cursor = null) : IQuery<Page<MandateView>>;

/// <summary>One mandate.</summary>
/// <param name="Id">The mandate.</param>
[Requires(Permissions.BillingView)]
public sealed record GetMandate(MandateId Id) : IQuery<MandateView>;

/// <summary>The acting agent's own mandates that are not removed: what it may name and what is left of it.</summary>
[RequiresAgent]
public sealed record ListOwnMandates : IQuery<IReadOnlyList<MandateView>>;

internal sealed class ListMandatesHandler(ILedgerDb db, ICurrentActor current, TimeProvider clock)
    : IRequestHandler<ListMandates, Result<Page<MandateView>>>, IRequestHandler<GetMandate, Result<MandateView>>, IRequestHandler<ListOwnMandates, Result<IReadOnlyList<MandateView>>>
{
    public async Task<Result<Page<MandateView>>> Handle(ListMandates request, CancellationToken cancellationToken)
    {
        var (tenant, limit, now) = (current.Actor.RequiredTenant, Paging.Clamp(request.Limit), clock.GetUtcNow());
        var query = db.Mandates.AsNoTracking().Where(m => m.TenantId == tenant && m.RemovedAt == null);
        if (request.AgentId is { } agent)
            query = query.Where(m => m.AgentId == agent);
        if (request.LiveOnly)
            query = query.Where(m => m.RevokedAt == null && (m.ExpiresAt == null || m.ExpiresAt > now));
        if (Guid.TryParse(Paging.Decode(request.Cursor), out var last))
            query = query.Where(m => ((Guid)(object)m.Id).CompareTo(last) < 0);
        // Ids grow with time.
        var page = Paging.Cut(await query.OrderByDescending(m => m.Id).Take(limit + 1).ToListAsync(cancellationToken), limit, m => m.Id.ToString());
        return new Page<MandateView>(await ViewsAsync(tenant, page.Items, cancellationToken), page.NextCursor);
    }

    public async Task<Result<MandateView>> Handle(GetMandate request, CancellationToken cancellationToken)
    {
        var tenant = current.Actor.RequiredTenant;
        return await db.Mandates.AsNoTracking().SingleOrDefaultAsync(m => m.Id == request.Id && m.TenantId == tenant && m.RemovedAt == null, cancellationToken) is { } mandate
            ? (await ViewsAsync(tenant, [mandate], cancellationToken))[0]
            : SpendErrors.MandateNotFound;
    }

    public async Task<Result<IReadOnlyList<MandateView>>> Handle(ListOwnMandates request, CancellationToken cancellationToken)
    {
        var (tenant, agent) = (current.Actor.RequiredTenant, current.Actor.RequiredAgent);
        var own = await db.Mandates.AsNoTracking()
            .Where(m => m.TenantId == tenant && m.AgentId == agent && m.RemovedAt == null)
            .OrderBy(m => m.Id).Take(Paging.MaxLimit).ToListAsync(cancellationToken);
        return (await ViewsAsync(tenant, own, cancellationToken)).ToList();
    }

    private async Task<List<MandateView>> ViewsAsync(TenantId tenant, IReadOnlyList<Mandate> mandates, CancellationToken cancellationToken)
    {
        var names = await db.OwnAgentsAsync(tenant, [.. mandates.Select(m => m.AgentId).Distinct()], cancellationToken);
        var now = clock.GetUtcNow();
        return [.. mandates.Select(m => MandateView.Of(m, names.GetValueOrDefault(m.AgentId), now))];
    }
}
