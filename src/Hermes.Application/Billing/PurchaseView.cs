using Hermes.Application.Shared;
using Hermes.Domain.Billing;
using Hermes.Domain.Shared;

namespace Hermes.Application.Billing;

/// <summary>A purchase of credits as its tenant sees it.</summary>
/// <param name="Id">Which.</param>
/// <param name="State">How it stands.</param>
/// <param name="Way">How it is paid.</param>
/// <param name="Amount">What is credited.</param>
/// <param name="Charged">What is charged.</param>
/// <param name="Provider">Through whom.</param>
/// <param name="CheckoutUrl">Where it is paid; null for an intent, and once it is paid or over.</param>
/// <param name="PaymentId">The provider's payment; null until it is known.</param>
/// <param name="LastFailure">Why the last attempt to pay failed; null for none.</param>
/// <param name="Refunded">What went back to the payer.</param>
/// <param name="Disputed">What the payer's bank took back.</param>
/// <param name="CreatedAt">When it was asked for.</param>
/// <param name="ExpiresAt">Until when it can be paid; null while unknown.</param>
/// <param name="PaidAt">When it was credited; null before.</param>
public sealed record PurchaseView(
    PurchaseId Id, PurchaseState State, PurchaseWay Way, Money Amount, Money Charged, string Provider, string? CheckoutUrl, string? PaymentId, string? LastFailure,
    Money Refunded, Money Disputed, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt, DateTimeOffset? PaidAt)
{
    /// <summary>What the payer's browser confirms an intent with; null otherwise.</summary>
    public string? ClientSecret { get; init; }

    /// <summary>Where the payer proves itself to its bank; null when it need not.</summary>
    public Uri? ActionUrl { get; init; }

    /// <summary>Of the stored row.</summary>
    public static PurchaseView Of(Purchase p) => new(
        p.Id, p.State, p.Way, p.Amount, p.Charged, p.Provider, p.State == PurchaseState.Open ? p.CheckoutUrl : null, p.PaymentId, p.LastFailure,
        MinorUnits.ToMoney(p.RefundedMinor, p.Amount.Currency), MinorUnits.ToMoney(p.DisputedMinor, p.Amount.Currency), p.CreatedAt, p.ExpiresAt, p.PaidAt);

    /// <summary>Place in a list, newest first.</summary>
    internal string Position => SeekPosition.Write(CreatedAt, Id.Value);
}
