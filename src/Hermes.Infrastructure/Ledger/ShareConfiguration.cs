using System.Linq.Expressions;
using Hermes.Domain.Ledger;
using Hermes.Domain.Ledger.Public;
using Hermes.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Hermes.Infrastructure.Ledger;

internal sealed class ShareConfiguration : IEntityTypeConfiguration<Share>
{
    public void Configure(EntityTypeBuilder<Share> builder)
    {
        builder.ToTable("shares", LedgerColumns.Schema, t =>
        {
            t.HasCheckConstraint("ck_shares_amount", "amount_micro_units >= 0");
            t.HasCheckConstraint("ck_shares_basis_points", "basis_points between 0 and 10000");
        });
        builder.HasKey(s => s.Id);
        builder.Property(s => s.SubjectType).ByteText();
        // A settlement is shared once, whatever is tried again.
        builder.HasIndex(s => new { s.TransferId, s.Place }).IsUnique();
        builder.HasIndex(s => s.SubjectId);
        builder.HasIndex(s => new { s.AgentId, s.Id }).HasFilter("agent_id is not null");
        builder.HasIndex(s => new { s.TenantId, s.At });
        builder.HasIndex(s => new { s.EarnerTenantId, s.At });
    }
}

/// <summary>The owner of the agent that worked sees the whole split, the payer the platform's share, everybody else its own.</summary>
internal sealed class ShareFilter : ITenantFilter<Share>
{
    public Expression<Func<Share, bool>> Rule(HermesDbContext db) => s => db.SeesAll || s.TenantId == db.CurrentTenant
        || s.EarnerTenantId == db.CurrentTenant || (s.PayerTenantId == db.CurrentTenant && s.Party == ShareParty.Platform);
}

internal sealed class SplitSettingsConfiguration : IEntityTypeConfiguration<SplitSettings>
{
    public void Configure(EntityTypeBuilder<SplitSettings> builder)
    {
        builder.ToTable("split_settings", LedgerColumns.Schema, t =>
        {
            t.HasCheckConstraint("ck_split_settings_organisation", $"organisation_basis_points between 0 and {SplitTerms.MaxOrganisationBasisPoints}");
            t.HasCheckConstraint("ck_split_settings_referrer",
                $"referrer_basis_points between 0 and {SplitTerms.MaxReferrerBasisPoints} and (referrer_tenant_id is null) = (referrer_basis_points = 0)");
        });
        builder.HasKey(s => s.TenantId);
    }
}

internal sealed class ProposalConfiguration : IEntityTypeConfiguration<Proposal>
{
    public void Configure(EntityTypeBuilder<Proposal> builder)
    {
        builder.ToTable("proposals", LedgerColumns.Schema, t => t.HasCheckConstraint("ck_proposals_two", "state <> 'confirmed' or decided_by <> proposed_by"));
        builder.HasKey(p => p.Id);
        builder.Property(p => p.Act).HasColumnType("jsonb");
        builder.Property(p => p.What).HasMaxLength(1_000);
        builder.Property(p => p.Why).HasMaxLength(2_000);
        builder.ComplexProperty(p => p.Amount);
        builder.HasIndex(p => new { p.Kind, p.SubjectId }).IsUnique().HasFilter("state = 'open'").HasDatabaseName("ux_proposals_open");
    }
}
