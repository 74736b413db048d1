using Hermes.Domain.Ledger;
using Hermes.Domain.Ledger.Public;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Hermes.Infrastructure.Ledger;

/// <summary>Keys and codes are compared byte by byte ("C"): a locale's rules would cost a third of an index insert.</summary>
internal static class LedgerColumns
{
    public const string Schema = "ledger";

    public static void ByteText(this PropertyBuilder property) => property.HasColumnType("text").UseCollation("C");
}

internal sealed class AccountConfiguration : IEntityTypeConfiguration<Account>
{
    public void Configure(EntityTypeBuilder<Account> builder)
    {
        builder.ToTable("accounts", LedgerColumns.Schema, table =>
        {
            table.HasCheckConstraint("ck_accounts_not_overdrawn", "balance >= 0 or may_be_negative");
        });
        builder.HasKey(account => account.Id);
        builder.Property(account => account.Kind).ByteText();
        builder.Property(account => account.Currency).ByteText();
        builder.Property(account => account.MayBeNegative).HasComputedColumnSql("kind in ('payment_clearing', 'promotions', 'exchange', 'receivables')", stored: true);
        builder.Property(account => account.IsEmpty).HasComputedColumnSql("balance = 0", stored: true);
        builder.HasIndex(account => new { account.OwnerId, account.Kind, account.Currency }).IsUnique();
        builder.HasIndex(account => new { account.TenantId, account.Kind }).HasFilter("not is_empty").HasDatabaseName("ix_accounts_tenant_id_with_balance");
        // Room on each page for the next version of a row: a posting then touches no index.
        builder.HasStorageParameter("fillfactor", 60);
    }
}

internal sealed class EntryConfiguration : IEntityTypeConfiguration<Entry>
{
    public void Configure(EntityTypeBuilder<Entry> builder)
    {
        builder.ToTable("entries", LedgerColumns.Schema, table => table.HasCheckConstraint("ck_entries_amount", "amount <> 0"));
        builder.HasKey(entry => new { entry.AccountId, entry.Seq });
        builder.Property(entry => entry.Seq).ValueGeneratedNever();
        builder.Property(entry => entry.Currency).ByteText();
        builder.Property(entry => entry.Purpose).ByteText();
        builder.Property(entry => entry.SubjectType).ByteText();
        builder.Property(entry => entry.Note).HasMaxLength(Transfer.MaxNoteLength);
        // Transfers' ids grow with time as the table does, so the few pages that hold one are found by ranges; an index of each
        // entry would cost every posting a tenth more.
        builder.HasIndex(entry => entry.TransferId).HasMethod("brin").HasStorageParameter("pages_per_range", 16).HasStorageParameter("autosummarize", true);
    }
}

/// <summary>What makes an idempotency key unique, and what it was used for. Everything that people see of a transfer stands in its entries.</summary>
internal sealed class LedgerTransfer
{
    /// <summary>Unique in the installation.</summary>
    public string IdempotencyKey { get; private set; } = "";

    /// <summary>The transfer's id.</summary>
    public TransferId Id { get; private set; }

    /// <summary>Of its content: <see cref="PostingBatch.Fingerprint"/>.</summary>
    public Guid Fingerprint { get; private set; }

    /// <summary>When it was posted.</summary>
    public DateTimeOffset CreatedAt { get; private set; }
}

internal sealed class LedgerTransferConfiguration : IEntityTypeConfiguration<LedgerTransfer>
{
    public void Configure(EntityTypeBuilder<LedgerTransfer> builder)
    {
        builder.ToTable("transfers", LedgerColumns.Schema);
        builder.HasKey(transfer => transfer.IdempotencyKey);
        builder.Property(transfer => transfer.IdempotencyKey).ByteText();
    }
}

internal sealed class MandateConfiguration : IEntityTypeConfiguration<Mandate>
{
    public void Configure(EntityTypeBuilder<Mandate> builder)
    {
        builder.ToTable("mandates", LedgerColumns.Schema, table =>
        {
            table.HasCheckConstraint("ck_mandates_amount", "amount > 0 and (per_call is null or per_call between 1 and amount)");
            table.HasCheckConstraint("ck_mandates_spent", "spent >= 0 and spent_in_all >= 0");
        });
        builder.HasKey(mandate => mandate.Id);
        builder.Property(mandate => mandate.Name).HasMaxLength(MandateTerms.MaxName);
        builder.Property(mandate => mandate.Project).HasMaxLength(MandateTerms.MaxName);
        builder.Property(mandate => mandate.Revision).IsConcurrencyToken();
        builder.HasIndex(mandate => new { mandate.TenantId, mandate.AgentId });
        // A payment changes the row and no index.
        builder.HasStorageParameter("fillfactor", 60);
    }
}

internal sealed class MandateUseConfiguration : IEntityTypeConfiguration<MandateUse>
{
    public void Configure(EntityTypeBuilder<MandateUse> builder)
    {
        builder.ToTable("mandate_uses", LedgerColumns.Schema);
        builder.HasKey(use => use.SubjectId);
        builder.HasOne<Mandate>().WithMany().HasForeignKey(use => use.MandateId).OnDelete(DeleteBehavior.Restrict);
        builder.Property(use => use.SubjectType).HasMaxLength(Transfer.MaxNameLength);
        builder.Property(use => use.Project).HasMaxLength(MandateTerms.MaxName);
        builder.HasIndex(use => new { use.MandateId, use.SubjectId });
    }
}

internal sealed class SpendPolicyConfiguration : IEntityTypeConfiguration<SpendPolicy>
{
    public void Configure(EntityTypeBuilder<SpendPolicy> builder)
    {
        builder.ToTable("spend_policies", LedgerColumns.Schema);
        builder.HasKey(policy => policy.TenantId);
    }
}

internal sealed class CreditGrantConfiguration : IEntityTypeConfiguration<CreditGrant>
{
    public void Configure(EntityTypeBuilder<CreditGrant> builder)
    {
        builder.ToTable("credit_grants", LedgerColumns.Schema, table =>
            table.HasCheckConstraint("ck_credit_grants_amount", "amount > 0 and expired_amount between 0 and amount"));
        builder.HasKey(grant => grant.Id);
        builder.Property(grant => grant.Reference).HasMaxLength(64);
        builder.HasIndex(grant => new { grant.TenantId, grant.Kind, grant.Reference }).IsUnique();
        builder.HasIndex(grant => grant.ExpiresAt).HasFilter("expired_at is null");
        builder.HasIndex(grant => grant.GrantedAt);
    }
}

internal sealed class ReferralConfiguration : IEntityTypeConfiguration<Referral>
{
    public void Configure(EntityTypeBuilder<Referral> builder)
    {
        builder.ToTable("referrals", LedgerColumns.Schema, table => table.HasCheckConstraint("ck_referrals_other", "tenant_id <> referrer_tenant_id"));
        builder.HasKey(referral => referral.TenantId);
        builder.HasIndex(referral => referral.EnteredAt).HasFilter("rewarded_at is null");
    }
}

internal sealed class ExchangeRateConfiguration : IEntityTypeConfiguration<ExchangeRate>
{
    public void Configure(EntityTypeBuilder<ExchangeRate> builder)
    {
        builder.ToTable("exchange_rates", LedgerColumns.Schema, table => table.HasCheckConstraint("ck_exchange_rates_rate", "rate > 0 and base <> quote"));
        builder.HasKey(rate => rate.Id);
        builder.Property(rate => rate.Rate).HasPrecision(20, 10);
        builder.Property(rate => rate.Source).HasMaxLength(80);
        builder.HasIndex(rate => new { rate.Base, rate.Quote, rate.AsOf });
    }
}

internal sealed class ConversionConfiguration : IEntityTypeConfiguration<Conversion>
{
    public void Configure(EntityTypeBuilder<Conversion> builder)
    {
        builder.ToTable("conversions", LedgerColumns.Schema, table =>
            table.HasCheckConstraint("ck_conversions_amounts", "sold_micro_units > 0 and bought_micro_units > 0 and sold_currency <> bought_currency"));
        builder.HasKey(conversion => conversion.Id);
        builder.Property(conversion => conversion.Rate).HasPrecision(20, 10);
        builder.HasOne<ExchangeRate>().WithMany().HasForeignKey(conversion => conversion.RateId).OnDelete(DeleteBehavior.Restrict);
        builder.HasIndex(conversion => new { conversion.TenantId, conversion.Id });
    }
}

internal sealed class ReconciliationCaseConfiguration : IEntityTypeConfiguration<ReconciliationCase>
{
    public void Configure(EntityTypeBuilder<ReconciliationCase> builder)
    {
        builder.ToTable("reconciliation_cases", LedgerColumns.Schema);
        builder.HasKey(found => found.Id);
        builder.Property(found => found.Subject).HasMaxLength(200);
        builder.Property(found => found.OneSide).HasMaxLength(1_000);
        builder.Property(found => found.OtherSide).HasMaxLength(1_000);
        builder.Property(found => found.Note).HasMaxLength(ReconciliationCase.MaxNote);
        builder.Property(found => found.DecidedBy).HasMaxLength(320);
    }
}

internal sealed class ReconciliationRunConfiguration : IEntityTypeConfiguration<ReconciliationRun>
{
    public void Configure(EntityTypeBuilder<ReconciliationRun> builder)
    {
        builder.ToTable("reconciliation_runs", LedgerColumns.Schema);
        builder.HasKey(run => run.Id);
        builder.HasIndex(run => run.StartedAt);
    }
}
