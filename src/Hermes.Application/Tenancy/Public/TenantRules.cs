using Hermes.Domain.Shared;
using Hermes.Domain.Tenancy;

namespace Hermes.Application.Tenancy.Public;

/// <summary>What others need to say of tenants.</summary>
public static class TenantRules
{
    /// <summary>The tenant is suspended: its people and agents are refused.</summary>
    public static readonly Error Suspended = TenancyErrors.Suspended;

    /// <summary>Null when the text may be a slug.</summary>
    public static Error? CheckSlug(string? slug) => Slug.Check(slug);

    /// <summary>Null when the text may be a tenant's name.</summary>
    public static Error? CheckName(string? name) => Tenant.CleanName(name) is null ? TenancyErrors.NameInvalid : null;
}

/// <summary>Founds tenants, in the caller's transaction and across tenants.</summary>
public interface ITenantFounding
{
    /// <summary>Null when a tenant with the slug and name could be founded.</summary>
    Task<Error?> CheckAsync(string slug, string name, CancellationToken cancellationToken);

    /// <summary>Stages a new, active tenant without members.</summary>
    /// <returns>Refused when slug or name break the rules or the slug is taken.</returns>
    Task<Result<TenantListing>> FoundAsync(string slug, string name, CancellationToken cancellationToken);
}

/// <summary>Counts members for Tenancy's lists; Identity answers.</summary>
public interface IMemberCounts
{
    /// <summary>Members by tenant; tenants without any are left out. For requests across tenants.</summary>
    Task<IReadOnlyDictionary<TenantId, int>> OfAsync(IReadOnlyCollection<TenantId> tenants, CancellationToken cancellationToken);
}
