using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Mesh;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.TestHost;
using Npgsql;

namespace Hermes.IntegrationTests.Mesh;

/// <summary>The app without its own sweeper, so that awards happen when a test asks for them.</summary>
public sealed class QuietMeshApp : MeshApp
{
    /// <inheritdoc />
    protected override void Configure(IWebHostBuilder builder) => builder.ConfigureTestServices(services =>
    {
        foreach (var sweeper in services.Where(s => s.ImplementationType == typeof(AwardSweeper)).ToList())
            services.Remove(sweeper);
    });
}

/// <summary>The award when connections are cut and clocks jump; Faults/KillTests kills nodes between its steps.</summary>
public sealed class AwardFaultTests(QuietMeshApp app) : IClassFixture<QuietMeshApp>
{
    [Fact]
    public async Task Connections_cut_in_the_middle_of_awards_change_nothing_that_was_promised()
    {
        var poster = await app.PosterAsync(1_000m);
        var agent = await app.AgentAsync(capacity: 1_000);
        var contracts = new List<ContractId>();
        for (var i = 0; i < 60; i++)
        {
            contracts.Add(await app.PostAsync(poster));
            await app.BidAsync(agent, contracts[i], 1m);
        }
        await app.SqlAsync<object>($"UPDATE mesh.contracts SET bidding_closes_at = opened_at WHERE tenant_id = '{poster.Tenant}'");
        using var done = new CancellationTokenSource();
        var cutter = Task.Run(async () =>
        {
            while (!done.IsCancellationRequested)
            {
                await app.SqlAsync<long>("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = 'hermes_engine' AND datname = current_database() AND query LIKE '%award_due%'");
                await Task.Delay(Random.Shared.Next(1, 15));
            }
        });
        for (var turn = 0; turn < 40; turn++)
        {
            try
            {
                await app.AwardDueAsync();
            }
            catch (Exception failure) when (failure is NpgsqlException or InvalidOperationException or IOException)
            {
                // Cut: the next one goes on.
            }
        }
        await done.CancelAsync();
        await cutter;
        await app.CloseAsync(contracts[0]);
        while ((await app.AwardDueAsync()).Handled > 0)
        {
        }

        (await app.SqlAsync<long>($"SELECT count(*) FROM mesh.contracts WHERE tenant_id = '{poster.Tenant}' AND state = 'awarded'")).ShouldBe(60);
        (await app.SqlAsync<long>($"SELECT balance FROM ledger.accounts WHERE owner_id = '{poster.Tenant}' AND kind = 'available'")).ShouldBe(940_000_000);
        (await app.SqlAsync<long>($"SELECT count(*) FROM mesh.receipts r JOIN mesh.contracts c ON c.id = r.contract_id WHERE c.tenant_id = '{poster.Tenant}'")).ShouldBe(60);
        (await app.SumOfEntriesAsync()).ShouldBe(0m);
    }

    [Fact]
    public async Task A_clock_that_jumps_back_awards_nothing_early_and_nothing_twice()
    {
        var poster = await app.PosterAsync();
        var contract = await app.PostAsync(poster);
        await app.BidAsync(await app.AgentAsync(), contract);
        app.Clock.Advance(TimeSpan.FromSeconds(601));
        (await app.AwardDueAsync()).Awarded.ShouldBeGreaterThan(0);
        app.Clock.Advance(TimeSpan.FromHours(-2));
        try
        {
            (await app.AwardDueAsync()).Handled.ShouldBe(0);
            var later = await app.PostAsync(poster);
            await app.BidAsync(await app.AgentAsync(), later);
            (await app.AwardDueAsync()).Handled.ShouldBe(0);
            (await app.ViewAsync(poster, later)).State.ShouldBe(ContractState.Bidding);
        }
        finally
        {
            app.Clock.Advance(TimeSpan.FromHours(2) - TimeSpan.FromSeconds(601));
        }
        (await app.SqlAsync<long>($"SELECT count(*) FROM mesh.awards WHERE contract_id = '{contract}'")).ShouldBe(1);
    }
}

/// <summary>The contract's own Quartz trigger, on an app whose clock nobody moves: Quartz keeps real time.</summary>
public sealed class AwardTimerTests(QuietMeshApp app) : IClassFixture<QuietMeshApp>
{
    [Fact]
    public async Task Without_any_sweeper_a_contracts_own_timer_awards_it()
    {
        var poster = await app.PosterAsync();
        var (lonely, contract) = (await app.PostAsync(poster, MeshApp.Input(window: 1)), await app.ClosingAsync(poster));

        await app.BecomesAsync(contract, "awarded");
        // The lonely one's timer also plans the next one when it runs its window once more.
        await app.BecomesAsync(lonely, "expired");

        (await app.HeldAsync(contract)).ShouldBe(4_000_000);
    }
}
