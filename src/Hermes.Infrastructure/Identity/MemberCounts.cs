using Hermes.Application.Identity;
using Hermes.Application.Tenancy.Public;
using Hermes.Domain.Shared;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Infrastructure.Identity;

internal sealed class MemberCounts(IIdentityDb db) : IMemberCounts
{
    public async Task<IReadOnlyDictionary<TenantId, int>> OfAsync(IReadOnlyCollection<TenantId> tenants, CancellationToken cancellationToken) =>
        await db.Members.Where(m => tenants.Contains(m.TenantId)).GroupBy(m => m.TenantId)
            .Select(g => new { g.Key, Count = g.Count() }).ToDictionaryAsync(g => g.Key, g => g.Count, cancellationToken);
}
