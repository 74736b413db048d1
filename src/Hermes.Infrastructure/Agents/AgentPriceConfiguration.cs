using System.Text.Json;
using Hermes.Application.Shared;
using Hermes.Domain.Agents;
using Hermes.Domain.Agents.Public;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Hermes.Infrastructure.Agents;

internal sealed class AgentPriceConfiguration : IEntityTypeConfiguration<AgentPrice>
{
    public void Configure(EntityTypeBuilder<AgentPrice> builder)
    {
        builder.ToTable("prices", "agents", t =>
        {
            t.HasCheckConstraint("ck_prices_listed", "listed_micro_units >= 0");
            t.HasCheckConstraint("ck_prices_reserve", "reserve_micro_units > 0");
            t.HasCheckConstraint("ck_prices_listed_at", "listed_at >= effective_from");
        });
        builder.HasKey(p => p.Id);
        // The terms as they were said, whole: nobody looks for a part of them.
        builder.Property(p => p.Terms).HasColumnType("jsonb").HasConversion(
            terms => JsonSerializer.Serialize(terms, HermesJson.Options),
            json => JsonSerializer.Deserialize<PriceTerms>(json, HermesJson.Options)!,
            new ValueComparer<PriceTerms>((a, b) => Equals(a, b), terms => terms.GetHashCode(), terms => terms));
        builder.HasIndex(p => new { p.AgentId, p.EffectiveFrom, p.Id });
        builder.HasIndex(p => p.EffectiveFrom).HasFilter("listed_at is null").HasDatabaseName("ix_prices_due");
        builder.HasOne<Agent>().WithMany().HasForeignKey(p => new { p.TenantId, p.AgentId }).HasPrincipalKey(a => new { a.TenantId, a.Id });
    }
}
