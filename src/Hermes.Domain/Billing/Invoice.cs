using Hermes.Domain.Shared;

namespace Hermes.Domain.Billing;

/// <summary>How an invoice stands, in the provider's words.</summary>
public enum InvoiceState
{
    /// <summary>Being made.</summary>
    Draft,
    /// <summary>To be paid.</summary>
    Open,
    /// <summary>Paid.</summary>
    Paid,
    /// <summary>Given up.</summary>
    Uncollectible,
    /// <summary>Called off.</summary>
    Void,
}

/// <summary>A line of an invoice.</summary>
/// <param name="Text">What for.</param>
/// <param name="Minor">In coins; below zero for what is given back.</param>
/// <param name="Quantity">How many; null when it says nothing.</param>
public sealed record InvoiceLine(string Text, long Minor, long? Quantity);

/// <summary>What the provider says of an invoice. Amounts in coins.</summary>
/// <param name="Id">Its id there.</param>
/// <param name="CustomerId">Whose.</param>
/// <param name="SubscriptionId">For which subscription; null for none.</param>
/// <param name="Number">As printed; null while it is a draft.</param>
/// <param name="State">How it stands.</param>
/// <param name="Currency">Of all amounts.</param>
/// <param name="SubtotalMinor">Before discount and tax.</param>
/// <param name="DiscountMinor">Taken off by coupons.</param>
/// <param name="TaxMinor">Tax in the total.</param>
/// <param name="TotalMinor">To be paid in all; below zero for a credit.</param>
/// <param name="PaidMinor">Paid of it.</param>
/// <param name="Lines">Its lines.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="PaidAt">When it was paid; null before.</param>
/// <param name="HostedUrl">The provider's page of it; null for none.</param>
/// <param name="NextAttemptAt">When the provider tries again; null for never.</param>
public sealed record InvoiceFacts(
    string Id, string? CustomerId, string? SubscriptionId, string? Number, InvoiceState State, Currency Currency, long SubtotalMinor, long DiscountMinor,
    long TaxMinor, long TotalMinor, long PaidMinor, IReadOnlyList<InvoiceLine> Lines, DateTimeOffset CreatedAt, DateTimeOffset? PaidAt,
    string? HostedUrl, DateTimeOffset? NextAttemptAt);

/// <summary>An invoice for a plan, as the provider made it.</summary>
public sealed class Invoice : ITenantOwned, IVersioned
{
    private Invoice() { }

    /// <summary>Its id in Hermes.</summary>
    public InvoiceId Id { get; private set; }

    /// <inheritdoc />
    public TenantId TenantId { get; private set; }

    /// <summary>Who made it.</summary>
    public string Provider { get; private set; } = "";

    /// <summary>Its id there.</summary>
    public string ProviderId { get; private set; } = "";

    /// <summary>As printed; null while it is a draft.</summary>
    public string? Number { get; private set; }

    /// <summary>How it stands.</summary>
    public InvoiceState State { get; private set; }

    /// <summary>Of all amounts.</summary>
    public Currency Currency { get; private set; }

    /// <summary>Before discount and tax, in coins.</summary>
    public long SubtotalMinor { get; private set; }

    /// <summary>Taken off by coupons, in coins.</summary>
    public long DiscountMinor { get; private set; }

    /// <summary>Tax in the total, in coins.</summary>
    public long TaxMinor { get; private set; }

    /// <summary>To be paid in all, in coins.</summary>
    public long TotalMinor { get; private set; }

    /// <summary>Paid of it, in coins.</summary>
    public long PaidMinor { get; private set; }

    /// <summary>Its lines.</summary>
    public IReadOnlyList<InvoiceLine> Lines { get; private set; } = [];

    /// <summary>When it was made.</summary>
    public DateTimeOffset CreatedAt { get; private set; }

    /// <summary>When it was paid; null before.</summary>
    public DateTimeOffset? PaidAt { get; private set; }

    /// <summary>The provider's page of it, where it can be paid; null for none.</summary>
    public string? HostedUrl { get; private set; }

    /// <summary>When the provider tries to charge it again; null for never.</summary>
    public DateTimeOffset? NextAttemptAt { get; private set; }

    /// <summary>What of the paid amount is booked in the ledger, in coins.</summary>
    public long BookedMinor { get; private set; }

    /// <inheritdoc />
    public uint Version { get; private set; }

    /// <summary>A new one.</summary>
    public static Invoice Of(TenantId tenant, string provider, InvoiceFacts facts, TimeProvider clock)
    {
        var invoice = new Invoice { Id = Shared.Id.New<InvoiceId>(clock), TenantId = tenant, Provider = provider, ProviderId = facts.Id };
        invoice.Become(facts);
        return invoice;
    }

    /// <summary>Takes what the provider says now.</summary>
    public void Become(InvoiceFacts facts)
    {
        (Number, State, Currency, SubtotalMinor, DiscountMinor, TaxMinor, TotalMinor, PaidMinor) =
            (facts.Number, facts.State, facts.Currency, facts.SubtotalMinor, facts.DiscountMinor, facts.TaxMinor, facts.TotalMinor, facts.PaidMinor);
        (Lines, CreatedAt, PaidAt, HostedUrl, NextAttemptAt) = (facts.Lines, facts.CreatedAt, facts.PaidAt, facts.HostedUrl, facts.NextAttemptAt);
    }

    /// <summary>What was paid and is not booked yet, in coins; it counts as booked from now on.</summary>
    public long Book()
    {
        var more = Math.Max(0, PaidMinor - BookedMinor);
        BookedMinor += more;
        return more;
    }
}
