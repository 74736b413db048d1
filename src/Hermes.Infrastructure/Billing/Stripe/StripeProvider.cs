using System.Globalization;
using System.Text;
using System.Text.Json;
using Hermes.Application.Billing;
using Hermes.Application.Shared.Settings;
using Hermes.Domain.Billing;
using Hermes.Domain.Shared;

namespace Hermes.Infrastructure.Billing.Stripe;

/// <summary>
/// The port on Stripe's API. The built-in test provider answers in the same shapes, so this one adapter serves both: what
/// works in development without an account is the code that speaks to Stripe.
/// </summary>
internal sealed class StripeProvider(string name, StripeClient client, IReadOnlyList<string> webhookSecrets, StripePrices prices, BillingSettings settings, TimeProvider clock) : IPaymentProvider
{
    public string Name => name;

    public bool IsThere => true;

    public async Task<Result<string>> SaveCustomerAsync(string? id, CustomerDetails details, string key, CancellationToken cancellationToken)
    {
        var form = new Form
        {
            { "name", details.Name },
            { "email", details.Email },
            { "address[country]", details.Country },
            { "metadata[tenant_id]", details.Reference.ToString() },
            { "metadata[tax_id]", details.TaxId },
        };
        var saved = await client.PostAsync<StripeCustomer>(id is null ? "/v1/customers" : $"/v1/customers/{id}", form, key, cancellationToken);
        return saved.Succeeded ? saved.Value.Id : saved.Error;
    }

    public Task<Result<CheckoutPage>> OpenCheckoutAsync(CheckoutOrder order, string key, CancellationToken cancellationToken) => PageAsync(new Form
    {
        { "mode", "payment" },
        { "customer", order.Customer },
        { "client_reference_id", order.Reference.ToString() },
        { "line_items[0][quantity]", 1 },
        { "line_items[0][price_data][currency]", Code(order.Currency) },
        { "line_items[0][price_data][unit_amount]", order.Minor },
        { "line_items[0][price_data][product_data][name]", order.Text },
        { "payment_intent_data[metadata][purchase_id]", order.Reference.ToString() },
        { "payment_intent_data[metadata][tenant_id]", order.Tenant.ToString() },
        { "metadata[tenant_id]", order.Tenant.ToString() },
        { "success_url", order.Success.AbsoluteUri },
        { "cancel_url", order.Cancel.AbsoluteUri },
        { "expires_at", order.ExpiresAt.ToUnixTimeSeconds() },
    }, key, cancellationToken);

    public async Task<Result<CheckoutPage>> OpenSubscriptionCheckoutAsync(SubscriptionOrder order, string key, CancellationToken cancellationToken)
    {
        var price = await prices.OfAsync(client, order.Plan, cancellationToken);
        if (!price.Succeeded)
            return price.Error;
        var form = new Form
        {
            { "mode", "subscription" },
            { "customer", order.Customer },
            { "client_reference_id", order.Tenant.ToString() },
            { "line_items[0][price]", price.Value.Monthly },
            { "line_items[0][quantity]", 1 },
            { "line_items[1][price]", price.Value.Overage },
            { "metadata[tenant_id]", order.Tenant.ToString() },
            { "subscription_data[metadata][tenant_id]", order.Tenant.ToString() },
            { "success_url", order.Success.AbsoluteUri },
            { "cancel_url", order.Cancel.AbsoluteUri },
            { "discounts[0][coupon]", order.Coupon },
        };
        if (order.TaxPercent > 0)
        {
            var rate = await prices.TaxRateAsync(client, order.TaxPercent, cancellationToken);
            if (!rate.Succeeded)
                return rate.Error;
            form.Add("subscription_data[default_tax_rates][0]", rate.Value);
        }
        return await PageAsync(form, key, cancellationToken);
    }

    public Task<Result<CheckoutPage>> OpenSetupCheckoutAsync(string customer, Uri back, string key, CancellationToken cancellationToken) => PageAsync(new Form
    {
        { "mode", "setup" },
        { "currency", "usd" },
        { "customer", customer },
        { "success_url", back.AbsoluteUri },
        { "cancel_url", back.AbsoluteUri },
    }, key, cancellationToken);

    public async Task<Result<CheckoutFacts>> ReadCheckoutAsync(string id, CancellationToken cancellationToken)
    {
        var read = await client.GetAsync<StripeCheckoutSession>($"/v1/checkout/sessions/{id}", [], cancellationToken);
        return read.Succeeded ? Facts(read.Value) : read.Error;
    }

    public async Task<Result<PaymentFacts>> OpenPaymentAsync(CheckoutOrder order, string key, CancellationToken cancellationToken)
    {
        var made = await client.PostAsync<StripePaymentIntent>("/v1/payment_intents", new Form
        {
            { "amount", order.Minor },
            { "currency", Code(order.Currency) },
            { "customer", order.Customer },
            { "description", order.Text },
            { "payment_method_types[0]", "card" },
            { "metadata[purchase_id]", order.Reference.ToString() },
            { "metadata[tenant_id]", order.Tenant.ToString() },
        }, key, cancellationToken);
        return made.Succeeded ? Facts(made.Value) : made.Error;
    }

    public async Task<Result<PaymentFacts>> ConfirmPaymentAsync(string id, string method, Uri back, string key, CancellationToken cancellationToken)
    {
        var confirmed = await client.PostAsync<StripePaymentIntent>($"/v1/payment_intents/{id}/confirm",
            new Form { { "payment_method", method }, { "return_url", back.AbsoluteUri } }, key, cancellationToken);
        return confirmed.Succeeded ? Facts(confirmed.Value) : confirmed.Error;
    }

    public async Task<Result<PaymentFacts>> ReadPaymentAsync(string id, CancellationToken cancellationToken)
    {
        var read = await client.GetAsync<StripePaymentIntent>($"/v1/payment_intents/{id}", [], cancellationToken);
        return read.Succeeded ? Facts(read.Value) : read.Error;
    }

    public async Task<Result<Done>> RefundAsync(string payment, long minor, string key, CancellationToken cancellationToken)
    {
        var made = await client.PostAsync<StripeRefund>("/v1/refunds", new Form { { "payment_intent", payment }, { "amount", minor } }, key, cancellationToken);
        return made.Succeeded ? Done.Ok : made.Error;
    }

    public async Task<Result<SubscriptionFacts>> ReadSubscriptionAsync(string id, CancellationToken cancellationToken)
    {
        var read = await client.GetAsync<StripeSubscription>($"/v1/subscriptions/{id}", [], cancellationToken);
        return read.Succeeded ? Facts(read.Value) : read.Error;
    }

    public async Task<Result<PlanChangePreview>> PreviewChangeAsync(string subscription, TenantPlan plan, DateTimeOffset at, CancellationToken cancellationToken)
    {
        var form = new Form
        {
            { "subscription", subscription },
            { "subscription_details[proration_behavior]", "always_invoice" },
            { "subscription_details[proration_date]", at.ToUnixTimeSeconds() },
        };
        if (await AddItemsAsync(form, "subscription_details[items]", subscription, plan, cancellationToken) is { } error)
            return error;
        var preview = await client.PostAsync<StripeInvoice>("/v1/invoices/create_preview", form, null, cancellationToken);
        if (!preview.Succeeded)
            return preview.Error;
        return new PlanChangePreview(MinorUnits.ToMoney(preview.Value.AmountDue, CurrencyOf(preview.Value.Currency)), Lines(preview.Value), at);
    }

    public async Task<Result<SubscriptionFacts>> ChangeAsync(string subscription, TenantPlan plan, DateTimeOffset? at, string key, CancellationToken cancellationToken)
    {
        var form = new Form
        {
            { "cancel_at_period_end", "false" },
            { "proration_behavior", at is null ? "none" : "always_invoice" },
            { "proration_date", at?.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture) },
            // An upgrade whose payment fails changes nothing.
            { "payment_behavior", at is null ? null : "error_if_incomplete" },
        };
        if (await AddItemsAsync(form, "items", subscription, plan, cancellationToken) is { } error)
            return error;
        var changed = await client.PostAsync<StripeSubscription>($"/v1/subscriptions/{subscription}", form, key, cancellationToken);
        return changed.Succeeded ? Facts(changed.Value) : changed.Error;
    }

    public async Task<Result<SubscriptionFacts>> SetCancelAsync(string subscription, bool atPeriodEnd, string key, CancellationToken cancellationToken)
    {
        var changed = await client.PostAsync<StripeSubscription>($"/v1/subscriptions/{subscription}", new Form { { "cancel_at_period_end", atPeriodEnd ? "true" : "false" } }, key, cancellationToken);
        return changed.Succeeded ? Facts(changed.Value) : changed.Error;
    }

    public async Task<Result<Done>> ReportUsageAsync(string customer, string meter, long units, DateTimeOffset at, string key, CancellationToken cancellationToken)
    {
        var made = await client.PostAsync<JsonElement>("/v1/billing/meter_events", new Form
        {
            { "event_name", meter },
            // Stripe itself counts an identifier once.
            { "identifier", key },
            { "timestamp", at.ToUnixTimeSeconds() },
            { "payload[stripe_customer_id]", customer },
            { "payload[value]", units },
        }, key, cancellationToken);
        return made.Succeeded ? Done.Ok : made.Error;
    }

    public async Task<Result<InvoiceFacts>> ReadInvoiceAsync(string id, CancellationToken cancellationToken)
    {
        var read = await client.GetAsync<StripeInvoice>($"/v1/invoices/{id}", [], cancellationToken);
        return read.Succeeded ? Facts(read.Value) : read.Error;
    }

    public async Task<Result<string>> MakeCouponAsync(string code, int percentOff, int? months, CancellationToken cancellationToken)
    {
        var made = await client.PostAsync<StripeCoupon>("/v1/coupons", new Form
        {
            { "id", code },
            { "percent_off", percentOff },
            { "duration", months is null ? "forever" : "repeating" },
            { "duration_in_months", months?.ToString(CultureInfo.InvariantCulture) },
        }, $"coupon:{code}", cancellationToken);
        return made.Succeeded ? made.Value.Id : made.Error;
    }

    public async Task<Result<string>> OpenPayeeAsync(PayeeDetails details, string key, CancellationToken cancellationToken)
    {
        var made = await client.PostAsync<StripeAccount>("/v1/accounts", new Form
        {
            { "type", "express" },
            { "country", details.Country },
            { "email", details.Email },
            { "capabilities[transfers][requested]", "true" },
            // Hermes says when money leaves for the bank.
            { "settings[payouts][schedule][interval]", "manual" },
            { "metadata[tenant_id]", details.Reference.ToString() },
        }, key, cancellationToken);
        return made.Succeeded ? made.Value.Id : made.Error;
    }

    public async Task<Result<Uri>> OnboardAsync(string payee, Uri back, Uri again, CancellationToken cancellationToken)
    {
        var made = await client.PostAsync<StripeAccountLink>("/v1/account_links", new Form
        {
            { "account", payee },
            { "type", "account_onboarding" },
            { "return_url", back.AbsoluteUri },
            { "refresh_url", again.AbsoluteUri },
        }, null, cancellationToken);
        return made.Succeeded ? new Uri(made.Value.Url) : made.Error;
    }

    public async Task<Result<PayeeFacts>> ReadPayeeAsync(string id, CancellationToken cancellationToken)
    {
        var read = await client.GetAsync<StripeAccount>($"/v1/accounts/{id}", [], cancellationToken);
        if (!read.Succeeded)
            return read.Error;
        var wants = read.Value.Requirements is { } requirements
            ? string.Join(", ", (requirements.CurrentlyDue ?? []).Concat(requirements.DisabledReason is { } reason ? [reason] : [])) : "";
        return new PayeeFacts(id, read.Value.PayoutsEnabled, wants.Length == 0 ? null : wants.Length > 1_000 ? wants[..1_000] : wants);
    }

    public async Task<Result<string>> TransferAsync(string payee, long minor, Currency currency, string reference, string key, CancellationToken cancellationToken)
    {
        // Stripe forgets keys after a day; what an earlier attempt made is found by its group.
        var earlier = await client.GetAsync<StripeList<StripeTransfer>>("/v1/transfers", new Form { { "transfer_group", reference }, { "limit", 1 } }, cancellationToken);
        if (!earlier.Succeeded)
            return earlier.Error;
        if (earlier.Value.Data.Count > 0)
            return earlier.Value.Data[0].Id;
        var made = await client.PostAsync<StripeTransfer>("/v1/transfers", new Form
        {
            { "amount", minor },
            { "currency", Code(currency) },
            { "destination", payee },
            { "transfer_group", reference },
            { "metadata[payout_id]", reference },
        }, key, cancellationToken);
        return made.Succeeded ? made.Value.Id : made.Error;
    }

    public async Task<Result<Done>> ReverseTransferAsync(string transfer, long minor, string key, CancellationToken cancellationToken)
    {
        var present = await client.GetAsync<StripeTransfer>($"/v1/transfers/{transfer}", [], cancellationToken);
        if (!present.Succeeded)
            return present.Error;
        if (present.Value.Reversed)
            return Done.Ok;
        var made = await client.PostAsync<StripeReversal>($"/v1/transfers/{transfer}/reversals", new Form { { "amount", minor } }, key, cancellationToken);
        return made.Succeeded ? Done.Ok : made.Error;
    }

    public async Task<Result<PayoutFacts>> PayOutAsync(string payee, long minor, Currency currency, string reference, DateTimeOffset since, string key, CancellationToken cancellationToken)
    {
        var earlier = await client.ListAsync<StripePayout>("/v1/payouts", new Form { { "created[gte]", since.ToUnixTimeSeconds() } }, p => p.Id, cancellationToken, payee);
        if (!earlier.Succeeded)
            return earlier.Error;
        if (earlier.Value.Items.FirstOrDefault(p => p.Metadata?.GetValueOrDefault("payout_id") == reference) is { } found)
            return Facts(found);
        var made = await client.PostAsync<StripePayout>("/v1/payouts", new Form
        {
            { "amount", minor },
            { "currency", Code(currency) },
            { "metadata[payout_id]", reference },
        }, key, cancellationToken, payee);
        return made.Succeeded ? Facts(made.Value) : made.Error;
    }

    public async Task<Result<PayoutFacts>> ReadPayoutAsync(string payee, string id, CancellationToken cancellationToken)
    {
        var read = await client.GetAsync<StripePayout>($"/v1/payouts/{id}", [], cancellationToken, payee);
        return read.Succeeded ? Facts(read.Value) : read.Error;
    }

    public async Task<Result<Listed<ReceivedEvent>>> ListEventsAsync(DateTimeOffset since, DateTimeOffset until, CancellationToken cancellationToken)
    {
        var listed = await client.ListAsync<JsonElement>("/v1/events", Between(since, until), e => e.GetProperty("id").GetString()!, cancellationToken);
        return listed.Succeeded
            ? new Listed<ReceivedEvent>([.. listed.Value.Items.Reverse().Select(e => Received(StripeJson.Read<StripeEvent>(e), e.GetRawText()))], listed.Value.IsAll)
            : listed.Error;
    }

    public async Task<Result<Listed<BalanceMovement>>> ListBalanceAsync(DateTimeOffset since, DateTimeOffset until, CancellationToken cancellationToken)
    {
        var query = Between(since, until);
        query.Add("expand[]", "data.source");
        var listed = await client.ListAsync<StripeBalanceTransaction>("/v1/balance_transactions", query, t => t.Id, cancellationToken);
        return listed.Succeeded ? new Listed<BalanceMovement>([.. listed.Value.Items.Select(Movement).OfType<BalanceMovement>()], listed.Value.IsAll) : listed.Error;
    }

    public async Task<Result<string?>> FindInvoiceAsync(string payment, CancellationToken cancellationToken)
    {
        var found = await client.GetAsync<StripeList<StripeInvoicePayment>>("/v1/invoice_payments",
            new Form { { "payment[type]", "payment_intent" }, { "payment[payment_intent]", payment }, { "limit", 1 } }, cancellationToken);
        return found.Succeeded ? found.Value.Data.Count > 0 ? found.Value.Data[0].Invoice.Id : null : found.Error;
    }

    public Result<ReceivedEvent> Verify(ReadOnlySpan<byte> payload, Func<string, string?> header)
    {
        if (!StripeSignature.IsValid(payload, header(StripeSignature.Header), webhookSecrets, clock.GetUtcNow(), TimeSpan.FromSeconds(settings.WebhookToleranceSeconds)))
            return BillingErrors.BadSignature;
        try
        {
            var read = JsonSerializer.Deserialize<StripeEvent>(payload, StripeJson.Options);
            return read is { Id.Length: > 0 and <= 255, Type.Length: > 0 and <= 100 } ? Received(read, Encoding.UTF8.GetString(payload)) : BillingErrors.BadEvent;
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            return BillingErrors.BadEvent;
        }
    }

    public ProviderFact Understand(string type, string payload)
    {
        var happened = StripeJson.Read<StripeEvent>(JsonElement.Parse(payload));
        var about = happened.Data.Object;
        switch (type)
        {
            case "checkout.session.completed" or "checkout.session.async_payment_succeeded" or "checkout.session.expired":
                return new ProviderFact.Checkout(Facts(StripeJson.Read<StripeCheckoutSession>(about)));
            case "payment_intent.succeeded" or "payment_intent.payment_failed" or "payment_intent.canceled":
                return new ProviderFact.Payment(Facts(StripeJson.Read<StripePaymentIntent>(about)));
            case "charge.refunded":
                var charge = StripeJson.Read<StripeCharge>(about);
                return charge.PaymentIntent is { } refunded ? new ProviderFact.Refunded(refunded.Id, charge.AmountRefunded) : new ProviderFact.Nothing();
            case "charge.dispute.funds_withdrawn" or "charge.dispute.funds_reinstated":
                var dispute = StripeJson.Read<StripeDispute>(about);
                return dispute.PaymentIntent is { } disputed ? new ProviderFact.Chargeback(dispute.Id, disputed.Id, dispute.Amount, type.EndsWith("reinstated", StringComparison.Ordinal)) : new ProviderFact.Nothing();
            case "customer.subscription.created" or "customer.subscription.updated" or "customer.subscription.deleted" or "customer.subscription.paused" or "customer.subscription.resumed":
                var subscription = StripeJson.Read<StripeSubscription>(about);
                return new ProviderFact.SubscriptionChanged(subscription.Id, subscription.Customer.Id);
            case "invoice.created" or "invoice.finalized" or "invoice.paid" or "invoice.payment_succeeded" or "invoice.payment_failed" or "invoice.updated" or "invoice.voided" or "invoice.marked_uncollectible":
                return StripeJson.Read<StripeInvoice>(about).Id is { } invoice ? new ProviderFact.InvoiceChanged(invoice) : new ProviderFact.Nothing();
            case "account.updated":
                return new ProviderFact.PayeeChanged(StripeJson.Read<StripeAccount>(about).Id);
            case "payout.paid" or "payout.failed" or "payout.canceled" or "payout.updated":
                return happened.Account is { } payee ? new ProviderFact.PayoutChanged(payee, Facts(StripeJson.Read<StripePayout>(about))) : new ProviderFact.Nothing();
            default:
                return new ProviderFact.Nothing();
        }
    }

    private static Form Between(DateTimeOffset since, DateTimeOffset until) => new() { { "created[gte]", since.ToUnixTimeSeconds() }, { "created[lt]", until.ToUnixTimeSeconds() } };

    /// <summary>
    /// What a transaction on the balance was for; null for fees, the installation's own payouts and what else is Stripe's own. The
    /// amount is the source's, because the transaction's may have been converted.
    /// </summary>
    private static BalanceMovement? Movement(StripeBalanceTransaction transaction)
    {
        if (transaction.Source is not { ValueKind: JsonValueKind.Object } expanded)
            return null;
        var source = StripeJson.Read<StripeSource>(expanded);
        if (source is not { Object: "charge" or "refund" or "dispute" or "transfer" or "transfer_reversal", Amount: { } amount, Currency: { } code } || !Currency.TryParse(code.ToUpperInvariant(), out var currency))
            return null;
        return new BalanceMovement(transaction.Id, transaction.Type, source.Id,
            source.Metadata?.GetValueOrDefault("purchase_id") ?? source.Metadata?.GetValueOrDefault("payout_id"), source.PaymentIntent?.Id,
            source.Object switch { "transfer" => source.Id, "transfer_reversal" => source.Transfer?.Id, _ => null }, transaction.Amount < 0 ? -amount : amount, currency, Instant(transaction.Created));
    }

    private async Task<Result<CheckoutPage>> PageAsync(Form form, string key, CancellationToken cancellationToken)
    {
        var made = await client.PostAsync<StripeCheckoutSession>("/v1/checkout/sessions", form, key, cancellationToken);
        if (!made.Succeeded)
            return made.Error;
        return Uri.TryCreate(made.Value.Url, UriKind.Absolute, out var url) ? new CheckoutPage(made.Value.Id, url, Instant(made.Value.ExpiresAt)) : BillingErrors.ProviderRefused;
    }

    /// <summary>The subscription's items with the other plan's prices; the error when that can't be.</summary>
    private async Task<Error?> AddItemsAsync(Form form, string at, string subscription, TenantPlan plan, CancellationToken cancellationToken)
    {
        var price = await prices.OfAsync(client, plan, cancellationToken);
        if (!price.Succeeded)
            return price.Error;
        var present = await client.GetAsync<StripeSubscription>($"/v1/subscriptions/{subscription}", [], cancellationToken);
        if (!present.Succeeded)
            return present.Error;
        var i = 0;
        foreach (var item in present.Value.Items.Data)
        {
            form.Add($"{at}[{i}][id]", item.Id);
            form.Add($"{at}[{i}][price]", item.Price.Recurring?.UsageType == "metered" ? price.Value.Overage : price.Value.Monthly);
            i++;
        }
        return null;
    }

    private static SubscriptionFacts Facts(StripeSubscription subscription)
    {
        var item = subscription.Items.Data.FirstOrDefault(i => i.Price.Recurring?.UsageType != "metered") ?? subscription.Items.Data[0];
        return new SubscriptionFacts(subscription.Id, StripePrices.PlanOf(item.Price.LookupKey), subscription.Status switch
        {
            "active" or "trialing" => SubscriptionState.Active,
            "past_due" => SubscriptionState.PastDue,
            "unpaid" or "paused" => SubscriptionState.Unpaid,
            "incomplete" => SubscriptionState.Incomplete,
            _ => SubscriptionState.Ended,
        }, Instant(item.CurrentPeriodStart), Instant(item.CurrentPeriodEnd), subscription.CancelAtPeriodEnd);
    }

    private static InvoiceFacts Facts(StripeInvoice invoice) => new(
        invoice.Id!, invoice.Customer?.Id, invoice.Parent?.SubscriptionDetails?.Subscription?.Id, invoice.Number, invoice.Status switch
        {
            "open" => InvoiceState.Open,
            "paid" => InvoiceState.Paid,
            "uncollectible" => InvoiceState.Uncollectible,
            "void" => InvoiceState.Void,
            _ => InvoiceState.Draft,
        },
        CurrencyOf(invoice.Currency), invoice.Subtotal, invoice.TotalDiscountAmounts?.Sum(d => d.Amount) ?? 0, invoice.TotalTaxes?.Sum(t => t.Amount) ?? 0,
        invoice.Total, invoice.AmountPaid, Lines(invoice), Instant(invoice.Created), invoice.StatusTransitions?.PaidAt is { } paid ? Instant(paid) : null,
        invoice.HostedInvoiceUrl, invoice.NextPaymentAttempt is { } next ? Instant(next) : null);

    private static CheckoutFacts Facts(StripeCheckoutSession session) => new(
        session.Id, session.Status == "complete" && session.PaymentStatus is "paid" or "no_payment_required", session.Status == "expired",
        session.PaymentIntent?.Id, session.Subscription?.Id, session.ClientReferenceId, session.Customer?.Id);

    private static PaymentFacts Facts(StripePaymentIntent payment) => new(payment.Id, payment.Status switch
    {
        "succeeded" => PaymentState.Succeeded,
        "requires_action" or "requires_confirmation" => PaymentState.NeedsAction,
        "processing" or "requires_capture" => PaymentState.Processing,
        "canceled" => PaymentState.Canceled,
        _ => PaymentState.NeedsMethod,
    }, payment.ClientSecret, Uri.TryCreate(payment.NextAction?.RedirectToUrl?.Url, UriKind.Absolute, out var url) ? url : null,
        payment.Status == "requires_payment_method" ? payment.LastPaymentError?.Message : null, payment.Metadata?.GetValueOrDefault("purchase_id"), payment.AmountReceived);

    private static PayoutFacts Facts(StripePayout payout) => new(payout.Id, payout.Status == "paid", payout.Status is "failed" or "canceled",
        payout.FailureMessage ?? payout.FailureCode, payout.Metadata?.GetValueOrDefault("payout_id"));

    private static List<InvoiceLine> Lines(StripeInvoice invoice) => [.. invoice.Lines.Data.Select(l => new InvoiceLine(l.Description ?? "", l.Amount, l.Quantity))];

    private static ReceivedEvent Received(StripeEvent happened, string payload)
    {
        var about = happened.Data.Object;
        var id = about.ValueKind == JsonValueKind.Object && about.TryGetProperty("id", out var given) && given.ValueKind == JsonValueKind.String ? given.GetString()! : happened.Id;
        return new ReceivedEvent(happened.Id, happened.Type, id.Length > 255 ? happened.Id : id, Instant(happened.Created), payload);
    }

    private static DateTimeOffset Instant(long seconds) => DateTimeOffset.FromUnixTimeSeconds(Math.Clamp(seconds, 0, 253_402_300_799));

    private static string Code(Currency currency) => currency.Code.ToLowerInvariant();

    private static Currency CurrencyOf(string code) => Currency.Parse(code.ToUpperInvariant());
}
