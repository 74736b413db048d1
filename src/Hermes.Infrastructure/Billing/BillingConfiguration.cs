using System.Text.Json;
using Hermes.Application.Shared;
using Hermes.Domain.Billing;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Hermes.Infrastructure.Billing;

internal static class BillingColumns
{
    public const string Schema = "billing";

    /// <summary>Providers' ids are at most 255 characters long, as Stripe says of its own.</summary>
    public const int ProviderId = 255;
}

internal sealed class BillingAccountConfiguration : IEntityTypeConfiguration<BillingAccount>
{
    public void Configure(EntityTypeBuilder<BillingAccount> builder)
    {
        builder.ToTable("accounts", BillingColumns.Schema, t => t.HasCheckConstraint("ck_accounts_threshold", "threshold_micro_units >= 0"));
        builder.HasKey(a => a.TenantId);
        builder.Property(a => a.Provider).HasMaxLength(20);
        builder.Property(a => a.CustomerId).HasMaxLength(BillingColumns.ProviderId);
        builder.Property(a => a.PayeeId).HasMaxLength(BillingColumns.ProviderId);
        builder.Property(a => a.Email).HasMaxLength(254);
        builder.Property(a => a.LegalName).HasMaxLength(BillingAccount.MaxText);
        builder.Property(a => a.Country).HasMaxLength(2);
        builder.Property(a => a.TaxId).HasMaxLength(BillingAccount.MaxText);
        builder.Property(a => a.PayeeWants).HasMaxLength(1_000);
        builder.HasIndex(a => new { a.Provider, a.CustomerId }).IsUnique();
        builder.HasIndex(a => new { a.Provider, a.PayeeId }).IsUnique();
    }
}

internal sealed class DebtConfiguration : IEntityTypeConfiguration<Debt>
{
    public void Configure(EntityTypeBuilder<Debt> builder)
    {
        builder.ToTable("debts", BillingColumns.Schema, t => t.HasCheckConstraint("ck_debts_amount", "micro_units >= 0"));
        builder.HasKey(d => new { d.TenantId, d.Currency });
    }
}

internal sealed class PurchaseConfiguration : IEntityTypeConfiguration<Purchase>
{
    public void Configure(EntityTypeBuilder<Purchase> builder)
    {
        builder.ToTable("purchases", BillingColumns.Schema, t =>
        {
            t.HasCheckConstraint("ck_purchases_charged", "charged_minor > 0 and amount_micro_units > 0");
            t.HasCheckConstraint("ck_purchases_back", "refunded_minor between 0 and charged_minor and disputed_minor between 0 and charged_minor");
            t.HasCheckConstraint("ck_purchases_refund", "refunding_minor between 0 and charged_minor and (refund_due_at is null or refunding_minor > 0)");
            t.HasCheckConstraint("ck_purchases_paid", "(state = 'paid') = (paid_at is not null)");
        });
        builder.HasKey(p => p.Id);
        builder.Ignore(p => p.Charged);
        builder.Ignore(p => p.Refundable);
        builder.Property(p => p.Provider).HasMaxLength(20);
        builder.Property(p => p.CheckoutId).HasMaxLength(BillingColumns.ProviderId);
        builder.Property(p => p.CheckoutUrl).HasMaxLength(2_048);
        builder.Property(p => p.PaymentId).HasMaxLength(BillingColumns.ProviderId);
        builder.Property(p => p.LastFailure).HasMaxLength(300);
        builder.HasIndex(p => new { p.TenantId, p.CreatedAt });
        builder.HasIndex(p => new { p.Provider, p.PaymentId });
        builder.HasIndex(p => p.RefundDueAt).HasFilter("refund_due_at is not null");
        builder.HasIndex(p => p.CreatedAt).HasFilter("state in ('created', 'open')").HasDatabaseName("ix_purchases_unpaid");
    }
}

internal sealed class OnChainPaymentConfiguration : IEntityTypeConfiguration<OnChainPayment>
{
    public void Configure(EntityTypeBuilder<OnChainPayment> builder)
    {
        builder.ToTable("on_chain_payments", BillingColumns.Schema);
        builder.HasKey(p => p.PurchaseId);
        builder.Ignore(p => p.IsGivenUp);
        builder.Property(p => p.Authorization).HasMaxLength(BillingColumns.ProviderId);
        builder.Property(p => p.Payer).HasMaxLength(BillingColumns.ProviderId);
        builder.Property(p => p.Payload).HasColumnType("text");
        builder.Property(p => p.Requirements).HasColumnType("text");
        builder.Property(p => p.Transaction).HasMaxLength(BillingColumns.ProviderId);
        builder.HasOne<Purchase>().WithMany().HasForeignKey(p => p.PurchaseId).OnDelete(DeleteBehavior.Restrict);
        builder.HasIndex(p => p.Authorization).IsUnique();
        builder.HasIndex(p => p.Transaction).IsUnique();
        builder.HasIndex(p => p.NextAt).HasFilter("next_at is not null");
    }
}

internal sealed class ChargebackConfiguration : IEntityTypeConfiguration<Chargeback>
{
    public void Configure(EntityTypeBuilder<Chargeback> builder)
    {
        builder.ToTable("chargebacks", BillingColumns.Schema, t => t.HasCheckConstraint("ck_chargebacks_minor", "minor > 0"));
        builder.HasKey(c => new { c.Provider, c.DisputeId });
        builder.Property(c => c.Provider).HasMaxLength(20);
        builder.Property(c => c.DisputeId).HasMaxLength(BillingColumns.ProviderId);
        builder.HasOne<Purchase>().WithMany().HasForeignKey(c => c.PurchaseId).OnDelete(DeleteBehavior.Restrict);
    }
}

internal sealed class SubscriptionConfiguration : IEntityTypeConfiguration<Subscription>
{
    public void Configure(EntityTypeBuilder<Subscription> builder)
    {
        builder.ToTable("subscriptions", BillingColumns.Schema, t => t.HasCheckConstraint("ck_subscriptions_provider", "num_nulls(provider, provider_id) in (0, 2)"));
        builder.HasKey(s => s.TenantId);
        builder.Property(s => s.Provider).HasMaxLength(20);
        builder.Property(s => s.ProviderId).HasMaxLength(BillingColumns.ProviderId);
        builder.HasIndex(s => new { s.Provider, s.ProviderId }).IsUnique();
        builder.HasIndex(s => s.PastDueSince).HasFilter("past_due_since is not null");
    }
}

internal sealed class InvoiceConfiguration : IEntityTypeConfiguration<Invoice>
{
    public void Configure(EntityTypeBuilder<Invoice> builder)
    {
        builder.ToTable("invoices", BillingColumns.Schema, t => t.HasCheckConstraint("ck_invoices_booked", "booked_minor >= 0"));
        builder.HasKey(i => i.Id);
        builder.Property(i => i.Provider).HasMaxLength(20);
        builder.Property(i => i.ProviderId).HasMaxLength(BillingColumns.ProviderId);
        builder.Property(i => i.Number).HasMaxLength(100);
        builder.Property(i => i.HostedUrl).HasMaxLength(2_048);
        builder.Property(i => i.Lines).HasColumnType("jsonb").HasConversion(
            lines => JsonSerializer.Serialize(lines, HermesJson.Options),
            text => JsonSerializer.Deserialize<List<InvoiceLine>>(text, HermesJson.Options)!,
            new ValueComparer<IReadOnlyList<InvoiceLine>>((left, right) => ReferenceEquals(left, right), lines => lines.Count, lines => lines));
        builder.HasIndex(i => new { i.Provider, i.ProviderId }).IsUnique();
        builder.HasIndex(i => new { i.TenantId, i.CreatedAt });
    }
}

internal sealed class PayoutConfiguration : IEntityTypeConfiguration<Payout>
{
    public void Configure(EntityTypeBuilder<Payout> builder)
    {
        builder.ToTable("payouts", BillingColumns.Schema, t => t.HasCheckConstraint("ck_payouts_amount", "amount_micro_units > 0"));
        builder.HasKey(p => p.Id);
        builder.Ignore(p => p.IsGivenUp);
        builder.Property(p => p.Provider).HasMaxLength(20);
        builder.Property(p => p.PayeeId).HasMaxLength(BillingColumns.ProviderId);
        builder.Property(p => p.TransferId).HasMaxLength(BillingColumns.ProviderId);
        builder.Property(p => p.ProviderId).HasMaxLength(BillingColumns.ProviderId);
        builder.Property(p => p.Failure).HasMaxLength(300);
        builder.HasIndex(p => new { p.TenantId, p.RequestedAt });
        builder.HasIndex(p => new { p.Provider, p.ProviderId });
        builder.HasIndex(p => p.DueAt).HasFilter("due_at is not null");
    }
}

internal sealed class WebhookEventConfiguration : IEntityTypeConfiguration<WebhookEvent>
{
    public void Configure(EntityTypeBuilder<WebhookEvent> builder)
    {
        builder.ToTable("webhook_events", BillingColumns.Schema);
        builder.HasKey(e => e.Id);
        builder.Property(e => e.Provider).HasMaxLength(20);
        builder.Property(e => e.EventId).HasMaxLength(BillingColumns.ProviderId);
        builder.Property(e => e.Type).HasMaxLength(100);
        builder.Property(e => e.ObjectId).HasMaxLength(BillingColumns.ProviderId);
        builder.Property(e => e.Failure).HasMaxLength(500);
        // Text as it was signed.
        builder.Property(e => e.Payload).HasColumnType("text");
        builder.HasIndex(e => new { e.Provider, e.EventId }).IsUnique();
        builder.HasIndex(e => new { e.ObjectId, e.OccurredAt, e.Id }).HasFilter("state = 'waiting'").HasDatabaseName("ix_webhook_events_turn");
        builder.HasIndex(e => e.NextAt).HasFilter("state = 'waiting'").HasDatabaseName("ix_webhook_events_waiting");
        builder.HasIndex(e => e.Id).HasFilter("state = 'parked'").HasDatabaseName("ix_webhook_events_parked");
    }
}

internal sealed class UsageWindowConfiguration : IEntityTypeConfiguration<UsageWindow>
{
    public void Configure(EntityTypeBuilder<UsageWindow> builder)
    {
        builder.ToTable("usage", BillingColumns.Schema);
        builder.HasKey(u => new { u.TenantId, u.Use, u.StartsAt });
        builder.Property(u => u.Use).HasMaxLength(10);
        builder.HasIndex(u => u.StartsAt).HasFilter("over > reported").HasDatabaseName("ix_usage_unreported");
    }
}
