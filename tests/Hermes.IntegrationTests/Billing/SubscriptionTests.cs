using System.Net;
using Hermes.Application.Billing;
using Hermes.Application.Shared;
using Hermes.Domain.Billing;
using Hermes.Domain.Identity;
using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Shared;
using Hermes.IntegrationTests.Ledger;
using Hermes.IntegrationTests.Shared;
using Microsoft.Extensions.DependencyInjection;

namespace Hermes.IntegrationTests.Billing;

public sealed class TaxedBillingApp : BillingApp
{
    public TaxedBillingApp()
    {
        Set("Hermes:Plans:Default", "Free");
        Set("Hermes:Plans:Enforce", "true");
        Set("Hermes:Billing:TaxCountry", "DE");
        Set("Hermes:Billing:TaxRates:0", "DE=19");
        Set("Hermes:Billing:TaxRates:1", "FR=20");
    }
}

public sealed class SubscriptionTests(TaxedBillingApp app) : IClassFixture<TaxedBillingApp>
{
    [Fact]
    public async Task Buying_a_plan_gives_its_terms_when_it_is_paid()
    {
        var tenant = Books.NewTenant();
        (await TermsAsync(tenant)).Plan.ShouldBe(TenantPlan.Free);
        var fees = await app.BalanceAsync(AccountRef.PlatformFees(Currency.Usd));

        await app.SubscribeAsync(tenant, TenantPlan.Pro);

        var terms = await Eventually.ReadAsync(() => TermsAsync(tenant), t => t.Plan == TenantPlan.Pro);
        (terms.Plan, terms.PlatformBasisPoints, terms.Seats, terms.Agents).ShouldBe((TenantPlan.Pro, 1_500, 10, 25));
        await app.SettledAsync();
        var invoice = (await InvoicesAsync(tenant)).ShouldHaveSingleItem();
        (invoice.State, invoice.Total, invoice.Paid).ShouldBe((InvoiceState.Paid, Money.Usd(49), Money.Usd(49)));
        (await app.BalanceAsync(AccountRef.PlatformFees(Currency.Usd))).ShouldBeGreaterThanOrEqualTo(fees + 49_000_000);
        (await app.SqlAsync<long>($"SELECT count(*) FROM ledger.transfers WHERE idempotency_key LIKE 'invoice:{invoice.Id}:%'")).ShouldBe(1);
        (await app.SendAsync(Actors.Person(tenant), new Subscribe(TenantPlan.Business))).Error.ShouldBe(BillingErrors.AlreadySubscribed);
        (await app.SendAsync(Actors.Person(Books.NewTenant()), new GetInvoice(invoice.Id))).Error.ShouldBe(BillingErrors.InvoiceNotFound);
        await app.ShouldBeRightAsync();
    }

    [Fact]
    public async Task An_upgrade_costs_what_the_preview_said_and_holds_at_once()
    {
        var tenant = await app.SubscribedAsync(TenantPlan.Pro);
        var owner = Actors.Person(tenant);

        var preview = (await app.SendAsync(owner, new PreviewPlanChange(TenantPlan.Business))).Value;
        var changed = await app.SendAsync(owner, new ChangePlan(TenantPlan.Business, preview.At));

        preview.IsUpgrade.ShouldBeTrue();
        preview.Lines.Count.ShouldBe(2);
        preview.DueNow.ShouldBe(Money.Usd(150));
        changed.Value.Plan.Plan.ShouldBe(TenantPlan.Business);
        await Eventually.ReadAsync(async () => await TermsAsync(tenant), t => t.Plan == TenantPlan.Business);
        await app.SettledAsync();
        (await InvoicesAsync(tenant))[0].Total.ShouldBe(preview.DueNow);
        (await app.SendAsync(owner, new ChangePlan(TenantPlan.Business))).Error.ShouldBe(BillingErrors.SamePlan);
        (await app.SendAsync(owner, new ChangePlan(TenantPlan.Enterprise))).Error.ShouldBe(BillingErrors.PlanByAgreement);
        (await app.SendAsync(Actors.Person(tenant, Permissions.BillingView), new ChangePlan(TenantPlan.Pro))).Error!.Code.ShouldBe("access.permission_missing");
        (await app.SendAsync(Actors.Person(Books.NewTenant()), new ChangePlan(TenantPlan.Business))).Error.ShouldBe(BillingErrors.NotSubscribed);
    }

    [Fact]
    public async Task An_upgrade_whose_payment_fails_changes_nothing()
    {
        var tenant = await app.SubscribedAsync(TenantPlan.Pro, BillingApp.FailsLater);

        var refused = await app.SendAsync(Actors.Person(tenant), new ChangePlan(TenantPlan.Business));

        refused.Error!.Code.ShouldBe("billing.declined");
        await app.SettledAsync();
        (await app.SendAsync(Actors.Person(tenant), new GetBilling())).Value.Plan.Plan.ShouldBe(TenantPlan.Pro);
        (await InvoicesAsync(tenant)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_smaller_plan_follows_at_the_periods_end_and_can_be_taken_back()
    {
        var tenant = await app.SubscribedAsync(TenantPlan.Business);
        var owner = Actors.Person(tenant);

        (await app.SendAsync(owner, new PreviewPlanChange(TenantPlan.Pro))).Value.DueNow.ShouldBe(Money.Usd(0));
        (await app.SendAsync(owner, new ChangePlan(TenantPlan.Pro))).Value.NextPlan.ShouldBe(TenantPlan.Pro);

        await app.SettledAsync();
        var billing = (await app.SendAsync(owner, new GetBilling())).Value;
        (billing.Plan.Plan, billing.NextPlan).ShouldBe((TenantPlan.Business, TenantPlan.Pro));
        (await InvoicesAsync(tenant)).Count.ShouldBe(1);
        (await app.SendAsync(owner, new ChangePlan(TenantPlan.Business))).Value.NextPlan.ShouldBeNull();
        await app.SettledAsync();
        (await app.SendAsync(owner, new GetBilling())).Value.NextPlan.ShouldBeNull();
    }

    [Fact]
    public async Task A_canceled_plan_lasts_until_its_periods_end_and_may_go_on()
    {
        var tenant = await app.SubscribedAsync(TenantPlan.Pro);
        var owner = Actors.Person(tenant);

        (await app.SendAsync(owner, new CancelPlan())).Value.CancelAtPeriodEnd.ShouldBeTrue();
        (await app.SendAsync(owner, new CancelPlan())).Value.CancelAtPeriodEnd.ShouldBeTrue();
        await Eventually.IsAsync(async () => (await TermsAsync(tenant)).Plan, TenantPlan.Pro);
        (await app.SendAsync(owner, new CancelPlan(GoOn: true))).Value.CancelAtPeriodEnd.ShouldBeFalse();
        (await app.SendAsync(Actors.Person(Books.NewTenant()), new CancelPlan())).Error.ShouldBe(BillingErrors.NotSubscribed);
    }

    [Fact]
    public async Task A_coupon_and_tax_are_on_the_invoice()
    {
        var tenant = Books.NewTenant();
        var owner = Actors.Person(tenant);
        (await app.SendAsync(Actors.Operator(), new MakeCoupon("LAUNCH25", 25))).Error.ShouldBeNull();
        (await app.SendAsync(owner, new DescribePayer("books@example.test", "Acme GmbH", "de", null, false))).Error.ShouldBeNull();

        (await app.SendAsync(owner, new Subscribe(TenantPlan.Pro, "NOSUCH"))).Error.ShouldBe(BillingErrors.BadCoupon);
        await app.SubscribeAsync(tenant, TenantPlan.Pro, coupon: "LAUNCH25");
        await app.SettledAsync();

        var invoice = (await app.SendAsync(owner, new GetInvoice((await InvoicesAsync(tenant)).Single().Id))).Value;
        invoice.Subtotal.ShouldBe(Money.Usd(49));
        invoice.Discount.ShouldBe(Money.Usd(12.25m));
        invoice.Tax.ShouldBe(Money.Usd(6.98m));
        invoice.Total.ShouldBe(Money.Usd(43.73m));
        invoice.BilledTo.ShouldBe("Acme GmbH");
    }

    [Theory]
    [InlineData("DE", false, 19)]
    [InlineData("DE", true, 19)]
    [InlineData("FR", false, 20)]
    [InlineData("FR", true, 0)]
    [InlineData("US", false, 0)]
    [InlineData(null, false, 0)]
    public void Tax_follows_the_payers_country_and_tax_id(string? country, bool taxId, int percent) =>
        app.Services.GetRequiredService<Application.Shared.Settings.BillingSettings>().TaxPercent(country, taxId).ShouldBe(percent);

    [Fact]
    public async Task Agents_beyond_the_plan_are_refused_and_a_larger_plan_has_room()
    {
        var owner = await app.TenantAsync();
        var client = app.Client(owner.Token);
        for (var i = 0; i < 5; i++)
            (await RegisterAsync(i)).StatusCode.ShouldBe(HttpStatusCode.Created);

        var refused = await RegisterAsync(5);

        (await refused.JsonAsync(HttpStatusCode.Conflict)).GetProperty("code").GetString().ShouldBe("quota.reached");
        // At four and at five of five, once each.
        await Eventually.IsAsync(() => app.SqlAsync<long>($"SELECT count(*) FROM notifications.outbox WHERE type = 'quota.warning' AND subject_id = '{owner.Id}'"), 2);
        await app.SubscribeAsync(owner.Id, TenantPlan.Pro);
        await Eventually.IsAsync(async () => (await TermsAsync(owner.Id)).Plan, TenantPlan.Pro);
        (await RegisterAsync(6)).StatusCode.ShouldBe(HttpStatusCode.Created);

        // Three people in the free plan, open invitations included.
        var small = await app.TenantAsync();
        var people = app.Client(small.Token);
        foreach (var i in new[] { 1, 2 })
            (await people.PostJsonAsync("/api/v1/invitations", new { email = $"p{i}@{small.Slug}.test", role = "viewer" })).StatusCode.ShouldBe(HttpStatusCode.Created);
        (await (await people.PostJsonAsync("/api/v1/invitations", new { email = $"p3@{small.Slug}.test", role = "viewer" })).JsonAsync(HttpStatusCode.Conflict)).GetProperty("code").GetString().ShouldBe("quota.reached");

        Task<HttpResponseMessage> RegisterAsync(int i) => client.PostJsonAsync("/api/v1/agents/register", new { name = $"Agent {i}", capabilities = new[] { "text.summarise" }, base_price = Money.Usd(1) });
    }

    [Fact]
    public async Task Many_at_once_never_get_more_places_than_the_plan_has()
    {
        var owner = await app.TenantAsync();
        var client = app.Client(owner.Token);

        var agents = await Task.WhenAll(Enumerable.Range(0, 12).Select(i =>
            client.PostJsonAsync("/api/v1/agents/register", new { name = $"Crowd {i}", capabilities = new[] { "text.summarise" }, base_price = Money.Usd(1) })));
        var people = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => client.PostJsonAsync("/api/v1/invitations", new { email = $"c{i}@{owner.Slug}.test", role = "viewer" })));

        agents.Count(a => a.StatusCode == HttpStatusCode.Created).ShouldBe(5);
        people.Count(p => p.StatusCode == HttpStatusCode.Created).ShouldBe(2);
        (await app.SqlAsync<long>($"SELECT count(*) FROM agents.agents WHERE tenant_id = '{owner.Id}'")).ShouldBe(5);
    }

    [Fact]
    public async Task Requests_beyond_the_days_are_refused_warned_of_and_served_for_money()
    {
        var owner = await app.TenantAsync();
        var client = app.Client(owner.Token);
        (await client.GetAsync("/api/v1/me")).StatusCode.ShouldBe(HttpStatusCode.OK);
        // The row appears with the first second's counts.
        await Eventually.IsAsync(() => app.SqlAsync<long>($"SELECT count(*) FROM billing.usage WHERE tenant_id = '{owner.Id}' AND use = 'request'"), 1);
        await SetUsedAsync(999);

        await Eventually.IsAsync(async () => (await client.GetAsync("/api/v1/me")).StatusCode, HttpStatusCode.TooManyRequests);

        var refused = await client.GetAsync("/api/v1/me");
        refused.Headers.RetryAfter.ShouldNotBeNull();
        (await refused.JsonAsync(HttpStatusCode.TooManyRequests)).GetProperty("code").GetString().ShouldBe("quota.used_up");
        // Paying goes on.
        (await client.GetAsync("/api/v1/subscriptions/usage")).StatusCode.ShouldBe(HttpStatusCode.OK);
        await Eventually.IsAsync(() => app.SqlAsync<int>($"SELECT warned FROM billing.usage WHERE tenant_id = '{owner.Id}' AND use = 'request'"), 100);
        (await app.SqlAsync<long>($"SELECT count(*) FROM notifications.outbox WHERE type = 'quota.warning' AND subject_id = '{owner.Id}'")).ShouldBe(1);

        // What slipped through in that second beyond the plan is nobody's to pay who did not ask for it.
        (await app.SqlAsync<bool>($"SELECT over = 0 FROM billing.usage WHERE tenant_id = '{owner.Id}' AND use = 'request'")).ShouldBeTrue();

        await app.SubscribeAsync(owner.Id, TenantPlan.Pro);
        await app.SendAsync(Actors.Person(owner.Id), new DescribePayer(null, null, null, null, OverageAllowed: true));
        await Eventually.IsAsync(async () => (await TermsAsync(owner.Id)).Plan, TenantPlan.Pro);
        await SetUsedAsync(20_000);
        await Eventually.ReadAsync(async () => { await client.GetAsync("/api/v1/me"); return await app.SqlAsync<long>($"SELECT over FROM billing.usage WHERE tenant_id = '{owner.Id}' AND use = 'request'"); }, n => n > 3);
        (await client.GetAsync("/api/v1/me")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await app.SendAsync(Actors.Person(owner.Id), new GetUsage())).Value.OverageThisMonth.ShouldBeGreaterThan(0);

        Task SetUsedAsync(int count) => app.SqlAsync<int>($"UPDATE billing.usage SET count = {count} WHERE tenant_id = '{owner.Id}' AND use = 'request'");
    }

    [Fact]
    public async Task A_plan_by_agreement_is_the_operators_to_give()
    {
        var owner = await app.TenantAsync();

        (await app.SendAsync(Actors.Operator(), new AgreePlan(owner.Slug, TenantPlan.Enterprise))).Error.ShouldBeNull();

        await Eventually.ReadAsync(async () => await TermsAsync(owner.Id), t => t is { Plan: TenantPlan.Enterprise, Agents: null, PlatformBasisPoints: 1_000 });
        (await app.SendAsync(Actors.Person(owner.Id), new GetBilling())).Value.IsByAgreement.ShouldBeTrue();
        (await app.SendAsync(Actors.Operator(), new AgreePlan(owner.Slug, TenantPlan.Business))).Error.ShouldBeNull();
        var plans = await (await app.SignedInAsync(owner.Email)).TextAsync("/billing/plans");
        plans.ShouldContain("Subscribe to Pro");
        plans.ShouldNotContain("Subscribe to Business");
        (await app.SendAsync(Actors.Operator(), new AgreePlan("nobody-here", TenantPlan.Pro))).Error!.Members!.Keys.ShouldBe(["organisation"]);
        (await app.SendAsync(Actors.Person(owner.Id), new AgreePlan(owner.Slug, TenantPlan.Pro))).Error!.Code.ShouldBe("access.operators_only");
    }

    private async Task<PlanTerms> TermsAsync(TenantId tenant) => await app.Services.GetRequiredService<IPlans>().OfAsync(tenant, CancellationToken.None);

    private async Task<IReadOnlyList<InvoiceView>> InvoicesAsync(TenantId tenant) => (await app.SendAsync(Actors.Person(tenant), new ListInvoices())).Value.Items;
}
