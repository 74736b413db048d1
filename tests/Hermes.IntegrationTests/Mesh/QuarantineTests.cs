using System.Text.Json;
using Hermes.Application.Mesh;
using Hermes.Application.Shared;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Mesh;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;

namespace Hermes.IntegrationTests.Mesh;

/// <summary>The app with a signer that can't sign for one contract.</summary>
public sealed class SickSignerApp : MeshApp
{
    /// <summary>The contract that it fails for.</summary>
    public ContractId Sick { get; set; }

    /// <inheritdoc />
    protected override void Configure(IWebHostBuilder builder) => builder.ConfigureTestServices(services =>
        services.AddSingleton<IReceiptSigner>(sp => new SickSigner(sp.GetRequiredService<ReceiptSigner>(), () => Sick)));

    private sealed class SickSigner(ReceiptSigner real, Func<ContractId> sick) : IReceiptSigner
    {
        public string Issuer => real.Issuer;

        public Task<IReadOnlyList<Receipt>> SignAsync(IReadOnlyList<AwardReceipt> receipts, CancellationToken cancellationToken) =>
            receipts.Any(r => r.ContractId == sick().Value) ? throw new InvalidOperationException("Sick.") : real.SignAsync(receipts, cancellationToken);

        public Task<string> PublishedKeysAsync(CancellationToken cancellationToken) => real.PublishedKeysAsync(cancellationToken);
    }
}

/// <summary>One contract that can't be handled holds up no other, whatever fell due: awards, settlements, deadlines, acceptance, disputes.</summary>
public sealed class QuarantineTests(SickSignerApp app) : IClassFixture<SickSignerApp>
{
    private sealed record Case(Actor Poster, Actor Agent, ContractId Contract);

    [Fact]
    public async Task A_receipt_that_cannot_be_signed()
    {
        var poster = await app.PosterAsync();
        var (sick, sound) = (await app.PostAsync(poster), await app.PostAsync(poster));
        app.Sick = sick;
        foreach (var contract in (ContractId[])[sick, sound])
            await app.BidAsync(await app.AgentAsync(), contract);
        await app.SqlAsync<int>($"UPDATE mesh.contracts SET bidding_closes_at = opened_at WHERE id IN ('{sick}', '{sound}')");

        await app.BecomesAsync(sound, "awarded");

        (await app.StateAsync(sick)).ShouldBe("bidding");
        (await app.HeldAsync(sick)).ShouldBe(0);
        app.Sick = default;
        await app.CloseAsync(sick);
        (await app.StateAsync(sick)).ShouldBe("awarded");
    }

    [Fact]
    public async Task A_settlement_that_fails()
    {
        var (sick, sound) = (await AwardedAsync(), await AwardedAsync());
        foreach (var c in (Case[])[sick, sound])
            (await app.SendAsync(c.Agent, new DeliverContract(c.Contract, JsonElement.Parse("{}")))).Error.ShouldBeNull();
        // Validated without a score, as no transition leaves it: settling it throws.
        await app.SqlAsync<int>($"UPDATE mesh.contracts SET state = 'validated', validated_at = now() - interval '1 hour' WHERE id = '{sick.Contract}'");

        (await app.SendAsync(sound.Poster, new ValidateContract(sound.Contract, true))).Error.ShouldBeNull();

        await app.BecomesAsync(sound.Contract, "settled");
        (await app.HeldAsync(sick.Contract)).ShouldBe(4_000_000);
        await app.SqlAsync<int>($"UPDATE mesh.contracts SET validation_score = 1 WHERE id = '{sick.Contract}'");
        await app.BecomesAsync(sick.Contract, "settled");
        (await app.SumOfEntriesAsync()).ShouldBe(0m);
    }

    [Theory]
    // The winning bid is gone, which throws; or it is not the winner any more, which is refused.
    [InlineData("UPDATE mesh.contracts SET winner_bid_id = gen_random_uuid() WHERE id = '{0}'")]
    [InlineData("UPDATE mesh.bids SET state = 'lost' WHERE contract_id = '{0}'")]
    public async Task A_missed_deadline_that_fails(string damage)
    {
        var (sick, sound) = (await AwardedAsync(), await AwardedAsync());
        await app.SqlAsync<int>(damage.Replace("{0}", sick.Contract.ToString(), StringComparison.Ordinal));
        await app.SqlAsync<int>($"UPDATE mesh.contracts SET deliver_by = now() - CASE WHEN id = '{sick.Contract}' THEN interval '2 hours' ELSE interval '1 hour' END WHERE id IN ('{sick.Contract}', '{sound.Contract}')");

        await app.BecomesAsync(sound.Contract, "refunded");

        (await app.StateAsync(sick.Contract)).ShouldBe("awarded");
        (await app.HeldAsync(sick.Contract)).ShouldBe(4_000_000);
    }

    [Fact]
    public async Task An_acceptance_by_time_that_fails()
    {
        var (sick, sound) = (await AwardedAsync(), await AwardedAsync());
        foreach (var c in (Case[])[sick, sound])
            (await app.SendAsync(c.Agent, new DeliverContract(c.Contract, JsonElement.Parse("{}")))).Error.ShouldBeNull();
        await RefusingAsync(sick.Contract, "validated", async () =>
        {
            await app.SqlAsync<int>($"UPDATE mesh.contracts SET accept_by = now() - CASE WHEN id = '{sick.Contract}' THEN interval '2 hours' ELSE interval '1 hour' END WHERE id IN ('{sick.Contract}', '{sound.Contract}')");

            await app.BecomesAsync(sound.Contract, "settled");

            (await app.StateAsync(sick.Contract)).ShouldBe("delivered");
        });
        await app.BecomesAsync(sick.Contract, "settled");
    }

    [Fact]
    public async Task A_dispute_whose_end_fails()
    {
        var (sick, sound) = (await AwardedAsync(), await AwardedAsync());
        foreach (var c in (Case[])[sick, sound])
            (await app.SendAsync(c.Poster, new OpenDispute(c.Contract, "Wrong"))).Error.ShouldBeNull();
        await RefusingAsync(sick.Contract, "refunded", async () =>
        {
            foreach (var c in (Case[])[sick, sound])
                await app.SqlAsync<int>($"UPDATE mesh.disputes SET state = 'decided', decided_at = now(), decision = 'refund', released_percent = 0, note = 'So be it.', decided_by = gen_random_uuid(), appeal_by = now() - interval '1 minute' WHERE contract_id = '{c.Contract}'");

            await app.BecomesAsync(sound.Contract, "refunded");

            (await app.StateAsync(sick.Contract)).ShouldBe("disputed");
        });
        await app.BecomesAsync(sick.Contract, "refunded");
        (await app.SumOfEntriesAsync()).ShouldBe(0m);
    }

    // While it acts, the database refuses one contract one state.
    private async Task RefusingAsync(ContractId sick, string state, Func<Task> act)
    {
        await app.SqlAsync<object>($"""
            CREATE FUNCTION public.refuse_sick() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'sick'; END $$;
            CREATE TRIGGER sick BEFORE UPDATE ON mesh.contracts FOR EACH ROW WHEN (NEW.id = '{sick}' AND NEW.state = '{state}') EXECUTE FUNCTION public.refuse_sick()
            """);
        try
        {
            await act();
        }
        finally
        {
            await app.SqlAsync<object>("DROP TRIGGER sick ON mesh.contracts; DROP FUNCTION public.refuse_sick()");
        }
    }

    private async Task<Case> AwardedAsync()
    {
        var (poster, agent) = (await app.PosterAsync(), await app.AgentAsync());
        var contract = await app.PostAsync(poster, MeshApp.Input() with { Reaward = false });
        await app.BidAsync(agent, contract);
        await app.CloseAsync(contract);
        return new Case(poster, agent, contract);
    }
}
