using Hermes.Application.Agents;
using Hermes.Application.Calls;
using Hermes.Application.Shared;
using Hermes.Domain.Agents.Public;
using Hermes.Domain.Calls;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using Hermes.IntegrationTests.Shared;
using Microsoft.Extensions.DependencyInjection;

namespace Hermes.IntegrationTests.Calls;

/// <summary>Agents by the month: paid once, counted under a lock, renewed by one node, and ended when it should be.</summary>
public sealed class SubscriptionTests(CallsApp app) : IClassFixture<CallsApp>
{
    private static PriceTerms Monthly(decimal price = 20m, long? calls = 2, decimal? call = null) =>
        new(PriceKind.Subscription, Money.Usd(price), Subscription: new SubscriptionTerms(calls, call is { } beyond ? Money.Usd(beyond) : null));

    private async Task PriceAsync(Actor agent, PriceTerms terms) =>
        (await app.SendAsync(Actors.Person(agent.RequiredTenant), new SetPrice(agent.RequiredAgent, terms))).Error.ShouldBeNull();

    private async Task<SocketAgent> SoldAsync(PriceTerms terms)
    {
        var agent = await app.ConnectAsync(answer: SocketAgent.SilentAsync);
        await PriceAsync(agent.Agent, terms);
        return agent;
    }

    private async Task<SubscriptionView> SubscribeAsync(Actor caller, AgentId agent)
    {
        var made = await app.SendAsync(caller, new SubscribeToAgent(agent));
        made.Error.ShouldBeNull();
        return made.Value;
    }

    private async Task<SubscriptionView> GetAsync(Actor caller, AgentId agent) => (await app.SendAsync(caller, new GetSubscription(agent))).Value;

    private Task PassAsync(SubscriptionView subscription) => app.PassAsync(subscription);

    private Task<bool> RenewAsync(SubscriptionView subscription) => app.RenewAsync(subscription);

    private async Task<long> SpentAsync(Actor caller) =>
        100_000_000 - await app.BalanceAsync(caller.RequiredTenant, "available") - await app.BalanceAsync(caller.RequiredTenant, "promotional");

    private Task<long> PaymentsAsync(SubscriptionView subscription) =>
        app.SqlAsync<long>($"SELECT count(*) FROM ledger.transfers WHERE idempotency_key LIKE 'subscription-pay:{subscription.Id}:%'");

    [Fact]
    public async Task A_subscriber_pays_once_and_calls_for_nothing_until_its_calls_are_used_up()
    {
        var caller = await app.PosterAsync();
        await using var agent = await SoldAsync(Monthly());
        (await app.CallAsync(caller, agent.Id)).Error.ShouldBe(PriceErrors.SubscriptionNeeded);
        (await app.SendAsync(caller, new EstimateCall(agent.Id, CallMessage.Text("hi")))).Error.ShouldBe(PriceErrors.SubscriptionNeeded);

        var made = await SubscribeAsync(caller, agent.Id);
        (made.State, made.Price, made.IncludedCalls, made.UsedCalls).ShouldBe((SubscriptionState.Active, Money.Usd(20m), 2, 0));
        (await SubscribeAsync(caller, agent.Id)).Id.ShouldBe(made.Id);
        (await SpentAsync(caller)).ShouldBe(20_000_000);
        (await app.BalanceAsync(agent.Agent.RequiredTenant, "earnings")).ShouldBe(17_000_000);
        (await app.SqlAsync<long>($"SELECT sum(amount_micro_units)::bigint FROM ledger.shares WHERE subject_id = '{made.Id}'")).ShouldBe(20_000_000);
        (await app.SumOfEntriesAsync()).ShouldBe(0);

        (await app.SendAsync(caller, new EstimateCall(agent.Id, CallMessage.Text("hi")))).Value.Most.ShouldBe(Money.Usd(0));
        (await app.CallAsync(caller, agent.Id)).Value.Price.ShouldBe(Money.Usd(0));
        (await app.CallAsync(caller, agent.Id)).Value.Price.ShouldBe(Money.Usd(0));
        (await app.CallAsync(caller, agent.Id)).Error.ShouldBe(PriceErrors.CallsUsedUp);
        (await GetAsync(caller, agent.Id)).UsedCalls.ShouldBe(2);
        (await SpentAsync(caller)).ShouldBe(20_000_000);
        (await app.SqlAsync<long>($"SELECT count(*) FROM compliance.audit_entries WHERE action = 'agent.subscribe' AND subject_id = '{agent.Id}'")).ShouldBe(1);
    }

    [Fact]
    public async Task Two_calls_at_once_never_count_on_the_same_included_one()
    {
        var caller = await app.PosterAsync();
        await using var agent = await SoldAsync(Monthly(calls: 1));
        await SubscribeAsync(caller, agent.Id);
        var both = await Task.WhenAll(app.CallAsync(caller, agent.Id, "one"), app.CallAsync(caller, agent.Id, "two"));
        both.Count(c => c.Succeeded).ShouldBe(1);
        both.Single(c => !c.Succeeded).Error.ShouldBe(PriceErrors.CallsUsedUp);
        (await GetAsync(caller, agent.Id)).UsedCalls.ShouldBe(1);
    }

    [Fact]
    public async Task Beyond_the_included_calls_and_without_a_subscription_the_price_per_call_holds_where_there_is_one()
    {
        var (caller, stranger) = (await app.PosterAsync(), await app.PosterAsync());
        await using var agent = await SoldAsync(Monthly(calls: 1, call: 0.50m));
        await SubscribeAsync(caller, agent.Id);
        (await app.CallAsync(caller, agent.Id, "one")).Value.Price.ShouldBe(Money.Usd(0));
        (await app.CallAsync(caller, agent.Id, "two")).Value.Price.ShouldBe(Money.Usd(0.50m));
        (await app.CallAsync(stranger, agent.Id)).Value.Price.ShouldBe(Money.Usd(0.50m));
        (await app.CallAsync(Actors.Person(agent.Agent.RequiredTenant), agent.Id)).Value.Price.ShouldBe(Money.Usd(0));
    }

    [Fact]
    public async Task A_call_that_does_not_complete_is_given_back()
    {
        var caller = await app.PosterAsync();
        await using var agent = await SoldAsync(Monthly(calls: 1));
        await SubscribeAsync(caller, agent.Id);
        var call = (await app.CallAsync(caller, agent.Id, "one")).Value;
        (await app.SendAsync(caller, new CancelCall(call.Id))).Error.ShouldBeNull();
        (await GetAsync(caller, agent.Id)).UsedCalls.ShouldBe(0);
        (await app.CallAsync(caller, agent.Id, "two")).Error.ShouldBeNull();
    }

    [Fact]
    public async Task Each_rule_refuses_with_its_own_error_and_others_see_nothing()
    {
        var (caller, poor, other) = (await app.PosterAsync(), await app.PosterAsync(1m), await app.PosterAsync());
        await using var agent = await SoldAsync(Monthly());
        await using var plain = await app.ConnectAsync();
        (await app.SendAsync(poor, new SubscribeToAgent(agent.Id))).Error.ShouldBe(CallErrors.SubscriptionUnpaid);
        (await app.SendAsync(poor, new GetSubscription(agent.Id))).Error.ShouldBe(CallErrors.SubscriptionNotFound);
        (await app.BalanceAsync(poor.RequiredTenant, "available")).ShouldBe(1_000_000);
        (await app.SendAsync(caller, new SubscribeToAgent(plain.Id))).Error.ShouldBe(CallErrors.NoSubscriptions);
        (await app.SendAsync(caller, new SubscribeToAgent(agent.Id, Money.Usd(19m)))).Error.ShouldBe(CallErrors.OverBudget);
        (await app.SendAsync(caller, new SubscribeToAgent(new AgentId(Guid.CreateVersion7())))).Error.ShouldBe(CallErrors.AgentNotFound);
        (await app.SendAsync(Actors.Person(agent.Agent.RequiredTenant), new SubscribeToAgent(agent.Id))).Error.ShouldBe(CallErrors.OwnSubscription);
        (await app.SendAsync(Actors.Person(caller.RequiredTenant, Permissions.BillingView), new SubscribeToAgent(agent.Id))).Error!.Code.ShouldBe("access.permission_missing");

        await SubscribeAsync(caller, agent.Id);
        (await app.SendAsync(Actors.Person(caller.RequiredTenant, Permissions.BillingView), new CancelSubscription(agent.Id))).Error!.Code.ShouldBe("access.permission_missing");
        (await app.SendAsync(other, new GetSubscription(agent.Id))).Error.ShouldBe(CallErrors.SubscriptionNotFound);
        (await app.SendAsync(other, new CancelSubscription(agent.Id))).Error.ShouldBe(CallErrors.SubscriptionNotFound);
        (await app.CallAsync(other, agent.Id)).Error.ShouldBe(PriceErrors.SubscriptionNeeded);
    }

    [Fact]
    public async Task Subscribing_twice_at_once_pays_once()
    {
        var caller = await app.PosterAsync();
        await using var agent = await SoldAsync(Monthly());
        var both = await Task.WhenAll(app.SendAsync(caller, new SubscribeToAgent(agent.Id)), app.SendAsync(caller, new SubscribeToAgent(agent.Id)));
        both[0].Value.Id.ShouldBe(both[1].Value.Id);
        (await SpentAsync(caller)).ShouldBe(20_000_000);
    }

    [Fact]
    public async Task Two_nodes_renew_a_month_once_and_its_calls_begin_anew()
    {
        var caller = await app.PosterAsync();
        await using var agent = await SoldAsync(Monthly(calls: 1));
        var made = await SubscribeAsync(caller, agent.Id);
        await app.CallAsync(caller, agent.Id);
        (await RenewAsync(made)).ShouldBeFalse();
        await PassAsync(made);
        (await Task.WhenAll(RenewAsync(made), RenewAsync(made))).Count(renewed => renewed).ShouldBeLessThanOrEqualTo(1);
        var renewed = await GetAsync(caller, agent.Id);
        (renewed.State, renewed.UsedCalls).ShouldBe((SubscriptionState.Active, 0));
        renewed.PeriodEndsAt.ShouldBeGreaterThan(made.PeriodStartsAt.AddDays(27));
        (await PaymentsAsync(made)).ShouldBe(2);
        (await SpentAsync(caller)).ShouldBe(40_000_000);
        (await app.SumOfEntriesAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task A_changed_price_counts_from_the_month_after_the_subscriber_was_told()
    {
        var caller = await app.PosterAsync();
        await using var agent = await SoldAsync(Monthly());
        var made = await SubscribeAsync(caller, agent.Id);
        await PriceAsync(agent.Agent, Monthly(30m, 5));
        await PassAsync(made);
        await RenewAsync(made);
        var told = await GetAsync(caller, agent.Id);
        (told.Price, told.NextSays).ShouldBe((Money.Usd(20m), Monthly(30m, 5).ToString()));
        await PassAsync(made);
        await RenewAsync(made);
        var changed = await GetAsync(caller, agent.Id);
        (changed.Price, changed.IncludedCalls, changed.NextSays).ShouldBe((Money.Usd(30m), 5, null));
        (await SpentAsync(caller)).ShouldBe(70_000_000);
    }

    [Fact]
    public async Task It_ends_when_it_was_cancelled_and_not_when_that_was_taken_back()
    {
        var caller = await app.PosterAsync();
        await using var agent = await SoldAsync(Monthly());
        var made = await SubscribeAsync(caller, agent.Id);
        (await app.SendAsync(caller, new CancelSubscription(agent.Id))).Value.State.ShouldBe(SubscriptionState.Cancelled);
        (await app.CallAsync(caller, agent.Id)).Error.ShouldBeNull();
        (await SubscribeAsync(caller, agent.Id)).State.ShouldBe(SubscriptionState.Active);
        (await app.SendAsync(caller, new CancelSubscription(agent.Id))).Error.ShouldBeNull();
        (await app.SendAsync(caller, new CancelSubscription(agent.Id))).Error.ShouldBeNull();
        await PassAsync(made);
        await RenewAsync(made);
        (await GetAsync(caller, agent.Id)).EndReason.ShouldBe(SubscriptionEnd.Cancelled);
        (await SpentAsync(caller)).ShouldBe(20_000_000);
        (await app.SendAsync(caller, new CancelSubscription(agent.Id))).Error.ShouldBe(CallErrors.SubscriptionNotFound);
        (await app.CallAsync(caller, agent.Id)).Error.ShouldBe(PriceErrors.SubscriptionNeeded);
    }

    [Fact]
    public async Task A_price_that_is_no_longer_sold_lasts_for_the_month_that_was_announced_and_ends()
    {
        var (caller, late) = (await app.PosterAsync(), await app.PosterAsync());
        await using var agent = await SoldAsync(Monthly());
        var made = await SubscribeAsync(caller, agent.Id);
        await PriceAsync(agent.Agent, PriceTerms.PerCall(Money.Usd(3m)));
        (await app.SendAsync(late, new SubscribeToAgent(agent.Id))).Error.ShouldBe(CallErrors.NoSubscriptions);

        await PassAsync(made);
        await RenewAsync(made);
        var told = await GetAsync(caller, agent.Id);
        (told.State, told.Price, told.NextSays).ShouldBe((SubscriptionState.Active, Money.Usd(20m), PriceTerms.PerCall(Money.Usd(3m)).ToString()));
        (await app.CallAsync(caller, agent.Id, "included")).Value.Price.ShouldBe(Money.Usd(0));

        await PassAsync(made);
        await RenewAsync(made);
        (await GetAsync(caller, agent.Id)).EndReason.ShouldBe(SubscriptionEnd.NoLongerSold);
        (await PaymentsAsync(made)).ShouldBe(2);
        (await SpentAsync(caller)).ShouldBe(40_000_000);
        (await app.CallAsync(caller, agent.Id, "by the call")).Value.Price.ShouldBe(Money.Usd(3m));
        (await app.SumOfEntriesAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task An_organisations_subscriptions_are_listed_page_by_page_and_nobody_elses()
    {
        var (caller, other) = (await app.PosterAsync(), await app.PosterAsync());
        await using var ended = await SoldAsync(Monthly(10m, calls: null));
        await using var running = await SoldAsync(Monthly());
        var over = await SubscribeAsync(caller, ended.Id);
        (await app.SendAsync(caller, new CancelSubscription(ended.Id))).Error.ShouldBeNull();
        await PassAsync(over);
        await RenewAsync(over);
        var own = await SubscribeAsync(caller, running.Id);
        await app.CallAsync(caller, running.Id);
        await SubscribeAsync(other, running.Id);

        var first = (await app.SendAsync(caller, new ListSubscriptions(1))).Value;
        var second = (await app.SendAsync(caller, new ListSubscriptions(1, first.NextCursor))).Value;

        var row = first.Items.ShouldHaveSingleItem();
        (row.Subscription.Id, row.Subscription.State, row.Subscription.Price, row.Subscription.UsedCalls, row.Subscription.IncludedCalls).ShouldBe((own.Id, SubscriptionState.Active, Money.Usd(20m), 1, 2));
        row.Subscription.PeriodEndsAt.ShouldBe(own.PeriodEndsAt, TimeSpan.FromMilliseconds(1));
        row.Agent.ShouldStartWith("Agent ");
        second.Items.ShouldHaveSingleItem().Subscription.ShouldSatisfyAllConditions(s => s.Id.ShouldBe(over.Id), s => s.EndReason.ShouldBe(SubscriptionEnd.Cancelled));
        second.NextCursor.ShouldBeNull();
        (await app.SendAsync(await app.PosterAsync(), new ListSubscriptions())).Value.Items.ShouldBeEmpty();
        (await app.SendAsync(Actors.Person(running.Agent.RequiredTenant), new ListSubscriptions())).Value.Items.ShouldBeEmpty();
        (await app.SendAsync(Actors.Person(caller.RequiredTenant, Permissions.AgentsRead), new ListSubscriptions())).Error!.Code.ShouldBe("access.permission_missing");
    }

    [Fact]
    public async Task It_ends_without_money_and_with_its_agent()
    {
        var poor = await app.PosterAsync(30m);
        var caller = await app.PosterAsync();
        await using var agent = await SoldAsync(Monthly());
        await using var paused = await SoldAsync(Monthly());
        await using var retired = await SoldAsync(Monthly());
        var unpaid = await SubscribeAsync(poor, agent.Id);
        await PassAsync(unpaid);
        await RenewAsync(unpaid);
        (await GetAsync(poor, agent.Id)).EndReason.ShouldBe(SubscriptionEnd.Unpaid);
        (await app.BalanceAsync(poor.RequiredTenant, "available")).ShouldBe(10_000_000);

        var (first, second) = (await SubscribeAsync(caller, paused.Id), await SubscribeAsync(caller, retired.Id));
        (await app.SendAsync(Actors.Person(paused.Agent.RequiredTenant), new PauseAgent(paused.Id))).Error.ShouldBeNull();
        (await app.SendAsync(Actors.Person(retired.Agent.RequiredTenant), new RetireAgent(retired.Id))).Error.ShouldBeNull();
        await RenewAsync(first);
        (await GetAsync(caller, paused.Id)).State.ShouldBe(SubscriptionState.Active);
        await PassAsync(first);
        await RenewAsync(first);
        await RenewAsync(second);
        (await GetAsync(caller, paused.Id)).EndReason.ShouldBe(SubscriptionEnd.AgentUnavailable);
        (await GetAsync(caller, retired.Id)).EndReason.ShouldBe(SubscriptionEnd.AgentUnavailable);
        (await SpentAsync(caller)).ShouldBe(40_000_000);
        (await app.SumOfEntriesAsync()).ShouldBe(0);
    }
}

/// <summary>Months of subscriptions, as tests let them pass.</summary>
internal static class Months
{
    /// <summary>Lets the month be over without moving the others' clock.</summary>
    public static async Task PassAsync(this HermesApp app, SubscriptionView subscription) => await app.SqlAsync<Guid>(
        $"UPDATE calls.subscriptions SET started_at = started_at - interval '1 month', period_starts_at = period_starts_at - interval '1 month', period_ends_at = now() - interval '1 second' WHERE id = '{subscription.Id}' RETURNING id");

    /// <summary>What the renewing job does with one; false when it was not due, or the job had it. Either has been done when this ends.</summary>
    public static async Task<bool> RenewAsync(this HermesApp app, SubscriptionView subscription)
    {
        await using var scope = app.Services.GetRequiredService<ISystemScopes>().Begin("subscriptions");
        var renewed = await scope.SendAsync(new RenewSubscription(subscription.Id), CancellationToken.None);
        renewed.Error.ShouldBeNull();
        await app.SqlAsync<Guid>($"SELECT id FROM calls.subscriptions WHERE id = '{subscription.Id}' FOR UPDATE");
        return renewed.Value;
    }
}
