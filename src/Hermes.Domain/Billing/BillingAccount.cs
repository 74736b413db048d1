using Hermes.Domain.Shared;

namespace Hermes.Domain.Billing;

/// <summary>When earnings are paid out by themselves.</summary>
public enum PayoutRhythm
{
    /// <summary>Only when somebody asks.</summary>
    Manual,
    /// <summary>Each day.</summary>
    Daily,
    /// <summary>Each Monday.</summary>
    Weekly,
    /// <summary>Each first of a month.</summary>
    Monthly,
}

/// <summary>A tenant towards the payment provider: as payer and as payee.</summary>
public sealed class BillingAccount : ITenantOwned, IVersioned
{
    /// <summary>Most characters of names and tax ids.</summary>
    public const int MaxText = 200;

    private BillingAccount() { }

    /// <inheritdoc />
    public TenantId TenantId { get; private set; }

    /// <summary>The provider that the ids belong to.</summary>
    public string Provider { get; private set; } = "";

    /// <summary>The tenant as payer there; null before the first payment.</summary>
    public string? CustomerId { get; private set; }

    /// <summary>Where invoices and warnings go; null for nowhere.</summary>
    public string? Email { get; private set; }

    /// <summary>As on invoices; null for the tenant's own name.</summary>
    public string? LegalName { get; private set; }

    /// <summary>ISO 3166 code of two letters; null when not said.</summary>
    public string? Country { get; private set; }

    /// <summary>Tax id (VAT number, EIN); null when not said.</summary>
    public string? TaxId { get; private set; }

    /// <summary>Whether requests beyond the plan's are served and charged.</summary>
    public bool OverageAllowed { get; private set; }

    /// <summary>The tenant as payee there; null before it was set up.</summary>
    public string? PayeeId { get; private set; }

    /// <summary>Whether the provider pays out to it.</summary>
    public bool PayeeReady { get; private set; }

    /// <summary>What the provider still wants to know of the payee; null for nothing.</summary>
    public string? PayeeWants { get; private set; }

    /// <summary>When the payee was ready for the first time: new accounts' payouts are held for some days from then; null before.</summary>
    public DateTimeOffset? PayeeSince { get; private set; }

    /// <summary>When earnings are paid out by themselves.</summary>
    public PayoutRhythm Rhythm { get; private set; }

    /// <summary>The least that a scheduled payout pays, in micro-units of any currency; the installation's own least holds, too.</summary>
    public long ThresholdMicroUnits { get; private set; }

    /// <summary>The last day whose scheduled payout was made; null for none.</summary>
    public DateOnly? LastRun { get; private set; }

    /// <summary>When it was made.</summary>
    public DateTimeOffset CreatedAt { get; private set; }

    /// <inheritdoc />
    public uint Version { get; private set; }

    /// <summary>A tenant's first contact with the provider.</summary>
    public static BillingAccount Open(TenantId tenant, string provider, TimeProvider clock) =>
        new() { TenantId = tenant, Provider = provider, CreatedAt = clock.GetUtcNow() };

    /// <summary>Forgets the ids of another provider.</summary>
    public void Use(string provider)
    {
        if (Provider != provider)
            (Provider, CustomerId, PayeeId, PayeeReady, PayeeWants, PayeeSince) = (provider, null, null, false, null, null);
    }

    /// <summary>The provider knows the payer.</summary>
    public void Know(string customer) => CustomerId ??= customer;

    /// <summary>The provider knows the payee.</summary>
    public void KnowPayee(string payee) => PayeeId ??= payee;

    /// <summary>What the provider says of the payee: true when that is new.</summary>
    public bool PayeeIs(bool ready, string? wants, DateTimeOffset at)
    {
        if ((PayeeReady, PayeeWants) == (ready, wants))
            return false;
        (PayeeReady, PayeeWants) = (ready, wants);
        if (ready)
            PayeeSince ??= at;
        return true;
    }

    /// <summary>What stands on invoices.</summary>
    public void Describe(string? email, string? legalName, string? country, string? taxId) => (Email, LegalName, Country, TaxId) = (email, legalName, country, taxId);

    /// <summary>Whether more than the plan is served and charged.</summary>
    public void AllowOverage(bool allowed) => OverageAllowed = allowed;

    /// <summary>When earnings are paid out by themselves.</summary>
    public void Schedule(PayoutRhythm rhythm, long thresholdMicroUnits) => (Rhythm, ThresholdMicroUnits) = (rhythm, thresholdMicroUnits);

    /// <summary>True when a scheduled payout is due on the day; it counts as made from now on.</summary>
    public bool Run(DateOnly today)
    {
        if (LastRun == today || Rhythm == PayoutRhythm.Manual || (Rhythm == PayoutRhythm.Weekly && today.DayOfWeek != DayOfWeek.Monday) || (Rhythm == PayoutRhythm.Monthly && today.Day != 1))
            return false;
        LastRun = today;
        return true;
    }
}

/// <summary>What a tenant owes the platform after chargebacks and refunds that its wallet did not cover.</summary>
public sealed class Debt : ITenantOwned, IVersioned
{
    private Debt() { }

    /// <inheritdoc />
    public TenantId TenantId { get; private set; }

    /// <summary>Its currency.</summary>
    public Currency Currency { get; private set; }

    /// <summary>Zero or more.</summary>
    public long MicroUnits { get; private set; }

    /// <inheritdoc />
    public uint Version { get; private set; }

    /// <summary>Nothing owed yet.</summary>
    public static Debt None(TenantId tenant, Currency currency) => new() { TenantId = tenant, Currency = currency };

    /// <summary>More is owed.</summary>
    public void Grow(long microUnits) => MicroUnits = checked(MicroUnits + microUnits);

    /// <summary>Takes what it can of the amount to repay; how much that is.</summary>
    public long Repay(long microUnits)
    {
        var part = Math.Min(microUnits, MicroUnits);
        MicroUnits -= part;
        return part;
    }
}
