using System.Net;
using Hermes.Application.Billing;
using Hermes.Domain.Billing;
using Hermes.Domain.Identity;
using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Shared;
using Hermes.IntegrationTests.Ledger;
using Hermes.IntegrationTests.Shared;

namespace Hermes.IntegrationTests.Billing;

public sealed class PurchaseTests(BillingApp app) : IClassFixture<BillingApp>
{
    [Fact]
    public async Task Paying_on_the_providers_page_credits_the_wallet_once()
    {
        var tenant = Books.NewTenant();
        var purchase = await app.BuyAsync(tenant, 100);
        purchase.State.ShouldBe(PurchaseState.Open);
        (await app.AvailableAsync(tenant)).ShouldBe(0);

        var back = await app.PayAsync(purchase.CheckoutUrl!);

        back.ShouldEndWith($"/wallet/purchases/{purchase.Id}");
        var paid = await app.PurchaseAsync(tenant, purchase.Id, p => p.State == PurchaseState.Paid);
        paid.PaymentId.ShouldNotBeNull().ShouldStartWith("pi_");
        paid.CheckoutUrl.ShouldBeNull();
        (await app.AvailableAsync(tenant)).ShouldBe(100_000_000);
        await app.SettledAsync();
        // Two events tell of it; one of them credits.
        (await app.SqlAsync<long>($"SELECT count(*) FROM ledger.transfers WHERE idempotency_key = 'purchase:{purchase.Id}'")).ShouldBe(1);
        (await app.AvailableAsync(tenant)).ShouldBe(100_000_000);
        await app.ShouldBeRightAsync();
    }

    [Fact]
    public async Task Coming_back_without_paying_credits_nothing()
    {
        var owner = await app.TenantAsync();
        var made = await (await app.Client(owner.Token).PostJsonAsync("/api/v1/wallet/credits/purchase", new { amount = Money.Usd(25) })).JsonAsync(HttpStatusCode.Created);
        var browser = await app.SignedInAsync(owner.Email);

        var page = await browser.TextAsync($"/wallet/purchases/{made.GetProperty("id").GetGuid()}");

        page.ShouldContain("Waiting for the payment.");
        made.GetProperty("state").GetString().ShouldBe("open");
        (await app.AvailableAsync(owner.Id)).ShouldBe(0);
    }

    [Fact]
    public async Task A_declined_card_says_so_and_another_card_pays()
    {
        var tenant = Books.NewTenant();
        var purchase = await app.BuyAsync(tenant, 10);

        var refused = await app.Pages.PayAsync(BillingApp.IdOf(purchase.CheckoutUrl!), BillingApp.Declined, CancellationToken.None);

        refused.Error!.Code.ShouldBe("billing.declined");
        (await app.PurchaseAsync(tenant, purchase.Id, p => p.LastFailure is not null)).LastFailure.ShouldBe("Your card was declined.");
        (await app.AvailableAsync(tenant)).ShouldBe(0);
        await app.PayAsync(purchase.CheckoutUrl!);
        (await app.PurchaseAsync(tenant, purchase.Id, p => p.State == PurchaseState.Paid)).LastFailure.ShouldBeNull();
        (await app.AvailableAsync(tenant)).ShouldBe(10_000_000);
    }

    [Fact]
    public async Task A_bank_that_asks_is_answered_before_anything_is_paid()
    {
        var tenant = Books.NewTenant();
        var purchase = await app.BuyAsync(tenant, 10);
        var challenge = await app.PayAsync(purchase.CheckoutUrl!, BillingApp.AsksTheBank);
        challenge.ShouldContain("/test-payments/authenticate/");
        var payment = BillingApp.IdOf(challenge);

        (await app.Pages.AuthenticateAsync(payment, false, CancellationToken.None)).Value.ShouldBe(purchase.CheckoutUrl);
        await app.PurchaseAsync(tenant, purchase.Id, p => p.LastFailure is not null);
        (await app.AvailableAsync(tenant)).ShouldBe(0);

        challenge = await app.PayAsync(purchase.CheckoutUrl!, BillingApp.AsksTheBank);
        await app.Pages.AuthenticateAsync(BillingApp.IdOf(challenge), true, CancellationToken.None);
        await app.PurchaseAsync(tenant, purchase.Id, p => p.State == PurchaseState.Paid);
        (await app.AvailableAsync(tenant)).ShouldBe(10_000_000);
    }

    [Fact]
    public async Task An_expired_checkout_closes_the_purchase()
    {
        var tenant = Books.NewTenant();
        var purchase = await app.BuyAsync(tenant, 10);

        await app.Pages.ExpireAsync(BillingApp.IdOf(purchase.CheckoutUrl!), CancellationToken.None);

        await app.PurchaseAsync(tenant, purchase.Id, p => p.State == PurchaseState.Expired);
        (await app.Pages.PayAsync(BillingApp.IdOf(purchase.CheckoutUrl!), BillingApp.Good, CancellationToken.None)).Error!.Code.ShouldBe("billing.declined");
        (await app.AvailableAsync(tenant)).ShouldBe(0);
    }

    [Fact]
    public async Task What_is_less_than_a_coin_is_not_charged_and_still_credited()
    {
        var tenant = Books.NewTenant();
        var promotions = await app.BalanceAsync(AccountRef.Promotions(Currency.Usd));

        var purchase = await app.BoughtAsync(tenant, 12.345678m);

        purchase.Charged.ShouldBe(Money.Usd(12.34m));
        (await app.AvailableAsync(tenant)).ShouldBe(12_345_678);
        (await app.BalanceAsync(AccountRef.Promotions(Currency.Usd))).ShouldBe(promotions - 5_678);
        await app.ShouldBeRightAsync();
    }

    [Theory]
    [InlineData("0.009")]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("1000000")]
    public async Task An_amount_that_cannot_be_charged_is_refused(string amount)
    {
        var owner = Actors.Person(Books.NewTenant());

        Money.TryParse(amount, Currency.Usd, out var money).ShouldBeTrue();

        (await app.SendAsync(owner, new PurchaseCredits(money))).Error!.Members!.Keys.ShouldBe(["amount"]);
    }

    [Fact]
    public async Task The_same_key_buys_once_and_another_body_is_refused()
    {
        var owner = await app.TenantAsync();
        var client = app.Client(owner.Token);
        client.DefaultRequestHeaders.Add("Idempotency-Key", $"key-{Guid.NewGuid()}");

        var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => client.PostJsonAsync("/api/v1/wallet/credits/purchase", new { amount = Money.Usd(7) })));
        var other = await client.PostJsonAsync("/api/v1/wallet/credits/purchase", new { amount = Money.Usd(8) });

        var ids = new List<Guid>();
        foreach (var answer in answers)
            ids.Add((await answer.JsonAsync(HttpStatusCode.Created)).GetProperty("id").GetGuid());
        ids.Distinct().Count().ShouldBe(1);
        other.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await app.SqlAsync<long>($"SELECT count(*) FROM billing.purchases WHERE tenant_id = '{owner.Id}'")).ShouldBe(1);
    }

    [Fact]
    public async Task An_intent_is_confirmed_by_the_caller()
    {
        var owner = await app.TenantAsync();
        var client = app.Client(owner.Token);
        var made = await (await client.PostJsonAsync("/api/v1/payments/intents", new { amount = Money.Usd(30) })).JsonAsync(HttpStatusCode.Created);
        made.GetProperty("client_secret").GetString().ShouldNotBeNull().ShouldContain("_secret_");
        var id = made.GetProperty("id").GetGuid();

        var declined = await client.PostJsonAsync("/api/v1/payments/process", new { purchase_id = id, payment_method = "pm_card_chargeDeclined" });
        (await declined.JsonAsync(HttpStatusCode.PaymentRequired)).GetProperty("code").GetString().ShouldBe("billing.declined");
        var asks = await (await client.PostJsonAsync("/api/v1/payments/process", new { purchase_id = id, payment_method = "pm_card_threeDSecure2Required" })).JsonAsync(HttpStatusCode.OK);
        asks.GetProperty("action_url").GetString().ShouldNotBeNull();
        await app.Pages.AuthenticateAsync(made.GetProperty("payment_id").GetString()!, false, CancellationToken.None);
        (await client.PostJsonAsync("/api/v1/payments/process", new { purchase_id = id, payment_method = "pm_card_visa" })).StatusCode.ShouldBe(HttpStatusCode.OK);

        await app.PurchaseAsync(owner.Id, new PurchaseId(id), p => p.State == PurchaseState.Paid);
        (await app.AvailableAsync(owner.Id)).ShouldBe(30_000_000);
        (await client.PostJsonAsync("/api/v1/payments/process", new { purchase_id = id, payment_method = "pm_card_visa" })).StatusCode.ShouldBe(HttpStatusCode.Conflict);
        (await client.PostJsonAsync("/api/v1/payments/process", new { purchase_id = id, payment_method = "'; drop" })).StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
    }

    [Fact]
    public async Task Another_tenant_and_whoever_lacks_the_permission_get_nothing()
    {
        var (tenant, other) = (Books.NewTenant(), Books.NewTenant());
        var purchase = await app.BuyAsync(tenant, 10);

        (await app.SendAsync(Actors.Person(other), new GetPurchase(purchase.Id))).Error.ShouldBe(BillingErrors.PurchaseNotFound);
        (await app.SendAsync(Actors.Person(other), new ConfirmPayment(purchase.Id, "pm_card_visa"))).Error.ShouldBe(BillingErrors.PurchaseNotFound);
        (await app.SendAsync(Actors.Person(other), new ListPurchases())).Value.Items.ShouldBeEmpty();
        (await app.SendAsync(Actors.Person(tenant, Permissions.BillingView), new PurchaseCredits(Money.Usd(1)))).Error!.Code.ShouldBe("access.permission_missing");
        (await app.SendAsync(Actors.Person(tenant, Permissions.AgentsRead), new GetPurchase(purchase.Id))).Error!.Code.ShouldBe("access.permission_missing");
        (await app.SendAsync(Actors.Person(tenant), new RefundPurchase(purchase.Id, "Asked for"))).Error!.Code.ShouldBe("access.operators_only");
        (await app.SendAsync(Actors.Person(tenant), new OpenPurchase(purchase.Id))).Error!.Code.ShouldBe("access.permission_missing");
    }

    [Fact]
    public async Task A_refund_takes_the_credits_back_once()
    {
        var tenant = Books.NewTenant();
        var purchase = await app.BoughtAsync(tenant, 40);

        (await app.SendAsync(Actors.Operator(), new RefundPurchase(purchase.Id, "Asked for"))).Error.ShouldBeNull();

        (await app.PurchaseAsync(tenant, purchase.Id, p => p.Refunded.IsPositive)).Refunded.ShouldBe(Money.Usd(40));
        (await app.AvailableAsync(tenant)).ShouldBe(0);
        (await app.SendAsync(Actors.Operator(), new RefundPurchase(purchase.Id, "Asked for"))).Error.ShouldBe(BillingErrors.NothingToRefund);
        await app.ShouldBeRightAsync();
    }

    [Fact]
    public async Task A_chargeback_of_spent_credits_leaves_a_debt_that_is_repaid_first()
    {
        var tenant = Books.NewTenant();
        var purchase = await app.BuyAsync(tenant, 50);
        app.Silent = true;
        await app.PayAsync(purchase.CheckoutUrl!, BillingApp.Disputed);
        // The payment is credited and spent before the bank's news arrive.
        await SendAsync("payment_intent.succeeded");
        await app.PurchaseAsync(tenant, purchase.Id, p => p.State == PurchaseState.Paid);
        (await app.PostAsync(Books.Move(AccountRef.Available(tenant, Currency.Usd), AccountRef.PlatformFees(Currency.Usd), 35_000_000))).Error.ShouldBeNull();
        app.Silent = false;

        var disputed = await app.PurchaseAsync(tenant, purchase.Id, p => p.Disputed.IsPositive);

        disputed.Disputed.ShouldBe(Money.Usd(50));
        (await app.AvailableAsync(tenant)).ShouldBe(0);
        (await app.SendAsync(Actors.Person(tenant), new GetPayoutAccount())).Value.Owed.ShouldBe([Money.Usd(35)]);
        await app.ShouldBeRightAsync();

        await app.BoughtAsync(tenant, 20);
        (await app.AvailableAsync(tenant)).ShouldBe(0);
        (await app.SendAsync(Actors.Person(tenant), new GetPayoutAccount())).Value.Owed.ShouldBe([Money.Usd(15)]);
        await app.BoughtAsync(tenant, 20);
        (await app.AvailableAsync(tenant)).ShouldBe(5_000_000);

        // The bank decides for the installation after all.
        var dispute = (await app.SqlAsync<string>($"SELECT o.id FROM billing.test_objects o WHERE o.kind = 'dispute' AND o.data->>'payment_intent' = '{disputed.PaymentId}'"))!;
        await app.Provider.WinAsync(dispute, CancellationToken.None);
        await app.PurchaseAsync(tenant, purchase.Id, p => p.Disputed.IsZero);
        (await app.AvailableAsync(tenant)).ShouldBe(55_000_000);
        await app.ShouldBeRightAsync();

        async Task SendAsync(string type)
        {
            var payload = (await app.SqlAsync<string>($"SELECT data::text FROM billing.test_objects WHERE kind = 'event' AND data->>'type' = '{type}' AND data->'data'->'object'->'metadata'->>'purchase_id' = '{purchase.Id}'"))!;
            var bytes = System.Text.Encoding.UTF8.GetBytes(payload);
            (await app.PostEventAsync(bytes, Infrastructure.Billing.Stripe.StripeSignature.Make(bytes, app.Provider.WebhookSecret, app.Clock.GetUtcNow()))).StatusCode.ShouldBe(HttpStatusCode.OK);
        }
    }

    [Fact]
    public async Task A_chargeback_that_is_said_again_takes_nothing_again_and_gives_nothing_back_twice()
    {
        var tenant = Books.NewTenant();
        var purchase = await app.BoughtAsync(tenant, 50);
        (await app.PostAsync(Books.Move(AccountRef.Available(tenant, Currency.Usd), AccountRef.PlatformFees(Currency.Usd), 50_000_000))).Error.ShouldBeNull();
        var dispute = new { id = $"dp_{Guid.NewGuid():N}", @object = "dispute", amount = 5_000, currency = "usd", status = "needs_response", payment_intent = purchase.PaymentId, charge = "ch_x" };
        await app.PostEventAsync(app.Event("charge.dispute.funds_withdrawn", dispute));
        await app.PurchaseAsync(tenant, purchase.Id, p => p.Disputed.IsPositive);

        await ReplayAsync("charge.dispute.funds_withdrawn");

        (await OwedAsync()).ShouldBe([Money.Usd(50)]);
        (await app.PurchaseAsync(tenant, purchase.Id, _ => true)).Disputed.ShouldBe(Money.Usd(50));
        await app.PostEventAsync(app.Event("charge.dispute.funds_reinstated", dispute));
        await app.PurchaseAsync(tenant, purchase.Id, p => p.Disputed.IsZero);
        (await OwedAsync()).ShouldBeEmpty();
        // Another debt in the meantime, which a second give-back would shrink.
        await app.SqlAsync<int>($"UPDATE billing.debts SET micro_units = 7000000 WHERE tenant_id = '{tenant}'");
        await ReplayAsync("charge.dispute.funds_reinstated");
        await ReplayAsync("charge.dispute.funds_withdrawn");
        (await OwedAsync()).ShouldBe([Money.Usd(7)]);
        (await app.AvailableAsync(tenant)).ShouldBe(0);
        await app.ShouldBeRightAsync();

        async Task<IReadOnlyList<Money>> OwedAsync() => (await app.SendAsync(Actors.Person(tenant), new GetPayoutAccount())).Value.Owed;

        async Task ReplayAsync(string type)
        {
            var id = await app.SqlAsync<Guid>($"SELECT id FROM billing.webhook_events WHERE type = '{type}' AND object_id = '{dispute.id}'");
            await Eventually.IsAsync(() => app.SqlAsync<string>($"SELECT state FROM billing.webhook_events WHERE id = '{id}'"), "done");
            (await app.SendAsync(Actors.Operator(), new ReplayEvent(new WebhookEventId(id)))).Error.ShouldBeNull();
            await Eventually.IsAsync(() => app.SqlAsync<string>($"SELECT state FROM billing.webhook_events WHERE id = '{id}'"), "done");
        }
    }

    [Fact]
    public async Task Purchases_are_listed_page_by_page()
    {
        var tenant = Books.NewTenant();
        var ids = new List<PurchaseId>();
        for (var i = 0; i < 5; i++)
            ids.Insert(0, (await app.BuyAsync(tenant, 10 + i)).Id);

        var first = (await app.SendAsync(Actors.Person(tenant), new ListPurchases(null, 3))).Value;
        var second = (await app.SendAsync(Actors.Person(tenant), new ListPurchases(null, 3, first.NextCursor))).Value;

        first.Items.Concat(second.Items).Select(p => p.Id).ShouldBe(ids);
        (await app.SendAsync(Actors.Person(tenant), new ListPurchases(PurchaseState.Paid))).Value.Items.ShouldBeEmpty();
    }
}
