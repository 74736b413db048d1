using Hermes.Domain.Shared;

namespace Hermes.Domain.Billing;

/// <summary>Refusals of Billing.</summary>
public static class BillingErrors
{
    /// <summary>The installation takes no payments.</summary>
    public static readonly Error NoProvider = new("billing.no_provider", "This installation takes no payments: no payment provider is configured.", ErrorKind.Unavailable);

    /// <summary>The provider did not answer, or its answer makes no sense. Trying again with the same key is safe.</summary>
    public static readonly Error ProviderAway = new("billing.provider_unavailable", "The payment provider can't be reached at the moment; try again.", ErrorKind.Unavailable);

    /// <summary>The provider refused in a way that only its operator can mend.</summary>
    public static readonly Error ProviderRefused = new("billing.provider_refused", "The payment provider refused the request.", ErrorKind.Unavailable);

    /// <summary>No such purchase for this caller.</summary>
    public static readonly Error PurchaseNotFound = Error.NotFound("billing.purchase_not_found", "There is no such purchase.");

    /// <summary>The purchase is paid, expired or called off.</summary>
    public static readonly Error PurchaseClosed = Error.Conflict("billing.purchase_closed", "This purchase is paid, expired or called off.");

    /// <summary>Nothing of the purchase is left to refund.</summary>
    public static readonly Error NothingToRefund = Error.Conflict("billing.nothing_to_refund", "Nothing of this purchase is left to refund.");

    /// <summary>A refund was ordered and is on its way.</summary>
    public static readonly Error RefundOrdered = Error.Conflict("billing.refund_ordered", "A refund of this purchase is on its way already.");

    /// <summary>The amount is not one that can be charged.</summary>
    public static readonly Error AmountTooSmall = Error.Invalid("billing.amount_too_small", "The amount is below what can be charged.");

    /// <summary>The payer's bank refused.</summary>
    public static Error Declined(string? why) =>
        new("billing.declined", string.IsNullOrEmpty(why) ? "The payment was declined." : $"The payment was declined: {why}", ErrorKind.InsufficientFunds);

    /// <summary>The installation takes no payments on a chain.</summary>
    public static readonly Error X402Off = Error.NotFound("billing.x402_off", "This installation takes no x402 payments.");

    /// <summary>A payment on a chain is of whole coins.</summary>
    public static readonly Error WholeCoinsOnly = Error.Invalid("billing.whole_coins_only", "The amount must be of whole coins, at least one.");

    /// <summary>The provider takes another currency.</summary>
    public static Error OtherCurrency(string code) => Error.Invalid("billing.other_currency", $"Only {code} can be paid this way.");

    /// <summary>The X-PAYMENT header is no payment.</summary>
    public static readonly Error BadPayment = Error.Invalid("billing.bad_payment", "The X-PAYMENT header is not a payment of x402 version 1.");

    /// <summary>Another organisation paid with that signature.</summary>
    public static readonly Error PaymentUsed = Error.Conflict("billing.payment_used", "This payment was used before; sign another one.");

    /// <summary>The payment is kept and being settled: what becomes of it stands with the purchase, and the same request may be repeated.</summary>
    public static readonly Error BeingSettled = new("billing.being_settled", "The payment is being settled; repeat the request in a moment.", ErrorKind.Unavailable);

    /// <summary>What became of the payment is known, or will be, without an operator.</summary>
    public static readonly Error OutcomeKnown = Error.Conflict("billing.outcome_known", "Only a payment on a chain that Hermes gave up is decided by operators: what became of this one is known, or still asked for.");

    /// <summary>Another purchase was paid by that transaction.</summary>
    public static readonly Error TransactionUsed = Error.Conflict("billing.transaction_used", "This transaction paid another purchase.");

    /// <summary>Who took the payment can't give it back.</summary>
    public static readonly Error NoRefunds = Error.Conflict("billing.no_refunds", "A payment on a chain can't be given back through its provider.");

    /// <summary>The signature of a webhook is missing, wrong or too old.</summary>
    public static readonly Error BadSignature = new("billing.bad_signature", "The signature is missing, wrong or too old.", ErrorKind.Unauthenticated);

    /// <summary>Not a provider of this installation.</summary>
    public static readonly Error UnknownProvider = Error.NotFound("billing.unknown_provider", "There is no such payment provider here.");

    /// <summary>A webhook whose body is not an event.</summary>
    public static readonly Error BadEvent = Error.Invalid("billing.bad_event", "The body is not an event.");

    /// <summary>No such stored event.</summary>
    public static readonly Error EventNotFound = Error.NotFound("billing.event_not_found", "There is no such event.");

    /// <summary>The event waits or is being processed.</summary>
    public static readonly Error EventNotParked = Error.Conflict("billing.event_not_parked", "This event waits for its turn already.");

    /// <summary>The plan is by agreement.</summary>
    public static readonly Error PlanByAgreement = Error.Conflict("billing.plan_by_agreement", "This plan is made by agreement: write to us.");

    /// <summary>The tenant has that plan.</summary>
    public static readonly Error SamePlan = Error.Conflict("billing.same_plan", "The organisation has this plan already.");

    /// <summary>The tenant has a plan that is paid for: it is changed, not bought again.</summary>
    public static readonly Error AlreadySubscribed = Error.Conflict("billing.already_subscribed", "The organisation has a plan already: change it instead.");

    /// <summary>The tenant has no plan that is paid for.</summary>
    public static readonly Error NotSubscribed = Error.Conflict("billing.not_subscribed", "The organisation has no paid plan.");

    /// <summary>The plan's provider is another one than the installation's present one.</summary>
    public static readonly Error OtherProvider = Error.Conflict("billing.other_provider", "This was bought through a payment provider that the installation does not use any more.");

    /// <summary>What the tenant has does not fit into the smaller plan.</summary>
    public static Error TooMuchForPlan(string what) => Error.Conflict("billing.too_much_for_plan", $"The smaller plan has no room for what there is: {what}.");

    /// <summary>No such invoice for this caller.</summary>
    public static readonly Error InvoiceNotFound = Error.NotFound("billing.invoice_not_found", "There is no such invoice.");

    /// <summary>No such coupon, or one that is used up.</summary>
    public static readonly Error BadCoupon = Error.Invalid("billing.bad_coupon", "There is no such coupon, or it can't be used any more.");

    /// <summary>The payout account is not set up.</summary>
    public static readonly Error NoPayoutAccount = Error.Conflict("billing.no_payout_account", "Set up where payouts go first.");

    /// <summary>The amount is below the least that is paid out.</summary>
    public static Error BelowThreshold(Money least) => Error.Invalid("billing.below_threshold", $"The least that is paid out is {least}.");

    /// <summary>The tenant owes money after a chargeback.</summary>
    public static readonly Error Indebted = Error.Conflict("billing.indebted", "The organisation owes money after a chargeback; it is taken from what it earns before anything is paid out.");

    /// <summary>No such payout for this caller.</summary>
    public static readonly Error PayoutNotFound = Error.NotFound("billing.payout_not_found", "There is no such payout.");

    /// <summary>The provider has more of a single second than is read at once.</summary>
    public static readonly Error TooMuchAtOnce = new("billing.too_much_at_once", "The payment provider lists more of one second than can be read at once.", ErrorKind.Unavailable);

    /// <summary>An agent is paid out no more than it earned.</summary>
    public static Error MoreThanEarned(Money left) => Error.Conflict("billing.more_than_earned", $"The agent has earned {left} that was not paid out in its name.");

    /// <summary>The payout left already, or is over.</summary>
    public static readonly Error PayoutNotPending = Error.Conflict("billing.payout_not_pending", "The payout is on its way or over; only one that waits can be given up.");

    /// <summary>No such agent of this caller.</summary>
    public static readonly Error AgentNotFound = Error.NotFound("billing.agent_not_found", "There is no such agent of your organisation.");

    /// <summary>The plan has no room for one more.</summary>
    public static Error QuotaReached(string what, int most) =>
        Error.Conflict("quota.reached", $"The plan has room for {most} {what}. A larger plan has room for more.");

    /// <summary>The plan's uses of this time are used up.</summary>
    public static Error QuotaUsedUp(string what, int most) =>
        new("quota.used_up", $"The plan's {most} {what} are used up. A larger plan allows more.", ErrorKind.LimitExceeded);
}
