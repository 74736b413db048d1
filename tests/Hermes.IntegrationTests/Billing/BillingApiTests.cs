using System.Net;
using System.Net.Http.Json;
using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Shared;
using Hermes.IntegrationTests.Ledger;
using Hermes.IntegrationTests.Shared;

namespace Hermes.IntegrationTests.Billing;

/// <summary>What the pages of Billing can do, the API can.</summary>
public sealed class BillingApiTests(PayoutApp app) : IClassFixture<PayoutApp>
{
    [Fact]
    public async Task A_payee_is_set_up_scheduled_and_paid_out()
    {
        var owner = await app.TenantAsync();
        var client = app.Client(owner.Token);

        (await (await client.GetAsync("/api/v1/billing/payout-account")).JsonAsync(HttpStatusCode.OK)).GetProperty("ready").GetBoolean().ShouldBeFalse();
        (await client.PostJsonAsync("/api/v1/billing/payout-account/onboarding", new { country = "Germany" })).StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        var page = (await (await client.PostJsonAsync("/api/v1/billing/payout-account/onboarding", new { country = "US" })).JsonAsync(HttpStatusCode.OK)).GetProperty("url").GetString()!;
        (await app.Pages.OnboardAsync(BillingApp.IdOf(page), "000123456789", CancellationToken.None)).Error.ShouldBeNull();
        await Eventually.HoldsAsync(async () => (await (await client.GetAsync("/api/v1/billing/payout-account")).JsonAsync(HttpStatusCode.OK)).GetProperty("ready").GetBoolean());
        (await client.PutAsJsonAsync("/api/v1/billing/payout-schedule", new { rhythm = "monthly", threshold = 50 })).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        await app.PostAsync(Books.Move(AccountRef.PaymentClearing(Currency.Usd), AccountRef.Earnings(owner.Id, Currency.Usd), 20_000_000));

        var payout = await (await client.PostJsonAsync("/api/v1/billing/payouts", new { amount = Money.Usd(15) })).JsonAsync(HttpStatusCode.Created);

        var listed = await (await client.GetAsync("/api/v1/billing/payouts")).JsonAsync(HttpStatusCode.OK);
        listed.GetProperty("items")[0].GetProperty("id").GetGuid().ShouldBe(payout.GetProperty("id").GetGuid());
        var account = await (await client.GetAsync("/api/v1/billing/payout-account")).JsonAsync(HttpStatusCode.OK);
        (account.GetProperty("rhythm").GetString(), account.GetProperty("earnings")[0].GetProperty("amount").GetString()).ShouldBe(("monthly", "5.00"));
    }

    [Fact]
    public async Task A_payer_is_described_cancels_goes_on_and_leaves_another_card()
    {
        var owner = await app.TenantAsync();
        var client = app.Client(owner.Token);
        (await client.PutAsJsonAsync("/api/v1/billing/payer", new { email = "bills@example.test", country = "de", tax_id = "DE123456789", overage_allowed = true })).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await client.PutAsJsonAsync("/api/v1/billing/payer", new { country = "Germany" })).StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await client.PostJsonAsync("/api/v1/subscriptions/go-on", new { })).StatusCode.ShouldBe(HttpStatusCode.Conflict);
        await app.SubscribeAsync(owner.Id, TenantPlan.Pro);

        (await client.DeleteAsync("/api/v1/subscriptions/cancel")).StatusCode.ShouldBe(HttpStatusCode.OK);
        await app.BillingAsync(owner.Id, b => b.CancelAtPeriodEnd);
        (await client.PostJsonAsync("/api/v1/subscriptions/go-on", new { })).StatusCode.ShouldBe(HttpStatusCode.OK);

        await app.BillingAsync(owner.Id, b => b is { CancelAtPeriodEnd: false, TaxId: "DE123456789", Country: "DE", OverageAllowed: true });
        (await (await client.PostJsonAsync("/api/v1/billing/card", new { })).JsonAsync(HttpStatusCode.OK)).GetProperty("url").GetString().ShouldNotBeNull().ShouldContain("/test-payments/");
    }

    [Fact]
    public async Task Operators_make_coupons_agree_on_plans_and_give_payouts_up_and_nobody_else_does()
    {
        var owner = await app.TenantAsync();
        var client = app.Client(owner.Token);

        foreach (var (path, body) in new (string, object)[]
        {
            ("/api/v1/admin/coupons", new { code = "HALF", percent_off = 50 }), ("/api/v1/admin/agreed-plans", new { organisation = owner.Slug, plan = "business" }),
            ($"/api/v1/admin/payouts/{Guid.NewGuid()}/give-up", new { reason = "Mine" }),
        })
            (await client.PostJsonAsync(path, body)).StatusCode.ShouldBe(HttpStatusCode.Forbidden, path);
        (await client.GetAsync("/api/v1/admin/payouts/late")).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
    }
}
