using Hermes.Domain.Shared;

namespace Hermes.Domain.Billing;

/// <summary>How a purchase stands.</summary>
public enum PurchaseState
{
    /// <summary>Stored; the provider was not asked yet, or its answer was lost.</summary>
    Created,
    /// <summary>The payer may pay.</summary>
    Open,
    /// <summary>Paid and credited.</summary>
    Paid,
    /// <summary>Nobody paid in time.</summary>
    Expired,
}

/// <summary>How the payer pays.</summary>
public enum PurchaseWay
{
    /// <summary>On a page of the provider.</summary>
    Checkout,
    /// <summary>By an intent that the caller confirms itself.</summary>
    Intent,
    /// <summary>By a signed payment on a chain.</summary>
    OnChain,
}

/// <summary>Credits that a tenant buys. Credited once, when the provider says that they are paid.</summary>
public sealed class Purchase : ITenantOwned, IVersioned
{
    private Purchase() { }

    /// <summary>Its id; the provider carries it as a reference.</summary>
    public PurchaseId Id { get; private set; }

    /// <inheritdoc />
    public TenantId TenantId { get; private set; }

    /// <summary>What is credited.</summary>
    public Money Amount { get; private set; }

    /// <summary>What is charged, in coins; below the amount by less than one coin.</summary>
    public long ChargedMinor { get; private set; }

    /// <summary>How it stands.</summary>
    public PurchaseState State { get; private set; }

    /// <summary>How it is paid.</summary>
    public PurchaseWay Way { get; private set; }

    /// <summary>Through whom: <c>stripe</c>, <c>test</c>, <c>x402</c>.</summary>
    public string Provider { get; private set; } = "";

    /// <summary>The provider's checkout; null before it answered and for an intent.</summary>
    public string? CheckoutId { get; private set; }

    /// <summary>Where the payer pays; null before the provider answered and for an intent.</summary>
    public string? CheckoutUrl { get; private set; }

    /// <summary>The provider's payment, on a chain the transaction; null until it is known.</summary>
    public string? PaymentId { get; private set; }

    /// <summary>Why the last attempt to pay failed; null for none.</summary>
    public string? LastFailure { get; private set; }

    /// <summary>What went back to the payer by refunds, in coins.</summary>
    public long RefundedMinor { get; private set; }

    /// <summary>What is being given back by an operator's order, in coins; 0 for nothing.</summary>
    public long RefundingMinor { get; private set; }

    /// <summary>When the provider is asked for the refund that was ordered; null when it has been, or none was.</summary>
    public DateTimeOffset? RefundDueAt { get; private set; }

    /// <summary>What the payer's bank took back, in coins.</summary>
    public long DisputedMinor { get; private set; }

    /// <summary>When it was asked for.</summary>
    public DateTimeOffset CreatedAt { get; private set; }

    /// <summary>Until when it can be paid; null while unknown.</summary>
    public DateTimeOffset? ExpiresAt { get; private set; }

    /// <summary>When it was credited; null before.</summary>
    public DateTimeOffset? PaidAt { get; private set; }

    /// <inheritdoc />
    public uint Version { get; private set; }

    /// <summary>What is charged.</summary>
    public Money Charged => MinorUnits.ToMoney(ChargedMinor, Amount.Currency);

    /// <summary>A new purchase. Error: <see cref="BillingErrors.AmountTooSmall"/>.</summary>
    public static Result<Purchase> Begin(TenantId tenant, Money amount, PurchaseWay way, string provider, TimeProvider clock)
    {
        var minor = MinorUnits.Of(amount);
        if (minor is < 1 or > MinorUnits.Most)
            return BillingErrors.AmountTooSmall;
        return new Purchase
        {
            Id = Shared.Id.New<PurchaseId>(clock),
            TenantId = tenant,
            Amount = amount,
            ChargedMinor = minor,
            Way = way,
            Provider = provider,
            CreatedAt = clock.GetUtcNow(),
        };
    }

    /// <summary>The provider is ready for the payer. Does nothing to a purchase that went on already.</summary>
    public void Open(string? checkout, string? url, string? payment, DateTimeOffset? expiresAt)
    {
        if (State != PurchaseState.Created)
            return;
        (State, CheckoutId, CheckoutUrl, PaymentId, ExpiresAt) = (PurchaseState.Open, checkout, url, payment, expiresAt);
    }

    /// <summary>It is paid: true the first time. A purchase that expired here and was paid there is paid.</summary>
    public bool Pay(string payment, DateTimeOffset at)
    {
        if (State == PurchaseState.Paid)
            return false;
        (State, PaymentId, PaidAt, LastFailure) = (PurchaseState.Paid, payment, at, null);
        return true;
    }

    /// <summary>An attempt failed; the payer may try again.</summary>
    public void Fail(string? why)
    {
        if (State is PurchaseState.Created or PurchaseState.Open)
            LastFailure = why is { Length: > 300 } ? why[..300] : why ?? "The payment failed.";
    }

    /// <summary>Nobody paid in time: true the first time.</summary>
    public bool Expire()
    {
        if (State is not (PurchaseState.Created or PurchaseState.Open))
            return false;
        State = PurchaseState.Expired;
        return true;
    }

    /// <summary>Its payment was found after all: it is open until that is booked. Does nothing to a paid one.</summary>
    public void Reopen()
    {
        if (State != PurchaseState.Paid)
            (State, LastFailure) = (PurchaseState.Open, null);
    }

    /// <summary>What an operator can give back.</summary>
    public Money Refundable => MinorUnits.ToMoney(ChargedMinor - RefundedMinor - RefundingMinor - DisputedMinor, Amount.Currency);

    /// <summary>Whether something of it can be given back. Errors: <see cref="BillingErrors.NoRefunds"/>, <see cref="BillingErrors.RefundOrdered"/>, <see cref="BillingErrors.NothingToRefund"/>.</summary>
    public Error? CheckRefund() =>
        Way == PurchaseWay.OnChain ? BillingErrors.NoRefunds
        : RefundingMinor > 0 ? BillingErrors.RefundOrdered
        : State != PurchaseState.Paid || !Refundable.IsPositive ? BillingErrors.NothingToRefund
        : null;

    /// <summary>Orders all that can be given back to be given back. Errors as those of <see cref="CheckRefund"/>.</summary>
    public Result<Done> OrderRefund(DateTimeOffset now)
    {
        if (CheckRefund() is { } refusal)
            return refusal;
        (RefundingMinor, RefundDueAt) = (MinorUnits.Of(Refundable), now);
        return Done.Ok;
    }

    /// <summary>The provider does it; its event says so.</summary>
    public void RefundSent() => RefundDueAt = null;

    /// <summary>The provider did not answer: asked again then.</summary>
    public void RefundLater(DateTimeOffset at) => RefundDueAt = RefundDueAt is null ? null : at;

    /// <summary>The provider refused the order, which is void.</summary>
    public void RefundRefused() => (RefundingMinor, RefundDueAt) = (0, null);

    /// <summary>So much went back in all; the part that is new, 0 for a message that comes late.</summary>
    public long Refund(long allMinor)
    {
        var more = Math.Max(0, Math.Min(allMinor, ChargedMinor) - RefundedMinor);
        RefundedMinor += more;
        RefundingMinor = Math.Max(0, RefundingMinor - more);
        if (RefundingMinor == 0)
            RefundDueAt = null;
        return more;
    }

    /// <summary>The payer's bank took (or gave back, below zero) so much.</summary>
    public void Dispute(long minor) => DisputedMinor = Math.Clamp(DisputedMinor + minor, 0, ChargedMinor);
}
