using System.Collections.Concurrent;
using System.Globalization;
using Hermes.Application.Billing;
using Hermes.Application.Shared.Settings;
using Hermes.Domain.Billing;
using Hermes.Domain.Shared;

namespace Hermes.Infrastructure.Billing.Stripe;

/// <summary>
/// Plans as Stripe's prices. They are found by a lookup key that names plan and price, and made when they are not there:
/// a changed price in the configuration makes a new one and leaves who bought at the old one there. Nobody needs the
/// dashboard to set Hermes up.
/// </summary>
internal sealed class StripePrices(PlanBook book)
{
    private const string Prefix = "hermes_";

    private readonly ConcurrentDictionary<TenantPlan, PlanPrice> _known = new();
    private readonly ConcurrentDictionary<decimal, string> _taxes = new();

    /// <summary>The plan of a price's lookup key; null when it is not one of Hermes'.</summary>
    public static TenantPlan? PlanOf(string? lookupKey) =>
        lookupKey is not null && lookupKey.StartsWith(Prefix, StringComparison.Ordinal) && Enum.TryParse<TenantPlan>(lookupKey[Prefix.Length..].Split('_')[0], true, out var plan) ? plan : null;

    /// <summary>The ids of a plan's prices.</summary>
    public async Task<Result<PlanPrice>> OfAsync(StripeClient client, TenantPlan plan, CancellationToken cancellationToken)
    {
        if (_known.TryGetValue(plan, out var known))
            return known;
        var terms = book[plan];
        if (terms.MonthlyPrice is not { } dollars)
            return BillingErrors.PlanByAgreement;
        var minor = MinorUnits.Of(Money.Of(dollars, Currency.Usd));
        var name = plan.ToString().ToLowerInvariant();
        var monthly = await EnsureAsync(client, $"{Prefix}{name}_usd_{minor}", new Form
        {
            { "currency", "usd" },
            { "unit_amount", minor },
            { "recurring[interval]", "month" },
            { "product_data[name]", $"Hermes {plan}" },
        }, cancellationToken);
        if (!monthly.Succeeded)
            return monthly.Error;
        string? overage = null;
        if (terms.OveragePrice is { } perThousand)
        {
            var meter = await MeterAsync(client, cancellationToken);
            if (!meter.Succeeded)
                return meter.Error;
            // Cents for one request; Stripe takes up to twelve decimals.
            var each = (perThousand / 10).ToString("0.############", CultureInfo.InvariantCulture);
            var made = await EnsureAsync(client, $"{Prefix}{name}_over_usd_{each.Replace('.', '-')}", new Form
            {
                { "currency", "usd" },
                { "unit_amount_decimal", each },
                { "recurring[interval]", "month" },
                { "recurring[usage_type]", "metered" },
                { "recurring[meter]", meter.Value },
                { "product_data[name]", $"Hermes {plan}: requests beyond the plan" },
            }, cancellationToken);
            if (!made.Succeeded)
                return made.Error;
            overage = made.Value;
        }
        return _known[plan] = new PlanPrice(monthly.Value, overage);
    }

    /// <summary>The id of a tax rate.</summary>
    public async Task<Result<string>> TaxRateAsync(StripeClient client, decimal percent, CancellationToken cancellationToken)
    {
        if (_taxes.TryGetValue(percent, out var known))
            return known;
        var text = percent.ToString("0.####", CultureInfo.InvariantCulture);
        var listed = await client.ListAsync<StripeTaxRate>("/v1/tax_rates", new Form { { "active", "true" } }, r => r.Id, cancellationToken);
        if (!listed.Succeeded)
            return listed.Error;
        if (listed.Value.Items.FirstOrDefault(r => r.Metadata?.GetValueOrDefault("hermes_percent") == text) is { } there)
            return _taxes[percent] = there.Id;
        var made = await client.PostAsync<StripeTaxRate>("/v1/tax_rates", new Form
        {
            { "display_name", "Tax" },
            { "inclusive", "false" },
            { "percentage", text },
            { "metadata[hermes_percent]", text },
        }, $"tax:{text}", cancellationToken);
        return made.Succeeded ? _taxes[percent] = made.Value.Id : made.Error;
    }

    private static async Task<Result<string>> EnsureAsync(StripeClient client, string lookupKey, Form form, CancellationToken cancellationToken)
    {
        var found = await client.GetAsync<StripeList<StripePrice>>("/v1/prices", new Form { { "lookup_keys[0]", lookupKey }, { "active", "true" } }, cancellationToken);
        if (!found.Succeeded)
            return found.Error;
        if (found.Value.Data is [var there, ..])
            return there.Id;
        form.Add("lookup_key", lookupKey);
        var made = await client.PostAsync<StripePrice>("/v1/prices", form, $"price:{lookupKey}", cancellationToken);
        return made.Succeeded ? made.Value.Id : made.Error;
    }

    private static async Task<Result<string>> MeterAsync(StripeClient client, CancellationToken cancellationToken)
    {
        var listed = await client.ListAsync<StripeMeter>("/v1/billing/meters", new Form { { "status", "active" } }, m => m.Id, cancellationToken);
        if (!listed.Succeeded)
            return listed.Error;
        if (listed.Value.Items.FirstOrDefault(m => m.EventName == IPaymentProvider.OverageMeter) is { } there)
            return there.Id;
        var made = await client.PostAsync<StripeMeter>("/v1/billing/meters", new Form
        {
            { "display_name", "Requests beyond the plan" },
            { "event_name", IPaymentProvider.OverageMeter },
            { "default_aggregation[formula]", "sum" },
        }, $"meter:{IPaymentProvider.OverageMeter}", cancellationToken);
        return made.Succeeded ? made.Value.Id : made.Error;
    }
}

/// <summary>A plan's prices at Stripe.</summary>
/// <param name="Monthly">For the plan.</param>
/// <param name="Overage">For requests beyond it; null when they are refused.</param>
internal sealed record PlanPrice(string Monthly, string? Overage);
