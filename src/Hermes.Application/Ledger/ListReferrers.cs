using Hermes.Application.Shared;
using Hermes.Application.Tenancy.Public;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Ledger;

/// <summary>Who brought organisations here; one that nobody brought is not in it.</summary>
/// <param name="Tenants">The organisations that are asked about.</param>
[RequiresOperator]
public sealed record ListReferrers(IReadOnlyCollection<TenantId> Tenants) : IQuery<IReadOnlyDictionary<TenantId, ReferrerView>>, IAcrossTenants;

/// <summary>Who brought an organisation here.</summary>
/// <param name="Slug">Its slug; its id where it is gone.</param>
/// <param name="Percent">Its share of what the organisation's agents are paid, above 0 to 5.</param>
public sealed record ReferrerView(string Slug, decimal Percent);

internal sealed class ListReferrersHandler(ILedgerDb db, ITenants tenants) : IRequestHandler<ListReferrers, Result<IReadOnlyDictionary<TenantId, ReferrerView>>>
{
    public async Task<Result<IReadOnlyDictionary<TenantId, ReferrerView>>> Handle(ListReferrers request, CancellationToken cancellationToken)
    {
        var settled = await db.SplitSettings.AsNoTracking().Where(s => request.Tenants.Contains(s.TenantId) && s.ReferrerTenantId != null).ToListAsync(cancellationToken);
        var named = await tenants.FindAsync(settled.ConvertAll(s => s.ReferrerTenantId!.Value), cancellationToken);
        return settled.ToDictionary(s => s.TenantId,
            s => new ReferrerView(named.GetValueOrDefault(s.ReferrerTenantId!.Value)?.Slug ?? s.ReferrerTenantId.ToString()!, s.ReferrerBasisPoints / 100m));
    }
}
