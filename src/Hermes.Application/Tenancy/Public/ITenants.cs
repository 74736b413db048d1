using Hermes.Domain.Shared;

namespace Hermes.Application.Tenancy.Public;

/// <summary>What anybody may know of a tenant whose agents or contracts they see.</summary>
/// <param name="Id">The tenant.</param>
/// <param name="Slug">Its name in addresses.</param>
/// <param name="Name">Its name for people.</param>
/// <param name="IsActive">False while it is suspended or being deleted.</param>
public sealed record TenantListing(TenantId Id, string Slug, string Name, bool IsActive);

/// <summary>The directory of tenants for other capabilities, regardless of who acts. Answers are kept for a few seconds.</summary>
public interface ITenants
{
    /// <summary>The tenant; null when there is none.</summary>
    Task<TenantListing?> FindAsync(TenantId id, CancellationToken cancellationToken);

    /// <summary>The tenant of a slug; null when there is none.</summary>
    Task<TenantListing?> FindBySlugAsync(string slug, CancellationToken cancellationToken);

    /// <summary>The tenants among the ids that exist.</summary>
    Task<IReadOnlyDictionary<TenantId, TenantListing>> FindAsync(IReadOnlyCollection<TenantId> ids, CancellationToken cancellationToken);

    /// <summary>Drops the kept answer of this node, after a change.</summary>
    void Forget(TenantId id);
}
