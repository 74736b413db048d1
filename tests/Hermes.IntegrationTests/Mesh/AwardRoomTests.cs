using System.Text.Json;
using Hermes.Application.Mesh;
using Hermes.Application.Shared;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using Hermes.IntegrationTests.Live;
using Hermes.IntegrationTests.Shared;

namespace Hermes.IntegrationTests.Mesh;

/// <summary>Whom work is given to: only agents that still take it and have room, as of the award and not of the bid.</summary>
public sealed class AwardRoomTests(MeshApp app) : IClassFixture<MeshApp>
{
    [Theory]
    [InlineData("listing = 'delisted'")]
    [InlineData("status = 'paused'")]
    public async Task An_agent_that_stopped_after_its_bid_is_passed_over(string change)
    {
        var poster = await app.PosterAsync();
        var contract = await app.PostAsync(poster);
        var (gone, there) = (await app.AgentAsync(), await app.AgentAsync());
        await app.BidAsync(gone, contract, 1m);
        await app.BidAsync(there, contract, 4m);
        await app.SqlAsync<int>($"UPDATE agents.agents SET {change} WHERE id = '{gone.RequiredAgent}'");

        await app.CloseAsync(contract);

        (await app.ViewAsync(poster, contract)).Award!.AgentId.ShouldBe(there.RequiredAgent);
        (await app.SqlAsync<string>($"SELECT state FROM mesh.bids WHERE contract_id = '{contract}' AND agent_id = '{gone.RequiredAgent}'")).ShouldBe("lost");
    }

    [Fact]
    public async Task By_hand_the_same_holds()
    {
        var poster = await app.PosterAsync();
        var contract = await app.PostAsync(poster);
        var (gone, there) = (await app.AgentAsync(), await app.AgentAsync());
        var bid = await app.BidAsync(gone, contract, 1m);
        await app.SqlAsync<int>($"UPDATE agents.agents SET listing = 'delisted' WHERE id = '{gone.RequiredAgent}'");
        (await app.SendAsync(poster, new AwardContract(contract))).Error.ShouldBe(MeshErrors.AgentNotAvailable);
        await app.BidAsync(there, contract, 4m);

        (await app.SendAsync(poster, new AwardContract(contract, bid.Id))).Error.ShouldBe(MeshErrors.AgentNotAvailable);
        (await app.SendAsync(poster, new AwardContract(contract))).Value.AgentId.ShouldBe(there.RequiredAgent);
    }

    [Fact]
    public async Task An_agent_with_room_for_one_wins_one_of_many_that_close_at_once()
    {
        var poster = await app.PosterAsync();
        var (small, large) = (await app.AgentAsync(capacity: 1), await app.AgentAsync(capacity: 10));
        var contracts = new List<ContractId>();
        for (var i = 0; i < 5; i++)
        {
            contracts.Add(await app.PostAsync(poster));
            await app.BidAsync(small, contracts[^1], 1m);
            await app.BidAsync(large, contracts[^1], 4m);
        }
        await app.SqlAsync<int>($"UPDATE mesh.contracts SET bidding_closes_at = opened_at WHERE id IN ({string.Join(',', contracts.Select(c => $"'{c}'"))})");
        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => app.AwardDueAsync()));
        foreach (var contract in contracts)
            await app.CloseAsync(contract);

        (await CountAsync(small, contracts)).ShouldBe(1);
        (await CountAsync(large, contracts)).ShouldBe(4);
    }

    [Fact]
    public async Task By_hand_at_once_an_agents_last_room_is_given_once()
    {
        var poster = await app.PosterAsync();
        var small = await app.AgentAsync(capacity: 1);
        var contracts = new List<ContractId>();
        for (var i = 0; i < 4; i++)
        {
            contracts.Add(await app.PostAsync(poster));
            await app.BidAsync(small, contracts[^1], 1m);
        }

        var answers = await Task.WhenAll(contracts.Select(c => app.SendAsync(poster, new AwardContract(c))));

        answers.Count(r => r.Succeeded).ShouldBe(1);
        answers.Where(r => !r.Succeeded).ShouldAllBe(r => r.Error == MeshErrors.AgentNotAvailable);
    }

    [Fact]
    public async Task A_runner_up_without_room_is_passed_over_when_the_winner_gives_up()
    {
        var poster = await app.PosterAsync();
        var (winner, full, third) = (await app.AgentAsync(), await app.AgentAsync(capacity: 1), await app.AgentAsync());
        var contract = await app.PostAsync(poster);
        await app.BidAsync(winner, contract, 1m);
        await app.BidAsync(full, contract, 2m);
        await app.BidAsync(third, contract, 3m);
        await app.CloseAsync(contract);
        var other = await app.PostAsync(poster);
        await app.BidAsync(full, other, 2m);
        await app.CloseAsync(other);

        (await app.SendAsync(winner, new HandBackContract(contract, "Too much"))).Value.State.ShouldBe(ContractState.Awarded);

        (await app.ViewAsync(poster, contract)).Award!.AgentId.ShouldBe(third.RequiredAgent);
        (await app.SumOfEntriesAsync()).ShouldBe(0m);
    }

    [Fact]
    public async Task Without_room_anywhere_the_poster_hears_of_no_eligible_bid()
    {
        var poster = await app.PosterAsync();
        var small = await app.AgentAsync(capacity: 1);
        var (contract, other) = (await app.PostAsync(poster), await app.PostAsync(poster));
        await app.BidAsync(small, contract, 1m);
        await app.BidAsync(small, other, 1m);
        await app.CloseAsync(other);

        await app.CloseAsync(contract);
        (await app.SqlAsync<string>($"SELECT data->>'reason' FROM notifications.outbox WHERE subject_id = '{contract}' AND type = 'contract.updated'")).ShouldBe("No eligible bid: the window was extended.");
        await app.CloseAsync(contract);

        var view = await app.ViewAsync(poster, contract);
        (view.State, view.Reason).ShouldBe((ContractState.Expired, "No eligible bid."));
    }

    [Fact]
    public async Task An_agent_without_room_hears_of_no_new_contract_until_it_is_free()
    {
        var poster = await app.PosterAsync();
        var owner = new TenantId(Guid.CreateVersion7());
        var input = MeshApp.Input() with { RequiredCapabilities = ["room.work"] };
        var registered = await LiveKit.RegisterAsync(app, owner, "room.work");
        var agent = Actors.Agent(registered.Id, owner);
        await app.SqlAsync<int>($"UPDATE agents.agents SET capacity = 1 WHERE id = '{registered.Id}'");
        using var socket = await LiveKit.ConnectAsync(app.Factory, registered);
        var contract = await app.PostAsync(poster, input);
        await socket.ReadAsync("contract.announced");
        await app.BidAsync(agent, contract);
        await app.CloseAsync(contract);
        await socket.ReadAsync("bid.accepted");
        await socket.ReadAsync("contract.awarded");

        // Its node learns a moment later that it has no room.
        await Eventually.IsAsync(HearsOfNextAsync, false);
        (await HearsOfNextAsync()).ShouldBeFalse();
        (await app.SendAsync(agent, new DeliverContract(contract, JsonElement.Parse("{}")))).Error.ShouldBeNull();

        await socket.ReadAsync("contract.updated");
        await Eventually.HoldsAsync(HearsOfNextAsync);

        // What is told after a contract was posted comes after its announcement.
        async Task<bool> HearsOfNextAsync()
        {
            await app.PostAsync(poster, input);
            await LiveKit.TellAsync(app.Services, LiveKit.To(registered.Id));
            return await socket.AnnouncedBeforeUpdateAsync();
        }
    }

    private Task<long> CountAsync(Actor agent, IEnumerable<ContractId> contracts) => app.SqlAsync<long>(
        $"SELECT count(*) FROM mesh.contracts WHERE winner_agent_id = '{agent.RequiredAgent}' AND id IN ({string.Join(',', contracts.Select(c => $"'{c}'"))})");
}
