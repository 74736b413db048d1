using System.Linq.Expressions;
using System.Text.Json;
using Hermes.Application.Shared;
using Hermes.Domain.Mesh;
using Hermes.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Hermes.Infrastructure.Mesh;

internal sealed class DeliveryConfiguration : IEntityTypeConfiguration<Delivery>
{
    public void Configure(EntityTypeBuilder<Delivery> builder)
    {
        builder.ToTable("deliveries", "mesh", t => t.HasCheckConstraint("ck_deliveries_bytes", $"bytes between 1 and {ValidationRules.MostBytes}"));
        builder.HasKey(d => d.ContractId);
        builder.HasOne<Contract>().WithOne().HasForeignKey<Delivery>(d => d.ContractId).OnDelete(DeleteBehavior.Restrict);
        // Text as it was sent: jsonb would reorder members and refuse what JSON allows.
        builder.Property(d => d.Result).HasColumnType("json");
        builder.Property(d => d.Checks).HasColumnType("jsonb").HasConversion(
            checks => JsonSerializer.Serialize(checks, HermesJson.Options),
            text => JsonSerializer.Deserialize<List<ValidationCheck>>(text, HermesJson.Options)!,
            new ValueComparer<IReadOnlyList<ValidationCheck>>((left, right) => ReferenceEquals(left, right), checks => checks.Count, checks => checks));
        builder.HasIndex(d => new { d.WinnerTenantId, d.DeliveredAt });
    }
}

internal sealed class SettlementConfiguration : IEntityTypeConfiguration<Settlement>
{
    public void Configure(EntityTypeBuilder<Settlement> builder)
    {
        builder.ToTable("settlements", "mesh", t =>
        {
            t.HasCheckConstraint("ck_settlements_sum", "agent_micro_units + platform_micro_units + refunded_micro_units = price_micro_units");
            t.HasCheckConstraint("ck_settlements_parts", "agent_micro_units >= 0 and platform_micro_units >= 0 and refunded_micro_units >= 0");
            t.HasCheckConstraint("ck_settlements_percent", "released_percent between 0 and 100 and platform_basis_points between 0 and 10000");
        });
        builder.HasKey(s => s.ContractId);
        builder.HasOne<Contract>().WithOne().HasForeignKey<Settlement>(s => s.ContractId).OnDelete(DeleteBehavior.Restrict);
        builder.ComplexProperty(s => s.Price);
        builder.Ignore(s => s.Agent);
        builder.Ignore(s => s.Platform);
        builder.Ignore(s => s.Refunded);
        builder.Property(s => s.Score).HasPrecision(5, 4);
        builder.HasIndex(s => new { s.PosterTenantId, s.SettledAt });
        builder.HasIndex(s => new { s.WinnerTenantId, s.SettledAt });
    }
}

internal sealed class DisputeConfiguration : IEntityTypeConfiguration<Dispute>
{
    public void Configure(EntityTypeBuilder<Dispute> builder)
    {
        builder.ToTable("disputes", "mesh", t =>
        {
            t.HasCheckConstraint("ck_disputes_decided", "num_nulls(decided_at, decision, released_percent) in (0, 3)");
            t.HasCheckConstraint("ck_disputes_percent", "released_percent between 0 and 100");
        });
        builder.HasKey(d => d.ContractId);
        builder.HasOne<Contract>().WithOne().HasForeignKey<Dispute>(d => d.ContractId).OnDelete(DeleteBehavior.Restrict);
        builder.Property(d => d.Reason).HasMaxLength(1000);
        builder.Property(d => d.Note).HasMaxLength(1000);
        builder.HasIndex(d => new { d.OpenedAt, d.ContractId });
        builder.HasIndex(d => d.OpenedAt).HasFilter("decided_at is null").HasDatabaseName("ix_disputes_open");
    }
}

/// <summary>Poster and winner see what became of their contract.</summary>
internal sealed class DeliveryFilter : ITenantFilter<Delivery>
{
    public Expression<Func<Delivery, bool>> Rule(HermesDbContext db) =>
        d => db.SeesAll || d.PosterTenantId == db.CurrentTenant || d.WinnerTenantId == db.CurrentTenant;
}

/// <inheritdoc cref="DeliveryFilter" />
internal sealed class SettlementFilter : ITenantFilter<Settlement>
{
    public Expression<Func<Settlement, bool>> Rule(HermesDbContext db) =>
        s => db.SeesAll || s.PosterTenantId == db.CurrentTenant || s.WinnerTenantId == db.CurrentTenant;
}

/// <inheritdoc cref="DeliveryFilter" />
internal sealed class DisputeFilter : ITenantFilter<Dispute>
{
    public Expression<Func<Dispute, bool>> Rule(HermesDbContext db) =>
        d => db.SeesAll || d.PosterTenantId == db.CurrentTenant || d.WinnerTenantId == db.CurrentTenant;
}
