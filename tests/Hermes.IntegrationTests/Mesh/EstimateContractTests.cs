using Hermes.Application.Mesh;
using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using Hermes.IntegrationTests.Shared;

namespace Hermes.IntegrationTests.Mesh;

/// <summary>What similar contracts cost, across organisations and without giving any of them away.</summary>
public sealed class EstimateContractTests(MeshApp app) : IClassFixture<MeshApp>
{
    private async Task AwardedAsync(Actor poster, string capability, params decimal[] prices)
    {
        foreach (var price in prices)
        {
            var agent = await app.AgentAsync(capability: capability);
            var contract = await app.PostAsync(poster, MeshApp.Input() with { RequiredCapabilities = [capability] });
            await app.BidAsync(agent, contract, price);
            await app.CloseAsync(contract);
        }
    }

    private async Task<ContractEstimate> AskAsync(Actor poster, string capability, string currency = "USD") =>
        (await app.SendAsync(poster, new EstimateContract([capability], Currency.Parse(currency)))).Value;

    [Fact]
    public async Task Similar_contracts_give_their_quartiles_once_there_are_five_of_three_posters()
    {
        var (first, second, third) = (await app.PosterAsync(), await app.PosterAsync(), await app.PosterAsync());
        await AwardedAsync(first, "estimate.me", 1m, 2m, 3m);
        await AwardedAsync(second, "estimate.me", 4m);
        (await AskAsync(third, "estimate.me")).Basis.ShouldBe(EstimateBasis.ListedPrices);
        await AwardedAsync(third, "estimate.me", 5m);

        (await AskAsync(third, "Estimate.Me")).ShouldBe(new ContractEstimate(EstimateBasis.Awards, 5, Money.Usd(2m), Money.Usd(3m), Money.Usd(4m)));
        (await AskAsync(third, "estimate.me", "EUR")).ShouldBe(ContractEstimate.Unknown);
        var preview = (await app.SendAsync(third, new PreviewCost(Money.Usd(4m), ["estimate.me"]))).Value;
        preview.Estimate!.Usual.ShouldBe(Money.Usd(3m));
        (await app.SendAsync(third, new PreviewCost(Money.Usd(4m)))).Value.Estimate.ShouldBeNull();
    }

    [Fact]
    public async Task One_posters_contracts_are_nobody_elses_business()
    {
        var poster = await app.PosterAsync();
        var owner = new TenantId(Guid.CreateVersion7());
        for (var i = 0; i < 6; i++)
        {
            var agent = await app.AgentAsync(owner, capability: "lonely.craft");
            var contract = await app.PostAsync(poster, MeshApp.Input() with { RequiredCapabilities = ["lonely.craft"] });
            await app.BidAsync(agent, contract, 2m);
            await app.CloseAsync(contract);
        }
        (await AskAsync(await app.PosterAsync(), "lonely.craft")).ShouldBe(ContractEstimate.Unknown);
    }

    [Fact]
    public async Task Without_the_permission_nothing_is_told() =>
        (await app.SendAsync(Actors.Person(new TenantId(Guid.CreateVersion7()), Permissions.ContractsRead), new EstimateContract([], Currency.Usd))).Error
            .ShouldBe(AccessErrors.Missing(Permissions.ContractsCreate));
}
