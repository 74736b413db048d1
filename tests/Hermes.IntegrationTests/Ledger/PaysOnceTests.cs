using Hermes.Application.Agents;
using Hermes.Application.Calls;
using Hermes.Application.Mesh;
using Hermes.Application.Shared;
using Hermes.Domain.Agents.Public;
using Hermes.Domain.Calls;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Persistence;
using Hermes.IntegrationTests.Calls;
using Hermes.IntegrationTests.Shared;
using Microsoft.Extensions.DependencyInjection;

namespace Hermes.IntegrationTests.Ledger;

/// <summary>The app with the derived keys switched on.</summary>
public sealed class PaysOnceApp : CallsApp
{
    public PaysOnceApp() => Set("Hermes:Idempotency:DerivedWindow", "00:10:00");
}

/// <summary>A retry holds and pays once, whatever key it brings or none.</summary>
public sealed class PaysOnceTests(PaysOnceApp app) : IClassFixture<PaysOnceApp>
{
    [Fact]
    public async Task The_same_paid_call_again_is_the_same_call()
    {
        var caller = await app.PosterAsync();
        await using var agent = await app.ConnectAsync(2m);
        var first = await app.CallAsync(caller, agent.Id, "hi");

        var again = await app.CallAsync(caller, agent.Id, "hi");

        again.Value.Id.ShouldBe(first.Value.Id);
        (await HeldAsync(caller)).ShouldBe(1);
    }

    [Fact]
    public async Task Another_message_context_caller_or_a_word_makes_it_another_call()
    {
        var caller = await app.PosterAsync();
        await using var agent = await app.ConnectAsync(2m);
        var first = (await app.CallAsync(caller, agent.Id, "hi")).Value.Id;
        var colleague = Actors.Person(caller.RequiredTenant);

        CallId[] others =
        [
            (await app.CallAsync(caller, agent.Id, "hi there")).Value.Id,
            (await app.CallAsync(caller, agent.Id, "hi", s => s with { Context = "another" })).Value.Id,
            (await app.CallAsync(caller, agent.Id, "hi", s => s with { Repeat = true })).Value.Id,
            (await app.CallAsync(colleague, agent.Id, "hi")).Value.Id,
        ];

        Enumerable.Append(others, first).Distinct().Count().ShouldBe(5);
        (await HeldAsync(caller)).ShouldBe(5);
    }

    [Fact]
    public async Task The_same_release_again_pays_once_and_a_word_makes_it_another()
    {
        var (poster, worker) = (await app.PosterAsync(), await app.AgentAsync());
        var contract = await app.PostAsync(poster);
        await app.BidAsync(worker, contract);
        await app.CloseAsync(contract);
        var release = new ReleaseEscrow(contract, Money.Usd(1), null, "Half way");

        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => app.SendAsync(poster, release)));

        answers.ShouldAllBe(a => a.Succeeded && a.Value.Held == Money.Usd(3));
        (await app.HeldAsync(contract)).ShouldBe(3_000_000);
        (await app.SendAsync(poster, release with { Repeat = true })).Value.Held.ShouldBe(Money.Usd(2));
        (await app.SendAsync(poster, release with { Reason = "The rest of the half" })).Value.Held.ShouldBe(Money.Usd(1));

        var desk = Actors.Operator() with { Tenant = TenantId.Platform };
        var move = new MoveEscrow(contract, false, null, "Agreed", 50);
        (await app.SendAsync(desk, move)).Value.Held.ShouldBe(Money.Usd(0.5m));
        (await app.SendAsync(desk, move)).Value.Held.ShouldBe(Money.Usd(0.5m));
        (await app.SendAsync(desk, move with { Repeat = true })).Value.Held.ShouldBe(Money.Usd(0.25m));
        (await app.HeldAsync(contract)).ShouldBe(250_000);
    }

    [Fact]
    public async Task After_the_window_it_is_another_call()
    {
        var caller = await app.PosterAsync();
        await using var agent = await app.ConnectAsync(1m);
        var first = await app.CallAsync(caller, agent.Id, "hi", s => s with { TimeoutSeconds = 3_600 });
        app.Clock.Advance(TimeSpan.FromMinutes(10));

        (await app.CallAsync(caller, agent.Id, "hi", s => s with { TimeoutSeconds = 3_600 })).Value.Id.ShouldNotBe(first.Value.Id);
    }

    [Fact]
    public async Task A_refused_call_leaves_nothing_behind()
    {
        var caller = await app.PosterAsync(1m);
        await using var agent = await app.ConnectAsync(2m);
        (await app.CallAsync(caller, agent.Id)).Error!.Code.ShouldBe("calls.insufficient_funds");
        await app.FundAsync(caller.RequiredTenant, 5_000_000);

        (await app.CallAsync(caller, agent.Id)).Error.ShouldBeNull();
    }

    [Fact]
    public async Task Free_calls_are_made_as_often_as_asked()
    {
        var caller = await app.PosterAsync();
        await using var agent = await app.ConnectAsync(0m);

        (await app.CallAsync(caller, agent.Id)).Value.Id.ShouldNotBe((await app.CallAsync(caller, agent.Id)).Value.Id);
    }

    [Fact]
    public async Task Forty_at_the_same_time_hold_once()
    {
        var caller = await app.PosterAsync();
        await using var agent = await app.ConnectAsync(2m);

        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => Task.Run(() => app.CallAsync(caller, agent.Id, "at once"))));

        answers.Select(a => a.Value.Id).Distinct().ShouldHaveSingleItem();
        (await HeldAsync(caller)).ShouldBe(1);
    }

    [Fact]
    public async Task The_same_contract_is_posted_once_and_a_draft_or_a_repeat_as_often_as_asked()
    {
        var poster = await app.PosterAsync();
        var input = new ContractInput { Title = "Once", Intent = "Anything", Reward = Money.Usd(2), RequiredCapabilities = ["echo"], BiddingWindowSeconds = 600 };

        var first = await app.SendAsync(poster, new PostContract(input));
        var again = await app.SendAsync(poster, new PostContract(input));
        var repeat = await app.SendAsync(poster, new PostContract(input with { Repeat = true }));
        var drafts = new[] { await app.SendAsync(poster, new PostContract(input with { Draft = true })), await app.SendAsync(poster, new PostContract(input with { Draft = true })) };

        again.Value.ShouldBe(first.Value);
        new[] { first.Value.Id, repeat.Value.Id, drafts[0].Value.Id, drafts[1].Value.Id }.Distinct().Count().ShouldBe(4);
        (await app.SqlAsync<long>($"SELECT count(*) FROM mesh.contracts WHERE tenant_id = '{poster.RequiredTenant}'")).ShouldBe(4);
    }

    [Fact]
    public async Task Answers_are_forgotten_after_a_day()
    {
        var caller = await app.PosterAsync();
        await using var agent = await app.ConnectAsync(1m);
        await app.CallAsync(caller, agent.Id, "to be forgotten");
        app.Clock.Advance(TimeSpan.FromDays(1) + TimeSpan.FromMinutes(1));
        var job = ActivatorUtilities.CreateInstance<ForgetAnswersJob>(app.Services);

        (await job.ForgetAsync(CancellationToken.None)).ShouldBeGreaterThan(0);

        (await app.SqlAsync<long>($"SELECT count(*) FROM shared.derived_keys WHERE tenant_id = '{caller.RequiredTenant}'")).ShouldBe(0);
    }

    [Fact]
    public async Task The_last_included_call_again_is_that_call_and_not_one_too_many()
    {
        var caller = await app.PosterAsync();
        await using var agent = await app.ConnectAsync(answer: SocketAgent.SilentAsync);
        (await app.SendAsync(Actors.Person(agent.Agent.RequiredTenant), new SetPrice(agent.Id, new PriceTerms(PriceKind.Subscription, Money.Usd(20), Subscription: new SubscriptionTerms(1, null))))).Error.ShouldBeNull();
        (await app.SendAsync(caller, new SubscribeToAgent(agent.Id))).Error.ShouldBeNull();
        var last = await app.CallAsync(caller, agent.Id, "the only one");

        var again = await app.CallAsync(caller, agent.Id, "the only one");

        again.Value.Id.ShouldBe(last.Value.Id);
        (await app.CallAsync(caller, agent.Id, "another one")).Error.ShouldBe(PriceErrors.CallsUsedUp);
        (await app.CallAsync(caller, agent.Id, "the only one", s => s with { Repeat = true })).Error.ShouldBe(PriceErrors.CallsUsedUp);
        (await app.SqlAsync<long>($"SELECT used_calls FROM calls.subscriptions WHERE agent_id = '{agent.Id}'")).ShouldBe(1);
    }

    private Task<long> HeldAsync(Actor caller) => app.SqlAsync<long>(
        $"SELECT count(*) FROM ledger.entries e WHERE e.purpose = 'call.hold' AND e.amount < 0 AND e.tenant_id = '{caller.RequiredTenant}'");
}
