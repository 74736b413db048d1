using System.Linq.Expressions;
using System.Text.Json;
using Hermes.Application.Mesh;
using Hermes.Application.Shared;
using Hermes.Domain.Mesh;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Hermes.Infrastructure.Mesh
{
    internal sealed class MilestoneConfiguration : IEntityTypeConfiguration<Milestone>
    {
        public void Configure(EntityTypeBuilder<Milestone> builder)
        {
            builder.ToTable("milestones", "mesh", t =>
            {
                t.HasCheckConstraint("ck_milestones_place", $"place between 1 and {Milestone.Most} and weight > 0");
                t.HasCheckConstraint("ck_milestones_money", "agent_micro_units >= 0 and platform_micro_units >= 0 and refunded_micro_units >= 0");
                t.HasCheckConstraint("ck_milestones_over", "(state in ('paid', 'refunded', 'cancelled')) = (ended_at is not null)");
            });
            builder.HasKey(m => m.Id);
            builder.HasOne<Contract>().WithMany().HasForeignKey(m => m.ContractId).OnDelete(DeleteBehavior.Restrict);
            builder.Property(m => m.Title).HasMaxLength(200);
            builder.Property(m => m.Score).HasPrecision(5, 4);
            builder.Property(m => m.Validation).HasColumnType("jsonb").HasConversion(
                rules => JsonSerializer.Serialize(rules, HermesJson.Options),
                text => JsonSerializer.Deserialize<ValidationRules>(text, HermesJson.Options)!,
                new ValueComparer<ValidationRules>((left, right) => ReferenceEquals(left, right), rules => rules.GetHashCode(), rules => rules));
            builder.HasIndex(m => new { m.ContractId, m.Place }).IsUnique();
            builder.HasIndex(m => m.AcceptBy).HasFilter("state = 'delivered'").HasDatabaseName("ix_milestones_acceptance");
        }
    }

    internal sealed class MilestoneDeliveryConfiguration : IEntityTypeConfiguration<MilestoneDelivery>
    {
        public void Configure(EntityTypeBuilder<MilestoneDelivery> builder)
        {
            builder.ToTable("milestone_deliveries", "mesh", t => t.HasCheckConstraint("ck_milestone_deliveries_bytes", $"bytes between 1 and {ValidationRules.MostBytes}"));
            builder.HasKey(d => d.MilestoneId);
            builder.HasOne<Milestone>().WithOne().HasForeignKey<MilestoneDelivery>(d => d.MilestoneId).OnDelete(DeleteBehavior.Restrict);
            builder.Property(d => d.Result).HasColumnType("json");
            builder.Property(d => d.ResultHash).HasMaxLength(64);
            builder.Property(d => d.Checks).HasColumnType("jsonb").HasConversion(
                checks => JsonSerializer.Serialize(checks, HermesJson.Options),
                text => JsonSerializer.Deserialize<List<ValidationCheck>>(text, HermesJson.Options)!,
                new ValueComparer<IReadOnlyList<ValidationCheck>>((left, right) => ReferenceEquals(left, right), checks => checks.Count, checks => checks));
            builder.HasIndex(d => d.ResultHash).HasFilter($"bytes >= {Delivery.TellingBytes}");
        }
    }

    /// <summary>Whoever sees the contract sees what is planned.</summary>
    internal sealed class MilestoneFilter : Persistence.ITenantFilter<Milestone>
    {
        public Expression<Func<Milestone, bool>> Rule(Persistence.HermesDbContext db) => m => db.SeesAll || db.Contracts.Any(c => c.Id == m.ContractId);
    }

    /// <inheritdoc cref="DeliveryFilter" />
    internal sealed class MilestoneDeliveryFilter : Persistence.ITenantFilter<MilestoneDelivery>
    {
        public Expression<Func<MilestoneDelivery, bool>> Rule(Persistence.HermesDbContext db) =>
            d => db.SeesAll || d.PosterTenantId == db.CurrentTenant || d.WinnerTenantId == db.CurrentTenant;
    }
}

// The context's part of this capability.
namespace Hermes.Infrastructure.Persistence
{
    public sealed partial class HermesDbContext : IMilestoneDb
    {
        /// <inheritdoc />
        public DbSet<Milestone> Milestones => Set<Milestone>();

        /// <inheritdoc />
        public DbSet<MilestoneDelivery> MilestoneDeliveries => Set<MilestoneDelivery>();
    }
}
