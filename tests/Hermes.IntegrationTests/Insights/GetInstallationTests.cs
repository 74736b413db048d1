using Hermes.Application.Insights;
using Hermes.Application.Shared;
using Hermes.IntegrationTests.Mesh;
using Hermes.IntegrationTests.Shared;

namespace Hermes.IntegrationTests.Insights;

public sealed class GetInstallationTests(MeshApp app) : IClassFixture<MeshApp>
{
    [Fact]
    public async Task An_operator_sees_contracts_by_state_and_day_the_outbox_and_the_scheduler()
    {
        var poster = await app.PosterAsync();
        var contract = await app.PostAsync(poster);
        await app.BidAsync(await app.AgentAsync(), contract, 2m, 60, 0.9m);
        await app.CloseAsync(contract);
        await app.PostAsync(poster);

        var seen = (await app.SendAsync(Actors.Operator(), new GetInstallation())).Value;

        seen.Contracts.ShouldContain(new StateCount("awarded", 1));
        seen.Contracts.ShouldContain(new StateCount("bidding", 1));
        seen.Days.Count.ShouldBe(30);
        seen.Days.Sum(d => d.Posted).ShouldBe(2);
        seen.ActiveAgents.ShouldBeGreaterThan(0);
        seen.OpenDisputes.ShouldBe(0);
        (seen.Outbox.LastPosition + seen.Outbox.Waiting).ShouldBeGreaterThan(0);
        seen.Jobs.ShouldNotBeEmpty();
    }

    [Fact]
    public async Task Nobody_else_does()
    {
        (await app.SendAsync(await app.PosterAsync(0), new GetInstallation())).Error.ShouldBe(AccessErrors.OperatorsOnly);
        (await app.SendAsync(await app.AgentAsync(), new GetInstallation())).Error.ShouldBe(AccessErrors.OperatorsOnly);
        (await app.SendAsync(Actor.Anonymous, new GetInstallation())).Error.ShouldBe(AccessErrors.SignInNeeded);
    }
}
