using System.Text.Json;
using System.Text.Json.Serialization;

namespace Hermes.Infrastructure.Billing.Stripe;

/// <summary>
/// Stripe's objects as far as Hermes reads them, with Stripe's own member names in snake_case (API version
/// <see cref="StripeClient.ApiVersion"/>). What else they carry is ignored; amounts are coins, instants Unix seconds.
/// </summary>
internal static class StripeJson
{
    public static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        PropertyNameCaseInsensitive = false,
        Converters = { new ReferenceConverter() },
    };

    public static T Read<T>(JsonElement element) => element.Deserialize<T>(Options) ?? throw new JsonException("An object is expected.");

    // An expandable member is an id, or the object itself when it was expanded or deleted.
    private sealed class ReferenceConverter : JsonConverter<StripeReference>
    {
        public override StripeReference? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            if (reader.TokenType == JsonTokenType.String)
                return new StripeReference(reader.GetString()!);
            using var document = JsonDocument.ParseValue(ref reader);
            return new StripeReference(document.RootElement.GetProperty("id").GetString()!);
        }

        public override void Write(Utf8JsonWriter writer, StripeReference value, JsonSerializerOptions options) => writer.WriteStringValue(value.Id);
    }
}

internal sealed record StripeReference(string Id);

internal sealed record StripeList<T>(IReadOnlyList<T> Data, bool HasMore);

internal sealed record StripeCustomer(string Id);

internal sealed record StripeCheckoutSession(
    string Id, string Mode, string? Status, string PaymentStatus, string? Url, long ExpiresAt, string? ClientReferenceId,
    StripeReference? Customer, StripeReference? PaymentIntent, StripeReference? Subscription, IReadOnlyDictionary<string, string>? Metadata);

internal sealed record StripePaymentIntent(
    string Id, string Status, long Amount, long AmountReceived, string Currency, string? ClientSecret, StripeReference? Customer,
    StripeNextAction? NextAction, StripeApiError? LastPaymentError, IReadOnlyDictionary<string, string>? Metadata);

internal sealed record StripeNextAction(string Type, StripeRedirect? RedirectToUrl);

internal sealed record StripeRedirect(string? Url);

internal sealed record StripeCharge(string Id, long Amount, long AmountRefunded, string Currency, StripeReference? PaymentIntent);

internal sealed record StripeRefund(string Id, long Amount, string? Status);

internal sealed record StripeDispute(string Id, long Amount, string Currency, string Status, StripeReference? PaymentIntent, StripeReference Charge);

internal sealed record StripePrice(string Id, string? LookupKey, StripeRecurring? Recurring);

internal sealed record StripeRecurring(string UsageType);

internal sealed record StripeSubscriptionItem(string Id, StripePrice Price, long CurrentPeriodStart, long CurrentPeriodEnd);

internal sealed record StripeSubscription(
    string Id, string Status, bool CancelAtPeriodEnd, StripeReference Customer, StripeList<StripeSubscriptionItem> Items, IReadOnlyDictionary<string, string>? Metadata);

internal sealed record StripeInvoiceParent(StripeInvoiceSubscription? SubscriptionDetails);

internal sealed record StripeInvoiceSubscription(StripeReference? Subscription);

internal sealed record StripeTaxAmount(long Amount);

internal sealed record StripeInvoiceLine(string? Description, long Amount, long? Quantity);

internal sealed record StripeStatusTransitions(long? PaidAt);

internal sealed record StripeInvoice(
    string? Id, string? Number, string? Status, string Currency, StripeReference? Customer, long Subtotal, long Total, long AmountDue, long AmountPaid,
    IReadOnlyList<StripeTaxAmount>? TotalTaxes, IReadOnlyList<StripeTaxAmount>? TotalDiscountAmounts, StripeList<StripeInvoiceLine> Lines,
    StripeInvoiceParent? Parent, StripeStatusTransitions? StatusTransitions, string? HostedInvoiceUrl, long Created, long? NextPaymentAttempt);

internal sealed record StripeCoupon(string Id);

internal sealed record StripeTaxRate(string Id, bool Active, IReadOnlyDictionary<string, string>? Metadata);

internal sealed record StripeMeter(string Id, string EventName);

internal sealed record StripeRequirements(IReadOnlyList<string>? CurrentlyDue, string? DisabledReason);

internal sealed record StripeAccount(string Id, bool PayoutsEnabled, bool DetailsSubmitted, StripeRequirements? Requirements);

internal sealed record StripeAccountLink(string Url, long ExpiresAt);

internal sealed record StripeTransfer(string Id, long Amount, string Currency, bool Reversed);

internal sealed record StripePayout(string Id, string Status, long Amount, string Currency, string? FailureMessage, string? FailureCode, IReadOnlyDictionary<string, string>? Metadata);

internal sealed record StripeBalanceTransaction(string Id, string Type, JsonElement? Source, long Amount, long Created);

/// <summary>A charge, refund, dispute, transfer or reversal, as far as it says what it is for.</summary>
internal sealed record StripeSource(
    string Id, string Object, long? Amount, string? Currency, StripeReference? PaymentIntent, StripeReference? Transfer, IReadOnlyDictionary<string, string>? Metadata);

internal sealed record StripeInvoicePayment(string Id, StripeReference Invoice);

internal sealed record StripeEventData(JsonElement Object);

internal sealed record StripeEvent(string Id, string Type, long Created, string? Account, StripeEventData Data);

internal sealed record StripeApiError(string? Type, string? Code, string? DeclineCode, string? Message, string? Param);

internal sealed record StripeErrorBody(StripeApiError Error);

internal sealed record StripeReversal(string Id, long Amount);
