using System.Linq.Expressions;
using Hermes.Domain.Ledger;
using Hermes.Domain.Ledger.Public;
using Hermes.Infrastructure.Persistence;
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
            table.HasCheckConstraint("ck_accounts_may_be_negative", "may_be_negative = (kind in ('payment_clearing', 'promotions'))");
            table.HasCheckConstraint("ck_accounts_kind", "kind in ('available', 'promotional', 'earnings', 'escrow', 'platform_fees', 'payment_clearing', 'payouts', 'promotions')");
        });
        builder.HasKey(account => account.Id);
        builder.Property(account => account.Kind).ByteText();
        builder.Property(account => account.Currency).ByteText();
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
        builder.HasIndex(entry => entry.TransferId);
    }
}

internal sealed class LedgerTransferConfiguration : IEntityTypeConfiguration<LedgerTransfer>
{
    public void Configure(EntityTypeBuilder<LedgerTransfer> builder)
    {
        builder.ToTable("transfers", LedgerColumns.Schema);
        builder.HasKey(transfer => transfer.Id);
        builder.Property(transfer => transfer.IdempotencyKey).ByteText();
        builder.Property(transfer => transfer.IdempotencyKey).HasMaxLength(Transfer.MaxKeyLength);
        builder.Property(transfer => transfer.Purpose).ByteText();
        builder.Property(transfer => transfer.SubjectType).ByteText();
        builder.Property(transfer => transfer.Note).HasMaxLength(Transfer.MaxNoteLength);
        builder.HasIndex(transfer => transfer.IdempotencyKey).IsUnique();
    }
}

internal sealed class LedgerTransferFilter : ITenantFilter<LedgerTransfer>
{
    public Expression<Func<LedgerTransfer, bool>> Rule(HermesDbContext db) =>
        transfer => db.SeesAll || db.LedgerEntries.Any(entry => entry.TransferId == transfer.Id && entry.TenantId == db.CurrentTenant);
}
