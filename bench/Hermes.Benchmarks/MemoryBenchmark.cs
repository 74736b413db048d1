using Hermes.Benchmarks.Shared;
using Npgsql;

namespace Hermes.Benchmarks;

/// <summary>What one node keeps in memory with a large register and many agents connected.</summary>
public sealed class MemoryBenchmark : IBenchmark
{
    public string Name => "memory";

    public string Goal => "≤ 350 MiB resident with 100,000 agents registered and 2,000 sockets";

    public async Task RunAsync(Stage stage, CancellationToken cancellationToken)
    {
        var registered = stage.Options.Number("agents", 100_000, 100_000);
        var sockets = stage.Options.Number("sockets", 2_000, 1_000);
        var node = await stage.StartNodeAsync(cancellationToken);
        var bare = node.ResidentMiB();
        var owner = await Market.TenantAsync(node.Address, "owner", 0, cancellationToken);
        var agents = await Market.AgentsAsync(node.Address, owner, sockets, "bench.hold", cancellationToken);
        await FillAsync(stage, registered - sockets, cancellationToken);

        var listeners = new Listener[sockets];
        await Load.EachAsync(32, [.. Enumerable.Range(0, sockets)], async i => listeners[i] = await Listener.ConnectAsync(node.Address, agents[i], (_, _) => { }, cancellationToken), cancellationToken);
        using (var anyone = new Api(node.Address, owner.Token, 16))
            await Load.ForAsync(16, TimeSpan.FromSeconds(stage.Options.Number("seconds", 15, 5)), _ => anyone.DrainAsync("/api/v1/agents?limit=20", cancellationToken), cancellationToken);
        await Task.Delay(3000, cancellationToken);
        Report.Time($"{registered:#,0} agents, {sockets:#,0} sockets, after load", bare, node.ResidentMiB(), "MiB", goal: 350);
        Report.Note("limit: the same process right after its start");
        await Load.EachAsync(64, listeners, async l => await l.DisposeAsync(), cancellationToken);
    }

    private static async Task FillAsync(Stage stage, int count, CancellationToken cancellationToken)
    {
        Report.Step($"registering {count:#,0} more");
        await using var connection = await stage.OpenAsync(cancellationToken);
        await using var columns = new NpgsqlCommand("""
            SELECT string_agg(quote_ident(column_name), ', ' ORDER BY ordinal_position)
            FROM information_schema.columns WHERE table_schema = 'agents' AND table_name = 'agents' AND column_name NOT IN ('id', 'name') AND is_generated = 'NEVER'
            """, connection);
        var names = (string)(await columns.ExecuteScalarAsync(cancellationToken))!;
        await using var copy = new NpgsqlCommand($"""
            INSERT INTO agents.agents (id, name, {names})
            SELECT gen_random_uuid(), 'copy ' || n, {names} FROM (SELECT * FROM agents.agents LIMIT 1) a, generate_series(1, {count}) n
            """, connection) { CommandTimeout = 600 };
        await copy.ExecuteNonQueryAsync(cancellationToken);
    }
}
