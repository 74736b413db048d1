using System.Diagnostics;
using System.Globalization;
using Hermes.Infrastructure.Persistence.Embedded;
using Hermes.IntegrationTests.Shared;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Hermes.IntegrationTests.Faults;

/// <summary>PostgreSQL itself dies and comes back while money moves.</summary>
public sealed class DatabaseTests
{
    [Fact]
    public async Task Nothing_acknowledged_is_lost_when_postgres_is_killed_under_load()
    {
        var folder = Directory.CreateTempSubdirectory("hermes-faults-").FullName;
        var options = new EmbeddedPostgresOptions { DataFolder = folder };
        var server = await EmbeddedPostgres.StartAsync(options, NullLogger.Instance, CancellationToken.None);
        try
        {
            await using var installation = new Installation(server.OwnerConnectionString);
            await installation.StartAsync();
            var poster = await installation.PosterAsync("100.00");
            var (first, second) = (await installation.AgentAsync(), await installation.AgentAsync());
            var contracts = new List<Guid>();
            for (var i = 0; i < 4; i++)
                contracts.Add(await KillTests.PostAsync(poster, first, second));
            var acknowledged = 0;
            using var loading = new CancellationTokenSource();
            var load = Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(async () =>
            {
                while (!loading.IsCancellationRequested)
                {
                    // Repeated with its key until it is answered.
                    await poster.Caller.SendAsync(HttpMethod.Post, $"/orgs/{poster.Tenant}/wallet", new { Amount = new { Amount = "1.00", Currency = "USD" } });
                    Interlocked.Increment(ref acknowledged);
                }
            })));
            await installation.CloseAsync();
            using var working = new CancellationTokenSource();
            var work = KillTests.DeliverAllAsync([first, second], contracts, working.Token);

            // In the midst of awards and credits.
            await Eventually.HoldsAsync(() => Volatile.Read(ref acknowledged) > 0);
            await Task.Delay(700);
            await KillPostmasterAsync(server.OwnerConnectionString);
            server.Abandon();
            var before = Volatile.Read(ref acknowledged);
            await Task.Delay(1000);
            server = await EmbeddedPostgres.StartAsync(options, NullLogger.Instance, CancellationToken.None);
            await Eventually.HoldsAsync(() => Volatile.Read(ref acknowledged) >= before + 20);
            await loading.CancelAsync();
            await load;
            await installation.EventuallyAsync("SELECT count(*) FROM mesh.contracts WHERE state = 'settled'", 4L);
            await working.CancelAsync();
            await work;

            (await installation.SqlAsync<decimal>($"SELECT balance::numeric FROM ledger.accounts WHERE kind = 'available' AND owner_id = '{poster.Tenant}'"))
                .ShouldBe((100m + acknowledged - 4 * 3) * 1_000_000m);
            await installation.ShouldBeSoundAsync();
        }
        finally
        {
            await server.StopAsync();
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task KillPostmasterAsync(string owner)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(owner) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("SHOW data_directory", connection);
        var folder = (string)(await command.ExecuteScalarAsync())!;
        var pid = int.Parse((await File.ReadAllLinesAsync(Path.Combine(folder, "postmaster.pid")))[0], CultureInfo.InvariantCulture);
        using var postmaster = Process.GetProcessById(pid);
        postmaster.Kill();
    }
}
