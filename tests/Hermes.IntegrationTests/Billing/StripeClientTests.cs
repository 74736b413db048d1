using System.Text.Json;
using Hermes.Application.Billing;
using Hermes.Application.Shared.Settings;
using Hermes.Domain.Billing;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Billing.Stripe;
using Hermes.IntegrationTests.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hermes.IntegrationTests.Billing;

/// <summary>A local stand-in for api.stripe.com that records what it is asked and answers with what it is told.</summary>
public sealed class StripeStandIn : IAsyncLifetime
{
    private WebApplication? _app;

    public sealed record Recorded(string Method, string Path, string Query, string Form, IReadOnlyDictionary<string, string> Headers);

    public List<Recorded> Requests { get; } = [];

    public Func<Recorded, (int Status, string Body, (string Name, string Value)[] Headers)> Answer { get; set; } = _ => (200, "{}", []);

    public Uri Url { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        _app = builder.Build();
        _app.Urls.Add("http://127.0.0.1:0");
        _app.MapFallback(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            var recorded = new Recorded(context.Request.Method, context.Request.Path, Uri.UnescapeDataString(context.Request.QueryString.ToString()), Uri.UnescapeDataString((await reader.ReadToEndAsync()).Replace('+', ' ')),
                context.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase));
            lock (Requests)
                Requests.Add(recorded);
            var (status, body, headers) = Answer(recorded);
            context.Response.StatusCode = status;
            foreach (var (name, value) in headers)
                context.Response.Headers[name] = value;
            await context.Response.WriteAsync(body);
        });
        await _app.StartAsync();
        Url = new Uri(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
    }

    public async Task DisposeAsync() => await _app!.DisposeAsync();

    internal IPaymentProvider Provider()
    {
        Requests.Clear();
        var client = new StripeClient(new HttpMessageInvoker(new SocketsHttpHandler()), Url, "sk_test_of_the_tests", TimeProvider.System, NullLogger.Instance);
        return new StripeProvider("stripe", client, ["whsec_x"], new StripePrices(new PlanBook(new(), new(), new(), new())), new BillingSettings(), TimeProvider.System);
    }
}

public sealed class StripeClientTests(StripeStandIn stripe) : IClassFixture<StripeStandIn>
{
    private static readonly TenantId Tenant = new(new Guid("019a0000-0000-7000-8000-00000000000a"));

    [Fact]
    public async Task A_request_carries_the_key_the_pinned_version_and_the_idempotency_key()
    {
        stripe.Answer = _ => (200, """{"id":"cus_1"}""", []);

        var saved = await stripe.Provider().SaveCustomerAsync(null, new CustomerDetails("Acme & Söhne", "a+b@example.test", "DE", null, Tenant), "customer:1", CancellationToken.None);

        saved.Value.ShouldBe("cus_1");
        var request = stripe.Requests.Single();
        (request.Method, request.Path).ShouldBe(("POST", "/v1/customers"));
        request.Headers["Authorization"].ShouldBe("Bearer sk_test_of_the_tests");
        request.Headers["Stripe-Version"].ShouldBe("2026-10-28.endive");
        request.Headers["Idempotency-Key"].ShouldBe("customer:1");
        request.Headers["Content-Type"].ShouldStartWith("application/x-www-form-urlencoded");
        request.Form.ShouldBe($"name=Acme & Söhne&email=a+b@example.test&address[country]=DE&metadata[tenant_id]={Tenant}".Replace("a+b", "a+b", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_checkout_is_asked_for_as_Stripe_documents_it()
    {
        stripe.Answer = _ => (200, """{"id":"cs_test_1","mode":"payment","status":"open","payment_status":"unpaid","url":"https://checkout.stripe.com/c/pay/cs_test_1","expires_at":1800000000}""", []);
        var purchase = new PurchaseId(new Guid("019a0000-0000-7000-8000-00000000000b"));

        var page = await stripe.Provider().OpenCheckoutAsync(new CheckoutOrder("cus_1", "Credits", 1_234, Currency.Usd, purchase, Tenant, new Uri("https://h.test/ok"), new Uri("https://h.test/no"), DateTimeOffset.FromUnixTimeSeconds(1_800_000_000)),
            "purchase:1", CancellationToken.None);

        page.Value.ShouldBe(new CheckoutPage("cs_test_1", new Uri("https://checkout.stripe.com/c/pay/cs_test_1"), DateTimeOffset.FromUnixTimeSeconds(1_800_000_000)));
        stripe.Requests.Single().Form.Split('&').ShouldBe(
        [
            "mode=payment", "customer=cus_1", $"client_reference_id={purchase}", "line_items[0][quantity]=1", "line_items[0][price_data][currency]=usd", "line_items[0][price_data][unit_amount]=1234",
            "line_items[0][price_data][product_data][name]=Credits", $"payment_intent_data[metadata][purchase_id]={purchase}", $"payment_intent_data[metadata][tenant_id]={Tenant}", $"metadata[tenant_id]={Tenant}",
            "success_url=https://h.test/ok", "cancel_url=https://h.test/no", "expires_at=1800000000",
        ]);
    }

    [Fact]
    public async Task A_payout_is_asked_for_in_the_payees_name()
    {
        stripe.Answer = r => (200, r.Method == "GET" ? """{"data":[],"has_more":false}""" : """{"id":"po_1","status":"pending","amount":500,"currency":"usd"}""", []);

        var sent = await stripe.Provider().PayOutAsync("acct_1", 500, Currency.Usd, "reference", DateTimeOffset.FromUnixTimeSeconds(7), "payout:1", CancellationToken.None);

        sent.Value.ShouldBe(new PayoutFacts("po_1", false, false, null, null));
        stripe.Requests.ShouldAllBe(r => r.Headers["Stripe-Account"] == "acct_1");
        stripe.Requests.Select(r => $"{r.Method} {r.Path}{r.Query} {r.Form}").ShouldBe(["GET /v1/payouts?created[gte]=7&limit=100 ", "POST /v1/payouts amount=500&currency=usd&metadata[payout_id]=reference"]);
    }

    [Fact]
    public async Task What_a_forgotten_attempt_moved_is_found_and_not_moved_again()
    {
        stripe.Answer = r => (200, r.Path switch
        {
            "/v1/transfers" => """{"data":[{"id":"tr_1","amount":500,"currency":"usd","reversed":true}],"has_more":false}""",
            "/v1/transfers/tr_1" => """{"id":"tr_1","amount":500,"currency":"usd","reversed":true}""",
            _ => """{"data":[{"id":"po_0","status":"paid","amount":1,"currency":"usd","metadata":{}},{"id":"po_1","status":"pending","amount":500,"currency":"usd","metadata":{"payout_id":"reference"}}],"has_more":false}""",
        }, []);
        var provider = stripe.Provider();

        (await provider.TransferAsync("acct_1", 500, Currency.Usd, "reference", "payout:1:transfer", CancellationToken.None)).Value.ShouldBe("tr_1");
        (await provider.PayOutAsync("acct_1", 500, Currency.Usd, "reference", DateTimeOffset.UnixEpoch, "payout:1:payout", CancellationToken.None)).Value.Id.ShouldBe("po_1");
        (await provider.ReverseTransferAsync("tr_1", 500, "payout:1:back", CancellationToken.None)).Error.ShouldBeNull();

        stripe.Requests.ShouldAllBe(r => r.Method == "GET");
    }

    [Fact]
    public async Task A_change_of_plan_names_items_proration_and_what_happens_when_the_payment_fails()
    {
        const string Subscription = """{"id":"sub_1","status":"active","cancel_at_period_end":false,"customer":"cus_1","items":{"data":[{"id":"si_1","price":{"id":"price_old","lookup_key":"hermes_pro_usd_4900","recurring":{"usage_type":"licensed"}},"current_period_start":1700000000,"current_period_end":1702592000},{"id":"si_2","price":{"id":"price_m","lookup_key":null,"recurring":{"usage_type":"metered"}},"current_period_start":1700000000,"current_period_end":1702592000}],"has_more":false}}""";
        stripe.Answer = r => r.Path switch
        {
            "/v1/prices" when r.Method == "GET" => (200, """{"data":[],"has_more":false}""", []),
            "/v1/prices" => (200, r.Form.Contains("metered", StringComparison.Ordinal) ? """{"id":"price_over"}""" : """{"id":"price_new"}""", []),
            "/v1/billing/meters" when r.Method == "GET" => (200, """{"data":[{"id":"mtr_1","event_name":"hermes_requests_over"}],"has_more":false}""", []),
            _ => (200, Subscription, []),
        };

        var changed = await stripe.Provider().ChangeAsync("sub_1", TenantPlan.Business, DateTimeOffset.FromUnixTimeSeconds(1_701_000_000), "plan:1", CancellationToken.None);

        changed.Value.Plan.ShouldBe(TenantPlan.Pro);
        stripe.Requests[^1].Form.ShouldBe("cancel_at_period_end=false&proration_behavior=always_invoice&proration_date=1701000000&payment_behavior=error_if_incomplete&items[0][id]=si_1&items[0][price]=price_new&items[1][id]=si_2&items[1][price]=price_over");
        stripe.Requests.ShouldContain(r => r.Method == "POST" && r.Path == "/v1/prices" && r.Form.Contains("unit_amount=19900&recurring[interval]=month", StringComparison.Ordinal) && r.Form.EndsWith("lookup_key=hermes_business_usd_19900", StringComparison.Ordinal));
        stripe.Requests.ShouldContain(r => r.Path == "/v1/prices" && r.Form.Contains("unit_amount_decimal=0.03&", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Overload_and_failures_are_repeated_with_the_same_key_and_refusals_are_not()
    {
        var tries = 0;
        stripe.Answer = _ => ++tries switch
        {
            1 => (429, """{"error":{"type":"rate_limit_error","message":"Too many requests"}}""", [("Retry-After", "1")]),
            2 => (500, "oops", []),
            3 => (409, """{"error":{"type":"invalid_request_error","code":"lock_timeout","message":"Locked"}}""", []),
            _ => (200, """{"id":"re_1","amount":1,"status":"succeeded"}""", []),
        };
        var started = TimeProvider.System.GetTimestamp();
        (await stripe.Provider().RefundAsync("pi_1", 1, "refund:1", CancellationToken.None)).Error.ShouldBeNull();
        TimeProvider.System.GetElapsedTime(started).ShouldBeGreaterThan(TimeSpan.FromSeconds(1));
        stripe.Requests.Count.ShouldBe(4);
        stripe.Requests.Select(r => r.Headers["Idempotency-Key"]).Distinct().ShouldHaveSingleItem();

        (await ErrorOfAsync(402, """{"error":{"type":"card_error","code":"card_declined","decline_code":"generic_decline","message":"Your card was declined."}}""")).ShouldBe(BillingErrors.Declined("Your card was declined."));
        stripe.Requests.Count.ShouldBe(1);
        (await ErrorOfAsync(400, """{"error":{"type":"idempotency_error","message":"Keys"}}""")).ShouldBe(BillingErrors.ProviderRefused);
        (await ErrorOfAsync(401, """{"error":{"type":"invalid_request_error","message":"Invalid API Key"}}""")).ShouldBe(BillingErrors.ProviderRefused);
        (await ErrorOfAsync(400, """{"error":{"type":"invalid_request_error","param":"discounts[0][coupon]","message":"No such coupon"}}""")).ShouldBe(BillingErrors.BadCoupon);
        (await ErrorOfAsync(503, "")).ShouldBe(BillingErrors.ProviderAway);
        stripe.Requests.Count.ShouldBe(4);
        (await ErrorOfAsync(200, "no json")).ShouldBe(BillingErrors.ProviderAway);
        (await ErrorOfAsync(500, "{}", ("Stripe-Should-Retry", "false"))).ShouldBe(BillingErrors.ProviderAway);
        stripe.Requests.Count.ShouldBe(1);

        async Task<Error?> ErrorOfAsync(int status, string body, params (string, string)[] headers)
        {
            stripe.Answer = _ => (status, body, headers);
            return (await stripe.Provider().RefundAsync("pi_1", 1, "refund:2", CancellationToken.None)).Error;
        }
    }

    [Fact]
    public async Task Lists_are_read_page_by_page()
    {
        stripe.Answer = r => r.Query.Contains("starting_after=evt_1", StringComparison.Ordinal)
            ? (200, """{"data":[{"id":"evt_0","type":"a","created":1,"data":{"object":{"id":"x"}}}],"has_more":false}""", [])
            : (200, """{"data":[{"id":"evt_2","type":"a","created":2,"data":{"object":{"id":"x"}}},{"id":"evt_1","type":"a","created":2,"data":{"object":{}}}],"has_more":true}""", []);

        var events = (await stripe.Provider().ListEventsAsync(DateTimeOffset.FromUnixTimeSeconds(1), DateTimeOffset.FromUnixTimeSeconds(9), CancellationToken.None)).Value;

        events.IsAll.ShouldBeTrue();
        events.Items.Select(e => (e.Id, e.ObjectId)).ShouldBe([("evt_0", "x"), ("evt_1", "evt_1"), ("evt_2", "x")]);
        stripe.Requests[0].Query.ShouldBe("?created[gte]=1&created[lt]=9&limit=100");
    }

    [Fact]
    public async Task A_list_that_is_longer_than_one_look_says_so()
    {
        var n = 0;
        stripe.Answer = _ => (200, """{"data":[{"id":"evt_N","type":"a","created":2,"data":{"object":{"id":"x"}}}],"has_more":true}""".Replace("_N", $"_{Interlocked.Increment(ref n)}", StringComparison.Ordinal), []);

        var events = (await stripe.Provider().ListEventsAsync(DateTimeOffset.FromUnixTimeSeconds(1), DateTimeOffset.FromUnixTimeSeconds(9), CancellationToken.None)).Value;

        (events.IsAll, events.Items.Count).ShouldBe((false, stripe.Requests.Count));
    }

    [Fact]
    public async Task A_movement_says_what_it_was_for_in_the_currency_of_its_cause()
    {
        stripe.Answer = _ => (200, """
            {"has_more":false,"data":[
            {"id":"txn_1","type":"charge","amount":1083,"created":5,"currency":"usd","fee":61,"source":{"id":"ch_1","object":"charge","amount":1000,"currency":"eur","payment_intent":"pi_1","metadata":{"purchase_id":"p-1"}}},
            {"id":"txn_2","type":"refund","amount":-1083,"created":6,"currency":"usd","source":{"id":"re_1","object":"refund","amount":1000,"currency":"eur","payment_intent":"pi_1","metadata":{}}},
            {"id":"txn_3","type":"transfer","amount":-700,"created":7,"currency":"usd","source":{"id":"tr_1","object":"transfer","amount":700,"currency":"usd","metadata":{"payout_id":"o-1"}}},
            {"id":"txn_4","type":"transfer_refund","amount":700,"created":8,"currency":"usd","source":{"id":"trr_1","object":"transfer_reversal","amount":700,"currency":"usd","transfer":"tr_1","metadata":{}}},
            {"id":"txn_5","type":"stripe_fee","amount":-9,"created":8,"currency":"usd","source":null},
            {"id":"txn_6","type":"payout","amount":-9,"created":8,"currency":"usd","source":{"id":"po_1","object":"payout","amount":9,"currency":"usd"}}]}
            """, []);

        var moved = (await stripe.Provider().ListBalanceAsync(DateTimeOffset.FromUnixTimeSeconds(1), DateTimeOffset.FromUnixTimeSeconds(9), CancellationToken.None)).Value;

        moved.Items.Select(m => (m.SourceId, m.Reference, m.PaymentId, m.TransferId, m.Minor, m.Currency.Code)).ShouldBe(
            [("ch_1", "p-1", "pi_1", null, 1_000, "EUR"), ("re_1", null, "pi_1", null, -1_000, "EUR"), ("tr_1", "o-1", null, "tr_1", -700, "USD"), ("trr_1", null, null, "tr_1", 700, "USD")]);
        stripe.Requests.Single().Query.ShouldContain("expand[]=data.source");
    }
}

/// <summary>Stripe's own example objects: everything that Hermes reads of an object is there under the name it reads it by.</summary>
public sealed class StripeFixtureTests
{
    private static readonly string? Path = Find();

    public static TheoryData<string, string> Objects { get; } = new()
    {
        { "customer", nameof(StripeCustomer) }, { "checkout.session", nameof(StripeCheckoutSession) }, { "payment_intent", nameof(StripePaymentIntent) }, { "charge", nameof(StripeCharge) },
        { "refund", nameof(StripeRefund) }, { "dispute", nameof(StripeDispute) }, { "price", nameof(StripePrice) }, { "subscription", nameof(StripeSubscription) },
        { "subscription_item", nameof(StripeSubscriptionItem) }, { "invoice", nameof(StripeInvoice) }, { "line_item", nameof(StripeInvoiceLine) }, { "coupon", nameof(StripeCoupon) },
        { "tax_rate", nameof(StripeTaxRate) }, { "billing.meter", nameof(StripeMeter) }, { "account", nameof(StripeAccount) }, { "account_link", nameof(StripeAccountLink) },
        { "transfer", nameof(StripeTransfer) }, { "transfer_reversal", nameof(StripeReversal) }, { "payout", nameof(StripePayout) }, { "balance_transaction", nameof(StripeBalanceTransaction) }, { "invoice_payment", nameof(StripeInvoicePayment) }, { "event", nameof(StripeEvent) },
    };

    [WithExamplesTheory]
    [MemberData(nameof(Objects))]
    public void An_example_object_is_read_without_loss_of_what_is_used(string name, string record)
    {
        using var all = JsonDocument.Parse(File.ReadAllBytes(Path!));
        var example = all.RootElement.GetProperty("resources").GetProperty(name);
        var type = typeof(StripeClient).Assembly.GetType($"Hermes.Infrastructure.Billing.Stripe.{record}")!;

        var read = example.Deserialize(type, StripeJson.Options);

        foreach (var property in type.GetProperties().Where(p => p.Name != "EqualityContract"))
        {
            var member = JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name);
            // Only events of payees name an account.
            if ((name, member) is ("event", "account"))
                continue;
            example.TryGetProperty(member, out var value).ShouldBeTrue($"{name}.{member} is not one of Stripe's members");
            (property.GetValue(read) is null).ShouldBe(value.ValueKind == JsonValueKind.Null, $"{name}.{member}");
        }
    }

    private sealed class WithExamplesTheoryAttribute : TheoryAttribute
    {
        public WithExamplesTheoryAttribute()
        {
            if (Path is null)
                Skip = "Stripe's example objects (../shared/data/stripe/fixtures3.json) are not on this machine.";
        }
    }

    private static string? Find()
    {
        for (var folder = Directory.GetParent(Repository.Root); folder is not null; folder = folder.Parent)
            if (System.IO.Path.Combine(folder.FullName, "shared", "data", "stripe", "fixtures3.json") is var path && File.Exists(path))
                return path;
        return null;
    }
}
