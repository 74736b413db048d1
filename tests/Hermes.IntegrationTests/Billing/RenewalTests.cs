using Hermes.Application.Billing;
using Hermes.Application.Shared;
using Hermes.Domain.Billing;
using Hermes.Domain.Shared;
using Hermes.IntegrationTests.Ledger;
using Hermes.IntegrationTests.Shared;
using Microsoft.Extensions.DependencyInjection;

namespace Hermes.IntegrationTests.Billing;

/// <summary>Months pass: by the fixture's clock, in one test after the other.</summary>
public sealed class RenewalTests(TaxedBillingApp app) : IClassFixture<TaxedBillingApp>
{
    [Fact]
    public async Task Renewals_downgrades_failures_and_payments_follow_the_calendar()
    {
        var smaller = await app.SubscribedAsync(TenantPlan.Business);
        (await app.SendAsync(Actors.Person(smaller), new ChangePlan(TenantPlan.Pro))).Error.ShouldBeNull();
        var ending = await app.SubscribedAsync(TenantPlan.Pro);
        (await app.SendAsync(Actors.Person(ending), new CancelPlan())).Error.ShouldBeNull();
        var failing = await app.SubscribedAsync(TenantPlan.Pro, BillingApp.FailsLater);
        var over = await app.SubscribedAsync(TenantPlan.Pro);
        await app.SqlAsync<int>($"INSERT INTO billing.usage (tenant_id, use, starts_at, count, over, reported, reporting, warned) VALUES ('{over}', 'request', date_trunc('day', now() - interval '1 day'), 30000, 10000, 0, 0, 0)");
        (await app.SendAsync(Actors.System(), new ReportOverage())).Error.ShouldBeNull();
        await Eventually.IsAsync(() => app.SqlAsync<long>($"SELECT reported FROM billing.usage WHERE tenant_id = '{over}'"), 10_000);
        (await app.SendAsync(Actors.System(), new ReportOverage())).Value.ShouldBe(0);
        await app.SettledAsync();

        app.Clock.Advance(TimeSpan.FromDays(32));

        (await app.BillingAsync(smaller, b => b is { Plan.Plan: TenantPlan.Pro, NextPlan: null })).State.ShouldBe(SubscriptionState.Active);
        await Eventually.IsAsync(async () => (await app.SendAsync(Actors.Person(smaller), new ListInvoices())).Value.Items.Count(i => i.Total == Money.Usd(49) && i.State == InvoiceState.Paid), 1);
        await app.BillingAsync(ending, b => b is { Plan.Plan: TenantPlan.Free, State: SubscriptionState.Ended });
        // 10,000 requests at half a dollar a thousand.
        await Eventually.ReadAsync(async () => (await app.SendAsync(Actors.Person(over), new ListInvoices())).Value.Items, i => i.Any(x => x.Total == Money.Usd(54)));

        var grace = await app.BillingAsync(failing, b => b.PastDueSince is not null);
        grace.Plan.Plan.ShouldBe(TenantPlan.Pro);
        grace.OpenInvoiceUrl.ShouldNotBeNull();
        await Eventually.IsAsync(async () => (await TermsAsync(failing)).Standing, PlanStanding.Grace);
        (await app.SendAsync(Actors.System(), new RunDunning())).Error.ShouldBeNull();
        await PassAsync(8);
        var limited = await TermsAsync(failing);
        (limited.Standing, limited.Agents, limited.PlatformBasisPoints).ShouldBe((PlanStanding.Limited, 5, 1_500));
        (await app.SendAsync(Actors.System(), new RunDunning())).Error.ShouldBeNull();
        await PassAsync(15);
        (await TermsAsync(failing)).Standing.ShouldBe(PlanStanding.Suspended);
        // Whichever way it comes in: nothing but reading, paying and taking away.
        (await app.SendAsync(Actors.Person(failing), new SetPayoutSchedule(PayoutRhythm.Daily, 30))).Error.ShouldBe(PlanErrors.Suspended);
        (await app.SendAsync(Actors.Person(failing), new RequestPayout())).Error.ShouldBe(PlanErrors.Suspended);
        (await app.SendAsync(Actors.Person(failing), new PurchaseCredits(Money.Usd(5)))).Error.ShouldBeNull();
        (await app.SendAsync(Actors.Person(smaller), new SetPayoutSchedule(PayoutRhythm.Daily, 30))).Error.ShouldBeNull();
        (await app.SendAsync(Actors.System(), new RunDunning())).Error.ShouldBeNull();
        (await app.SendAsync(Actors.System(), new RunDunning())).Value.ShouldBe(0);
        (await app.SqlAsync<long>($"SELECT count(*) FROM notifications.outbox WHERE type = 'subscription.overdue' AND subject_id = '{failing}'")).ShouldBe(3);
        // The provider gives up after the fourth attempt.
        await PassAsync(8);
        await app.BillingAsync(failing, b => b.State == SubscriptionState.Unpaid);

        // Another card pays what is open, and everything is as before.
        var card = (await app.SendAsync(Actors.Person(failing), new UpdateCard())).Value;
        await app.PayAsync(card.AbsoluteUri);
        await app.BillingAsync(failing, b => b is { State: SubscriptionState.Active, PastDueSince: null });
        await Eventually.ReadAsync(() => TermsAsync(failing), t => t is { Standing: PlanStanding.Good, Agents: 25 });
        await app.SettledAsync();
        await app.ShouldBeRightAsync();

        // So many days that the provider tries the card once more.
        async Task PassAsync(int days)
        {
            var before = await AttemptsAsync();
            app.Clock.Advance(TimeSpan.FromDays(days));
            await Eventually.IsAsync(AttemptsAsync, before + 1);
        }

        Task<int> AttemptsAsync() => app.SqlAsync<int>($"SELECT max((data->>'attempt_count')::int) FROM billing.test_objects WHERE kind = 'invoice' AND data->>'customer' = (SELECT customer_id FROM billing.accounts WHERE tenant_id = '{failing}')");
    }

    private async Task<PlanTerms> TermsAsync(TenantId tenant) => await app.Services.GetRequiredService<IPlans>().OfAsync(tenant, CancellationToken.None);
}
