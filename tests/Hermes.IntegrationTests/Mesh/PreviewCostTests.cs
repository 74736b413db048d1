using Hermes.Application.Ledger;
using Hermes.Application.Mesh;
using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using Hermes.IntegrationTests.Shared;

namespace Hermes.IntegrationTests.Mesh;

public sealed class PreviewCostTests(MeshApp app) : IClassFixture<MeshApp>
{
    [Fact]
    public async Task It_sets_the_most_that_is_held_against_the_wallet_and_against_what_is_open()
    {
        var poster = await app.PosterAsync(10);
        var before = (await app.SendAsync(poster, new PreviewCost(Money.Usd(4m)))).Value;
        before.Available.ShouldBe(Money.Usd(10m));
        before.Promised.ShouldBe(Money.Usd(0m));
        before.Left.ShouldBe(Money.Usd(6m));

        var contract = await app.PostAsync(poster);
        var open = (await app.SendAsync(poster, new GetContract(contract))).Value.MaxPrice;
        var after = (await app.SendAsync(poster, new PreviewCost(Money.Usd(8m)))).Value;

        after.Promised.ShouldBe(open);
        after.Covered.ShouldBeTrue();
        after.AllCovered.ShouldBeFalse();
        (await app.SendAsync(poster, new PreviewCost(Money.Usd(11m)))).Value.Covered.ShouldBeFalse();
        (await app.SendAsync(poster, new PreviewCost(Money.Usd(0m)))).Error.ShouldBe(MeshErrors.PriceNotPositive);
        (await app.SendAsync(Actors.Person(poster.RequiredTenant, Permissions.ContractsRead), new PreviewCost(Money.Usd(1m)))).Error.ShouldBe(AccessErrors.Missing(Permissions.ContractsCreate));
    }

    [Fact]
    public async Task A_contract_s_entries_are_the_poster_s_own_and_another_tenant_sees_none()
    {
        var poster = await app.PosterAsync();
        var contract = await app.PostAsync(poster);
        await app.BidAsync(await app.AgentAsync(), contract, 2m, 60, 0.9m);
        await app.CloseAsync(contract);

        var entries = (await app.SendAsync(poster, new ListContractEntries(contract))).Value;

        entries.Where(e => e.Kind == AccountKind.Escrow).Select(e => e.Amount).ShouldBe([Money.Usd(2m)]);
        entries.Where(e => e.Kind != AccountKind.Escrow).Select(e => e.Amount).ShouldBe([Money.Usd(-2m)]);
        (await app.SendAsync(await app.PosterAsync(), new ListContractEntries(contract))).Value.ShouldBeEmpty();
        (await app.SendAsync(Actors.Person(poster.RequiredTenant, Permissions.ContractsRead), new ListContractEntries(contract))).Error.ShouldBe(AccessErrors.Missing(Permissions.BillingView));
    }
}
