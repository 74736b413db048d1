using System.ComponentModel.DataAnnotations;

namespace Hermes.Application.Shared.Settings;

/// <summary>Who takes payments, and the rules around them.</summary>
[Settings("Hermes:Billing")]
public sealed class BillingSettings : IChecksItself
{
    /// <summary><c>stripe</c>, <c>test</c> or <c>none</c>; null: Stripe where its key is set, else the test provider, in Production none.</summary>
    public string? Provider { get; set; }

    /// <summary>Hours in which a checkout can be paid.</summary>
    [Range(1, 24)]
    public int CheckoutHours { get; set; } = 1;

    /// <summary>Seconds by which a webhook's signature may be old.</summary>
    [Range(10, 3_600)]
    public int WebhookToleranceSeconds { get; set; } = 300;

    /// <summary>Seconds between two looks for events that never came.</summary>
    [Range(1, 86_400)]
    public int ReconcileSeconds { get; set; } = 300;

    /// <summary>The least that is paid out, in units of any currency.</summary>
    [Range(0, 100_000)]
    public decimal LeastPayout { get; set; } = 10;

    /// <summary>Days for which payouts of a new payee are held.</summary>
    [Range(0, 90)]
    public int HoldDays { get; set; } = 7;

    /// <summary>The seller's country (ISO 3166), for tax: a business elsewhere with a tax id pays its tax itself; null: none is added.</summary>
    [RegularExpression("^[A-Z]{2}$", ErrorMessage = "must be two capital letters")]
    public string? TaxCountry { get; set; }

    /// <summary>Tax by the payer's country in percent: <c>DE=19</c>. Countries that are not named pay none.</summary>
    public IReadOnlyList<string> TaxRates { get; set; } = [];

    /// <inheritdoc />
    public IEnumerable<string> Problems()
    {
        if (Provider is not (null or "stripe" or "test" or "none"))
            yield return $"Provider is '{Provider}' and must be stripe, test or none";
        foreach (var rate in TaxRates)
            if (Parse(rate) is null)
                yield return $"TaxRates names '{rate}', which is not like DE=19";
    }

    /// <summary>What is added to a payer's price, in percent.</summary>
    /// <param name="country">The payer's country; null: none is added.</param>
    /// <param name="hasTaxId">Whether it is a business that gave a tax id.</param>
    public decimal TaxPercent(string? country, bool hasTaxId) =>
        TaxCountry is null || country is null || (hasTaxId && country != TaxCountry) ? 0
        : TaxRates.Select(Parse).FirstOrDefault(r => r?.Country == country)?.Percent ?? 0;

    private static TaxRate? Parse(string text) =>
        text.Split('=') is [{ Length: 2 } country, var percent]
        && decimal.TryParse(percent, System.Globalization.NumberStyles.AllowDecimalPoint, System.Globalization.CultureInfo.InvariantCulture, out var value) && value is >= 0 and <= 100
            ? new TaxRate(country, value)
            : null;

    private sealed record TaxRate(string Country, decimal Percent);
}

/// <summary>Stripe.</summary>
[Settings("Hermes:Billing:Stripe")]
public sealed class StripeSettings
{
    /// <summary>The secret key, <c>sk_…</c> or <c>rk_…</c>; null: Stripe is not used. Never logged.</summary>
    public string? SecretKey { get; set; }

    /// <summary>Signing secrets of the webhook endpoints, <c>whsec_…</c>: several while one is being replaced. Never logged.</summary>
    public IReadOnlyList<string> WebhookSecrets { get; set; } = [];

    /// <summary>Where Stripe's API is.</summary>
    [Required]
    public Uri Api { get; set; } = new("https://api.stripe.com");
}
