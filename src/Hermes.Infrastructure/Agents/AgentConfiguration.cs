using Hermes.Domain.Agents;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Hermes.Infrastructure.Agents;

internal sealed class AgentConfiguration : IEntityTypeConfiguration<Agent>
{
    public void Configure(EntityTypeBuilder<Agent> builder)
    {
        builder.ToTable("agents", "agents", t =>
        {
            t.HasCheckConstraint("ck_agents_capacity", $"capacity between 1 and {Agent.MaxCapacity}");
            t.HasCheckConstraint("ck_agents_capabilities", $"cardinality(capabilities) between 1 and {Agent.MaxCapabilities}");
            t.HasCheckConstraint("ck_agents_base_price", "base_price_micro_units >= 0");
            t.HasCheckConstraint("ck_agents_status", "status in ('active', 'paused', 'retired')");
            t.HasCheckConstraint("ck_agents_visibility", "visibility in ('public', 'tenant', 'permissioned')");
        });
        builder.ToTable(t => t.HasCheckConstraint("ck_agents_listing", "listing in ('unproved', 'listed', 'delisted')"));
        builder.Property(a => a.Listing).HasDefaultValueSql("'listed'").ValueGeneratedNever();
        builder.ToTable(t => t.HasCheckConstraint("ck_agents_royalty", "royalty_basis_points between 0 and 1000 and owed_basis_points between 0 and 1000 and derived_from <> id"));
        builder.HasIndex(a => a.DerivedFrom).HasFilter("derived_from is not null");
        builder.HasKey(a => a.Id);
        builder.HasAlternateKey(a => new { a.TenantId, a.Id });
        builder.Property(a => a.Name).HasMaxLength(100);
        builder.Property(a => a.Description).HasMaxLength(4_000);
        builder.Property(a => a.Endpoint).HasMaxLength(2_048);
        builder.HasIndex(a => new { a.TenantId, a.RegisteredAt });
        builder.HasIndex(a => new { a.TenantId, a.Name }).IsUnique().HasFilter("status <> 'retired'").HasDatabaseName("ux_agents_tenant_name");
        builder.HasIndex(a => a.Capabilities).HasMethod("gin");
    }
}
