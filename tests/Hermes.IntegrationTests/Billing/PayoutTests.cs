using System.Net;
using Hermes.Application.Billing;
using Hermes.Domain.Billing;
using Hermes.Domain.Identity;
using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Billing.TestProvider;
using Hermes.IntegrationTests.Ledger;
using Hermes.IntegrationTests.Shared;

namespace Hermes.IntegrationTests.Billing;

public sealed class PayoutApp : BillingApp
{
    public PayoutApp()
    {
        Set("Hermes:Billing:HoldDays", "0");
        Set("Hermes:Idempotency:DerivedWindow", "00:10:00");
    }
}

public sealed class PayoutTests(PayoutApp app) : IClassFixture<PayoutApp>
{
    [Fact]
    public async Task Earnings_reach_the_bank_and_leave_the_books_once()
    {
        var tenant = await PayeeAsync();
        await EarnAsync(tenant, 25_123_456);

        var asked = (await app.SendAsync(Actors.Person(tenant), new RequestPayout())).Value;

        asked.Amount.ShouldBe(Money.Usd(25.12m));
        (await app.EarningsAsync(tenant)).ShouldBe(3_456);
        var paid = await PayoutAsync(tenant, asked.Id, p => p.State == PayoutState.Paid);
        paid.EndedAt.ShouldNotBeNull();
        await app.SettledAsync();
        (await app.SqlAsync<long>($"SELECT count(*) FROM ledger.transfers WHERE idempotency_key IN ('payout:{asked.Id}', 'payout_sent:{asked.Id}')")).ShouldBe(2);
        (await app.SqlAsync<long>($"SELECT count(*) FROM billing.test_objects WHERE kind = 'payout' AND data->'metadata'->>'payout_id' = '{asked.Id}'")).ShouldBe(1);
        (await app.SendAsync(Actors.Person(tenant), new GetPayoutAccount())).Value.Years.Single().Paid.ShouldBe(Money.Usd(25.12m));
        await app.ShouldBeRightAsync();
    }

    [Fact]
    public async Task A_payout_that_the_bank_sends_back_is_with_the_earnings_again()
    {
        var tenant = await PayeeAsync(TestDesk.BadBank);
        await EarnAsync(tenant, 50_000_000);

        var asked = (await app.SendAsync(Actors.Person(tenant), new RequestPayout(Money.Usd(50)))).Value;

        var failed = await PayoutAsync(tenant, asked.Id, p => p.State == PayoutState.Failed);
        failed.Failure.ShouldNotBeNull().ShouldContain("bank account");
        (await app.EarningsAsync(tenant)).ShouldBe(50_000_000);
        (await app.SqlAsync<bool>($"SELECT (data->>'reversed')::boolean FROM billing.test_objects WHERE kind = 'transfer' AND data->'metadata'->>'payout_id' = '{asked.Id}'")).ShouldBeTrue();
        await app.ShouldBeRightAsync();
    }

    [Fact]
    public async Task Ten_at_once_never_pay_more_than_was_earned()
    {
        var tenant = await PayeeAsync();
        await EarnAsync(tenant, 35_000_000);

        var asked = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => app.SendAsync(Actors.Person(tenant), new RequestPayout(Money.Usd(10)) { Repeat = true })));

        asked.Count(a => a.Succeeded).ShouldBe(3);
        asked.Where(a => !a.Succeeded).ShouldAllBe(a => a.Error!.Code == "ledger.insufficient_funds");
        (await app.EarningsAsync(tenant)).ShouldBe(5_000_000);
        foreach (var one in asked.Where(a => a.Succeeded))
            await PayoutAsync(tenant, one.Value.Id, p => p.State == PayoutState.Paid);
        await app.ShouldBeRightAsync();
    }

    [Fact]
    public async Task Each_rule_refuses_with_its_own_error()
    {
        var tenant = Books.NewTenant();
        var owner = Actors.Person(tenant);
        await EarnAsync(tenant, 50_000_000);

        (await app.SendAsync(owner, new RequestPayout())).Error.ShouldBe(BillingErrors.NoPayoutAccount);
        (await app.SendAsync(owner, new SetUpPayouts("Germany"))).Error!.Members!.Keys.ShouldBe(["country"]);
        var onboarding = (await app.SendAsync(owner, new SetUpPayouts("US"))).Value;
        (await app.SendAsync(owner, new RequestPayout())).Error.ShouldBe(BillingErrors.NoPayoutAccount);
        (await app.SendAsync(owner, new SetUpPayouts("US"))).Value.ShouldBe(onboarding);
        await OnboardAsync(tenant, onboarding, "000123456789");

        (await app.SendAsync(owner, new RequestPayout(Money.Usd(9.99m)))).Error!.Code.ShouldBe("billing.below_threshold");
        (await app.SendAsync(owner, new RequestPayout(Money.Usd(50.01m)))).Error!.Code.ShouldBe("ledger.insufficient_funds");
        (await app.SendAsync(owner, new RequestPayout(Money.Usd(-1)))).Error!.Members!.Keys.ShouldBe(["amount"]);
        (await app.SendAsync(owner, new RequestPayout(null, new AgentId(Guid.NewGuid())))).Error.ShouldBe(BillingErrors.AgentNotFound);
        (await app.SendAsync(Actors.Person(tenant, Permissions.BillingView), new RequestPayout())).Error!.Code.ShouldBe("access.permission_missing");
        (await app.SendAsync(Actors.Person(Books.NewTenant()), new ListPayouts())).Value.Items.ShouldBeEmpty();
        await app.SqlAsync<int>($"INSERT INTO billing.debts (tenant_id, currency, micro_units) VALUES ('{tenant}', 'USD', 1)");
        (await app.SendAsync(owner, new RequestPayout(Money.Usd(20)))).Error.ShouldBe(BillingErrors.Indebted);
    }

    [Fact]
    public async Task A_schedule_pays_once_a_day_from_its_threshold_and_debts_come_first()
    {
        var tenant = await PayeeAsync();
        (await app.SendAsync(Actors.Person(tenant), new SetPayoutSchedule(PayoutRhythm.Daily, 30))).Error.ShouldBeNull();
        (await app.SendAsync(Actors.Person(tenant), new SetPayoutSchedule(PayoutRhythm.Daily, -1))).Error!.Members!.Keys.ShouldBe(["threshold"]);
        await app.SqlAsync<int>($"INSERT INTO billing.debts (tenant_id, currency, micro_units) VALUES ('{tenant}', 'USD', 5000000)");
        await EarnAsync(tenant, 40_000_000);

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => app.SendAsync(Actors.System(tenant), new RunScheduledPayout())));

        await Eventually.ReadAsync(async () => (await app.SendAsync(Actors.Person(tenant), new ListPayouts())).Value.Items, i => i.Count > 0);
        var payout = (await app.SendAsync(Actors.Person(tenant), new ListPayouts())).Value.Items.ShouldHaveSingleItem();
        (payout.Amount, payout.Scheduled).ShouldBe((Money.Usd(35), true));
        (await app.EarningsAsync(tenant)).ShouldBe(0);
        await PayoutAsync(tenant, payout.Id, p => p.State == PayoutState.Paid);
        await app.ShouldBeRightAsync();
    }

    [Fact]
    public async Task A_schedule_pays_each_currency_that_has_enough()
    {
        var tenant = await PayeeAsync();
        (await app.SendAsync(Actors.Person(tenant), new SetPayoutSchedule(PayoutRhythm.Daily, 0))).Error.ShouldBeNull();
        await EarnAsync(tenant, 15_000_000);
        foreach (var (code, micro) in new[] { ("EUR", 25_000_000L), ("GBP", 9_000_000L) })
            (await app.PostAsync(Books.Move(AccountRef.PaymentClearing(Currency.Parse(code)), AccountRef.Earnings(tenant, Currency.Parse(code)), micro))).Error.ShouldBeNull();
        (await app.SendAsync(Actors.Person(tenant), new GetPayoutAccount())).Value.Earnings.Count.ShouldBeInRange(1, 3);

        await app.SendAsync(Actors.System(tenant), new RunScheduledPayout());

        var payouts = await Eventually.ReadAsync(async () => (await app.SendAsync(Actors.Person(tenant), new ListPayouts())).Value.Items, i => i.Count == 2);
        payouts.Select(p => p.Amount.ToString()).ShouldBe(["EUR 25.00", "USD 15.00"], ignoreOrder: true);
    }

    [Fact]
    public async Task An_agents_payouts_have_a_history_of_their_own()
    {
        var owner = await app.TenantAsync();
        var client = app.Client(owner.Token);
        await OnboardAsync(owner.Id, (await app.SendAsync(Actors.Person(owner.Id), new SetUpPayouts("US"))).Value, "000123456789");
        await EarnAsync(owner.Id, 20_000_000);
        var agent = (await (await client.PostJsonAsync("/api/v1/agents/register", new { name = "Earner", capabilities = new[] { "text.summarise" }, base_price = Money.Usd(1) })).JsonAsync(HttpStatusCode.Created))
            .GetProperty("agent").GetProperty("id").GetGuid();
        // Of the organisation's 20.00 it earned 15.00.
        await app.SqlAsync<int>($"""
            INSERT INTO ledger.shares (id, subject_type, subject_id, party, place, tenant_id, agent_id, earner_tenant_id, payer_tenant_id, basis_points, amount_micro_units, currency, transfer_id, at)
            VALUES ('{Guid.CreateVersion7()}', 'contract', '{Guid.CreateVersion7()}', 'agent', 0, '{owner.Id}', '{agent}', '{owner.Id}', '{Guid.CreateVersion7()}', 10000, 15000000, 'USD', '{Guid.CreateVersion7()}', now())
            """);
        client.DefaultRequestHeaders.Add("Idempotency-Key", "payout-1");

        var first = await (await client.PostJsonAsync($"/api/v1/agents/{agent}/payout", new { amount = Money.Usd(10) })).JsonAsync(HttpStatusCode.Created);
        var again = await (await client.PostJsonAsync($"/api/v1/agents/{agent}/payout", new { amount = Money.Usd(10) })).JsonAsync(HttpStatusCode.Created);

        again.GetProperty("id").GetGuid().ShouldBe(first.GetProperty("id").GetGuid());
        var history = await (await client.GetAsync($"/api/v1/agents/{agent}/payout-history")).JsonAsync(HttpStatusCode.OK);
        history.GetProperty("items").GetArrayLength().ShouldBe(1);
        (await app.EarningsAsync(owner.Id)).ShouldBe(10_000_000);
        // Another key is no other payout, and what the organisation has beside is not the agent's.
        client.DefaultRequestHeaders.Remove("Idempotency-Key");
        client.DefaultRequestHeaders.Add("Idempotency-Key", "payout-2");
        (await (await client.PostJsonAsync($"/api/v1/agents/{agent}/payout", new { amount = Money.Usd(10) })).JsonAsync(HttpStatusCode.Created)).GetProperty("id").GetGuid().ShouldBe(first.GetProperty("id").GetGuid());
        client.DefaultRequestHeaders.Remove("Idempotency-Key");
        (await (await client.PostJsonAsync($"/api/v1/agents/{agent}/payout", new { amount = Money.Usd(10), repeat = true })).JsonAsync(HttpStatusCode.Conflict)).GetProperty("code").GetString().ShouldBe("billing.more_than_earned");
        (await app.EarningsAsync(owner.Id)).ShouldBe(10_000_000);
        var stranger = await app.TenantAsync();
        (await app.Client(stranger.Token).GetAsync($"/api/v1/agents/{agent}/payout-history")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await app.Client(stranger.Token).PostJsonAsync($"/api/v1/agents/{agent}/payout", new { })).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_payout_that_the_provider_keeps_refusing_goes_back_to_the_earnings_and_its_transfer_is_reversed()
    {
        var tenant = await PayeeAsync();
        await EarnAsync(tenant, 30_000_000);
        // The payee's balance there is far below zero: the transfer is taken and the payout to the bank refused.
        await app.SqlAsync<int>($"UPDATE billing.test_objects SET data = data || '{{\"hermes_balance\": -100000}}' WHERE kind = 'account' AND data->'metadata'->>'tenant_id' = '{tenant}'");
        var asked = (await app.SendAsync(Actors.Person(tenant), new RequestPayout(Money.Usd(20)))).Value;
        await AttemptedAsync(asked.Id, 1);
        (await app.SqlAsync<string>($"SELECT transfer_id FROM billing.payouts WHERE id = '{asked.Id}'")).ShouldNotBeNull();
        (await app.SendAsync(Actors.Operator(), new ListLatePayouts())).Value.Single(l => l.Payout.Id == asked.Id).ShouldSatisfyAllConditions(
            l => l.TenantId.ShouldBe(tenant), l => l.Refusals.ShouldBe(1), l => l.Payout.Failure.ShouldNotBeNull());

        for (var refusals = 2; refusals <= Payout.MostRefusals; refusals++)
        {
            await DueAsync(asked.Id);
            await AttemptedAsync(asked.Id, refusals);
        }
        await DueAsync(asked.Id);

        var failed = await PayoutAsync(tenant, asked.Id, p => p.State == PayoutState.Failed);
        failed.Failure.ShouldNotBeNull();
        (await app.EarningsAsync(tenant)).ShouldBe(30_000_000);
        (await app.SqlAsync<long>($"SELECT count(*) FROM billing.test_objects WHERE kind = 'transfer' AND data->'metadata'->>'payout_id' = '{asked.Id}'")).ShouldBe(1);
        (await app.SqlAsync<bool>($"SELECT (data->>'reversed')::boolean FROM billing.test_objects WHERE kind = 'transfer' AND data->'metadata'->>'payout_id' = '{asked.Id}'")).ShouldBeTrue();
        (await app.SqlAsync<long>($"SELECT sum(amount)::bigint FROM ledger.entries WHERE subject_id = '{asked.Id}' AND tenant_id = '{TenantId.Platform}'")).ShouldBe(0);
        await app.ShouldBeRightAsync();
    }

    [Fact]
    public async Task An_operator_gives_a_payout_up_that_does_not_leave()
    {
        var tenant = await PayeeAsync();
        await EarnAsync(tenant, 30_000_000);
        await app.SqlAsync<int>($"UPDATE billing.test_objects SET data = jsonb_set(data, '{{capabilities,transfers}}', '\"inactive\"') WHERE kind = 'account' AND data->'metadata'->>'tenant_id' = '{tenant}'");
        var asked = (await app.SendAsync(Actors.Person(tenant), new RequestPayout(Money.Usd(20)))).Value;
        await AttemptedAsync(asked.Id, 1);

        (await app.SendAsync(Actors.Person(tenant), new GiveUpPayout(asked.Id, "Mine"))).Error!.Code.ShouldBe("access.operators_only");
        (await app.SendAsync(Actors.Operator(), new GiveUpPayout(asked.Id, " "))).Error!.Members!.Keys.ShouldBe(["reason"]);
        (await app.SendAsync(Actors.Operator(), new GiveUpPayout(new PayoutId(Guid.NewGuid()), "None"))).Error.ShouldBe(BillingErrors.PayoutNotFound);
        (await app.SendAsync(Actors.Operator(), new GiveUpPayout(asked.Id, "The account was closed."))).Error.ShouldBeNull();

        (await PayoutAsync(tenant, asked.Id, p => p.State == PayoutState.Failed)).Failure.ShouldBe("The account was closed.");
        (await app.EarningsAsync(tenant)).ShouldBe(30_000_000);
        (await app.SendAsync(Actors.Operator(), new GiveUpPayout(asked.Id, "Again"))).Error.ShouldBe(BillingErrors.PayoutNotPending);
        (await app.SqlAsync<long>($"SELECT count(*) FROM compliance.audit_entries WHERE action = 'payout.give_up' AND tenant_id = '{tenant}'")).ShouldBe(1);
        await app.ShouldBeRightAsync();
    }

    [Fact]
    public async Task News_of_the_bank_that_are_faster_than_Hermes_lose_nothing()
    {
        var tenant = await PayeeAsync();
        await EarnAsync(tenant, 30_000_000);
        var asked = (await app.SendAsync(Actors.Person(tenant), new RequestPayout(Money.Usd(20)))).Value;
        await PayoutAsync(tenant, asked.Id, p => p.State == PayoutState.Paid);
        // As if Hermes had died between the provider's answer and its commit.
        await app.SqlAsync<int>($"UPDATE billing.payouts SET state = 'pending', provider_id = NULL, ended_at = NULL, due_at = now() - interval '1 day' WHERE id = '{asked.Id}'");
        await PayoutAsync(tenant, asked.Id, p => p.State == PayoutState.InTransit);

        (await app.SqlAsync<long>($"SELECT count(*) FROM billing.test_objects WHERE kind IN ('transfer', 'payout') AND data->'metadata'->>'payout_id' = '{asked.Id}'")).ShouldBe(2);
        await app.ShouldBeRightAsync();
    }

    private Task<int> DueAsync(PayoutId id) => app.SqlAsync<int>($"UPDATE billing.payouts SET due_at = '{app.Clock.GetUtcNow().AddMinutes(-1):O}' WHERE id = '{id}'");

    private Task AttemptedAsync(PayoutId id, int refusals) => Eventually.IsAsync(() => app.SqlAsync<int>($"SELECT refusals FROM billing.payouts WHERE id = '{id}'"), refusals);

    private async Task<TenantId> PayeeAsync(string bank = "000123456789")
    {
        var tenant = Books.NewTenant();
        await OnboardAsync(tenant, (await app.SendAsync(Actors.Person(tenant), new SetUpPayouts("US"))).Value, bank);
        return tenant;
    }

    private async Task OnboardAsync(TenantId tenant, Uri page, string bank)
    {
        (await app.Pages.OnboardAsync(BillingApp.IdOf(page.AbsoluteUri), bank, CancellationToken.None)).Error.ShouldBeNull();
        await Eventually.ReadAsync(async () => (await app.SendAsync(Actors.Person(tenant), new GetPayoutAccount())).Value, a => a.Ready);
    }

    private async Task EarnAsync(TenantId tenant, long micro) =>
        (await app.PostAsync(Books.Move(AccountRef.PaymentClearing(Currency.Usd), AccountRef.Earnings(tenant, Currency.Usd), micro))).Error.ShouldBeNull();

    private Task<PayoutView> PayoutAsync(TenantId tenant, PayoutId id, Func<PayoutView, bool> until) =>
        Eventually.ReadAsync(async () => (await app.SendAsync(Actors.Person(tenant), new ListPayouts())).Value.Items.Single(p => p.Id == id), until);
}

public sealed class PayoutHoldTests(BillingApp app) : IClassFixture<BillingApp>
{
    [Fact]
    public async Task A_new_payees_payout_is_held_for_some_days()
    {
        var tenant = Books.NewTenant();
        await app.Pages.OnboardAsync(BillingApp.IdOf((await app.SendAsync(Actors.Person(tenant), new SetUpPayouts("US"))).Value.AbsoluteUri), "000123456789", CancellationToken.None);
        await Eventually.ReadAsync(async () => (await app.SendAsync(Actors.Person(tenant), new GetPayoutAccount())).Value, a => a.Ready && a.HeldUntil is not null);
        await app.PostAsync(Books.Move(AccountRef.PaymentClearing(Currency.Usd), AccountRef.Earnings(tenant, Currency.Usd), 20_000_000));

        var asked = (await app.SendAsync(Actors.Person(tenant), new RequestPayout())).Value;

        (asked.DueAt - asked.RequestedAt).ShouldNotBeNull().TotalDays.ShouldBeInRange(6.9, 7);
        (await app.SendAsync(Actors.System(), new SendPayout(asked.Id))).Value.ShouldBe(PayoutState.Pending);
        (await app.EarningsAsync(tenant)).ShouldBe(0);
        app.Clock.Advance(TimeSpan.FromDays(8));
        await Eventually.ReadAsync(async () => (await app.SendAsync(Actors.Person(tenant), new ListPayouts())).Value.Items.Single(), p => p.State == PayoutState.Paid);
    }
}
