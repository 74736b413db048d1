using Hermes.Domain.Shared;

namespace Hermes.Domain.Billing;

/// <summary>A purchase of credits.</summary>
public readonly record struct PurchaseId(Guid Value) : IId<PurchaseId>
{
    /// <inheritdoc />
    public static PurchaseId From(Guid value) => new(value);

    /// <inheritdoc />
    public override string ToString() => Value.ToString();
}

/// <summary>An invoice for a plan.</summary>
public readonly record struct InvoiceId(Guid Value) : IId<InvoiceId>
{
    /// <inheritdoc />
    public static InvoiceId From(Guid value) => new(value);

    /// <inheritdoc />
    public override string ToString() => Value.ToString();
}

/// <summary>A payout of earnings.</summary>
public readonly record struct PayoutId(Guid Value) : IId<PayoutId>
{
    /// <inheritdoc />
    public static PayoutId From(Guid value) => new(value);

    /// <inheritdoc />
    public override string ToString() => Value.ToString();
}

/// <summary>A provider's event as Hermes keeps it.</summary>
public readonly record struct WebhookEventId(Guid Value) : IId<WebhookEventId>
{
    /// <inheritdoc />
    public static WebhookEventId From(Guid value) => new(value);

    /// <inheritdoc />
    public override string ToString() => Value.ToString();
}
