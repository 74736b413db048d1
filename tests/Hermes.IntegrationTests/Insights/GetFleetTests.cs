using System.Text.Json;
using Hermes.Application.Insights;
using Hermes.Application.Mesh;
using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using Hermes.IntegrationTests.Mesh;
using Hermes.IntegrationTests.Shared;

namespace Hermes.IntegrationTests.Insights;

public sealed class GetFleetTests(MeshApp app) : IClassFixture<MeshApp>
{
    [Fact]
    public async Task An_owner_sees_what_its_agents_finished_and_earned_and_nobody_elses()
    {
        var poster = await app.PosterAsync();
        var agent = await app.AgentAsync();
        await FinishAsync(poster, agent, 4m);
        await FinishAsync(poster, agent, 2m);
        await FinishAsync(poster, await app.AgentAsync(), 3m);

        var fleet = (await app.SendAsync(Actors.Person(agent.Tenant!.Value, Permissions.AnalyticsView), new GetFleet(7))).Value;

        (fleet.Active, fleet.Finished, fleet.Succeeded).ShouldBe((1, 2L, 2L));
        var earned = await app.SqlAsync<long>($"SELECT sum(agent_micro_units)::bigint FROM mesh.settlements WHERE winner_tenant_id = '{agent.Tenant}'");
        fleet.Earned.ShouldBe([new Money(earned, Currency.Usd)]);
        earned.ShouldBeGreaterThan(4_000_000);
        fleet.ByDay.Count.ShouldBe(7);
        fleet.ByDay[^1].Finished.ShouldBe(2);
        var best = fleet.Best.ShouldHaveSingleItem();
        (best.Id, best.Finished, best.SuccessRate).ShouldBe((agent.RequiredAgent, 2L, 1m));
        best.Earned.ShouldBe(fleet.Earned);

        var other = (await app.SendAsync(Actors.Person(poster.Tenant!.Value, Permissions.AnalyticsView), new GetFleet())).Value;
        (other.Finished, other.Best.Count, other.Earned.Count).ShouldBe((0L, 0, 0));
    }

    [Fact]
    public async Task Analytics_need_their_permission_and_a_sensible_time()
    {
        var tenant = (await app.PosterAsync()).Tenant!.Value;
        (await app.SendAsync(Actors.Person(tenant, Permissions.AgentsRead), new GetFleet())).Error!.Code.ShouldBe("access.permission_missing");
        foreach (var days in (int[])[0, -1, 366])
            (await app.SendAsync(Actors.Person(tenant, Permissions.AnalyticsView), new GetFleet(days))).Error!.Code.ShouldBe("request.invalid");
    }

    private async Task FinishAsync(Actor poster, Actor agent, decimal price)
    {
        var contract = await app.PostAsync(poster);
        await app.BidAsync(agent, contract, price, 60, 0.9m);
        await app.CloseAsync(contract);
        (await app.SendAsync(agent, new DeliverContract(contract, JsonSerializer.SerializeToElement(new { answer = 42 })))).Succeeded.ShouldBeTrue();
        if ((await app.ViewAsync(poster, contract)).State == Domain.Mesh.ContractState.Delivered)
            (await app.SendAsync(poster, new ValidateContract(contract, true))).Succeeded.ShouldBeTrue();
        (await app.SendAsync(poster, new SettleContract(contract))).Succeeded.ShouldBeTrue();
    }
}
