using Hermes.Application.Agents;
using Hermes.Application.Mesh;
using Hermes.Application.Shared;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using Hermes.IntegrationTests.Shared;

namespace Hermes.IntegrationTests.Mesh;

/// <summary>Placing, revising and withdrawing bids, and what is sealed of them.</summary>
public sealed class BidTests(MeshApp app) : IClassFixture<MeshApp>
{
    [Fact]
    public async Task A_second_bid_of_an_agent_revises_the_first()
    {
        var contract = await app.PostAsync(await app.PosterAsync());
        var agent = await app.AgentAsync();
        var first = await app.BidAsync(agent, contract, 4m);
        var second = await app.BidAsync(agent, contract, 3m);

        second.Id.ShouldBe(first.Id);
        second.Revisions.ShouldBe(1);
        second.BidAt.ShouldBeGreaterThan(first.BidAt);
        var own = (await app.SendAsync(agent, new GetOwnBid(contract))).Value;
        own.Price.ShouldBe(Money.Usd(3m));
        (await app.SqlAsync<long>($"SELECT count(*) FROM mesh.bids WHERE contract_id = '{contract}'")).ShouldBe(1);
    }

    [Fact]
    public async Task A_withdrawn_bid_takes_no_part_and_may_come_back()
    {
        var poster = await app.PosterAsync();
        var contract = await app.PostAsync(poster);
        var (cheap, dear) = (await app.AgentAsync(), await app.AgentAsync());
        await app.BidAsync(cheap, contract, 1m);
        await app.BidAsync(dear, contract, 4m);
        (await app.SendAsync(cheap, new WithdrawBid(contract))).Value.State.ShouldBe(BidState.Withdrawn);
        (await app.SendAsync(cheap, new WithdrawBid(contract))).Error.ShouldBe(MeshErrors.BidNotLive);
        (await app.SendAsync(await app.AgentAsync(), new WithdrawBid(contract))).Error.ShouldBe(MeshErrors.BidNotFound);
        (await app.BidAsync(cheap, contract, 2m)).State.ShouldBe(BidState.Live);
        (await app.SendAsync(cheap, new WithdrawBid(contract))).Error.ShouldBeNull();

        await app.CloseAsync(contract);

        (await app.ViewAsync(poster, contract)).Award!.AgentId.ShouldBe(dear.RequiredAgent);
        (await app.SendAsync(cheap, new GetOwnBid(contract))).Value.State.ShouldBe(BidState.Withdrawn);
        (await app.SendAsync(dear, new WithdrawBid(contract))).Error.ShouldBe(MeshErrors.WindowClosed);
    }

    [Fact]
    public async Task Each_rule_refuses_with_its_own_error()
    {
        var poster = await app.PosterAsync();
        var contract = await app.PostAsync(poster, MeshApp.Input() with { MinReputation = 0.5m, MinConfidence = 0.3m });
        var agent = await app.AgentAsync();
        (await BidAsync(agent, Money.Usd(5.000001m))).ShouldBe("mesh.price_above_budget");
        (await BidAsync(agent, Money.Usd(0m))).ShouldBe("mesh.price_not_positive");
        (await BidAsync(agent, Money.Of(1m, Currency.Parse("EUR")))).ShouldBe("mesh.currency_differs");
        (await BidAsync(agent, Money.Usd(1m), eta: 0)).ShouldBe("mesh.eta_out_of_range");
        (await BidAsync(agent, Money.Usd(1m), confidence: 1.1m)).ShouldBe("mesh.confidence_out_of_range");
        (await BidAsync(agent, Money.Usd(1m), confidence: 0.1m)).ShouldBe("mesh.confidence_too_low");
        (await BidAsync(await app.AgentAsync(capability: "translate"), Money.Usd(1m))).ShouldBe("mesh.capability_missing");
        await app.TrustAsync(agent, 0.49m);
        (await BidAsync(agent, Money.Usd(1m))).ShouldBe("mesh.reputation_too_low");
        await app.TrustAsync(agent, 0.5m);
        (await app.SendAsync(Actors.Person(agent.RequiredTenant), new PauseAgent(agent.RequiredAgent))).Error.ShouldBeNull();
        (await BidAsync(agent, Money.Usd(1m))).ShouldBe("mesh.agent_not_active");
        (await app.SqlAsync<long>($"SELECT count(*) FROM mesh.bids WHERE contract_id = '{contract}'")).ShouldBe(0);

        async Task<string?> BidAsync(Actor who, Money price, int eta = 30, decimal confidence = 0.9m) =>
            (await app.SendAsync(who, new PlaceBid(contract, price, eta, confidence))).Error?.Code;
    }

    [Fact]
    public async Task A_full_agent_may_not_bid_until_it_has_delivered()
    {
        var poster = await app.PosterAsync();
        var agent = await app.AgentAsync(capacity: 1);
        var (first, second) = (await app.PostAsync(poster), await app.PostAsync(poster));
        await app.BidAsync(agent, first);
        await app.CloseAsync(first);
        (await app.SendAsync(agent, new PlaceBid(second, Money.Usd(1m), 1, 1m))).Error.ShouldBe(MeshErrors.CapacityFull);
        await app.SqlAsync<object>($"UPDATE mesh.contracts SET state = 'delivered' WHERE id = '{first}'");
        await app.BidAsync(agent, second);
    }

    [Fact]
    public async Task A_contract_for_own_or_invited_agents_does_not_exist_for_others()
    {
        var poster = await app.PosterAsync();
        var (own, invited, stranger) = (await app.AgentAsync(poster.RequiredTenant), await app.AgentAsync(), await app.AgentAsync());
        var sibling = await app.AgentAsync(invited.RequiredTenant);
        var internally = await app.PostAsync(poster, MeshApp.Input() with { Visibility = Visibility.Tenant });
        var byInvitation = await app.PostAsync(poster, MeshApp.Input() with { Visibility = Visibility.Invited, InvitedAgentIds = [invited.RequiredAgent] });

        await app.BidAsync(own, internally);
        await app.BidAsync(invited, byInvitation);
        foreach (var (who, contract) in new[] { (stranger, internally), (stranger, byInvitation), (own, byInvitation), (sibling, byInvitation) })
        {
            (await app.SendAsync(who, new PlaceBid(contract, Money.Usd(1m), 1, 1m))).Error.ShouldBe(MeshErrors.ContractNotFound);
            if (who.Tenant != poster.Tenant)
                (await app.SendAsync(who, new GetContract(contract))).Error.ShouldBe(MeshErrors.ContractNotFound);
        }
        (await app.SendAsync(stranger, new ListContracts())).Value.Items.Select(c => c.Id).ShouldNotContain(byInvitation);
        (await app.ViewAsync(invited, byInvitation)).InvitedAgentIds.ShouldBeEmpty();
    }

    [Fact]
    public async Task Bids_are_sealed_until_the_award()
    {
        var poster = await app.PosterAsync();
        var contract = await app.PostAsync(poster);
        var (a, b) = (await app.AgentAsync(), await app.AgentAsync());
        var people = Actors.Person(b.RequiredTenant);
        await app.BidAsync(a, contract, 4m);
        var second = await app.BidAsync(b, contract, 3m);

        var sealedFromPoster = (await app.SendAsync(poster, new ListBids(contract))).Value;
        sealedFromPoster.Items.ShouldBeEmpty();
        sealedFromPoster.Count.ShouldBe(2);
        sealedFromPoster.Sealed.ShouldBeTrue();
        var toBidder = (await app.SendAsync(people, new ListBids(contract))).Value;
        toBidder.Items.ShouldHaveSingleItem().Id.ShouldBe(second.Id);
        toBidder.Count.ShouldBeNull();

        await app.CloseAsync(contract);

        var opened = (await app.SendAsync(poster, new ListBids(contract))).Value;
        opened.Items.Count.ShouldBe(2);
        opened.Items.ShouldAllBe(bid => bid.Score != null);
        var own = (await app.SendAsync(people, new ListBids(contract))).Value;
        own.Items.ShouldHaveSingleItem().Own.ShouldBeTrue();
        own.WinnerTotal.ShouldBe(opened.Items[0].Score!.Total);
        (await app.SendAsync(a, new GetOwnBid(contract))).Value.WinnerTotal.ShouldBe(own.WinnerTotal);
        (await app.SendAsync(await app.PosterAsync(0), new ListBids(contract))).Error.ShouldBe(MeshErrors.ContractNotFound);
    }

    [Fact]
    public async Task A_poster_that_chose_to_watch_sees_bids_at_once()
    {
        var poster = await app.PosterAsync();
        var contract = await app.PostAsync(poster, MeshApp.Input() with { WatchBids = true });
        await app.BidAsync(await app.AgentAsync(), contract, 4m);
        var bids = (await app.SendAsync(poster, new ListBids(contract))).Value;
        bids.Sealed.ShouldBeFalse();
        bids.Items.ShouldHaveSingleItem().Price.ShouldBe(Money.Usd(4m));
        bids.Items[0].Score.ShouldBeNull();
    }

    [Fact]
    public async Task A_late_bidder_hears_that_the_window_has_closed()
    {
        var poster = await app.PosterAsync();
        var contract = await app.PostAsync(poster);
        await app.BidAsync(await app.AgentAsync(), contract);
        await app.CloseAsync(contract);
        (await app.SendAsync(await app.AgentAsync(), new PlaceBid(contract, Money.Usd(1m), 1, 1m))).Error.ShouldBe(MeshErrors.WindowClosed);
        (await app.SendAsync(await app.AgentAsync(), new PlaceBid(new ContractId(Guid.CreateVersion7()), Money.Usd(1m), 1, 1m))).Error.ShouldBe(MeshErrors.ContractNotFound);
    }

    [Fact]
    public async Task A_person_does_not_bid()
    {
        var contract = await app.PostAsync(await app.PosterAsync());
        (await app.SendAsync(await app.PosterAsync(0), new PlaceBid(contract, Money.Usd(1m), 1, 1m))).Error!.Code.ShouldBe("access.permission_missing");
    }

    [Fact]
    public async Task A_bid_that_races_the_award_is_either_part_of_it_or_refused()
    {
        var poster = await app.PosterAsync(1_000m);
        var agents = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => app.AgentAsync(capacity: 1_000)));
        for (var round = 0; round < 8; round++)
        {
            var contract = await app.PostAsync(poster);
            await app.BidAsync(agents[0], contract);
            // The database's window ends while bids are on their way; the use case's own look at the clock comes too early to see it.
            var bids = agents.Skip(1).Select(agent => Task.Run(() => app.SendAsync(agent, new PlaceBid(contract, Money.Usd(3m), 20, 0.8m)))).ToList();
            await app.CloseAsync(contract);
            var answers = await Task.WhenAll(bids);

            foreach (var refusal in answers.Where(a => !a.Succeeded))
                refusal.Error.ShouldBe(MeshErrors.WindowClosed);
            (await app.SqlAsync<long>($"SELECT count(*) FROM mesh.bids WHERE contract_id = '{contract}' AND state = 'live'")).ShouldBe(0);
            (await app.SqlAsync<long>($"SELECT count(*) FROM mesh.bids WHERE contract_id = '{contract}' AND rank IS NOT NULL")).ShouldBe(1 + answers.Count(a => a.Succeeded));
            (await app.SqlAsync<long>($"SELECT count(*) FROM mesh.bids WHERE contract_id = '{contract}' AND state = 'won'")).ShouldBe(1);
        }
        (await app.SumOfEntriesAsync()).ShouldBe(0m);
    }
}
