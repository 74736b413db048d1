using Hermes.Application.Agents;
using Hermes.Application.Ledger;
using Hermes.Application.Mesh;
using Hermes.Application.Shared;
using Hermes.Domain.Agents;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using Hermes.IntegrationTests.Shared;
using Microsoft.Extensions.DependencyInjection;

namespace Hermes.IntegrationTests.Mesh;

/// <summary>The app with what tests of the mesh arrange: posters with money, agents, contracts, bids.</summary>
public class MeshApp : HermesApp
{
    /// <summary>A person of a new tenant with money in its wallet.</summary>
    public async Task<Actor> PosterAsync(decimal credits = 100m)
    {
        var poster = Actors.Person(new TenantId(Guid.CreateVersion7()));
        if (credits > 0)
            (await SendAsync(poster, new AddCredits(Money.Usd(credits)))).Error.ShouldBeNull();
        return poster;
    }

    /// <summary>An agent of a new tenant, or of the one named.</summary>
    public async Task<Actor> AgentAsync(TenantId? tenant = null, int capacity = 10, string capability = "summarise", AgentVisibility visibility = AgentVisibility.Public)
    {
        var owner = tenant ?? new TenantId(Guid.CreateVersion7());
        var made = await SendAsync(Actors.Person(owner), new RegisterAgent(new AgentProfile(
            $"Agent {Guid.CreateVersion7()}", "", [capability], null, Money.Usd(1m), visibility, [], [], capacity)));
        made.Error.ShouldBeNull();
        return Actors.Agent(made.Value.Id, owner);
    }

    /// <summary>What a poster writes, by default with a window that only the test's clock closes.</summary>
    public static ContractInput Input(decimal reward = 5m, int window = 600) => new()
    {
        Title = "Summarise a report",
        Intent = "Ten sentences at most.",
        Reward = Money.Usd(reward),
        RequiredCapabilities = ["summarise"],
        BiddingWindowSeconds = window,
    };

    /// <summary>A posted contract.</summary>
    public async Task<ContractId> PostAsync(Actor poster, ContractInput? input = null)
    {
        var posted = await SendAsync(poster, new PostContract(input ?? Input()));
        posted.Error.ShouldBeNull();
        return posted.Value.Id;
    }

    /// <summary>A bid, by default with a promise that no test is too slow for.</summary>
    public async Task<OwnBidView> BidAsync(Actor agent, ContractId contract, decimal price = 4m, int eta = 600, decimal confidence = 0.9m)
    {
        var bid = await SendAsync(agent, new PlaceBid(contract, Money.Usd(price), eta, confidence));
        bid.Error.ShouldBeNull();
        return bid.Value;
    }

    /// <summary>A contract with a bid, whose window ends by itself a moment after this machine managed to bid.</summary>
    public async Task<ContractId> ClosingAsync(Actor poster)
    {
        var agent = await AgentAsync();
        for (var window = 2; ; window *= 2)
        {
            var contract = await PostAsync(poster, Input(window: window));
            var bid = await SendAsync(agent, new PlaceBid(contract, Money.Usd(4m), 600, 0.9m));
            if (bid.Error == MeshErrors.WindowClosed)
                continue;
            bid.Error.ShouldBeNull();
            return contract;
        }
    }

    /// <summary>Closes the contract's window now, whatever the clock says, and awards what is due; done when the engine, here or in the background, has handled it.</summary>
    public async Task CloseAsync(ContractId contract)
    {
        await SqlAsync<object>($"UPDATE mesh.contracts SET bidding_closes_at = opened_at, funds_retry_at = CASE WHEN funds_retry_at IS NOT NULL THEN opened_at END WHERE id = '{contract}'");
        await Eventually.HoldsAsync(async () =>
        {
            await AwardDueAsync();
            return await SqlAsync<long>($"SELECT count(*) FROM mesh.contracts WHERE id = '{contract}' AND state = 'bidding' AND coalesce(funds_retry_at, bidding_closes_at) = opened_at") == 0;
        }, "the engine comes to the contract");
    }

    /// <summary>Gives the agent an effective trust.</summary>
    public async Task TrustAsync(Actor agent, decimal effective)
    {
        await SqlAsync<object>($"INSERT INTO trust.scores (agent_id, tenant_id, changed_at) VALUES ('{agent.RequiredAgent}', '{agent.RequiredTenant}', now()) ON CONFLICT DO NOTHING");
        await SqlAsync<object>(FormattableString.Invariant($"UPDATE trust.scores SET effective = {effective} WHERE agent_id = '{agent.RequiredAgent}'"));
    }

    /// <summary>Sends what timers send.</summary>
    public async Task<AwardRun> AwardDueAsync()
    {
        await using var scope = Services.GetRequiredService<ISystemScopes>().Begin("award-engine");
        var run = await scope.SendAsync(new AwardDue(), CancellationToken.None);
        run.Error.ShouldBeNull();
        return run.Value;
    }

    /// <summary>The contract as the actor sees it.</summary>
    public async Task<ContractView> ViewAsync(Actor actor, ContractId contract)
    {
        var view = await SendAsync(actor, new GetContract(contract));
        view.Error.ShouldBeNull();
        return view.Value;
    }

    /// <summary>The contract's state as it is stored.</summary>
    public Task<string?> StateAsync(ContractId contract) => SqlAsync<string>($"SELECT state FROM mesh.contracts WHERE id = '{contract}'");

    /// <summary>Waits until the contract's state is the one.</summary>
    public Task BecomesAsync(ContractId contract, string state) => Eventually.IsAsync(() => StateAsync(contract), state, $"the contract is {state}");

    /// <summary>Σ entries, which is always 0.</summary>
    public Task<decimal> SumOfEntriesAsync() => SqlAsync<decimal>("SELECT coalesce(sum(amount), 0)::numeric FROM ledger.entries");

    /// <summary>Micro-units that are held for the contract.</summary>
    public Task<long> HeldAsync(ContractId contract) => SqlAsync<long>($"SELECT coalesce(sum(balance), 0)::bigint FROM ledger.accounts WHERE kind = 'escrow' AND owner_id = '{contract}'");

    /// <summary>Types of the contract's events in the order they were written.</summary>
    public Task<string?> EventsAsync(ContractId contract) => SqlAsync<string>($"SELECT string_agg(type, ' ' ORDER BY seq) FROM notifications.outbox WHERE subject_id = '{contract}'");
}
