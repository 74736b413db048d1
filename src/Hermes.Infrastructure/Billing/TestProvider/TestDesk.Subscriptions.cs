using System.Globalization;
using System.Text.Json.Nodes;

namespace Hermes.Infrastructure.Billing.TestProvider;

internal sealed partial class TestDesk
{
    private const int MostAttempts = 4;
    private static readonly int[] RetryDays = [3, 5, 7];

    // Catalogue -----------------------------------------------------------------------------------------------------

    private async Task<JsonObject> MakePriceAsync(TestForm form)
    {
        if (form["lookup_key"] is { } key && (await FindAsync("price", "lookup_key", key)).Count > 0)
            throw new TestProviderException(400, "invalid_request_error", null, "A price already uses that lookup key.", "lookup_key");
        var exact = form["unit_amount_decimal"] ?? form.RequiredNumber("unit_amount").ToString(CultureInfo.InvariantCulture);
        var price = new JsonObject
        {
            ["id"] = NewId("price"),
            ["object"] = "price",
            ["active"] = true,
            ["billing_scheme"] = "per_unit",
            ["created"] = Now,
            ["currency"] = form.Required("currency"),
            ["livemode"] = false,
            ["lookup_key"] = form["lookup_key"],
            ["metadata"] = form.Object("metadata"),
            ["name"] = form.Required("product_data.name"),
            ["product"] = NewId("prod"),
            ["recurring"] = new JsonObject
            {
                ["interval"] = form.Required("recurring.interval"),
                ["interval_count"] = 1,
                ["meter"] = form["recurring.meter"],
                ["usage_type"] = form["recurring.usage_type"] ?? "licensed",
            },
            ["tax_behavior"] = "unspecified",
            ["type"] = "recurring",
            ["unit_amount"] = form.Number("unit_amount"),
            ["unit_amount_decimal"] = exact,
        };
        await SaveAsync(price, "price");
        return price;
    }

    private async Task<JsonObject> PricesAsync(TestForm form)
    {
        if (form["lookup_keys.0"] is not { } key)
            return await ListAsync("price", form, "prices");
        var data = new JsonArray();
        foreach (var price in await FindAsync("price", "lookup_key", key))
            data.Add(price);
        return List(data, "/v1/prices");
    }

    private async Task<JsonObject> MakeTaxRateAsync(TestForm form)
    {
        var rate = new JsonObject
        {
            ["id"] = NewId("txr"),
            ["object"] = "tax_rate",
            ["active"] = true,
            ["created"] = Now,
            ["display_name"] = form.Required("display_name"),
            ["inclusive"] = false,
            ["livemode"] = false,
            ["metadata"] = form.Object("metadata"),
            ["percentage"] = decimal.Parse(form.Required("percentage"), CultureInfo.InvariantCulture),
        };
        await SaveAsync(rate, "tax_rate");
        return rate;
    }

    private async Task<JsonObject> MakeCouponAsync(TestForm form)
    {
        var id = form["id"] ?? NewId("coupon");
        if ((await FindAsync("coupon", "id", id)).Count > 0)
            throw new TestProviderException(400, "invalid_request_error", "resource_already_exists", "Coupon already exists.", "id");
        var coupon = new JsonObject
        {
            ["id"] = id,
            ["object"] = "coupon",
            ["created"] = Now,
            ["duration"] = form["duration"] ?? "once",
            ["duration_in_months"] = form.Number("duration_in_months"),
            ["livemode"] = false,
            ["metadata"] = form.Object("metadata"),
            ["percent_off"] = form.RequiredNumber("percent_off"),
            ["times_redeemed"] = 0,
            ["valid"] = true,
        };
        await SaveAsync(coupon, "coupon");
        return coupon;
    }

    private async Task<JsonObject> CouponAsync(string id, string param) =>
        (await FindAsync("coupon", "id", id)) is [var coupon, ..] && Flag(coupon, "valid") ? coupon
            : throw new TestProviderException(400, "invalid_request_error", "resource_missing", $"No such coupon: '{id}'", param);

    private async Task<JsonObject> MakeMeterAsync(TestForm form)
    {
        var meter = new JsonObject
        {
            ["id"] = NewId("mtr"),
            ["object"] = "billing.meter",
            ["created"] = Now,
            ["display_name"] = form.Required("display_name"),
            ["event_name"] = form.Required("event_name"),
            ["default_aggregation"] = new JsonObject { ["formula"] = "sum" },
            ["livemode"] = false,
            ["status"] = "active",
        };
        await SaveAsync(meter, "billing.meter");
        return meter;
    }

    private async Task<JsonObject> CountAsync(TestForm form)
    {
        var identifier = form["identifier"] ?? NewId("me");
        await GetAsync(form.Required("payload.stripe_customer_id"), "customer");
        var counted = new JsonObject
        {
            ["id"] = "meter_event:" + identifier,
            ["object"] = "billing.meter_event",
            ["created"] = Now,
            ["event_name"] = form.Required("event_name"),
            ["identifier"] = identifier,
            ["livemode"] = false,
            ["payload"] = form.Object("payload"),
            ["timestamp"] = form.Number("timestamp") ?? Now,
            ["customer"] = form.Required("payload.stripe_customer_id"),
            ["billed"] = false,
        };
        if ((await FindAsync("billing.meter_event", "identifier", identifier)).Count == 0)
            await SaveAsync(counted, "billing.meter_event");
        return counted;
    }

    // Subscriptions -------------------------------------------------------------------------------------------------

    private async Task<JsonObject> BeginSubscriptionAsync(JsonObject session, JsonObject? intent, string method)
    {
        var items = new JsonArray();
        var id = NewId("sub");
        var (start, end) = (Now, now.AddMonths(1).ToUnixTimeSeconds());
        foreach (var item in session["hermes_items"]!.AsArray())
            if (TextOrNull((JsonObject)item!, "price") is { } priceId)
                items.Add(new JsonObject
                {
                    ["id"] = NewId("si"),
                    ["object"] = "subscription_item",
                    ["created"] = Now,
                    ["current_period_end"] = end,
                    ["current_period_start"] = start,
                    ["metadata"] = new JsonObject(),
                    ["price"] = await GetAsync(priceId, "price"),
                    ["quantity"] = 1,
                    ["subscription"] = id,
                });
        var subscription = new JsonObject
        {
            ["id"] = id,
            ["object"] = "subscription",
            ["billing_cycle_anchor"] = start,
            ["cancel_at"] = null,
            ["cancel_at_period_end"] = false,
            ["canceled_at"] = null,
            ["collection_method"] = "charge_automatically",
            ["created"] = Now,
            ["currency"] = session["currency"]!.DeepClone(),
            ["customer"] = session["customer"]!.DeepClone(),
            ["default_payment_method"] = method,
            ["ended_at"] = null,
            ["items"] = List(items, $"/v1/subscription_items?subscription={id}"),
            ["latest_invoice"] = null,
            ["livemode"] = false,
            ["metadata"] = session["hermes_subscription_metadata"]!.DeepClone(),
            ["start_date"] = start,
            ["status"] = "active",
            ["hermes_coupon"] = session["hermes_coupon"]?.DeepClone(),
            ["hermes_tax_rate"] = session["hermes_tax_rate"]?.DeepClone(),
        };
        var plan = Licensed(subscription);
        var invoice = await NewInvoiceAsync(subscription, "subscription_create", [Line(Text((JsonObject)plan["price"]!, "name"), Number((JsonObject)plan["price"]!, "unit_amount"), 1)]);
        MarkPaid(invoice);
        invoice["hermes_payment_intent"] = intent?["id"]?.DeepClone();
        subscription["latest_invoice"] = invoice["id"]!.DeepClone();
        await SaveAsync(subscription, "subscription", Instant(end));
        await EmitAsync("customer.subscription.created", subscription);
        await SaveAsync(invoice, "invoice");
        await EmitAsync("invoice.created", invoice);
        await EmitAsync("invoice.finalized", invoice);
        await EmitAsync("invoice.paid", invoice);
        return subscription;
    }

    private async Task<JsonObject> ChangeSubscriptionAsync(JsonObject subscription, TestForm form)
    {
        if (Text(subscription, "status") == "canceled")
            throw new TestProviderException(400, "invalid_request_error", null, "A canceled subscription can only update its cancellation_details and metadata.");
        if (form.Flag("cancel_at_period_end") is { } cancel)
        {
            subscription["cancel_at_period_end"] = cancel;
            subscription["cancel_at"] = cancel ? Number(Licensed(subscription), "current_period_end") : null;
            subscription["canceled_at"] = cancel ? Now : null;
        }
        if (form.List("items") is { Count: > 0 } changes)
        {
            var lines = form["proration_behavior"] == "always_invoice" ? await ProrationsAsync(subscription, changes, form.Number("proration_date") ?? Now) : [];
            await TakeItemsAsync(subscription, changes);
            if (lines.Count > 0)
            {
                var invoice = await NewInvoiceAsync(subscription, "subscription_update", lines);
                await EmitAsync("invoice.created", invoice);
                await EmitAsync("invoice.finalized", invoice);
                if (!await ChargeInvoiceAsync(invoice, subscription))
                    throw new TestProviderException(402, "card_error", "card_declined", "Your card was declined.");
                subscription["latest_invoice"] = invoice["id"]!.DeepClone();
                await SaveAsync(invoice, "invoice");
                await EmitAsync("invoice.paid", invoice);
            }
        }
        await SaveAsync(subscription, "subscription", Instant(Number(Licensed(subscription), "current_period_end")));
        await EmitAsync("customer.subscription.updated", subscription);
        return subscription;
    }

    private async Task<JsonObject> EndSubscriptionAsync(JsonObject subscription)
    {
        (subscription["status"], subscription["ended_at"], subscription["canceled_at"]) = ("canceled", Now, Now);
        await SaveAsync(subscription, "subscription");
        await EmitAsync("customer.subscription.deleted", subscription);
        return subscription;
    }

    private async Task<JsonObject> PreviewAsync(TestForm form)
    {
        var subscription = await GetAsync(form.Required("subscription"), "subscription");
        var lines = await ProrationsAsync(subscription, form.List("subscription_details.items"), form.Number("subscription_details.proration_date") ?? Now);
        var preview = await NewInvoiceAsync(subscription, "subscription_update", lines);
        (preview["id"], preview["status"], preview["number"]) = ("upcoming_" + Text(preview, "id"), "draft", null);
        return preview;
    }

    /// <summary>The subscription's period is over.</summary>
    private async Task<JsonObject> RenewAsync(JsonObject subscription)
    {
        if (Text(subscription, "status") is "canceled" or "unpaid")
        {
            await SaveAsync(subscription, "subscription");
            return subscription;
        }
        if (Flag(subscription, "cancel_at_period_end"))
            return await EndSubscriptionAsync(subscription);
        var start = Number(Licensed(subscription), "current_period_end");
        var end = Instant(start).AddMonths(1).ToUnixTimeSeconds();
        var lines = new List<JsonObject>();
        foreach (var item in Items(subscription))
        {
            var price = (JsonObject)item["price"]!;
            if (TextOrNull(price["recurring"] as JsonObject, "usage_type") != "metered")
            {
                lines.Add(Line(Text(price, "name"), Number(price, "unit_amount"), 1));
            }
            else
            {
                long units = 0;
                foreach (var counted in (await FindAsync("billing.meter_event", "customer", Text(subscription, "customer"))).Where(e => !Flag(e, "billed")))
                {
                    units += long.Parse(Text((JsonObject)counted["payload"]!, "value"), CultureInfo.InvariantCulture);
                    counted["billed"] = true;
                    await SaveAsync(counted, "billing.meter_event");
                }
                if (units > 0)
                    lines.Add(Line(Text(price, "name"), (long)Math.Round(units * decimal.Parse(Text(price, "unit_amount_decimal"), CultureInfo.InvariantCulture), MidpointRounding.AwayFromZero), units));
            }
            (item["current_period_start"], item["current_period_end"]) = (start, end);
        }
        var invoice = await NewInvoiceAsync(subscription, "subscription_cycle", lines);
        await EmitAsync("invoice.created", invoice);
        await EmitAsync("invoice.finalized", invoice);
        subscription["latest_invoice"] = invoice["id"]!.DeepClone();
        var paid = await ChargeInvoiceAsync(invoice, subscription);
        subscription["status"] = paid ? "active" : "past_due";
        await SaveAsync(subscription, "subscription", Instant(end));
        await SaveAsync(invoice, "invoice", paid ? null : Instant(Number(invoice, "next_payment_attempt")));
        await EmitAsync(paid ? "invoice.paid" : "invoice.payment_failed", invoice);
        await EmitAsync("customer.subscription.updated", subscription);
        return subscription;
    }

    // Invoices ------------------------------------------------------------------------------------------------------

    private async Task<JsonObject> NewInvoiceAsync(JsonObject subscription, string reason, List<JsonObject> lines)
    {
        var coupon = TextOrNull(subscription, "hermes_coupon") is { } code ? await CouponAsync(code, "coupon") : null;
        var rate = TextOrNull(subscription, "hermes_tax_rate") is { } tax ? await GetAsync(tax, "tax_rate") : null;
        var subtotal = lines.Sum(l => Number(l, "amount"));
        var (off, taxed, total) = Sum(subtotal, coupon, rate);
        var id = NewId("in");
        var due = Math.Max(0, total);
        var data = new JsonArray();
        foreach (var line in lines)
        {
            line["invoice"] = id;
            data.Add(line);
        }
        return new JsonObject
        {
            ["id"] = id,
            ["object"] = "invoice",
            ["amount_due"] = due,
            ["amount_paid"] = 0,
            ["amount_remaining"] = due,
            ["attempt_count"] = 0,
            ["attempted"] = false,
            ["auto_advance"] = true,
            ["billing_reason"] = reason,
            ["collection_method"] = "charge_automatically",
            ["created"] = Now,
            ["currency"] = subscription["currency"]!.DeepClone(),
            ["customer"] = subscription["customer"]!.DeepClone(),
            ["discounts"] = new JsonArray(),
            ["hosted_invoice_url"] = $"{root}/test-payments/invoices/{id}",
            ["lines"] = List(data, $"/v1/invoices/{id}/lines"),
            ["livemode"] = false,
            ["metadata"] = new JsonObject(),
            ["next_payment_attempt"] = null,
            ["number"] = $"T{Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(id)))[..8]}-{(await FindAsync("invoice", "customer", Text(subscription, "customer"))).Count + 1:0000}",
            ["parent"] = new JsonObject { ["type"] = "subscription_details", ["subscription_details"] = new JsonObject { ["metadata"] = subscription["metadata"]!.DeepClone(), ["subscription"] = subscription["id"]!.DeepClone() } },
            ["period_end"] = Now,
            ["period_start"] = Now,
            ["status"] = "open",
            ["status_transitions"] = new JsonObject { ["finalized_at"] = Now, ["marked_uncollectible_at"] = null, ["paid_at"] = null, ["voided_at"] = null },
            ["subtotal"] = subtotal,
            ["total"] = total,
            ["total_discount_amounts"] = off == 0 ? new JsonArray() : new JsonArray(new JsonObject { ["amount"] = off, ["discount"] = "di_" + Text(coupon!, "id") }),
            ["total_taxes"] = taxed == 0 ? new JsonArray() : new JsonArray(new JsonObject { ["amount"] = taxed, ["tax_behavior"] = "exclusive", ["taxability_reason"] = "standard_rated", ["taxable_amount"] = subtotal - off, ["type"] = "tax_rate_details" }),
        };
    }

    /// <summary>Charges an open invoice, by its subscriber's card.</summary>
    public async Task<JsonObject> PayInvoiceAsync(JsonObject invoice, bool byItself)
    {
        if (Text(invoice, "status") != "open")
        {
            await SaveAsync(invoice, "invoice");
            return invoice;
        }
        var subscription = await GetAsync(Text((JsonObject)invoice["parent"]!["subscription_details"]!, "subscription"), "subscription");
        var paid = await ChargeInvoiceAsync(invoice, subscription);
        if (!paid && byItself && Number(invoice, "attempt_count") >= MostAttempts)
            invoice["next_payment_attempt"] = null;
        await SaveAsync(invoice, "invoice", !paid && invoice["next_payment_attempt"] is not null ? Instant(Number(invoice, "next_payment_attempt")) : null);
        await EmitAsync(paid ? "invoice.paid" : "invoice.payment_failed", invoice);
        var status = paid ? "active" : invoice["next_payment_attempt"] is null ? "unpaid" : Text(subscription, "status");
        if (status != Text(subscription, "status") && Text(subscription, "status") != "canceled")
        {
            subscription["status"] = status;
            await SaveAsync(subscription, "subscription", Instant(Number(Licensed(subscription), "current_period_end")));
            await EmitAsync("customer.subscription.updated", subscription);
        }
        return paid || byItself ? invoice : throw new TestProviderException(402, "card_error", "card_declined", "Your card was declined.") { Keeps = true };
    }

    private async Task<bool> ChargeInvoiceAsync(JsonObject invoice, JsonObject subscription)
    {
        invoice["attempted"] = true;
        invoice["attempt_count"] = Number(invoice, "attempt_count") + 1;
        if (Number(invoice, "amount_due") > 0)
        {
            var customer = await GetAsync(Text(subscription, "customer"), "customer");
            var intent = NewIntent(Number(invoice, "amount_due"), Text(invoice, "currency"), Text(subscription, "customer"), [], "Invoice " + TextOrNull(invoice, "number"));
            intent["hermes_off_session"] = true;
            intent["hermes_invoice"] = invoice["id"]!.DeepClone();
            if (await AttemptAsync(intent, TextOrNull(customer["invoice_settings"] as JsonObject, "default_payment_method") ?? "pm_card_chargeDeclined", root) != "succeeded")
            {
                var attempt = (int)Number(invoice, "attempt_count");
                invoice["next_payment_attempt"] = attempt < MostAttempts ? now.AddDays(RetryDays[attempt - 1]).ToUnixTimeSeconds() : null;
                return false;
            }
        }
        MarkPaid(invoice);
        return true;
    }

    private async Task<JsonObject> InvoicePaymentsAsync(string payment, string path)
    {
        var intent = await FindAsync(payment);
        var id = TextOrNull(intent, "hermes_invoice") ?? (await FindAsync("invoice", "hermes_payment_intent", payment)).Select(i => Text(i, "id")).FirstOrDefault();
        return List(id is null ? [] : [new JsonObject
        {
            ["id"] = "inpay_" + id,
            ["object"] = "invoice_payment",
            ["amount_paid"] = intent!["amount_received"]!.DeepClone(),
            ["invoice"] = id,
            ["payment"] = new JsonObject { ["type"] = "payment_intent", ["payment_intent"] = payment },
            ["status"] = "paid",
        }], $"/v1/{path.Trim('/')}");
    }

    private void MarkPaid(JsonObject invoice)
    {
        (invoice["status"], invoice["amount_paid"], invoice["amount_remaining"], invoice["next_payment_attempt"]) = ("paid", Number(invoice, "amount_due"), 0, null);
        invoice["status_transitions"]!["paid_at"] = Now;
    }

    /// <summary>What remains of the period at the new price, less what remains at the old one.</summary>
    private async Task<List<JsonObject>> ProrationsAsync(JsonObject subscription, IReadOnlyList<TestForm> changes, long at)
    {
        var lines = new List<JsonObject>();
        foreach (var (item, price) in await ChangesAsync(subscription, changes))
        {
            var old = (JsonObject)item["price"]!;
            if (price is null || Text(price, "id") == Text(old, "id") || TextOrNull(old["recurring"] as JsonObject, "usage_type") == "metered")
                continue;
            var (start, end) = (Number(item, "current_period_start"), Number(item, "current_period_end"));
            if (at < start || at > end)
                throw new TestProviderException(400, "invalid_request_error", null, "The proration date must be within the current period.", "proration_date");
            long Part(JsonObject of) => (long)Math.Round((decimal)Number(of, "unit_amount") * (end - at) / (end - start), MidpointRounding.AwayFromZero);
            lines.Add(Line($"Unused time on {Text(old, "name")} after {Instant(at):d MMM yyyy}", -Part(old), 1));
            lines.Add(Line($"Remaining time on {Text(price, "name")} after {Instant(at):d MMM yyyy}", Part(price), 1));
        }
        return lines;
    }

    private async Task TakeItemsAsync(JsonObject subscription, IReadOnlyList<TestForm> changes)
    {
        foreach (var (item, price) in await ChangesAsync(subscription, changes))
            if (price is not null)
                item["price"] = price;
    }

    private async Task<List<(JsonObject Item, JsonObject? Price)>> ChangesAsync(JsonObject subscription, IReadOnlyList<TestForm> changes)
    {
        var found = new List<(JsonObject, JsonObject?)>();
        foreach (var change in changes)
        {
            var item = Items(subscription).FirstOrDefault(i => Text(i, "id") == change["id"])
                ?? throw new TestProviderException(404, "invalid_request_error", "resource_missing", $"No such subscription_item: '{change["id"]}'", "items[0][id]");
            found.Add((item, change["price"] is { } price ? await GetAsync(price, "price") : null));
        }
        return found;
    }

    private JsonObject Line(string text, long amount, long quantity) => new()
    {
        ["id"] = NewId("il"),
        ["object"] = "line_item",
        ["amount"] = amount,
        ["currency"] = "usd",
        ["description"] = text,
        ["livemode"] = false,
        ["metadata"] = new JsonObject(),
        ["period"] = new JsonObject { ["end"] = Now, ["start"] = Now },
        ["quantity"] = quantity,
    };

    private static (long Off, long Tax, long Total) Sum(long subtotal, JsonObject? coupon, JsonObject? rate)
    {
        var off = coupon is null ? 0 : (long)Math.Round((decimal)Math.Max(0, subtotal) * Number(coupon, "percent_off") / 100, MidpointRounding.AwayFromZero);
        var tax = rate is null ? 0 : (long)Math.Round((subtotal - off) * rate["percentage"]!.GetValue<decimal>() / 100, MidpointRounding.AwayFromZero);
        return (off, tax, subtotal - off + tax);
    }

    private static IEnumerable<JsonObject> Items(JsonObject subscription) => ((JsonArray)subscription["items"]!["data"]!).Cast<JsonObject>();

    private static JsonObject Licensed(JsonObject subscription) => Items(subscription).First(i => TextOrNull(i["price"]!["recurring"] as JsonObject, "usage_type") != "metered");
}
