using Hermes.Application.Agents;
using Hermes.Application.Mesh;
using Hermes.Application.Shared;
using Hermes.Domain.Agents.Public;
using Hermes.Domain.Identity;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using Hermes.IntegrationTests.Shared;
using Microsoft.Extensions.DependencyInjection;

namespace Hermes.IntegrationTests.Mesh;

/// <summary>What to bid: from decided bids only, within reserve and budget, for one's own agents.</summary>
public sealed class SuggestBidsTests(MeshApp app) : IClassFixture<MeshApp>
{
    private async Task<Result<BidSuggestions>> AskAsync(Actor actor, SuggestBids ask) => await app.SendAsync(actor, ask);

    private async Task<BidModelView> FitAsync()
    {
        await using var scope = app.Services.GetRequiredService<ISystemScopes>().Begin("bid-model");
        return (await scope.SendAsync(new FitBidModel(), CancellationToken.None)).Value;
    }

    [Fact]
    public async Task Agent_and_owner_get_prices_within_reserve_and_budget()
    {
        var (poster, agent) = (await app.PosterAsync(), await app.AgentAsync());
        var owner = Actors.Person(agent.RequiredTenant);
        var contract = await app.PostAsync(poster);
        (await app.SendAsync(owner, new SetPrice(agent.RequiredAgent, PriceTerms.PerCall(Money.Usd(1m)), Money.Usd(2m)))).Error.ShouldBeNull();

        var own = (await AskAsync(agent, new SuggestBids(contract, null, Cost: Money.Usd(1m)))).Value;
        var owners = (await AskAsync(owner, new SuggestBids(contract, agent.RequiredAgent, Cost: Money.Usd(1m)))).Value;

        own.Points.ShouldBe(owners.Points);
        own.Points.ShouldAllBe(p => p.Price >= Money.Usd(2m) && p.Price <= Money.Usd(5m) && p.WinProbability >= 0 && p.WinProbability <= 1);
        (own.Reserve, own.Most).ShouldBe((Money.Usd(2m), Money.Usd(5m)));
        own.Points.Single(p => p.IsBest).Price.ShouldBe(own.Best);
        (await app.SendAsync(agent, new PlaceBid(contract, own.Best, 60, 0.9m))).Error.ShouldBeNull();
        (await AskAsync(owner, new SuggestBids(null, agent.RequiredAgent, Reward: Money.Usd(10m)))).Value.Most.ShouldBe(Money.Usd(10m));
    }

    [Fact]
    public async Task What_rivals_bid_on_a_contract_that_is_open_changes_nothing()
    {
        var (poster, agent) = (await app.PosterAsync(), await app.AgentAsync());
        var contract = await app.PostAsync(poster);
        await FitAsync();
        var before = (await AskAsync(agent, new SuggestBids(contract, null))).Value;
        foreach (var price in new[] { 0.10m, 0.20m, 0.30m })
            await app.BidAsync(await app.AgentAsync(), contract, price);
        await FitAsync();
        (await AskAsync(agent, new SuggestBids(contract, null))).Value.Points.ShouldBe(before.Points);
    }

    [Fact]
    public async Task Decided_bids_are_learnt_from_and_the_model_is_kept()
    {
        var poster = await app.PosterAsync();
        var before = await FitAsync();
        var contract = await app.PostAsync(poster);
        await app.BidAsync(await app.AgentAsync(), contract, 4m);
        await app.BidAsync(await app.AgentAsync(), contract, 3m);
        (await FitAsync()).Bids.ShouldBe(before.Bids);
        await app.CloseAsync(contract);
        var after = await FitAsync();
        (after.Bids, after.IsPrior).ShouldBe((before.Bids + 2, true));
        (await app.SendAsync(poster, new GetBidModel())).Value.Bids.ShouldBe(after.Bids);
        (await app.SqlAsync<long>("SELECT count(*) FROM mesh.bid_models")).ShouldBeGreaterThanOrEqualTo(3);
    }

    [Fact]
    public async Task Each_rule_refuses_with_its_own_error()
    {
        var (poster, agent, other) = (await app.PosterAsync(), await app.AgentAsync(), await app.AgentAsync(capability: "else"));
        var owner = Actors.Person(agent.RequiredTenant);
        var contract = await app.PostAsync(poster);
        (await AskAsync(other, new SuggestBids(contract, null))).Error.ShouldBe(MeshErrors.CapabilityMissing);
        (await AskAsync(agent, new SuggestBids(contract, other.RequiredAgent))).Error.ShouldBe(MeshErrors.BidderNotFound);
        (await AskAsync(owner, new SuggestBids(contract, other.RequiredAgent))).Error.ShouldBe(MeshErrors.BidderNotFound);
        (await AskAsync(owner, new SuggestBids(contract, null))).Error.ShouldBe(MeshErrors.BidderNotFound);
        (await AskAsync(agent, new SuggestBids(new ContractId(Guid.CreateVersion7()), null))).Error.ShouldBe(MeshErrors.ContractNotFound);
        (await AskAsync(agent, new SuggestBids(contract, null, Cost: Money.Of(1m, Currency.Parse("EUR"))))).Error.ShouldBe(MeshErrors.CurrencyDiffers);
        (await AskAsync(agent, new SuggestBids(null, null))).Error!.Code.ShouldBe("request.invalid");
        (await AskAsync(Actors.Person(agent.RequiredTenant, Permissions.ContractsRead), new SuggestBids(contract, agent.RequiredAgent))).Error.ShouldBe(AccessErrors.Missing(Permissions.AgentsRead));
        (await app.SendAsync(owner, new SetPrice(agent.RequiredAgent, PriceTerms.PerCall(Money.Usd(1m)), Money.Usd(6m)))).Error.ShouldBeNull();
        (await AskAsync(agent, new SuggestBids(contract, null))).Error.ShouldBe(MeshErrors.PriceBelowReserve(Money.Usd(6m)));
        var hidden = await app.PostAsync(poster, MeshApp.Input() with { Visibility = Visibility.Tenant });
        (await AskAsync(agent, new SuggestBids(hidden, null))).Error.ShouldBe(MeshErrors.ContractNotFound);
        (await app.SendAsync(poster, new CancelContract(contract, null))).Error.ShouldBeNull();
        (await AskAsync(agent, new SuggestBids(contract, null))).Error.ShouldBe(MeshErrors.ContractNotFound);
    }
}
