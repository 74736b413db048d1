using Hermes.Application.Billing;
using Hermes.Domain.Billing;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Infrastructure.Persistence;

public sealed partial class HermesDbContext : IBillingDb
{
    /// <inheritdoc />
    public DbSet<BillingAccount> BillingAccounts => Set<BillingAccount>();

    /// <inheritdoc />
    public DbSet<Debt> Debts => Set<Debt>();

    /// <inheritdoc />
    public DbSet<Purchase> Purchases => Set<Purchase>();

    /// <inheritdoc />
    public DbSet<OnChainPayment> OnChainPayments => Set<OnChainPayment>();

    /// <inheritdoc />
    public DbSet<Chargeback> Chargebacks => Set<Chargeback>();

    /// <inheritdoc />
    public DbSet<Subscription> Subscriptions => Set<Subscription>();

    /// <inheritdoc />
    public DbSet<Invoice> Invoices => Set<Invoice>();

    /// <inheritdoc />
    public DbSet<Payout> Payouts => Set<Payout>();

    /// <inheritdoc />
    public DbSet<WebhookEvent> WebhookEvents => Set<WebhookEvent>();

    /// <inheritdoc />
    public DbSet<UsageWindow> Usage => Set<UsageWindow>();
}
