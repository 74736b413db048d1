using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Ledger;

/// <summary>The tenant's conversions with their rates, latest first.</summary>
/// <param name="Limit">Rows per page; null for the default.</param>
/// <param name="Cursor">Where the previous page ended.</param>
[Requires(Permissions.BillingView)]
public sealed record ListConversions(int? Limit = null, string? Cursor = null) : IQuery<Page<ConversionView>>;

internal sealed class ListConversionsHandler(ILedgerDb db, ICurrentActor current) : IRequestHandler<ListConversions, Result<Page<ConversionView>>>
{
    public async Task<Result<Page<ConversionView>>> Handle(ListConversions request, CancellationToken cancellationToken)
    {
        var (tenant, limit) = (current.Actor.RequiredTenant, Paging.Clamp(request.Limit));
        var query = db.Conversions.AsNoTracking().Where(c => c.TenantId == tenant);
        if (Guid.TryParse(Paging.Decode(request.Cursor), out var last))
            query = query.Where(c => ((Guid)(object)c.Id).CompareTo(last) < 0);
        var page = Paging.Cut(await query.OrderByDescending(c => c.Id).Take(limit + 1).ToListAsync(cancellationToken), limit, c => c.Id.ToString());
        return new Page<ConversionView>([.. page.Items.Select(ConversionView.Of)], page.NextCursor);
    }
}
