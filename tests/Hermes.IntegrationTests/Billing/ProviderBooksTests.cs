using Hermes.Application.Billing;
using Hermes.Application.Ledger;
using Hermes.Domain.Billing;
using Hermes.Domain.Ledger;
using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Shared;
using Hermes.IntegrationTests.Ledger;
using Hermes.IntegrationTests.Shared;
using Microsoft.Extensions.DependencyInjection;

namespace Hermes.IntegrationTests.Billing;

/// <summary>What the provider says it moved against what the ledger booked, and what is read of the provider by time.</summary>
public sealed class ProviderBooksTests(PayoutApp app) : IClassFixture<PayoutApp>
{
    [Fact]
    public async Task Purchases_refunds_chargebacks_plans_and_payouts_agree_with_the_provider_and_what_one_side_lacks_becomes_a_case()
    {
        var tenant = Books.NewTenant();
        await app.BoughtAsync(tenant, 40);
        var refunded = await app.BoughtAsync(tenant, 30);
        (await app.SendAsync(Actors.Operator(), new RefundPurchase(refunded.Id, "Asked for"))).Error.ShouldBeNull();
        await app.PurchaseAsync(tenant, refunded.Id, p => p.Refunded.IsPositive);
        await app.BoughtAsync(Books.NewTenant(), 20, BillingApp.Disputed);
        await app.SubscribedAsync(TenantPlan.Pro);
        await PaidOutAsync("000123456789", PayoutState.Paid);
        await PaidOutAsync(Infrastructure.Billing.TestProvider.TestDesk.BadBank, PayoutState.Failed);
        // Each side loses one: the provider's payment was never heard of, and a movement of the provider's is gone.
        app.Silent = true;
        var unheard = await app.BuyAsync(tenant, 11);
        await app.PayAsync(unheard.CheckoutUrl!);
        await app.SqlAsync<int>("DELETE FROM billing.test_deliveries");
        await app.SqlAsync<int>($"DELETE FROM billing.test_objects WHERE kind = 'event' AND data::text LIKE '%{unheard.Id}%'");
        app.Silent = false;
        var lost = await app.BoughtAsync(tenant, 12);
        await app.SettledAsync();
        await app.SqlAsync<int>($"DELETE FROM billing.test_objects WHERE kind = 'balance_transaction' AND data->>'source' = (SELECT id FROM billing.test_objects WHERE kind = 'charge' AND data->'metadata'->>'purchase_id' = '{lost.Id}')");
        app.Clock.Advance(TimeSpan.FromHours(2));

        (await app.SendAsync(Actors.System(), new FetchMovements())).Error.ShouldBeNull();
        (await app.SendAsync(Actors.Operator(), new Reconcile())).Error.ShouldBeNull();

        var cases = (await app.SendAsync(Actors.Operator(), new ListReconciliation())).Value.Cases.Items.Where(c => c.Kind is DifferenceKind.ProviderOnly or DifferenceKind.LedgerOnly or DifferenceKind.ProviderNotLedger).ToList();
        cases.Select(c => (c.Kind, c.Subject)).ShouldBe([(DifferenceKind.ProviderOnly, $"purchase {unheard.Id}"), (DifferenceKind.LedgerOnly, $"purchase {lost.Id}")], ignoreOrder: true);
        (await app.SqlAsync<long>("SELECT count(DISTINCT subject_type) FROM billing.balance_movements WHERE subject_type <> 'provider_movement'")).ShouldBe(3);
        (await app.SendAsync(Actors.System(), new FetchMovements())).Value.ShouldBe(0);
        (await app.SendAsync(Actors.Person(tenant), new FetchMovements())).Error!.Code.ShouldBe("access.permission_missing");
    }

    [Fact]
    public async Task What_the_payees_account_told_in_vain_is_read_anew()
    {
        var tenant = Books.NewTenant();
        var onboarding = (await app.SendAsync(Actors.Person(tenant), new SetUpPayouts("US"))).Value;
        app.Silent = true;
        await app.Pages.OnboardAsync(BillingApp.IdOf(onboarding.AbsoluteUri), "000123456789", CancellationToken.None);
        await ForgetAsync();
        (await app.SendAsync(Actors.System(), new CheckPayees())).Value.ShouldBeGreaterThan(0);
        (await app.SendAsync(Actors.Person(tenant), new GetPayoutAccount())).Value.Ready.ShouldBeTrue();
        await app.PostAsync(Books.Move(AccountRef.PaymentClearing(Currency.Usd), AccountRef.Earnings(tenant, Currency.Usd), 25_000_000));

        var asked = (await app.SendAsync(Actors.Person(tenant), new RequestPayout())).Value;
        await Eventually.IsAsync(() => app.SqlAsync<string>($"SELECT data->>'status' FROM billing.test_objects WHERE kind = 'payout' AND data->'metadata'->>'payout_id' = '{asked.Id}'"), "paid");
        await ForgetAsync();
        (await app.SendAsync(Actors.System(), new FetchMissedEvents())).Error.ShouldBeNull();
        await app.SettledAsync();
        await Eventually.IsAsync(StateAsync, PayoutState.InTransit);

        (await app.SendAsync(Actors.System(), new CheckPayees())).Value.ShouldBe(1);

        (await StateAsync()).ShouldBe(PayoutState.Paid);
        (await app.SendAsync(Actors.System(), new CheckPayees())).Value.ShouldBe(0);
        app.Silent = false;
        await app.ShouldBeRightAsync();

        async Task<PayoutState> StateAsync() => (await app.SendAsync(Actors.Person(tenant), new ListPayouts())).Value.Items.Single().State;
        Task ForgetAsync() => app.SqlAsync<int>("DELETE FROM billing.test_deliveries");
    }

    [Fact]
    public async Task More_than_one_look_takes_is_read_in_shorter_ones_and_the_mark_stays_behind_what_was_read()
    {
        var (what, start) = ($"many {Guid.NewGuid():N}", new DateTimeOffset(app.Clock.GetUtcNow().AddHours(-4).UtcDateTime.Date, TimeSpan.Zero));
        var happened = Enumerable.Range(0, 1_000).Select(i => app.Clock.GetUtcNow().AddHours(-3).AddSeconds(i)).ToList();
        var looks = app.Services.GetRequiredService<ILooks>();
        await looks.RememberAsync(what, start, CancellationToken.None);
        var (kept, breaksAt) = (new HashSet<DateTimeOffset>(), 600);

        (await ReadAsync()).Error.ShouldBe(BillingErrors.ProviderAway);

        var mark = (await looks.LastAsync(what, CancellationToken.None))!.Value;
        happened.Where(at => at < mark).ShouldBeSubsetOf(kept);
        mark.ShouldBeLessThan(happened[^1]);
        breaksAt = int.MaxValue;
        (await ReadAsync()).Error.ShouldBeNull();
        kept.Count.ShouldBe(1_000);

        Task<Result<int>> ReadAsync() => new ProviderLooks(looks, app.Clock).ReadAsync(what, TimeSpan.FromDays(9), (since, until) =>
        {
            var there = happened.Where(at => at >= since && at < until).ToList();
            return Task.FromResult<Result<Listed<DateTimeOffset>>>(new Listed<DateTimeOffset>([.. there.TakeLast(50)], there.Count <= 50));
        }, at => Task.FromResult<Result<bool>>(kept.Count >= breaksAt ? BillingErrors.ProviderAway : kept.Add(at)), CancellationToken.None);
    }

    private async Task PaidOutAsync(string bank, PayoutState ends)
    {
        var tenant = Books.NewTenant();
        await app.Pages.OnboardAsync(BillingApp.IdOf((await app.SendAsync(Actors.Person(tenant), new SetUpPayouts("US"))).Value.AbsoluteUri), bank, CancellationToken.None);
        await Eventually.ReadAsync(async () => (await app.SendAsync(Actors.Person(tenant), new GetPayoutAccount())).Value, a => a.Ready);
        await app.PostAsync(Books.Move(AccountRef.PaymentClearing(Currency.Usd), AccountRef.Earnings(tenant, Currency.Usd), 25_000_000));
        (await app.SendAsync(Actors.Person(tenant), new RequestPayout())).Error.ShouldBeNull();
        await Eventually.ReadAsync(async () => (await app.SendAsync(Actors.Person(tenant), new ListPayouts())).Value.Items.Single(), p => p.State == ends);
    }
}
