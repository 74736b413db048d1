using System.Text.Json;
using Hermes.Application.Agents;
using Hermes.Application.Calls;
using Hermes.Application.Mesh;
using Hermes.Application.Shared;
using Hermes.Domain.Agents;
using Hermes.Domain.Agents.Public;
using Hermes.Domain.Calls;
using Hermes.Domain.Identity;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using Hermes.IntegrationTests.Calls;
using Hermes.IntegrationTests.Shared;
using Microsoft.Extensions.DependencyInjection;

namespace Hermes.IntegrationTests.Agents;

/// <summary>What agents ask, from the owner's word to what a call is charged.</summary>
public sealed class PricingTests(CallsApp app) : IClassFixture<CallsApp>
{
    private static readonly PriceTerms ByToken =
        new(PriceKind.PerUnit, Money.Usd(0.10m), new UnitTerms("token", UnitCount.Reported, Money.Usd(1m), 1_000, 0, 500, 2_000));

    private static Actor OwnerOf(Actor agent) => Actors.Person(agent.RequiredTenant);

    private async Task<PriceSet> SetAsync(Actor agent, PriceTerms terms, Money? reserve = null, DateTimeOffset? from = null)
    {
        var set = await app.SendAsync(OwnerOf(agent), new SetPrice(agent.RequiredAgent, terms, reserve, from));
        set.Error.ShouldBeNull();
        return set.Value;
    }

    private async Task<PricingView> GetAsync(Actor viewer, AgentId agent) => (await app.SendAsync(viewer, new GetPricing(agent))).Value;

    private static Func<SocketAgent, JsonElement, Task> Reports(long? units) => (agent, frame) => frame.GetProperty("type").GetString() == "call.requested"
        ? agent.SendAsync(new { type = "call.complete", call_id = SocketAgent.CallOf(frame), result = "done", units }) : Task.CompletedTask;

    [Fact]
    public async Task A_new_agent_has_its_first_price_and_a_change_keeps_the_history()
    {
        var (agent, _) = await app.KeyedAgentAsync(0.25m);
        (await GetAsync(OwnerOf(agent), agent.RequiredAgent)).Current.Terms.ShouldBe(PriceTerms.PerCall(Money.Usd(0.25m)));

        await SetAsync(agent, ByToken, Money.Usd(0.75m));

        var pricing = await GetAsync(OwnerOf(agent), agent.RequiredAgent);
        pricing.Current.Terms.ShouldBe(ByToken);
        pricing.Current.Reserve.ShouldBe(Money.Usd(0.75m));
        pricing.Items.Select(p => (p.State, p.Listed)).ShouldBe([(PriceState.Current, Money.Usd(0.60m)), (PriceState.Past, Money.Usd(0.25m))]);
        (await app.SendAsync(OwnerOf(agent), new GetAgent(agent.RequiredAgent))).Value.BasePrice.ShouldBe(Money.Usd(0.60m));
        (await app.SqlAsync<long>($"SELECT count(*) FROM compliance.audit_entries WHERE action = 'agent.price' AND subject_id = '{agent.RequiredAgent}'")).ShouldBe(1);
    }

    [Fact]
    public async Task A_price_counts_from_its_instant_and_is_listed_then()
    {
        await using var once = await OnceApp.StartAsync();
        var own = once.App;
        var (agent, _) = await own.KeyedAgentAsync(1m);
        var (owner, id) = (OwnerOf(agent), agent.RequiredAgent);
        var now = own.Clock.GetUtcNow();
        (await own.SendAsync(owner, new SetPrice(id, PriceTerms.PerCall(Money.Usd(3m)), null, now.AddHours(2)))).Error.ShouldBeNull();
        (await own.SendAsync(owner, new SetPrice(id, PriceTerms.PerCall(Money.Usd(2m)), null, now.AddHours(1)))).Error.ShouldBeNull();
        async Task<(Money Counts, Money Listed)> SeenAsync()
        {
            await using (var scope = own.Services.GetRequiredService<ISystemScopes>().Begin("prices"))
                (await scope.SendAsync(new ListDuePrices(), CancellationToken.None)).Error.ShouldBeNull();
            return ((await own.SendAsync(owner, new GetPricing(id))).Value.Current.Listed, (await own.SendAsync(owner, new GetAgent(id))).Value.BasePrice);
        }
        (await SeenAsync()).ShouldBe((Money.Usd(1m), Money.Usd(1m)));
        (await own.SendAsync(owner, new GetPricing(id))).Value.Items.Select(p => p.State).ShouldBe([PriceState.Scheduled, PriceState.Scheduled, PriceState.Current]);

        own.Clock.Advance(TimeSpan.FromMinutes(61));
        (await own.SendAsync(owner, new EstimateCall(id, CallMessage.Text("hi")))).Value.Most.ShouldBe(Money.Usd(2m));
        (await SeenAsync()).ShouldBe((Money.Usd(2m), Money.Usd(2m)));
        own.Clock.Advance(TimeSpan.FromMinutes(60));
        (await SeenAsync()).ShouldBe((Money.Usd(3m), Money.Usd(3m)));
        (await own.SqlAsync<long>($"SELECT count(*) FROM agents.prices WHERE agent_id = '{id}' AND listed_at IS NULL")).ShouldBe(0);
    }

    [Fact]
    public async Task Versions_can_not_be_changed_or_taken_away()
    {
        var (agent, _) = await app.KeyedAgentAsync();
        foreach (var role in new[] { "hermes_app", "hermes_engine" })
        {
            (await app.SqlAsync<bool>($"SELECT has_table_privilege('{role}', 'agents.prices', 'DELETE')")).ShouldBeFalse();
            (await app.SqlAsync<bool>($"SELECT has_column_privilege('{role}', 'agents.prices', 'terms', 'UPDATE')")).ShouldBeFalse();
        }
    }

    [Fact]
    public async Task Each_rule_refuses_with_its_own_error()
    {
        var (agent, _) = await app.KeyedAgentAsync();
        var (owner, id, price, now) = (OwnerOf(agent), agent.RequiredAgent, PriceTerms.PerCall(Money.Usd(1m)), app.Clock.GetUtcNow());
        async Task<Error?> SayAsync(SetPrice set) => (await app.SendAsync(owner, set)).Error;
        (await SayAsync(new SetPrice(id, price, null, now.AddMinutes(-5)))).ShouldBe(PriceErrors.InThePast);
        (await SayAsync(new SetPrice(id, price, null, now.AddDays(800)))).ShouldBe(PriceErrors.TooFarAhead);
        (await SayAsync(new SetPrice(id, price, Money.Of(1, Currency.Parse("EUR"))))).ShouldBe(PriceErrors.ReserveCurrency);
        (await SayAsync(new SetPrice(id, price, Money.Usd(0)))).ShouldNotBeNull().Members!.Keys.ShouldBe(["reserve"]);
        (await SayAsync(new SetPrice(id, PriceTerms.PerCall(Money.Usd(-1))))).ShouldNotBeNull().Members!.Keys.ShouldBe(["amount"]);
        (await SayAsync(new SetPrice(id, price, ExpectedVersion: 1))).ShouldBe(AgentErrors.Changed);
        (await app.SendAsync(Actors.Person(agent.RequiredTenant, Permissions.AgentsRead), new SetPrice(id, price))).Error!.Code.ShouldBe("access.permission_missing");
        (await app.SendAsync(Actors.Person(new TenantId(Guid.CreateVersion7())), new SetPrice(id, price))).Error.ShouldBe(AgentErrors.NotFound);
        (await app.SendAsync(owner, new RetireAgent(id))).Error.ShouldBeNull();
        (await SayAsync(new SetPrice(id, price))).ShouldBe(AgentErrors.Retired);
    }

    [Fact]
    public async Task Others_see_what_a_public_agent_asks_but_not_its_reserve_and_nothing_of_a_private_one()
    {
        var stranger = Actors.Person(new TenantId(Guid.CreateVersion7()));
        var (open, _) = await app.KeyedAgentAsync();
        await SetAsync(open, ByToken, Money.Usd(5m));
        var seen = await GetAsync(stranger, open.RequiredAgent);
        (seen.Current.Terms, seen.Current.Reserve, seen.IsMine).ShouldBe((ByToken, null, false));
        seen.Items.ShouldAllBe(p => p.Reserve == null);
        var (hidden, _) = await app.KeyedAgentAsync(visibility: AgentVisibility.Tenant);
        (await app.SendAsync(stranger, new GetPricing(hidden.RequiredAgent))).Error.ShouldBe(AgentErrors.NotFound);
        (await app.SendAsync(stranger, new EstimateCall(hidden.RequiredAgent, CallMessage.Text("hi")))).Error.ShouldBe(CallErrors.AgentNotFound);
    }

    [Fact]
    public async Task The_profiles_price_replaces_a_price_per_call_only()
    {
        var tenant = new TenantId(Guid.CreateVersion7());
        var made = (await app.SendAsync(Actors.Person(tenant), new RegisterAgent(AgentTests.Profile($"Agent {Guid.CreateVersion7()}")))).Value;
        var agent = Actors.Agent(made.Id, tenant);
        var profile = AgentTests.Profile(made.Agent.Name);
        await SetAsync(agent, PriceTerms.PerCall(Money.Usd(1m)), Money.Usd(0.5m));
        (await app.SendAsync(OwnerOf(agent), new EditAgent(made.Id, profile with { BasePrice = Money.Usd(2m) }))).Error.ShouldBeNull();
        var pricing = await GetAsync(OwnerOf(agent), made.Id);
        (pricing.Current.Listed, pricing.Current.Reserve, pricing.Items.Count).ShouldBe((Money.Usd(2m), Money.Usd(0.5m), 3));

        await SetAsync(agent, ByToken);
        (await app.SendAsync(OwnerOf(agent), new EditAgent(made.Id, profile with { BasePrice = Money.Usd(9m) }))).Error.ShouldBe(PriceErrors.MadeByTerms);
        (await app.SendAsync(OwnerOf(agent), new EditAgent(made.Id, profile with { BasePrice = ByToken.Listed, Description = "Else." }))).Error.ShouldBeNull();
        (await GetAsync(OwnerOf(agent), made.Id)).Current.Terms.ShouldBe(ByToken);
    }

    [Theory]
    [InlineData(500, 600_000)]
    [InlineData(0, 100_000)]
    [InlineData(null, 100_000)]
    [InlineData(1_000_000, 2_100_000)]
    public async Task Reported_units_are_paid_and_the_rest_goes_back(int? units, long paid)
    {
        var caller = await app.PosterAsync();
        await using var agent = await app.ConnectAsync(answer: Reports(units));
        await SetAsync(agent.Agent, ByToken);
        var started = await app.CallAsync(caller, agent.Id);
        started.Value.Price.ShouldBe(Money.Usd(2.10m));
        (await agent.WaitAsync("call.requested")).GetProperty("data").GetProperty("max_units").GetInt64().ShouldBe(2_000);
        var ended = await app.AnsweredAsync(caller, started.Value.Id);
        (ended.State, ended.Payment, ended.Charged!.Value.MicroUnits, ended.Units).ShouldBe((CallState.Completed, CallPayment.Settled, paid, (long?)units));
        (await app.BalanceAsync(caller.RequiredTenant, "available") + await app.BalanceAsync(caller.RequiredTenant, "promotional")).ShouldBe(100_000_000 - paid);
        (await app.BalanceAsync(agent.Agent.RequiredTenant, "earnings")).ShouldBe(paid * 85 / 100);
        (await app.HeldAsync(ended.Id)).ShouldBe(0);
        (await app.SumOfEntriesAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task The_caller_caps_the_units_and_what_is_held()
    {
        var caller = await app.PosterAsync();
        await using var agent = await app.ConnectAsync(answer: Reports(2_000));
        await SetAsync(agent.Agent, ByToken);
        (await app.CallAsync(caller, agent.Id, with: s => s with { MaxPrice = Money.Usd(2.09m) })).Error.ShouldBe(CallErrors.OverBudget);
        var started = await app.CallAsync(caller, agent.Id, with: s => s with { MaxUnits = 100, MaxPrice = Money.Usd(0.20m) });
        started.Value.Price.ShouldBe(Money.Usd(0.20m));
        (await app.AnsweredAsync(caller, started.Value.Id)).Charged.ShouldBe(Money.Usd(0.20m));
        (await app.CallAsync(caller, agent.Id, with: s => s with { MaxUnits = 2_001 })).Error!.Code.ShouldBe("pricing.units_out_of_range");
    }

    [Fact]
    public async Task Units_of_a_failed_call_are_not_paid()
    {
        var caller = await app.PosterAsync();
        await using var agent = await app.ConnectAsync(answer: (a, f) => f.GetProperty("type").GetString() == "call.requested"
            ? a.SendAsync(new { type = "call.status", call_id = SocketAgent.CallOf(f), state = "failed", units = 900 }) : Task.CompletedTask);
        await SetAsync(agent.Agent, ByToken);
        var ended = await app.AnsweredAsync(caller, (await app.CallAsync(caller, agent.Id)).Value.Id);
        (ended.Payment, ended.Charged).ShouldBe((CallPayment.Refunded, null));
        (await app.BalanceAsync(caller.RequiredTenant, "available") + await app.BalanceAsync(caller.RequiredTenant, "promotional")).ShouldBe(100_000_000);
    }

    [Fact]
    public async Task Characters_are_counted_beforehand_as_people_count_them()
    {
        var caller = await app.PosterAsync();
        await using var agent = await app.ConnectAsync();
        await SetAsync(agent.Agent, new PriceTerms(PriceKind.PerUnit, Money.Usd(0), new UnitTerms("character", UnitCount.Characters, Money.Usd(0.01m), 1, 0, 10, 20)));
        var estimate = (await app.SendAsync(caller, new EstimateCall(agent.Id, CallMessage.Text("grüße 🙂")))).Value;
        (estimate.Most, estimate.Least, estimate.MaxUnits).ShouldBe((Money.Usd(0.07m), Money.Usd(0.07m), null));
        var ended = await app.AnsweredAsync(caller, (await app.CallAsync(caller, agent.Id, "grüße 🙂", s => s with { MaxPrice = estimate.Most })).Value.Id);
        ended.Charged.ShouldBe(Money.Usd(0.07m));
        (await app.CallAsync(caller, agent.Id, new string('x', 21))).Error!.Code.ShouldBe("pricing.too_many_units");
    }

    [Fact]
    public async Task A_dynamic_price_moves_within_its_bounds_and_says_why()
    {
        var caller = await app.PosterAsync();
        await using var agent = await app.ConnectAsync(answer: SocketAgent.SilentAsync);
        await SetAsync(agent.Agent, new PriceTerms(PriceKind.Dynamic, Money.Usd(1m), null, new DynamicTerms(Money.Usd(0.9m), Money.Usd(1.4m), 50, 0, 0, 0, 100)));
        async Task<CallEstimate> AskAsync() => (await app.SendAsync(caller, new EstimateCall(agent.Id, CallMessage.Text(new string('x', 100))))).Value;
        (await AskAsync()).Most.ShouldBe(Money.Usd(1m));
        (await app.CallAsync(caller, agent.Id, "one")).Value.Price.ShouldBe(Money.Usd(1m));
        var busier = await AskAsync();
        busier.Most.ShouldBe(Money.Usd(1.4m));
        busier.Parts.Select(p => (p.Name, p.Amount)).ShouldBe([("base", Money.Usd(1m)), ("demand", Money.Usd(0.497m)), ("capacity", Money.Usd(0)), ("complexity", Money.Usd(0)), ("urgency", Money.Usd(0)), ("ceiling", Money.Usd(-0.097m))]);
        // What was quoted before is no promise, but what the caller names is.
        (await app.CallAsync(caller, agent.Id, "two", s => s with { MaxPrice = Money.Usd(1m) })).Error.ShouldBe(CallErrors.OverBudget);
    }

    [Fact]
    public async Task The_usual_demand_is_counted_once_in_five_minutes_and_not_for_each_quote()
    {
        await using var once = await OnceApp.StartAsync();
        var (own, caller) = (once.App, await once.App.PosterAsync());
        await using var agent = await own.ConnectAsync(answer: SocketAgent.SilentAsync);
        (await own.SendAsync(OwnerOf(agent.Agent), new SetPrice(agent.Id, new PriceTerms(PriceKind.Dynamic, Money.Usd(1m), null,
            new DynamicTerms(Money.Usd(0), Money.Usd(9m), 100, 0, 0, 0, 100))))).Error.ShouldBeNull();
        async Task<Money> QuoteAsync() => (await own.SendAsync(caller, new EstimateCall(agent.Id, CallMessage.Text("hi")))).Value.Most;
        (await own.CallAsync(caller, agent.Id)).Error.ShouldBeNull();
        own.Clock.Advance(TimeSpan.FromHours(2));
        var quiet = await QuoteAsync();
        quiet.ShouldBeLessThan(Money.Usd(1m));

        await own.SqlAsync<int>($"UPDATE calls.calls SET created_at = created_at - interval '8 days' WHERE served_by = '{agent.Id}'");

        (await QuoteAsync()).ShouldBe(quiet);
        own.Clock.Advance(TimeSpan.FromMinutes(6));
        (await QuoteAsync()).ShouldBe(Money.Usd(1m));
    }

    [Fact]
    public async Task A_retry_of_a_dynamically_priced_call_holds_once_though_the_price_has_moved()
    {
        await using var once = await OnceApp.StartAsync();
        var caller = await once.App.PosterAsync();
        await using var agent = await once.App.ConnectAsync(answer: SocketAgent.SilentAsync);
        (await once.App.SendAsync(OwnerOf(agent.Agent), new SetPrice(agent.Id, new PriceTerms(PriceKind.Dynamic, Money.Usd(1m), null,
            new DynamicTerms(Money.Usd(0), Money.Usd(9m), 500, 0, 0, 0, 100))))).Error.ShouldBeNull();
        var first = await once.App.CallAsync(caller, agent.Id, "once");
        (await once.App.SendAsync(caller, new EstimateCall(agent.Id, CallMessage.Text("once")))).Value.Most.ShouldNotBe(first.Value.Price);
        (await once.App.CallAsync(caller, agent.Id, "once")).Value.Id.ShouldBe(first.Value.Id);
    }

    /// <summary>An app of its own, whose clock may be moved, that takes a repetition for a retry.</summary>
    private sealed class OnceApp : CallsApp, IAsyncDisposable
    {
        private OnceApp() => Set("Hermes:Idempotency:DerivedWindow", "00:05:00");

        public CallsApp App => this;

        public static async Task<OnceApp> StartAsync()
        {
            var app = new OnceApp();
            await app.InitializeAsync();
            return app;
        }

        async ValueTask IAsyncDisposable.DisposeAsync() => await DisposeAsync();
    }

    [Fact]
    public async Task A_bid_below_the_reserve_is_refused_and_nobody_else_hears_of_it()
    {
        var (poster, agent) = (await app.PosterAsync(), await app.AgentAsync());
        var contract = await app.PostAsync(poster);
        await SetAsync(agent, PriceTerms.PerCall(Money.Usd(4m)), Money.Usd(3m));
        (await app.SendAsync(agent, new PlaceBid(contract, Money.Usd(2.99m), 30, 0.9m))).Error.ShouldBe(MeshErrors.PriceBelowReserve(Money.Usd(3m)));
        await app.BidAsync(agent, contract, 3m);
        (await app.SendAsync(agent, new PlaceBid(contract, Money.Usd(2m), 30, 0.9m))).Error.ShouldBe(MeshErrors.PriceBelowReserve(Money.Usd(3m)));
        await SetAsync(agent, PriceTerms.PerCall(Money.Usd(4m)));
        await app.BidAsync(agent, contract, 2m);
    }
}
