using Hermes.Application.Tenancy.Public;
using Hermes.Domain.Shared;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Identity;

/// <summary>A tenant that a person belongs to.</summary>
/// <param name="Id">The tenant.</param>
/// <param name="Slug">Its name in addresses.</param>
/// <param name="Name">Its name for people.</param>
/// <param name="Role">The person's role there.</param>
/// <param name="IsActive">False while it is suspended or being deleted.</param>
public sealed record Membership(TenantId Id, string Slug, string Name, string Role, bool IsActive);

internal static class Memberships
{
    /// <summary>A person's tenants by name; only in requests across tenants.</summary>
    public static async Task<List<Membership>> OfAsync(IIdentityDb identity, ITenants tenants, PersonId person, CancellationToken cancellationToken)
    {
        var members = await identity.Members.AsNoTracking().Where(m => m.PersonId == person).Select(m => new { m.TenantId, m.Role }).ToListAsync(cancellationToken);
        var listings = await tenants.FindAsync([.. members.Select(m => m.TenantId)], cancellationToken);
        return
        [
            .. from member in members
               where listings.ContainsKey(member.TenantId)
               let tenant = listings[member.TenantId]
               orderby tenant.Name, tenant.Slug
               select new Membership(tenant.Id, tenant.Slug, tenant.Name, member.Role, tenant.IsActive),
        ];
    }

    /// <summary>The one to work in: the named one, else the last chosen, else the first active one; null when there is none.</summary>
    public static Membership? Pick(IReadOnlyList<Membership> all, string? slug, TenantId? last)
    {
        if (!string.IsNullOrEmpty(slug))
            return all.FirstOrDefault(m => m.Slug == slug);
        return all.FirstOrDefault(m => m.Id == last && m.IsActive)
            ?? all.FirstOrDefault(m => m.IsActive)
            ?? (all.Count > 0 ? all[0] : null);
    }
}
