using Hermes.Application.Tenancy;
using Hermes.Domain.Tenancy;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Infrastructure.Persistence;

public sealed partial class HermesDbContext : ITenancyDb
{
    /// <inheritdoc />
    public DbSet<Tenant> Tenants => Set<Tenant>();
}
