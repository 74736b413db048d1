using Hermes.Domain.Billing;
using Hermes.Domain.Shared;

namespace Hermes.Application.Billing;

/// <summary>
/// Whoever takes cards, renews plans and pays out. Where none is configured every call answers <see cref="BillingErrors.NoProvider"/>. Every call that makes or moves something carries a key that follows
/// from what it is for: repeated with the same key it answers as the first time. Nothing here is called inside a database
/// transaction. Errors are Hermes' own: <see cref="BillingErrors.ProviderAway"/> (outcome unknown, repeat),
/// <see cref="BillingErrors.Declined"/>, <see cref="BillingErrors.ProviderRefused"/>.
/// </summary>
public interface IPaymentProvider : INamedProvider
{
    /// <summary>The meter that counts requests beyond plans.</summary>
    const string OverageMeter = "hermes_requests_over";

    /// <summary>Makes the payer, or updates it when it is known; its id.</summary>
    Task<Result<string>> SaveCustomerAsync(string? id, CustomerDetails details, string key, CancellationToken cancellationToken);

    /// <summary>Opens a page where the payer pays once for something.</summary>
    Task<Result<CheckoutPage>> OpenCheckoutAsync(CheckoutOrder order, string key, CancellationToken cancellationToken);

    /// <summary>Opens a page where the payer buys a plan.</summary>
    Task<Result<CheckoutPage>> OpenSubscriptionCheckoutAsync(SubscriptionOrder order, string key, CancellationToken cancellationToken);

    /// <summary>Opens a page where the payer leaves another card for the plan's renewals.</summary>
    Task<Result<CheckoutPage>> OpenSetupCheckoutAsync(string customer, Uri back, string key, CancellationToken cancellationToken);

    /// <summary>A checkout as it stands.</summary>
    Task<Result<CheckoutFacts>> ReadCheckoutAsync(string id, CancellationToken cancellationToken);

    /// <summary>A payment that the caller confirms itself.</summary>
    Task<Result<PaymentFacts>> OpenPaymentAsync(CheckoutOrder order, string key, CancellationToken cancellationToken);

    /// <summary>Confirms a payment with a means of payment of the payer.</summary>
    Task<Result<PaymentFacts>> ConfirmPaymentAsync(string id, string method, Uri back, string key, CancellationToken cancellationToken);

    /// <summary>A payment as it stands.</summary>
    Task<Result<PaymentFacts>> ReadPaymentAsync(string id, CancellationToken cancellationToken);

    /// <summary>Gives a paid amount back, or a part of it.</summary>
    Task<Result<Done>> RefundAsync(string payment, long minor, string key, CancellationToken cancellationToken);

    /// <summary>A subscription as it stands.</summary>
    Task<Result<SubscriptionFacts>> ReadSubscriptionAsync(string id, CancellationToken cancellationToken);

    /// <summary>What a change to another plan at this moment would cost.</summary>
    Task<Result<PlanChangePreview>> PreviewChangeAsync(string subscription, TenantPlan plan, DateTimeOffset at, CancellationToken cancellationToken);

    /// <summary>Changes the plan: at once with what remains of the period charged, or at the period's end.</summary>
    /// <param name="subscription">Which.</param>
    /// <param name="plan">To what.</param>
    /// <param name="at">The moment of the preview that was confirmed; null: from the next period on, nothing is charged now.</param>
    /// <param name="key">Once for this change.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    Task<Result<SubscriptionFacts>> ChangeAsync(string subscription, TenantPlan plan, DateTimeOffset? at, string key, CancellationToken cancellationToken);

    /// <summary>Lets the subscription end with its period, or go on after all.</summary>
    Task<Result<SubscriptionFacts>> SetCancelAsync(string subscription, bool atPeriodEnd, string key, CancellationToken cancellationToken);

    /// <summary>Reports units beyond the plan, which the next invoice charges.</summary>
    Task<Result<Done>> ReportUsageAsync(string customer, string meter, long units, DateTimeOffset at, string key, CancellationToken cancellationToken);

    /// <summary>An invoice as it stands.</summary>
    Task<Result<InvoiceFacts>> ReadInvoiceAsync(string id, CancellationToken cancellationToken);

    /// <summary>Makes a coupon that takes percents off; its code.</summary>
    Task<Result<string>> MakeCouponAsync(string code, int percentOff, int? months, CancellationToken cancellationToken);

    /// <summary>Makes the payee; its id.</summary>
    Task<Result<string>> OpenPayeeAsync(PayeeDetails details, string key, CancellationToken cancellationToken);

    /// <summary>A page where the payee says who they are and where payouts go.</summary>
    Task<Result<Uri>> OnboardAsync(string payee, Uri back, Uri again, CancellationToken cancellationToken);

    /// <summary>A payee as it stands.</summary>
    Task<Result<PayeeFacts>> ReadPayeeAsync(string id, CancellationToken cancellationToken);

    /// <summary>
    /// Moves money to the payee; the transfer's id. Once for a reference, however late it is repeated: providers forget keys after a day.
    /// </summary>
    Task<Result<string>> TransferAsync(string payee, long minor, Currency currency, string reference, string key, CancellationToken cancellationToken);

    /// <summary>Takes a transfer back; done when it was taken back before.</summary>
    Task<Result<Done>> ReverseTransferAsync(string transfer, long minor, string key, CancellationToken cancellationToken);

    /// <summary>Pays what the payee has there to its bank. Once for a reference, however late it is repeated.</summary>
    /// <param name="payee">Whose.</param>
    /// <param name="minor">In coins.</param>
    /// <param name="currency">Of it.</param>
    /// <param name="reference">What for: comes back with the events.</param>
    /// <param name="since">Before this instant nobody asked for it.</param>
    /// <param name="key">Once for this payout.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    Task<Result<PayoutFacts>> PayOutAsync(string payee, long minor, Currency currency, string reference, DateTimeOffset since, string key, CancellationToken cancellationToken);

    /// <summary>A payout as it stands.</summary>
    Task<Result<PayoutFacts>> ReadPayoutAsync(string payee, string id, CancellationToken cancellationToken);

    /// <summary>The installation's own events from one instant to before another, oldest first, to find those that never came. Events of payees' accounts are not among them.</summary>
    Task<Result<Listed<ReceivedEvent>>> ListEventsAsync(DateTimeOffset since, DateTimeOffset until, CancellationToken cancellationToken);

    /// <summary>What payments, refunds, chargebacks and transfers moved on the installation's own balance there from one instant to before another.</summary>
    Task<Result<Listed<BalanceMovement>>> ListBalanceAsync(DateTimeOffset since, DateTimeOffset until, CancellationToken cancellationToken);

    /// <summary>The invoice that a payment was for; null for another payment.</summary>
    Task<Result<string?>> FindInvoiceAsync(string payment, CancellationToken cancellationToken);

    /// <summary>What an event says that matters here.</summary>
    /// <exception cref="System.Text.Json.JsonException">It is not as the provider documents it.</exception>
    ProviderFact Understand(string type, string payload);
}

/// <summary>A payer.</summary>
/// <param name="Name">As on invoices.</param>
/// <param name="Email">Where invoices go; null for nowhere.</param>
/// <param name="Country">ISO 3166; null when not said.</param>
/// <param name="TaxId">VAT number or the like; null for none.</param>
/// <param name="Reference">The tenant.</param>
public sealed record CustomerDetails(string Name, string? Email, string? Country, string? TaxId, TenantId Reference);

/// <summary>Something that is paid once.</summary>
/// <param name="Customer">Who pays.</param>
/// <param name="Text">What for, as the payer sees it.</param>
/// <param name="Minor">In coins.</param>
/// <param name="Currency">Of it.</param>
/// <param name="Reference">The purchase: comes back with the events.</param>
/// <param name="Tenant">The tenant: comes back, too.</param>
/// <param name="Success">Where the payer goes afterwards.</param>
/// <param name="Cancel">Where the payer goes who doesn't pay.</param>
/// <param name="ExpiresAt">Until when.</param>
public sealed record CheckoutOrder(string Customer, string Text, long Minor, Currency Currency, PurchaseId Reference, TenantId Tenant, Uri Success, Uri Cancel, DateTimeOffset ExpiresAt);

/// <summary>A plan that is bought.</summary>
/// <param name="Customer">Who pays.</param>
/// <param name="Plan">Which.</param>
/// <param name="Tenant">For whom: comes back with the events.</param>
/// <param name="Coupon">A coupon's code; null for none.</param>
/// <param name="TaxPercent">Added to the price; 0 for none.</param>
/// <param name="Success">Where the payer goes afterwards.</param>
/// <param name="Cancel">Where the payer goes who doesn't pay.</param>
public sealed record SubscriptionOrder(string Customer, TenantPlan Plan, TenantId Tenant, string? Coupon, decimal TaxPercent, Uri Success, Uri Cancel);

/// <summary>A page of the provider.</summary>
/// <param name="Id">The checkout.</param>
/// <param name="Url">Where it is.</param>
/// <param name="ExpiresAt">Until when.</param>
public sealed record CheckoutPage(string Id, Uri Url, DateTimeOffset ExpiresAt);

/// <summary>A checkout as it stands.</summary>
/// <param name="Id">Which.</param>
/// <param name="Paid">Whether it is paid.</param>
/// <param name="Expired">Whether it is over without a payment.</param>
/// <param name="PaymentId">The payment; null before and for plans.</param>
/// <param name="SubscriptionId">The plan that was bought; null otherwise.</param>
/// <param name="Reference">What was given as reference; null for none.</param>
/// <param name="CustomerId">Who.</param>
public sealed record CheckoutFacts(string Id, bool Paid, bool Expired, string? PaymentId, string? SubscriptionId, string? Reference, string? CustomerId);

/// <summary>How a payment stands.</summary>
public enum PaymentState
{
    /// <summary>Waits for a means of payment; after a refusal, for another one.</summary>
    NeedsMethod,
    /// <summary>The payer must prove itself at its bank.</summary>
    NeedsAction,
    /// <summary>On its way.</summary>
    Processing,
    /// <summary>Paid.</summary>
    Succeeded,
    /// <summary>Called off.</summary>
    Canceled,
}

/// <summary>A payment.</summary>
/// <param name="Id">Which.</param>
/// <param name="State">How it stands.</param>
/// <param name="ClientSecret">What the payer's browser confirms it with; null where there is none.</param>
/// <param name="ActionUrl">Where the payer proves itself; null when it need not.</param>
/// <param name="Failure">Why the last attempt failed; null for none.</param>
/// <param name="Reference">What was given as reference; null for none.</param>
/// <param name="ReceivedMinor">Paid, in coins.</param>
public sealed record PaymentFacts(string Id, PaymentState State, string? ClientSecret, Uri? ActionUrl, string? Failure, string? Reference, long ReceivedMinor);

/// <summary>What a change of plan costs.</summary>
/// <param name="DueNow">Charged at once: what remains of the period at the new price less what remains at the old one, with tax.</param>
/// <param name="Lines">How it comes about.</param>
/// <param name="At">The moment it was computed for; confirming within the hour charges just that.</param>
public sealed record PlanChangePreview(Money DueNow, IReadOnlyList<InvoiceLine> Lines, DateTimeOffset At);

/// <summary>A payee.</summary>
/// <param name="Email">Their address; null when not known.</param>
/// <param name="Country">ISO 3166.</param>
/// <param name="Reference">The tenant.</param>
public sealed record PayeeDetails(string? Email, string Country, TenantId Reference);

/// <summary>A payee as it stands.</summary>
/// <param name="Id">Which.</param>
/// <param name="Ready">Whether it is paid out to.</param>
/// <param name="Wants">What the provider still wants to know; null for nothing.</param>
public sealed record PayeeFacts(string Id, bool Ready, string? Wants);

/// <summary>A payout to a bank.</summary>
/// <param name="Id">Which.</param>
/// <param name="Arrived">Whether it arrived.</param>
/// <param name="Failed">Whether it came back.</param>
/// <param name="Failure">Why; null otherwise.</param>
/// <param name="Reference">What was given as reference; null for none.</param>
public sealed record PayoutFacts(string Id, bool Arrived, bool Failed, string? Failure, string? Reference);

/// <summary>An event as it came.</summary>
/// <param name="Id">The provider's id of it.</param>
/// <param name="Type">In its words.</param>
/// <param name="ObjectId">What it is about.</param>
/// <param name="OccurredAt">When.</param>
/// <param name="Payload">All of it.</param>
public sealed record ReceivedEvent(string Id, string Type, string ObjectId, DateTimeOffset OccurredAt, string Payload);

/// <summary>What a provider lists of a time.</summary>
/// <param name="Items">What there is.</param>
/// <param name="IsAll">False when there is more than is read at once: ask for less time.</param>
public sealed record Listed<T>(IReadOnlyList<T> Items, bool IsAll);

/// <summary>A movement on the installation's balance at the provider.</summary>
/// <param name="Id">Which.</param>
/// <param name="Kind">In the provider's words: <c>charge</c>, <c>refund</c>, <c>transfer</c>.</param>
/// <param name="SourceId">What caused it.</param>
/// <param name="Reference">The purchase, or with a transfer the payout, as Hermes named it; null when the movement itself does not say.</param>
/// <param name="PaymentId">The payment that came, went back or was taken back; null for none.</param>
/// <param name="TransferId">The transfer to a payee that went out or came back; null for none.</param>
/// <param name="Minor">In coins, below zero for what left, in the currency of what caused it, before the provider's fee.</param>
/// <param name="Currency">Of it.</param>
/// <param name="At">When.</param>
public sealed record BalanceMovement(string Id, string Kind, string SourceId, string? Reference, string? PaymentId, string? TransferId, long Minor, Currency Currency, DateTimeOffset At);

/// <summary>What an event says. Facts that only ever become true are believed as told; what changes to and fro is read anew.</summary>
public abstract record ProviderFact
{
    /// <summary>Nothing that matters here.</summary>
    public sealed record Nothing : ProviderFact;

    /// <summary>A checkout is paid or over.</summary>
    public sealed record Checkout(CheckoutFacts Facts) : ProviderFact;

    /// <summary>A payment succeeded or an attempt failed.</summary>
    public sealed record Payment(PaymentFacts Facts) : ProviderFact;

    /// <summary>So much of a payment went back to the payer in all, in coins.</summary>
    public sealed record Refunded(string PaymentId, long AllMinor) : ProviderFact;

    /// <summary>A payer's bank took a payment back (or gave it back to the installation).</summary>
    public sealed record Chargeback(string DisputeId, string PaymentId, long Minor, bool GivenBack) : ProviderFact;

    /// <summary>A subscription changed.</summary>
    public sealed record SubscriptionChanged(string Id, string? CustomerId) : ProviderFact;

    /// <summary>An invoice changed.</summary>
    public sealed record InvoiceChanged(string Id) : ProviderFact;

    /// <summary>A payee changed.</summary>
    public sealed record PayeeChanged(string Id) : ProviderFact;

    /// <summary>A payout changed.</summary>
    public sealed record PayoutChanged(string PayeeId, PayoutFacts Facts) : ProviderFact;
}
