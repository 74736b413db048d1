using Hermes.Application.Shared;
using Hermes.Domain.Billing;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Billing;

/// <summary>The tenant's purchases of credits, newest first.</summary>
/// <param name="State">Only those that stand so; null for all.</param>
/// <param name="Limit">Rows; null for the usual.</param>
/// <param name="Cursor">Where to go on; null for the beginning.</param>
[Requires(Permissions.BillingView)]
public sealed record ListPurchases(PurchaseState? State = null, int? Limit = null, string? Cursor = null) : IQuery<Page<PurchaseView>>;

internal sealed class ListPurchasesHandler(IBillingDb db, ICurrentActor current) : IRequestHandler<ListPurchases, Result<Page<PurchaseView>>>
{
    public async Task<Result<Page<PurchaseView>>> Handle(ListPurchases request, CancellationToken cancellationToken)
    {
        var (tenant, limit, after) = (current.Actor.RequiredTenant, Paging.Clamp(request.Limit), SeekPosition.Read(request.Cursor));
        var query = db.Purchases.AsNoTracking().Where(p => p.TenantId == tenant);
        if (request.State is { } state)
            query = query.Where(p => p.State == state);
        if (after is { } position)
        {
            query = query.Where(p => p.CreatedAt < position.At || (p.CreatedAt == position.At && ((Guid)(object)p.Id).CompareTo(position.Id) < 0));
        }
        var rows = await query.OrderByDescending(p => p.CreatedAt).ThenByDescending(p => p.Id).Take(limit + 1).ToListAsync(cancellationToken);
        return Paging.Cut(rows.ConvertAll(PurchaseView.Of), limit, p => p.Position);
    }
}
