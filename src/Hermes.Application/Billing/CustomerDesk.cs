using Hermes.Application.Shared;
using Hermes.Application.Tenancy.Public;
using Hermes.Domain.Billing;
using Hermes.Domain.Shared;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Billing;

/// <summary>Makes a tenant known to the provider as payer, before it pays for the first time.</summary>
public sealed class CustomerDesk(IBillingDb db, IPaymentProvider provider, ITenants tenants, IUnitOfWork work, TimeProvider clock)
{
    /// <summary>The tenant's id at the provider. For system actors; not inside a transaction.</summary>
    public async Task<Result<string>> EnsureAsync(TenantId tenant, CancellationToken cancellationToken)
    {
        var account = await db.BillingAccounts.AsNoTracking().SingleOrDefaultAsync(a => a.TenantId == tenant, cancellationToken);
        if (account is { CustomerId: { } known } && account.Provider == provider.Name)
            return known;
        return await SaveAsync(tenant, account, $"customer:{tenant}", cancellationToken);
    }

    /// <summary>Tells the provider what changed of the tenant; its id there.</summary>
    /// <param name="tenant">Whose.</param>
    /// <param name="account">As it stands; null before the first contact.</param>
    /// <param name="key">Once for this change.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async Task<Result<string>> SaveAsync(TenantId tenant, BillingAccount? account, string key, CancellationToken cancellationToken)
    {
        var name = account?.LegalName ?? (await tenants.FindAsync(tenant, cancellationToken))?.Name ?? tenant.ToString();
        var id = account is { CustomerId: { } there } && account.Provider == provider.Name ? there : null;
        var saved = await provider.SaveCustomerAsync(id, new CustomerDetails(name, account?.Email, account?.Country, account?.TaxId, tenant), key, cancellationToken);
        if (!saved.Succeeded)
            return saved.Error;
        return await work.RunAsync<string>(async () =>
        {
            var stored = await OpenAsync(tenant, cancellationToken);
            stored.Know(saved.Value);
            return stored.CustomerId!;
        }, cancellationToken);
    }

    /// <summary>The tenant's account in the open transaction, made when it is missing.</summary>
    public async Task<BillingAccount> OpenAsync(TenantId tenant, CancellationToken cancellationToken)
    {
        var stored = await db.BillingAccounts.SingleOrDefaultAsync(a => a.TenantId == tenant, cancellationToken);
        if (stored is null)
            db.BillingAccounts.Add(stored = BillingAccount.Open(tenant, provider.Name, clock));
        else
            stored.Use(provider.Name);
        return stored;
    }
}
