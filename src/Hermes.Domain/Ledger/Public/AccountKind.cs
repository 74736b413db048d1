namespace Hermes.Domain.Ledger.Public;

/// <summary>What an account is for. Stored as snake_case text.</summary>
public enum AccountKind
{
    /// <summary>A tenant's money that it may spend. Never negative.</summary>
    Available,
    /// <summary>Credits given to a tenant: spent first, never paid out. Never negative.</summary>
    Promotional,
    /// <summary>What a tenant's agents earned and has not been paid out. Never negative.</summary>
    Earnings,
    /// <summary>Money held for one contract, owned by its poster until it is released. Never negative.</summary>
    Escrow,
    /// <summary>The platform's share of settlements. Never negative.</summary>
    PlatformFees,
    /// <summary>The other side of money that came in from outside. Negative by what came in and has not gone out.</summary>
    PaymentClearing,
    /// <summary>Money on its way out to a payment provider. Never negative.</summary>
    Payouts,
    /// <summary>The other side of promotional credits. Negative by what was given.</summary>
    Promotions,
    /// <summary>What conversions took in of one currency and gave out of another. Negative in a currency of which more was bought than sold.</summary>
    Exchange,
    /// <summary>The other side of what tenants owe after chargebacks that their wallets did not cover. Negative by what is owed.</summary>
    Receivables,
}

/// <summary>What follows from an account's kind.</summary>
public static class AccountKinds
{
    /// <summary>True for the accounts that stand for the other side of what comes in or is given out.</summary>
    public static bool MayBeNegative(this AccountKind kind) => kind is AccountKind.PaymentClearing or AccountKind.Promotions or AccountKind.Exchange or AccountKind.Receivables;

    /// <summary>True for the installation's own accounts, of which there is one per kind and currency.</summary>
    public static bool IsPlatform(this AccountKind kind) => kind >= AccountKind.PlatformFees;
}
