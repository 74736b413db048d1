using Hermes.Application.Mesh;
using Hermes.Domain.Agents;
using Hermes.Domain.Identity;
using Hermes.Domain.Mesh;
using Hermes.IntegrationTests.Shared;

namespace Hermes.IntegrationTests.Mesh;

/// <summary>The award by hand.</summary>
public sealed class AwardContractTests(MeshApp app) : IClassFixture<MeshApp>
{
    [Fact]
    public async Task Without_a_bid_named_the_best_wins_as_the_engine_would_choose()
    {
        var poster = await app.PosterAsync();
        var contract = await app.PostAsync(poster);
        var (a, b) = (await app.AgentAsync(visibility: AgentVisibility.Tenant), await app.AgentAsync());
        await app.TrustAsync(a, 0.92m);
        await app.TrustAsync(b, 0.75m);
        await app.BidAsync(a, contract, 4m, 30, 0.95m);
        await app.BidAsync(b, contract, 3m, 60, 0.80m);

        var awarded = (await app.SendAsync(poster, new AwardContract(contract))).Value;

        awarded.AgentId.ShouldBe(a.RequiredAgent);
        awarded.TotalScore.ShouldBe(74.25m);
        (await app.HeldAsync(contract)).ShouldBe(4_000_000);
        var bids = (await app.SendAsync(poster, new ListBids(contract))).Value;
        bids.Items[1].Score!.Total.ShouldBe(56.25m);
        (await app.EventsAsync(contract)).ShouldEndWith("bid.accepted contract.awarded contract.lost");
        // Losing bidders' organisations hear of the award too, and learn the winner's score only.
        (await app.SqlAsync<long>($"SELECT count(*) FROM notifications.outbox WHERE subject_id = '{contract}' AND type IN ('contract.awarded', 'contract.lost') AND data::text LIKE '%{a.RequiredAgent}%'")).ShouldBe(0);
        (await app.SendAsync(poster, new GetReceipt(contract))).Value.Receipt.TieBreak.ShouldBe(TieBreak.None);
        (await app.AwardDueAsync()).Awarded.ShouldBe(0);
    }

    [Fact]
    public async Task A_person_may_choose_another_bid_and_the_receipt_says_so()
    {
        var poster = await app.PosterAsync();
        var contract = await app.PostAsync(poster, MeshApp.Input() with { WatchBids = true });
        await app.BidAsync(await app.AgentAsync(), contract, 1m);
        var chosen = await app.BidAsync(await app.AgentAsync(), contract, 5m, 300, 0.1m);

        (await app.SendAsync(poster, new AwardContract(contract, chosen.Id))).Value.BidId.ShouldBe(chosen.Id);

        var view = await app.ViewAsync(poster, contract);
        view.Award!.ByHand.ShouldBeTrue();
        view.Award.TieBreak.ShouldBe(TieBreak.ByHand);
        var receipt = (await app.SendAsync(poster, new GetReceipt(contract))).Value;
        (await app.SendAsync(poster, new VerifyReceipt(receipt.Jws))).Value.Holds.ShouldBeTrue();
        receipt.Receipt.Winner.ShouldBe(chosen.Id.Value);
    }

    [Fact]
    public async Task It_is_refused_without_bids_with_foreign_bids_twice_and_without_money()
    {
        var poster = await app.PosterAsync(3m);
        var contract = await app.PostAsync(poster);
        var another = await app.PostAsync(poster);
        (await app.SendAsync(poster, new AwardContract(contract))).Error.ShouldBe(MeshErrors.NoBids);
        var foreign = await app.BidAsync(await app.AgentAsync(), another, 1m);
        await app.BidAsync(await app.AgentAsync(), contract, 4m);
        (await app.SendAsync(poster, new AwardContract(contract, foreign.Id))).Error.ShouldBe(MeshErrors.BidNotFound);

        (await app.SendAsync(poster, new AwardContract(contract))).Error!.Code.ShouldBe("mesh.funds_missing");
        (await app.ViewAsync(poster, contract)).State.ShouldBe(ContractState.Bidding);
        (await app.HeldAsync(contract)).ShouldBe(0);

        (await app.SendAsync(poster, new AwardContract(another))).Error.ShouldBeNull();
        (await app.SendAsync(poster, new AwardContract(another))).Error!.Code.ShouldBe("mesh.illegal_transition");
        (await app.SumOfEntriesAsync()).ShouldBe(0m);
    }

    [Fact]
    public async Task Another_tenant_gets_nothing_and_a_missing_permission_is_refused()
    {
        var poster = await app.PosterAsync();
        var contract = await app.PostAsync(poster);
        await app.BidAsync(await app.AgentAsync(), contract);
        (await app.SendAsync(await app.PosterAsync(), new AwardContract(contract))).Error.ShouldBe(MeshErrors.ContractNotFound);
        (await app.SendAsync(Actors.Person(poster.RequiredTenant, Permissions.ContractsRead), new AwardContract(contract))).Error!.Code.ShouldBe("access.permission_missing");
    }

    [Fact]
    public async Task Several_people_and_the_engine_at_once_award_once()
    {
        var poster = await app.PosterAsync();
        for (var round = 0; round < 5; round++)
        {
            var contract = await app.PostAsync(poster);
            await app.BidAsync(await app.AgentAsync(), contract, 2m);
            await app.BidAsync(await app.AgentAsync(), contract, 2m);
            var byHand = Enumerable.Range(0, 4).Select(_ => Task.Run(() => app.SendAsync(poster, new AwardContract(contract)))).ToList();
            await app.CloseAsync(contract);
            var answers = await Task.WhenAll(byHand);

            answers.Count(a => a.Succeeded).ShouldBeLessThanOrEqualTo(1);
            answers.Where(a => !a.Succeeded).ShouldAllBe(a => a.Error!.Code == "mesh.illegal_transition");
            (await app.SqlAsync<long>($"SELECT count(*) FROM mesh.awards WHERE contract_id = '{contract}'")).ShouldBe(1);
            (await app.HeldAsync(contract)).ShouldBe(2_000_000);
        }
    }
}
