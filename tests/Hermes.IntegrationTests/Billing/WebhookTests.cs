using System.Net;
using System.Text;
using Hermes.Application.Billing;
using Hermes.Domain.Billing;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Billing.Stripe;
using Hermes.IntegrationTests.Ledger;
using Hermes.IntegrationTests.Shared;

namespace Hermes.IntegrationTests.Billing;

public sealed class WebhookTests(BillingApp app) : IClassFixture<BillingApp>
{
    [Fact]
    public async Task The_same_event_many_times_at_once_is_stored_and_credited_once()
    {
        var tenant = Books.NewTenant();
        var purchase = await app.BuyAsync(tenant, 20);
        var (payload, signature) = Paid(purchase);

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => app.PostEventAsync(payload, signature)));
        // The same fact again, as another event.
        var (again, signedAgain) = Paid(purchase);
        await app.PostEventAsync(again, signedAgain, path: "/payments/webhook/");

        answers.ShouldAllBe(a => a.StatusCode == HttpStatusCode.OK);
        await app.PurchaseAsync(tenant, purchase.Id, p => p.State == PurchaseState.Paid);
        await app.SettledAsync();
        (await app.AvailableAsync(tenant)).ShouldBe(20_000_000);
        (await app.SqlAsync<long>($"SELECT count(*) FROM billing.webhook_events WHERE object_id = 'pi_{purchase.Id}'")).ShouldBe(2);
        await app.ShouldBeRightAsync();
    }

    [Fact]
    public async Task Forged_old_and_broken_events_are_refused_and_not_stored()
    {
        var purchase = await app.BuyAsync(Books.NewTenant(), 20);
        var (payload, signature) = Paid(purchase);
        var stored = await CountAsync();

        (await app.PostEventAsync(payload, null)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await app.PostEventAsync(payload, Paid(purchase, secret: "whsec_other").Signature)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await app.PostEventAsync([.. payload, (byte)' '], signature)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await app.PostEventAsync(payload, signature.Replace("v1=", "v0=", StringComparison.Ordinal))).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        foreach (var minutes in new[] { -6, 6 })
        {
            var (late, signedLate) = Paid(purchase, at: app.Clock.GetUtcNow().AddMinutes(minutes));
            (await app.PostEventAsync(late, signedLate)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        }
        foreach (var header in new[] { "", "t=,v1=", "t=1,v1=zz", "nonsense", new string('x', 10_000), "t=99999999999999999999,v1=" + new string('a', 64), "t=-1,v1=" + new string('a', 64) })
            (await app.PostEventAsync(payload, header)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized, header);
        foreach (var body in new[] { "", "{", "[]", "null", "1", "{}", """{"id":"evt_1"}""", """{"id":"","type":"x","created":1,"data":{"object":{}}}""", "\0" })
        {
            var bytes = Encoding.UTF8.GetBytes(body);
            var answer = await app.PostEventAsync(bytes, StripeSignature.Make(bytes, app.Provider.WebhookSecret, app.Clock.GetUtcNow()));
            answer.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity, body);
        }
        (await app.PostEventAsync(new byte[600_000], signature)).StatusCode.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
        (await app.PostEventAsync(payload, signature, provider: "stripe")).StatusCode.ShouldBe(HttpStatusCode.NotFound);

        (await CountAsync()).ShouldBe(stored);
        Task<long> CountAsync() => app.SqlAsync<long>("SELECT count(*) FROM billing.webhook_events");
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(299, true)]
    [InlineData(301, false)]
    [InlineData(-301, false)]
    public void A_signature_holds_within_the_tolerance_and_for_each_of_several_secrets(int seconds, bool valid)
    {
        var (payload, now) = (Encoding.UTF8.GetBytes("{}"), DateTimeOffset.UnixEpoch.AddYears(50));
        var header = StripeSignature.Make(payload, "whsec_new", now.AddSeconds(-seconds));

        StripeSignature.IsValid(payload, header, ["whsec_old", "whsec_new"], now, TimeSpan.FromMinutes(5)).ShouldBe(valid);
        StripeSignature.IsValid(payload, header, ["whsec_old"], now, TimeSpan.FromMinutes(5)).ShouldBeFalse();
        // While a secret is replaced Stripe signs with both.
        StripeSignature.IsValid(payload, header + ",v1=" + new string('0', 64), ["whsec_new"], now, TimeSpan.FromMinutes(5)).ShouldBe(valid);
    }

    [Fact]
    public async Task Events_in_the_wrong_order_end_in_the_same_state()
    {
        var tenant = Books.NewTenant();
        var purchase = await app.BuyAsync(tenant, 20);
        app.Silent = true;
        await app.Pages.PayAsync(BillingApp.IdOf(purchase.CheckoutUrl!), BillingApp.Declined, CancellationToken.None);
        await app.PayAsync(purchase.CheckoutUrl!);
        await app.Port.RefundAsync((await PaymentAsync()), 500, $"test:{purchase.Id}", CancellationToken.None);
        var events = (await app.Port.ListEventsAsync(app.Clock.GetUtcNow().AddMinutes(-5), app.Clock.GetUtcNow().AddMinutes(1), CancellationToken.None)).Value.Items
            .Where(e => e.Payload.Contains(purchase.Id.ToString(), StringComparison.Ordinal) || e.Type == "charge.refunded").Reverse().ToList();
        events.Count.ShouldBeGreaterThan(4);

        foreach (var happened in events)
        {
            var bytes = Encoding.UTF8.GetBytes(happened.Payload);
            (await app.PostEventAsync(bytes, StripeSignature.Make(bytes, app.Provider.WebhookSecret, app.Clock.GetUtcNow()))).StatusCode.ShouldBe(HttpStatusCode.OK);
            await Eventually.HoldsAsync(() => app.SqlAsync<bool>($"SELECT state <> 'waiting' OR attempts > 0 FROM billing.webhook_events WHERE event_id = '{happened.Id}'"));
        }
        app.Silent = false;

        var end = await app.PurchaseAsync(tenant, purchase.Id, p => p.Refunded.IsPositive);
        end.State.ShouldBe(PurchaseState.Paid);
        end.Refunded.ShouldBe(Money.Usd(5));
        (await app.AvailableAsync(tenant)).ShouldBe(15_000_000);
        await app.ShouldBeRightAsync();

        async Task<string> PaymentAsync() => (await app.SqlAsync<string>($"SELECT id FROM billing.test_objects WHERE kind = 'payment_intent' AND data->>'status' = 'succeeded' AND data->'metadata'->>'purchase_id' = '{purchase.Id}'"))!;
    }

    [Fact]
    public async Task An_event_that_never_came_is_fetched()
    {
        var tenant = Books.NewTenant();
        var purchase = await app.BuyAsync(tenant, 20);
        app.Silent = true;
        await app.PayAsync(purchase.CheckoutUrl!);
        await app.SqlAsync<int>("DELETE FROM billing.test_deliveries");
        app.Silent = false;

        (await app.SendAsync(Actors.System(), new FetchMissedEvents())).Error.ShouldBeNull();

        await app.PurchaseAsync(tenant, purchase.Id, p => p.State == PurchaseState.Paid);
        (await app.AvailableAsync(tenant)).ShouldBe(20_000_000);
        (await app.SqlAsync<bool>($"SELECT bool_and(fetched) FROM billing.webhook_events WHERE payload LIKE '%{purchase.Id}%'")).ShouldBeTrue();
        (await app.SendAsync(Actors.System(), new FetchMissedEvents())).Value.ShouldBe(0);
    }

    [Fact]
    public async Task An_event_that_cannot_be_processed_is_parked_and_an_operator_lets_it_run_again()
    {
        // The subscription is not known to the provider: reading it fails each time.
        var (payload, signature) = app.Event("customer.subscription.updated", new
        {
            id = $"sub_{Guid.NewGuid():N}",
            status = "active",
            cancel_at_period_end = false,
            customer = "cus_none",
            items = new { data = Array.Empty<object>(), has_more = false },
        });
        (await app.PostEventAsync(payload, signature)).StatusCode.ShouldBe(HttpStatusCode.OK);
        var id = System.Text.Json.JsonDocument.Parse(payload).RootElement.GetProperty("id").GetString();
        await Eventually.ReadAsync(() => app.SqlAsync<int>($"SELECT attempts FROM billing.webhook_events WHERE event_id = '{id}'"), n => n >= 1);
        for (var i = 0; i < 8; i++)
        {
            await app.SqlAsync<int>($"UPDATE billing.webhook_events SET next_at = now() - interval '1 day' WHERE event_id = '{id}'");
            var expected = i + 2;
            await Eventually.HoldsAsync(() => app.SqlAsync<bool>($"SELECT attempts >= {expected} OR state = 'parked' FROM billing.webhook_events WHERE event_id = '{id}'"));
        }

        var parked = (await app.SendAsync(Actors.Operator(), new ListWebhookEvents(WebhookEventState.Parked))).Value.Items.Single(e => e.EventId == id);
        parked.Attempts.ShouldBe(8);
        parked.Failure.ShouldNotBeNull().ShouldContain("billing.provider_refused");
        (await app.SendAsync(Actors.Operator(), new ReplayEvent(parked.Id))).Error.ShouldBeNull();
        await Eventually.ReadAsync(() => app.SqlAsync<int>($"SELECT attempts FROM billing.webhook_events WHERE event_id = '{id}'"), n => n >= 1);
        (await app.SendAsync(Actors.Operator(), new ReplayEvent(parked.Id))).Error.ShouldBe(BillingErrors.EventNotParked);
        (await app.SendAsync(Actors.Person(Books.NewTenant()), new ListWebhookEvents())).Error!.Code.ShouldBe("access.operators_only");
        (await app.SendAsync(Actors.Operator(), new ReplayEvent(new WebhookEventId(Guid.NewGuid())))).Error.ShouldBe(BillingErrors.EventNotFound);
    }

    [Fact]
    public async Task A_done_event_that_runs_again_does_nothing_twice()
    {
        var tenant = Books.NewTenant();
        var purchase = await app.BoughtAsync(tenant, 20);
        await app.SettledAsync();
        foreach (var done in (await app.SendAsync(Actors.Operator(), new ListWebhookEvents(WebhookEventState.Done, null, 100))).Value.Items)
            (await app.SendAsync(Actors.Operator(), new ReplayEvent(done.Id))).Error.ShouldBeNull();
        await app.SettledAsync();

        (await app.AvailableAsync(tenant)).ShouldBe(20_000_000);
        purchase.State.ShouldBe(PurchaseState.Paid);
        await app.ShouldBeRightAsync();
    }

    [Fact]
    public async Task Two_nodes_share_the_work_and_one_object_is_processed_in_order()
    {
        await using var second = app.NewNode();
        _ = second.Server;
        var tenant = Books.NewTenant();
        var purchases = new List<PurchaseView>();
        for (var i = 0; i < 12; i++)
            purchases.Add(await app.BuyAsync(tenant, 1));

        await Task.WhenAll(purchases.SelectMany(p => new[] { "payment_intent.payment_failed", "payment_intent.succeeded" }.Select((type, i) =>
        {
            var (payload, signature) = Paid(p, type, app.Clock.GetUtcNow().AddSeconds(i - 2));
            return app.PostEventAsync(payload, signature);
        })));

        await app.SettledAsync();
        (await app.AvailableAsync(tenant)).ShouldBe(12_000_000);
        (await app.SendAsync(Actors.Person(tenant), new ListPurchases(PurchaseState.Paid))).Value.Items.Count.ShouldBe(12);
        await app.ShouldBeRightAsync();
    }

    private (byte[] Payload, string Signature) Paid(PurchaseView purchase, string type = "payment_intent.succeeded", DateTimeOffset? at = null, string? secret = null) => app.Event(type, new
    {
        id = $"pi_{purchase.Id}",
        @object = "payment_intent",
        status = type.EndsWith("succeeded", StringComparison.Ordinal) ? "succeeded" : "requires_payment_method",
        amount = MinorUnits.Of(purchase.Charged),
        amount_received = MinorUnits.Of(purchase.Charged),
        currency = "usd",
        last_payment_error = new { type = "card_error", message = "No." },
        metadata = new { purchase_id = purchase.Id.ToString() },
    }, at: at, secret: secret);
}
