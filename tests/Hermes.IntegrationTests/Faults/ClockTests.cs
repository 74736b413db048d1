using System.Text.Json;
using Hermes.Application.Ledger;
using Hermes.Application.Mesh;
using Hermes.Domain.Shared;
using Hermes.IntegrationTests.Mesh;
using Hermes.IntegrationTests.Shared;

namespace Hermes.IntegrationTests.Faults;

/// <summary>The node's clock jumps, forwards and back.</summary>
public sealed class ClockTests(MeshApp app) : IClassFixture<MeshApp>
{
    [Fact]
    public async Task Jumps_award_refund_and_pay_once()
    {
        var poster = await app.PosterAsync();
        var (late, punctual) = (await app.AgentAsync(), await app.AgentAsync());
        var missed = await AwardedAsync(poster, late);
        var delivered = await AwardedAsync(poster, punctual);
        (await app.SendAsync(punctual, new DeliverContract(delivered, JsonDocument.Parse("1").RootElement))).Error.ShouldBeNull();

        // Back: nothing that was due before becomes due again, and what is open stays open.
        app.Clock.Advance(TimeSpan.FromHours(-6));
        await SweptAsync();
        (await app.StateAsync(missed)).ShouldBe("awarded");
        (await app.StateAsync(delivered)).ShouldBe("delivered");
        (await app.SendAsync(poster, new ValidateContract(delivered, true))).Error.ShouldBeNull();
        // Validated in the past by the node's clock; settled all the same.
        await app.BecomesAsync(delivered, "settled");

        // Forward, over the delivery's deadline and the acceptance window: the winner is late, once.
        app.Clock.Advance(TimeSpan.FromHours(12));
        await app.BecomesAsync(missed, "refunded");
        app.Clock.Advance(TimeSpan.FromHours(-12));
        await SweptAsync();
        app.Clock.Advance(TimeSpan.FromHours(200));
        await SweptAsync();

        (await app.StateAsync(missed)).ShouldBe("refunded");
        (await app.StateAsync(delivered)).ShouldBe("settled");
        (await app.SqlAsync<long>($"SELECT balance FROM ledger.accounts WHERE kind = 'available' AND owner_id = '{poster.Tenant}'")).ShouldBe(96_000_000);
        (await app.SqlAsync<long>($"SELECT balance FROM ledger.accounts WHERE kind = 'earnings' AND owner_id = '{punctual.Tenant}'")).ShouldBe(3_400_000);
        (await app.SqlAsync<long>($"SELECT count(*) FROM trust.outcomes WHERE contract_id IN ('{missed}', '{delivered}')")).ShouldBe(2);
        (await app.SendAsync(Actors.Operator(), new CheckBooks())).Value.Right.ShouldBeTrue();
    }

    /// <summary>Done when everything that is due by the clock as it stands was handled: the pass that took the first of two late contracts is over when the second is taken.</summary>
    private async Task SweptAsync()
    {
        for (var pass = 0; pass < 2; pass++)
        {
            var late = await AwardedAsync(await app.PosterAsync(), await app.AgentAsync());
            await app.SqlAsync<int>($"UPDATE mesh.contracts SET deliver_by = opened_at WHERE id = '{late}'");
            await app.BecomesAsync(late, "refunded");
        }
    }

    private async Task<ContractId> AwardedAsync(Application.Shared.Actor poster, Application.Shared.Actor agent)
    {
        var contract = await app.PostAsync(poster, MeshApp.Input() with { DeliveryWindowSeconds = 3600 });
        await app.BidAsync(agent, contract);
        await app.CloseAsync(contract);
        return contract;
    }
}
