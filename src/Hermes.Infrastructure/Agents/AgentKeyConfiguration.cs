using Hermes.Domain.Agents;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Hermes.Infrastructure.Agents;

internal sealed class AgentKeyConfiguration : IEntityTypeConfiguration<AgentKey>
{
    public void Configure(EntityTypeBuilder<AgentKey> builder)
    {
        builder.ToTable("agent_keys", "agents", t => t.HasCheckConstraint("ck_agent_keys_hash", "octet_length(hash) = 32"));
        builder.HasKey(k => k.Id);
        builder.Property(k => k.Prefix).HasMaxLength(AgentKey.ShownLength);
        builder.HasIndex(k => k.Hash).IsUnique();
        builder.HasIndex(k => k.AgentId);
        // The tenant is part of the reference: a key can't belong to another tenant's agent.
        builder.HasOne<Agent>().WithMany().HasForeignKey(k => new { k.TenantId, k.AgentId }).HasPrincipalKey(a => new { a.TenantId, a.Id });
    }
}
