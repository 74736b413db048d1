using Hermes.Domain.Billing;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Billing;

/// <summary>The tables of Billing.</summary>
public interface IBillingDb
{
    /// <summary>Tenants towards the provider.</summary>
    DbSet<BillingAccount> BillingAccounts { get; }

    /// <summary>What tenants owe after chargebacks.</summary>
    DbSet<Debt> Debts { get; }

    /// <summary>Purchases of credits.</summary>
    DbSet<Purchase> Purchases { get; }

    /// <summary>Signed payments on a chain.</summary>
    DbSet<OnChainPayment> OnChainPayments { get; }

    /// <summary>What payers' banks took back.</summary>
    DbSet<Chargeback> Chargebacks { get; }

    /// <summary>Plans.</summary>
    DbSet<Subscription> Subscriptions { get; }

    /// <summary>Invoices for plans.</summary>
    DbSet<Invoice> Invoices { get; }

    /// <summary>Payouts of earnings.</summary>
    DbSet<Payout> Payouts { get; }

    /// <summary>Providers' events; the engine's alone.</summary>
    DbSet<WebhookEvent> WebhookEvents { get; }

    /// <summary>Uses by day and hour.</summary>
    DbSet<UsageWindow> Usage { get; }

    /// <summary>Saves what changed.</summary>
    Task<int> SaveChangesAsync(CancellationToken cancellationToken = default);
}
