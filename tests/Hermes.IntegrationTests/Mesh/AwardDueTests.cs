using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;

namespace Hermes.IntegrationTests.Mesh;

public sealed class AwardDueTests(MeshApp app) : IClassFixture<MeshApp>
{
    [Fact]
    public async Task The_best_bid_wins_and_its_price_is_held()
    {
        var poster = await app.PosterAsync();
        var contract = await app.PostAsync(poster);
        var (good, cheap) = (await app.AgentAsync(), await app.AgentAsync());
        var winner = await app.BidAsync(good, contract, 4m, 30, 0.95m);
        var loser = await app.BidAsync(cheap, contract, 3m, 60, 0.40m);

        await app.CloseAsync(contract);

        var view = await app.ViewAsync(poster, contract);
        view.State.ShouldBe(ContractState.Awarded);
        view.Award!.AgentId.ShouldBe(good.RequiredAgent);
        view.Price.ShouldBe(Money.Usd(4m));
        view.Bids.Items.Select(b => b.Id).ShouldBe([winner.Id, loser.Id]);
        view.Bids.Items[0].Score!.Price.ShouldBe(0.6m);
        (await app.HeldAsync(contract)).ShouldBe(4_000_000);
        (await app.SumOfEntriesAsync()).ShouldBe(0m);
        (await app.EventsAsync(contract)).ShouldBe("contract.announced contract.bids_changed contract.bids_changed bid.accepted contract.awarded contract.lost");
    }
}
