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
        builder.Property(d => d.ResultHash).HasMaxLength(64);
        builder.HasIndex(d => d.ResultHash).HasFilter($"bytes >= {Delivery.TellingBytes}");
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
            t.HasCheckConstraint("ck_disputes_decided", "num_nulls(decided_at, decision, released_percent, decided_by, appeal_by) in (0, 5)");
            t.HasCheckConstraint("ck_disputes_appealed", "num_nulls(appealed_at, appealed_by, appeal_reason) in (0, 3) and (appealed_at is null or decided_at is not null)");
            t.HasCheckConstraint("ck_disputes_percent", "released_percent between 0 and 100 and appeal_percent between 0 and 100");
            // An appeal is never decided by who decided first.
            t.HasCheckConstraint("ck_disputes_two", "appeal_decided_by is null or (appeal_decided_by <> decided_by and appeal_decided_by is distinct from confirmed_by)");
            t.HasCheckConstraint("ck_disputes_closed", "(state = 'closed') = (closed_at is not null)");
        });
        builder.HasKey(d => d.Id);
        builder.HasOne<Contract>().WithMany().HasForeignKey(d => d.ContractId).OnDelete(DeleteBehavior.Restrict);
        builder.HasOne<Milestone>().WithMany().HasForeignKey(d => d.MilestoneId).OnDelete(DeleteBehavior.Restrict);
        builder.Property(d => d.Reason).HasMaxLength(1000);
        foreach (var text in new[] { nameof(Dispute.Response), nameof(Dispute.Note), nameof(Dispute.AppealReason), nameof(Dispute.AppealNote) })
            builder.Property(text).HasMaxLength(Dispute.MaxText);
        builder.Property(d => d.Findings).HasColumnType("jsonb").HasConversion(
            findings => JsonSerializer.Serialize(findings, HermesJson.Options),
            text => JsonSerializer.Deserialize<List<DisputeFinding>>(text, HermesJson.Options)!,
            new ValueComparer<IReadOnlyList<DisputeFinding>>((left, right) => ReferenceEquals(left, right), findings => findings.Count, findings => findings));
        builder.HasIndex(d => new { d.OpenedAt, d.Id });
        // One that is not closed per contract; the queue, and what the deadlines look for, are as short as what is open.
        builder.HasIndex(d => d.ContractId).IsUnique().HasFilter("closed_at is null").HasDatabaseName("ux_disputes_open");
        builder.HasIndex(d => new { d.ContractId, d.OpenedAt });
    }
}

internal sealed class DisputeEvidenceConfiguration : IEntityTypeConfiguration<DisputeEvidence>
{
    public void Configure(EntityTypeBuilder<DisputeEvidence> builder)
    {
        builder.ToTable("dispute_evidence", "mesh", t =>
        {
            t.HasCheckConstraint("ck_dispute_evidence_something", "text is not null or file_name is not null");
            t.HasCheckConstraint("ck_dispute_evidence_file", "num_nulls(file_name, content_type, bytes, sha256) in (0, 4)");
        });
        builder.HasKey(e => e.Id);
        builder.HasOne<Dispute>().WithMany().HasForeignKey(e => e.DisputeId).OnDelete(DeleteBehavior.Restrict);
        builder.Property(e => e.Text).HasMaxLength(DisputeEvidence.MaxText);
        builder.Property(e => e.FileName).HasMaxLength(100);
        builder.Property(e => e.ContentType).HasMaxLength(50);
        builder.Property(e => e.Sha256).HasMaxLength(64);
        builder.HasIndex(e => new { e.DisputeId, e.Id });
    }
}

internal sealed class EvidenceFileConfiguration : IEntityTypeConfiguration<EvidenceFile>
{
    public void Configure(EntityTypeBuilder<EvidenceFile> builder)
    {
        builder.ToTable("evidence_files", "mesh", t => t.HasCheckConstraint("ck_evidence_files_size", $"octet_length(content) between 1 and {DisputeEvidence.MaxFileBytes}"));
        builder.HasKey(f => f.EvidenceId);
        builder.HasOne<DisputeEvidence>().WithOne().HasForeignKey<EvidenceFile>(f => f.EvidenceId).OnDelete(DeleteBehavior.Restrict);
    }
}

/// <inheritdoc cref="DeliveryFilter" />
internal sealed class DisputeEvidenceFilter : ITenantFilter<DisputeEvidence>
{
    public Expression<Func<DisputeEvidence, bool>> Rule(HermesDbContext db) =>
        e => db.SeesAll || e.PosterTenantId == db.CurrentTenant || e.WinnerTenantId == db.CurrentTenant;
}

/// <inheritdoc cref="DeliveryFilter" />
internal sealed class EvidenceFileFilter : ITenantFilter<EvidenceFile>
{
    public Expression<Func<EvidenceFile, bool>> Rule(HermesDbContext db) =>
        f => db.SeesAll || f.PosterTenantId == db.CurrentTenant || f.WinnerTenantId == db.CurrentTenant;
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
