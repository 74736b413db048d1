using Hermes.Domain.Tenancy;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Tenancy;

/// <summary>The tables of Tenancy.</summary>
public interface ITenancyDb
{
    /// <summary>The current tenant; all of them for requests across tenants.</summary>
    DbSet<Tenant> Tenants { get; }

    /// <summary>Saves what changed.</summary>
    Task<int> SaveChangesAsync(CancellationToken cancellationToken = default);
}
