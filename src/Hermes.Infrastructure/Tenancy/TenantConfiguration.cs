using System.Linq.Expressions;
using Hermes.Domain.Tenancy;
using Hermes.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Hermes.Infrastructure.Tenancy;

internal sealed class TenantConfiguration : IEntityTypeConfiguration<Tenant>
{
    public void Configure(EntityTypeBuilder<Tenant> builder)
    {
        builder.ToTable("tenants", "tenancy", t =>
        {
            t.HasCheckConstraint("ck_tenants_slug", "slug ~ '^[a-z0-9](-?[a-z0-9])+$'");
            t.HasCheckConstraint("ck_tenants_suspended", "(status = 'suspended') = (suspended_at IS NOT NULL)");
        });
        builder.HasKey(t => t.Id);
        builder.Property(t => t.Slug).HasMaxLength(Slug.MaxLength);
        builder.Property(t => t.Name).HasMaxLength(Tenant.MaxNameLength);
        builder.Property(t => t.ContactEmail).HasMaxLength(Domain.Shared.EmailAddress.MaxLength);
        builder.Property(t => t.SuspensionReason).HasMaxLength(500);
        builder.HasIndex(t => t.Slug).IsUnique();
    }
}

/// <summary>A tenant's own row.</summary>
internal sealed class TenantFilter : ITenantFilter<Tenant>
{
    public Expression<Func<Tenant, bool>> Rule(HermesDbContext db) => tenant => db.SeesAll || tenant.Id == db.CurrentTenant;
}
