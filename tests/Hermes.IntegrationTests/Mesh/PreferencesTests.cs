using Hermes.Application.Mesh;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;

namespace Hermes.IntegrationTests.Mesh;

public sealed class PreferencesTests(MeshApp app) : IClassFixture<MeshApp>
{
    [Fact]
    public async Task They_start_balanced_and_are_kept_per_person_and_tenant()
    {
        var person = await app.PosterAsync(0);
        var first = (await app.SendAsync(person, new GetPreferences())).Value;
        first.Preset.ShouldBe("balanced");
        first.Version.ShouldBe(0u);

        var set = (await app.SendAsync(person, new SetPreferences(new WeightsInput(40, 30, 20, 10), null, Money.Usd(9m), 0.5m, 0.6m))).Value;
        set.Preset.ShouldBeNull();
        var read = (await app.SendAsync(person, new GetPreferences())).Value;
        read.Weights.ShouldBe(new WeightsInput(40, 30, 20, 10));
        read.MaxPrice.ShouldBe(Money.Usd(9m));
        read.MinReputation.ShouldBe(0.6m);
        (await app.SendAsync(person, new SetPreferences(null, "fastest"))).Value.Weights.Speed.ShouldBe(70);
        (await app.SendAsync(person with { Tenant = new TenantId(Guid.CreateVersion7()) }, new GetPreferences())).Value.Preset.ShouldBe("balanced");
        (await app.SendAsync(await app.PosterAsync(0) with { Tenant = person.Tenant }, new GetPreferences())).Value.Preset.ShouldBe("balanced");
    }

    [Fact]
    public async Task Wrong_ones_are_refused()
    {
        var person = await app.PosterAsync(0);
        (await app.SendAsync(person, new SetPreferences(new WeightsInput(50, 50, 1, 0)))).Error.ShouldBe(MeshErrors.WeightsNotHundred);
        (await app.SendAsync(person, new SetPreferences(null, "greedy"))).Error!.Code.ShouldBe("mesh.unknown_preset");
        (await app.SendAsync(person, new SetPreferences(null, "cheapest", Money.Usd(0m)))).Error.ShouldBe(MeshErrors.PriceNotPositive);
        (await app.SendAsync(person, new SetPreferences(null, "cheapest", null, 1.5m))).Error.ShouldBe(MeshErrors.ConfidenceOutOfRange);
        (await app.SendAsync(await app.AgentAsync(), new GetPreferences())).Error!.Code.ShouldBe("mesh.people_only");
    }

    [Fact]
    public async Task The_preview_ranks_the_latest_award_s_bids_anew_or_a_made_up_set()
    {
        var poster = await app.PosterAsync();
        var madeUp = (await app.SendAsync(poster, new PreviewPreferences(null, "cheapest"))).Value;
        madeUp.ContractId.ShouldBeNull();
        madeUp.Rows[0].Name.ShouldBe("Cheap");
        (await app.SendAsync(poster, new PreviewPreferences(null, "fastest"))).Value.Rows[0].Name.ShouldBe("Quick");

        var contract = await app.PostAsync(poster);
        var cheap = await app.BidAsync(await app.AgentAsync(), contract, 1m, 600, 0.2m);
        var quick = await app.BidAsync(await app.AgentAsync(), contract, 5m, 10, 0.9m);
        await app.CloseAsync(contract);
        var byPrice = (await app.SendAsync(poster, new PreviewPreferences(new WeightsInput(100, 0, 0, 0)))).Value;
        byPrice.ContractId.ShouldBe(contract);
        byPrice.Rows.Select(r => r.Price).ShouldBe([cheap.Price, quick.Price]);
        (await app.SendAsync(poster, new PreviewPreferences(new WeightsInput(0, 0, 100, 0), null, contract))).Value.Rows[0].Price.ShouldBe(quick.Price);
        (await app.SendAsync(await app.PosterAsync(0), new PreviewPreferences(null, "fastest", contract))).Error.ShouldBe(MeshErrors.ContractNotFound);
    }
}
