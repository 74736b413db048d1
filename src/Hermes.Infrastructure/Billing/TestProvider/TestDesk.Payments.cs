using System.Text.Json.Nodes;

namespace Hermes.Infrastructure.Billing.TestProvider;

internal sealed partial class TestDesk
{
    /// <summary>What the cards of Stripe's own documentation do, by number and by the name of the means of payment.</summary>
    private static readonly Dictionary<string, string> Cards = new(StringComparer.Ordinal)
    {
        ["4242424242424242"] = "pm_card_visa",
        ["4000000000000002"] = "pm_card_chargeDeclined",
        ["4000000000009995"] = "pm_card_chargeDeclinedInsufficientFunds",
        ["4000000000003220"] = "pm_card_threeDSecure2Required",
        ["4000000000000341"] = "pm_card_chargeCustomerFail",
        ["4000000000000259"] = "pm_card_createDispute",
    };

    /// <summary>The means of payment of a card's number; null for one that no test card has.</summary>
    public static string? MethodOf(string? number) => Cards.GetValueOrDefault(new string([.. (number ?? "").Where(char.IsAsciiDigit)]));

    // Checkout ------------------------------------------------------------------------------------------------------

    private async Task<JsonObject> OpenSessionAsync(TestForm form)
    {
        var mode = form.Required("mode");
        var success = form.Required("success_url");
        var expires = form.Number("expires_at") is { } at ? at : Now + 86_400;
        if (expires <= Now || expires > Now + 86_400 + 60)
            throw new TestProviderException(400, "invalid_request_error", null, "The `expires_at` timestamp must be within 24 hours of creation.", "expires_at");
        long subtotal = 0;
        string? currency = form["currency"];
        var items = new JsonArray();
        foreach (var line in form.List("line_items"))
        {
            JsonObject price;
            if (line["price"] is { } priceId)
                price = await GetAsync(priceId, "price");
            else
                price = new JsonObject
                {
                    ["unit_amount"] = line.RequiredNumber("price_data.unit_amount"),
                    ["currency"] = line.Required("price_data.currency"),
                    ["name"] = line.Required("price_data.product_data.name"),
                };
            currency ??= Text(price, "currency");
            if (TextOrNull(price["recurring"] as JsonObject, "usage_type") != "metered")
                subtotal += Number(price, "unit_amount") * (line.Number("quantity") ?? 1);
            items.Add(new JsonObject { ["price"] = TextOrNull(price, "id"), ["name"] = TextOrNull(price, "name"), ["quantity"] = line.Number("quantity") });
        }
        if (mode != "setup" && items.Count == 0)
            throw new TestProviderException(400, "invalid_request_error", "parameter_missing", "Missing required param: line_items.", "line_items");
        if (mode == "payment" && subtotal < 1)
            throw new TestProviderException(400, "invalid_request_error", "amount_too_small", "The amount is too small.", "line_items[0]");
        var coupon = form.List("discounts") is [var discount, ..] && discount["coupon"] is { } code ? await CouponAsync(code, "discounts[0][coupon]") : null;
        var rate = form["subscription_data.default_tax_rates.0"] is { } tax ? await GetAsync(tax, "tax_rate") : null;
        var (off, taxed, total) = Sum(subtotal, coupon, rate);
        var id = NewId("cs_test");
        var session = new JsonObject
        {
            ["id"] = id,
            ["object"] = "checkout.session",
            ["amount_subtotal"] = mode == "setup" ? null : subtotal,
            ["amount_total"] = mode == "setup" ? null : total,
            ["automatic_tax"] = new JsonObject { ["enabled"] = false, ["liability"] = null, ["provider"] = null, ["status"] = null },
            ["cancel_url"] = form["cancel_url"],
            ["client_reference_id"] = form["client_reference_id"],
            ["created"] = Now,
            ["currency"] = currency,
            ["customer"] = form["customer"],
            ["customer_email"] = form["customer_email"],
            ["expires_at"] = expires,
            ["invoice"] = null,
            ["livemode"] = false,
            ["metadata"] = form.Object("metadata"),
            ["mode"] = mode,
            ["payment_intent"] = null,
            ["payment_method_types"] = new JsonArray("card"),
            ["payment_status"] = mode == "setup" ? "no_payment_required" : "unpaid",
            ["setup_intent"] = null,
            ["status"] = "open",
            ["subscription"] = null,
            ["success_url"] = success,
            ["total_details"] = new JsonObject { ["amount_discount"] = off, ["amount_shipping"] = 0, ["amount_tax"] = taxed },
            ["ui_mode"] = "hosted_page",
            ["url"] = $"{root}/test-payments/checkout/{id}",
            // What Stripe keeps to itself.
            ["hermes_items"] = items,
            ["hermes_coupon"] = coupon?["id"]?.DeepClone(),
            ["hermes_tax_rate"] = rate?["id"]?.DeepClone(),
            ["hermes_payment_metadata"] = form.Object("payment_intent_data.metadata"),
            ["hermes_subscription_metadata"] = form.Object("subscription_data.metadata"),
        };
        await SaveAsync(session, "checkout.session", Instant(expires));
        return session;
    }

    /// <summary>Ends a session that nobody paid.</summary>
    public async Task<JsonObject> ExpireSessionAsync(JsonObject session)
    {
        if (Text(session, "status") != "open")
        {
            await SaveAsync(session, "checkout.session");
            return session;
        }
        (session["status"], session["url"]) = ("expired", null);
        await SaveAsync(session, "checkout.session");
        await EmitAsync("checkout.session.expired", session);
        return session;
    }

    /// <summary>The payer presses Pay; where it goes then, or why not.</summary>
    public async Task<(string? Url, string? Problem)> PayAsync(string id, string method)
    {
        var session = await GetAsync(id, "checkout.session");
        if (Text(session, "status") == "complete")
            return (Text(session, "success_url"), null);
        if (Text(session, "status") != "open" || Number(session, "expires_at") <= Now)
            return (null, "This checkout has expired.");
        if (Text(session, "mode") == "setup" || Number(session, "amount_total") == 0)
        {
            await CompleteAsync(session, null, method);
            return (Text(session, "success_url"), null);
        }
        var intent = NewIntent(Number(session, "amount_total"), Text(session, "currency"), TextOrNull(session, "customer"),
            (JsonObject)session["hermes_payment_metadata"]!.DeepClone(), null);
        intent["hermes_session"] = id;
        return await AttemptAsync(intent, method, $"{root}/test-payments/checkout/{id}") switch
        {
            "succeeded" => (Text(session, "success_url"), null),
            "requires_action" => (Text((JsonObject)intent["next_action"]!["redirect_to_url"]!, "url"), null),
            _ => (null, TextOrNull(intent["last_payment_error"] as JsonObject, "message")),
        };
    }

    /// <summary>The payer answers its bank's question; where it goes then.</summary>
    public async Task<string> AuthenticateAsync(string id, bool approved)
    {
        var intent = await GetAsync(id, "payment_intent");
        var session = TextOrNull(intent, "hermes_session") is { } sessionId ? await GetAsync(sessionId, "checkout.session") : null;
        var back = session is null ? TextOrNull(intent, "hermes_return_url") ?? root : approved ? Text(session, "success_url") : $"{root}/test-payments/checkout/{Text(session, "id")}";
        if (Text(intent, "status") != "requires_action")
            return back;
        if (approved)
            await SucceedAsync(intent, "pm_card_threeDSecure2Required");
        else
            await FailAsync(intent, "payment_intent_authentication_failure", "authentication_failed", "The bank could not prove that it is you.");
        return back;
    }

    private async Task CompleteAsync(JsonObject session, JsonObject? intent, string method)
    {
        (session["status"], session["url"], session["payment_intent"]) = ("complete", null, Text(session, "mode") == "payment" ? intent?["id"]?.DeepClone() : null);
        if (Text(session, "mode") != "setup")
            session["payment_status"] = intent is null ? "no_payment_required" : "paid";
        if (TextOrNull(session, "customer") is { } customerId)
        {
            var customer = await GetAsync(customerId, "customer");
            customer["invoice_settings"] = new JsonObject { ["default_payment_method"] = method };
            await SaveAsync(customer, "customer");
            // Stripe lets its customer portal retry what is open when there is a new card.
            if (Text(session, "mode") == "setup")
                foreach (var open in (await FindAsync("invoice", "customer", customerId)).Where(i => Text(i, "status") == "open"))
                    await PayInvoiceAsync(open, true);
        }
        if (Text(session, "mode") == "subscription")
            session["subscription"] = (await BeginSubscriptionAsync(session, intent, method))["id"]!.DeepClone();
        await SaveAsync(session, "checkout.session");
        await EmitAsync("checkout.session.completed", session);
    }

    // Intents -------------------------------------------------------------------------------------------------------

    private async Task<JsonObject> OpenIntentAsync(TestForm form)
    {
        var amount = form.RequiredNumber("amount");
        if (amount < 1)
            throw new TestProviderException(400, "invalid_request_error", "parameter_invalid_integer", "This value must be greater than or equal to 1.", "amount");
        var intent = NewIntent(amount, form.Required("currency"), form["customer"], form.Object("metadata"), form["description"]);
        await SaveAsync(intent, "payment_intent");
        await EmitAsync("payment_intent.created", intent);
        return intent;
    }

    private async Task<JsonObject> ConfirmIntentAsync(JsonObject intent, string method, string? returnUrl)
    {
        if (Text(intent, "status") is not ("requires_payment_method" or "requires_confirmation"))
            throw new TestProviderException(400, "invalid_request_error", "payment_intent_unexpected_state", $"This PaymentIntent's state is {Text(intent, "status")}.");
        if (!Cards.ContainsValue(method))
            throw new TestProviderException(404, "invalid_request_error", "resource_missing", $"No such PaymentMethod: '{method}'", "payment_method");
        intent["hermes_return_url"] = returnUrl;
        if (await AttemptAsync(intent, method, returnUrl ?? root) is "succeeded" or "requires_action")
            return intent;
        var error = (JsonObject)intent["last_payment_error"]!.DeepClone();
        error["payment_intent"] = intent.DeepClone();
        throw new TestProviderException(402, "card_error", TextOrNull(error, "code"), TextOrNull(error, "message") ?? "") { Body = new JsonObject { ["error"] = error }, Keeps = true };
    }

    private JsonObject NewIntent(long amount, string currency, string? customer, JsonObject metadata, string? description)
    {
        var id = NewId("pi");
        return new JsonObject
        {
            ["id"] = id,
            ["object"] = "payment_intent",
            ["amount"] = amount,
            ["amount_capturable"] = 0,
            ["amount_received"] = 0,
            ["canceled_at"] = null,
            ["capture_method"] = "automatic",
            ["client_secret"] = NewId(id + "_secret"),
            ["confirmation_method"] = "automatic",
            ["created"] = Now,
            ["currency"] = currency,
            ["customer"] = customer,
            ["description"] = description,
            ["last_payment_error"] = null,
            ["latest_charge"] = null,
            ["livemode"] = false,
            ["metadata"] = metadata,
            ["next_action"] = null,
            ["payment_method"] = null,
            ["payment_method_types"] = new JsonArray("card"),
            ["status"] = "requires_payment_method",
        };
    }

    /// <summary>Tries to charge; the intent's status afterwards.</summary>
    private async Task<string> AttemptAsync(JsonObject intent, string method, string returnUrl)
    {
        switch (method)
        {
            case "pm_card_chargeDeclined" or "pm_card_chargeCustomerFail" when method == "pm_card_chargeDeclined" || intent["hermes_session"] is null:
                await FailAsync(intent, "card_declined", "generic_decline", "Your card was declined.");
                break;
            case "pm_card_chargeDeclinedInsufficientFunds":
                await FailAsync(intent, "card_declined", "insufficient_funds", "Your card has insufficient funds.");
                break;
            case "pm_card_threeDSecure2Required" when intent["hermes_off_session"] is null:
                (intent["status"], intent["payment_method"]) = ("requires_action", method);
                intent["next_action"] = new JsonObject
                {
                    ["type"] = "redirect_to_url",
                    ["redirect_to_url"] = new JsonObject { ["return_url"] = returnUrl, ["url"] = $"{root}/test-payments/authenticate/{Text(intent, "id")}" },
                };
                await SaveAsync(intent, "payment_intent");
                await EmitAsync("payment_intent.requires_action", intent);
                break;
            default:
                await SucceedAsync(intent, method);
                break;
        }
        return Text(intent, "status");
    }

    private async Task FailAsync(JsonObject intent, string code, string decline, string message)
    {
        (intent["status"], intent["next_action"], intent["payment_method"]) = ("requires_payment_method", null, null);
        intent["last_payment_error"] = new JsonObject { ["type"] = "card_error", ["code"] = code, ["decline_code"] = decline, ["message"] = message };
        await SaveAsync(intent, "payment_intent");
        await EmitAsync("payment_intent.payment_failed", intent);
    }

    private async Task SucceedAsync(JsonObject intent, string method)
    {
        var (amount, currency) = (Number(intent, "amount"), Text(intent, "currency"));
        var charge = new JsonObject
        {
            ["id"] = NewId("ch"),
            ["object"] = "charge",
            ["amount"] = amount,
            ["amount_captured"] = amount,
            ["amount_refunded"] = 0,
            ["captured"] = true,
            ["created"] = Now,
            ["currency"] = currency,
            ["customer"] = intent["customer"]?.DeepClone(),
            ["disputed"] = false,
            ["livemode"] = false,
            ["metadata"] = intent["metadata"]!.DeepClone(),
            ["paid"] = true,
            ["payment_intent"] = intent["id"]!.DeepClone(),
            ["payment_method"] = method,
            ["refunded"] = false,
            ["status"] = "succeeded",
        };
        charge["balance_transaction"] = await BookAsync("charge", Text(charge, "id"), amount, amount * 29 / 1_000 + 30, currency);
        await SaveAsync(charge, "charge");
        (intent["status"], intent["amount_received"], intent["latest_charge"], intent["payment_method"], intent["next_action"], intent["last_payment_error"]) =
            ("succeeded", amount, charge["id"]!.DeepClone(), method, null, null);
        await SaveAsync(intent, "payment_intent");
        await EmitAsync("charge.succeeded", charge);
        await EmitAsync("payment_intent.succeeded", intent);
        if (TextOrNull(intent, "hermes_session") is { } sessionId)
            await CompleteAsync(await GetAsync(sessionId, "checkout.session"), intent, method);
        if (method == "pm_card_createDispute")
            await DisputeAsync(charge);
    }

    // Money back ----------------------------------------------------------------------------------------------------

    private async Task<JsonObject> RefundAsync(TestForm form)
    {
        var intent = await GetAsync(form.Required("payment_intent"), "payment_intent");
        if (TextOrNull(intent, "latest_charge") is not { } chargeId)
            throw new TestProviderException(400, "invalid_request_error", null, "This PaymentIntent does not have a successful charge to refund.", "payment_intent");
        var charge = await GetAsync(chargeId, "charge");
        var left = Number(charge, "amount") - Number(charge, "amount_refunded");
        var amount = form.Number("amount") ?? left;
        if (amount < 1 || amount > left)
            throw new TestProviderException(400, "invalid_request_error", left == 0 ? "charge_already_refunded" : null, "Refund amount is greater than unrefunded amount on charge.", "amount");
        var refund = new JsonObject
        {
            ["id"] = NewId("re"),
            ["object"] = "refund",
            ["amount"] = amount,
            ["charge"] = chargeId,
            ["created"] = Now,
            ["currency"] = charge["currency"]!.DeepClone(),
            ["metadata"] = form.Object("metadata"),
            ["payment_intent"] = intent["id"]!.DeepClone(),
            ["reason"] = form["reason"],
            ["status"] = "succeeded",
        };
        refund["balance_transaction"] = await BookAsync("refund", Text(refund, "id"), -amount, 0, Text(charge, "currency"));
        await SaveAsync(refund, "refund");
        charge["amount_refunded"] = Number(charge, "amount_refunded") + amount;
        charge["refunded"] = Number(charge, "amount_refunded") == Number(charge, "amount");
        await SaveAsync(charge, "charge");
        await EmitAsync("charge.refunded", charge);
        return refund;
    }

    /// <summary>The payer's bank takes a charge back.</summary>
    private async Task DisputeAsync(JsonObject charge)
    {
        var dispute = new JsonObject
        {
            ["id"] = NewId("dp"),
            ["object"] = "dispute",
            ["amount"] = charge["amount"]!.DeepClone(),
            ["balance_transactions"] = new JsonArray(),
            ["charge"] = charge["id"]!.DeepClone(),
            ["created"] = Now,
            ["currency"] = charge["currency"]!.DeepClone(),
            ["is_charge_refundable"] = false,
            ["livemode"] = false,
            ["metadata"] = new JsonObject(),
            ["payment_intent"] = charge["payment_intent"]!.DeepClone(),
            ["reason"] = "fraudulent",
            ["status"] = "needs_response",
        };
        await BookAsync("adjustment", Text(dispute, "id"), -Number(charge, "amount"), 1_500, Text(charge, "currency"));
        await SaveAsync(dispute, "dispute");
        charge["disputed"] = true;
        await SaveAsync(charge, "charge");
        await EmitAsync("charge.dispute.created", dispute);
        await EmitAsync("charge.dispute.funds_withdrawn", dispute);
    }

    /// <summary>The installation wins a dispute: the money comes back.</summary>
    public async Task WinAsync(string id)
    {
        var dispute = await GetAsync(id, "dispute");
        if (Text(dispute, "status") == "won")
            return;
        dispute["status"] = "won";
        await BookAsync("adjustment", id, Number(dispute, "amount"), 0, Text(dispute, "currency"));
        await SaveAsync(dispute, "dispute");
        await EmitAsync("charge.dispute.funds_reinstated", dispute);
        await EmitAsync("charge.dispute.closed", dispute);
    }

    private async Task<string> BookAsync(string type, string source, long amount, long fee, string currency)
    {
        var booked = new JsonObject
        {
            ["id"] = NewId("txn"),
            ["object"] = "balance_transaction",
            ["amount"] = amount,
            ["available_on"] = Now,
            ["created"] = Now,
            ["currency"] = currency,
            ["description"] = null,
            ["exchange_rate"] = null,
            ["fee"] = fee,
            ["fee_details"] = new JsonArray(),
            ["net"] = amount - fee,
            ["reporting_category"] = type,
            ["source"] = source,
            ["status"] = "available",
            ["type"] = type,
        };
        await SaveAsync(booked, "balance_transaction");
        return Text(booked, "id");
    }
}
