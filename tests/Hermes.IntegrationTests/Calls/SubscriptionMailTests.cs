using Hermes.Application.Agents;
using Hermes.Application.Calls;
using Hermes.Application.Ledger;
using Hermes.Application.Shared;
using Hermes.Domain.Agents;
using Hermes.Domain.Agents.Public;
using Hermes.Domain.Shared;
using Hermes.IntegrationTests.Identity;
using Hermes.IntegrationTests.Shared;

namespace Hermes.IntegrationTests.Calls;

/// <summary>What the subscriber's admins are written about an agent by the month: a changed price and each end, not a plain renewal.</summary>
public sealed class SubscriptionMailTests(OperatorApp app) : IClassFixture<OperatorApp>
{
    private static readonly PriceTerms Monthly = new(PriceKind.Subscription, Money.Usd(20m), Subscription: new SubscriptionTerms(2, null));

    [Fact]
    public async Task A_changed_price_and_an_unpaid_month_are_told_and_a_plain_renewal_is_not()
    {
        var (owner, agent) = await SoldAsync();
        var (subscriber, subscription) = await SubscribeAsync(agent, 60m);
        var before = app.Mail.CountTo(subscriber.Email);
        await NextMonthAsync(subscription);
        (await app.SendAsync(owner, new SetPrice(agent, Monthly with { Amount = Money.Usd(30m) }))).Error.ShouldBeNull();

        await NextMonthAsync(subscription);
        var changed = await app.Mail.ToAsync(subscriber.Email, before + 1);
        changed.Subject.ShouldBe("Monthly agent changes its price");
        changed.Text.ShouldContain("it asks: USD 30.00 a month");
        changed.Text.ShouldContain("cancel before");
        changed.Text.ShouldContain($"https://hermes.test/marketplace/{agent}");

        await NextMonthAsync(subscription);
        var ended = await app.Mail.ToAsync(subscriber.Email, before + 2);
        ended.Subject.ShouldBe("The subscription of Monthly agent has ended");
        ended.Text.ShouldContain("did not cover the next month");
        app.Mail.CountTo(subscriber.Email).ShouldBe(before + 2);
    }

    [Fact]
    public async Task A_price_that_is_no_longer_sold_is_told_a_month_before_it_ends()
    {
        var (owner, agent) = await SoldAsync();
        var (subscriber, subscription) = await SubscribeAsync(agent, 100m);
        var before = app.Mail.CountTo(subscriber.Email);
        (await app.SendAsync(owner, new SetPrice(agent, PriceTerms.PerCall(Money.Usd(1m))))).Error.ShouldBeNull();

        await NextMonthAsync(subscription);
        (await app.Mail.ToAsync(subscriber.Email, before + 1)).Text.ShouldContain("The subscription ends then.");
        await NextMonthAsync(subscription);
        (await app.Mail.ToAsync(subscriber.Email, before + 2)).Text.ShouldContain("no longer sold by the month");
    }

    [Fact]
    public async Task A_cancelled_one_is_told_when_it_ends()
    {
        var (_, agent) = await SoldAsync();
        var (subscriber, subscription) = await SubscribeAsync(agent, 100m);
        var before = app.Mail.CountTo(subscriber.Email);
        (await app.SendAsync(Actors.Person(subscriber.Id), new CancelSubscription(agent))).Error.ShouldBeNull();

        await NextMonthAsync(subscription);

        (await app.Mail.ToAsync(subscriber.Email, before + 1)).Text.ShouldContain("It was cancelled");
    }

    private async Task NextMonthAsync(SubscriptionView subscription)
    {
        await app.PassAsync(subscription);
        await app.RenewAsync(subscription);
    }

    private async Task<(Actor Owner, AgentId Agent)> SoldAsync()
    {
        var owner = Actors.Person((await app.TenantAsync()).Id);
        var agent = (await app.SendAsync(owner, new RegisterAgent(new AgentProfile("Monthly agent", "Counts.", ["count"], null, Money.Usd(1m), AgentVisibility.Public, [], [], 5)))).Value.Id;
        (await app.SendAsync(owner, new SetPrice(agent, Monthly))).Error.ShouldBeNull();
        return (owner, agent);
    }

    private async Task<(TestTenant Subscriber, SubscriptionView Subscription)> SubscribeAsync(AgentId agent, decimal credits)
    {
        var subscriber = await app.TenantAsync();
        var person = Actors.Person(subscriber.Id);
        (await app.SendAsync(person, new AddCredits(Money.Usd(credits)))).Error.ShouldBeNull();
        return (subscriber, (await app.SendAsync(person, new SubscribeToAgent(agent))).Value);
    }
}
