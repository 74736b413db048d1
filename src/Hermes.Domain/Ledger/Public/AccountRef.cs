using Hermes.Domain.Shared;

namespace Hermes.Domain.Ledger.Public;

/// <summary>
/// Names an account by what it is for; the ledger opens it when it is first posted to. Kind, owner and currency are
/// the name; the tenant is whom the account belongs to (an escrow account: the contract's poster).
/// </summary>
/// <param name="Kind">What it is for.</param>
/// <param name="OwnerId">A tenant's id, a contract's for escrow, <see cref="TenantId.Platform"/> for the platform's.</param>
/// <param name="TenantId">Who may see it.</param>
/// <param name="Currency">Its one currency.</param>
public readonly record struct AccountRef(AccountKind Kind, Guid OwnerId, TenantId TenantId, Currency Currency)
{
    /// <summary>What a tenant may spend.</summary>
    public static AccountRef Available(TenantId tenant, Currency currency) => new(AccountKind.Available, tenant.Value, tenant, currency);

    /// <summary>A tenant's promotional credits.</summary>
    public static AccountRef Promotional(TenantId tenant, Currency currency) => new(AccountKind.Promotional, tenant.Value, tenant, currency);

    /// <summary>What a tenant's agents earned.</summary>
    public static AccountRef Earnings(TenantId tenant, Currency currency) => new(AccountKind.Earnings, tenant.Value, tenant, currency);

    /// <summary>What is held for a contract.</summary>
    public static AccountRef Escrow(ContractId contract, TenantId poster, Currency currency) => new(AccountKind.Escrow, contract.Value, poster, currency);

    /// <summary>The platform's shares.</summary>
    public static AccountRef PlatformFees(Currency currency) => Platform(AccountKind.PlatformFees, currency);

    /// <summary>The other side of money from outside.</summary>
    public static AccountRef PaymentClearing(Currency currency) => Platform(AccountKind.PaymentClearing, currency);

    /// <summary>Money on its way out.</summary>
    public static AccountRef Payouts(Currency currency) => Platform(AccountKind.Payouts, currency);

    /// <summary>The other side of promotional credits.</summary>
    public static AccountRef Promotions(Currency currency) => Platform(AccountKind.Promotions, currency);

    /// <summary>The other side of conversions.</summary>
    public static AccountRef Exchange(Currency currency) => Platform(AccountKind.Exchange, currency);

    /// <summary>What tenants owe after chargebacks.</summary>
    public static AccountRef Receivables(Currency currency) => Platform(AccountKind.Receivables, currency);

    private static AccountRef Platform(AccountKind kind, Currency currency) => new(kind, TenantId.Platform.Value, TenantId.Platform, currency);
}
