using Hermes.Application.Shared;
using Hermes.Application.Tenancy;
using Hermes.Domain.Shared;
using Hermes.Domain.Tenancy;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Identity;

/// <summary>A tenant that a person belongs to.</summary>
/// <param name="Id">The tenant.</param>
/// <param name="Slug">Its name in addresses.</param>
/// <param name="Name">Its name for people.</param>
/// <param name="Role">The person's role there.</param>
/// <param name="Status">Whether it may work.</param>
public sealed record Membership(TenantId Id, string Slug, string Name, string Role, TenantStatus Status);

internal static class Memberships
{
    /// <summary>A person's tenants by name; only in requests across tenants.</summary>
    public static Task<List<Membership>> OfAsync(IIdentityDb identity, ITenancyDb tenancy, PersonId person, CancellationToken cancellationToken) =>
        (from member in identity.Members.AsNoTracking()
         join tenant in tenancy.Tenants.AsNoTracking() on member.TenantId equals tenant.Id
         where member.PersonId == person
         orderby tenant.Name, tenant.Id
         select new Membership(tenant.Id, tenant.Slug, tenant.Name, member.Role, tenant.Status)).ToListAsync(cancellationToken);

    /// <summary>The one to work in: the named one, else the last chosen, else the only or first active one; null when there is none.</summary>
    public static Membership? Pick(IReadOnlyList<Membership> all, string? slug, TenantId? last)
    {
        if (!string.IsNullOrEmpty(slug))
            return all.FirstOrDefault(m => m.Slug == slug);
        return all.FirstOrDefault(m => m.Id == last && m.Status == TenantStatus.Active)
            ?? all.FirstOrDefault(m => m.Status == TenantStatus.Active)
            ?? (all.Count > 0 ? all[0] : null);
    }
}

/// <summary>Lists the signed-in person's own tenants, for the switcher.</summary>
[RequiresSignIn]
public sealed record ListMyTenants : IQuery<IReadOnlyList<Membership>>, IAcrossTenants;

/// <summary>Handles <see cref="ListMyTenants"/>.</summary>
public sealed class ListMyTenantsHandler(IIdentityDb identity, ITenancyDb tenancy, ICurrentActor current)
    : MediatR.IRequestHandler<ListMyTenants, Result<IReadOnlyList<Membership>>>
{
    /// <inheritdoc />
    public async Task<Result<IReadOnlyList<Membership>>> Handle(ListMyTenants request, CancellationToken cancellationToken) =>
        current.Actor.Person is { } person
            ? await Memberships.OfAsync(identity, tenancy, person, cancellationToken)
            : new List<Membership>();
}
