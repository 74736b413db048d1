using Hermes.Application.Ledger;
using Hermes.Application.Mesh;
using Hermes.Application.Shared;
using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;

namespace Hermes.IntegrationTests.Mesh;

/// <summary>Contracts that an agent pays by a mandate, when the winner is late or gives up.</summary>
public sealed class MandatedContractTests(MeshApp app) : IClassFixture<MeshApp>
{
    private sealed record Case(Actor Owner, MandateId Mandate, ContractId Contract, Actor First);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_mandate_that_was_revoked_since_ends_the_contract_with_the_refund(bool handedBack)
    {
        var c = await AwardedAsync(5m, 3m, 4m);
        (await app.SendAsync(c.Owner, new RevokeMandate(c.Mandate))).Error.ShouldBeNull();

        await LoseAsync(c, handedBack);

        (await app.ViewAsync(c.Owner, c.Contract)).State.ShouldBe(ContractState.Refunded);
        (await app.HeldAsync(c.Contract)).ShouldBe(0);
        (await app.SqlAsync<long>($"SELECT balance FROM ledger.accounts WHERE kind = 'available' AND owner_id = '{c.Owner.RequiredTenant}'")).ShouldBe(100_000_000);
        (await app.SqlAsync<string>($"SELECT success::text FROM trust.outcomes WHERE contract_id = '{c.Contract}'")).ShouldBe("false");
        (await app.SqlAsync<string>($"SELECT after->>'hold_refused' FROM compliance.audit_entries WHERE subject_id = '{c.Contract}' AND action IN ('contract.miss_deadline', 'contract.hand_back')")).ShouldBe("mandates.revoked");
        (await app.SumOfEntriesAsync()).ShouldBe(0m);
    }

    [Fact]
    public async Task A_bid_above_what_is_left_of_the_mandate_is_passed_over_for_a_cheaper_one()
    {
        // By speed the dear bid comes second and the cheap one third.
        var c = await AwardedAsync(5m, 3m, 4.9m, 2m);
        (await app.SendAsync(c.Owner, new EditMandate(c.Mandate, new MandateInput { Name = "Less", Amount = Money.Usd(4) }, 1))).Error.ShouldBeNull();

        await LoseAsync(c, true);

        var view = await app.ViewAsync(c.Owner, c.Contract);
        (view.State, view.Price, view.Award!.Round).ShouldBe((ContractState.Awarded, Money.Usd(2), 2));
        (await app.HeldAsync(c.Contract)).ShouldBe(2_000_000);
        (await app.SendAsync(c.Owner, new GetMandate(c.Mandate))).Value.Spent.ShouldBe(Money.Usd(2));
        (await app.SumOfEntriesAsync()).ShouldBe(0m);
    }

    private async Task<Case> AwardedAsync(decimal budget, params decimal[] prices)
    {
        var owner = await app.PosterAsync();
        var spender = await app.AgentAsync(owner.RequiredTenant);
        var mandate = (await app.SendAsync(owner, new GiveMandate(spender.RequiredAgent, new MandateInput { Name = "Contracts", Amount = Money.Usd(budget) }))).Value.Id;
        var posted = await app.SendAsync(owner, new PostContract(MeshApp.Input() with { Weights = new WeightsInput(0, 0, 100, 0), DeliveryWindowSeconds = 600 }) { SpentBy = spender.RequiredAgent, Mandate = mandate });
        posted.Error.ShouldBeNull();
        var bidders = new List<Actor>();
        foreach (var (price, place) in prices.Select((p, i) => (p, i)))
        {
            bidders.Add(await app.AgentAsync());
            await app.BidAsync(bidders[place], posted.Value.Id, price, eta: 60 * (place + 1));
        }
        await app.CloseAsync(posted.Value.Id);
        return new Case(owner, mandate, posted.Value.Id, bidders[0]);
    }

    private async Task LoseAsync(Case c, bool handedBack)
    {
        if (handedBack)
        {
            (await app.SendAsync(c.First, new HandBackContract(c.Contract, "Too much"))).Error.ShouldBeNull();
            return;
        }
        await app.SqlAsync<int>($"UPDATE mesh.contracts SET deliver_by = now() - interval '1 second' WHERE id = '{c.Contract}'");
        await app.BecomesAsync(c.Contract, "refunded");
    }
}
