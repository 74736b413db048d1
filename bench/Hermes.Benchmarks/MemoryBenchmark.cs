using Hermes.Benchmarks.Shared;

namespace Hermes.Benchmarks;

/// <summary>What one node keeps in memory with a large register in its index and many agents connected, while they are listed and searched.</summary>
public sealed class MemoryBenchmark : IBenchmark
{
    public string Name => "memory";

    public string Goal => "≤ 350 MiB resident with 100,000 agents registered and 2,000 sockets";

    public async Task RunAsync(Stage stage, CancellationToken cancellationToken)
    {
        var registered = stage.Options.Number("agents", 100_000, 100_000);
        var sockets = stage.Options.Number("sockets", 2_000, 1_000);
        double bare;
        BenchTenant owner;
        BenchAgent[] agents;
        await using (var first = await stage.StartNodeAsync(cancellationToken))
        {
            bare = first.ResidentMiB();
            owner = await Market.TenantAsync(first.Address, "owner", 0, cancellationToken);
            agents = await Market.AgentsAsync(first.Address, owner, sockets, "bench.hold", cancellationToken);
        }
        // What is measured begins with all of them there: rows that come without an event are not indexed.
        await Register.FillAsync(stage, owner.Id, sockets, registered, cancellationToken);
        await using var node = await stage.StartNodeAsync(cancellationToken);
        var (filled, _) = await node.IndexedAsync(cancellationToken);
        Report.Note($"index: {filled}; {node.ResidentMiB():0} MiB resident when it is filled");

        var listeners = new Listener[sockets];
        await Load.EachAsync(32, [.. Enumerable.Range(0, sockets)], async i => listeners[i] = await Listener.ConnectAsync(node.Address, agents[i], (_, _) => { }, cancellationToken), cancellationToken);
        using (var anyone = new Api(node.Address, owner.Token, 16))
        {
            await Load.ForAsync(16, TimeSpan.FromSeconds(stage.Options.Number("seconds", 15, 5)), i => i % 2 == 0
                ? anyone.DrainAsync("/api/v1/agents?limit=20", cancellationToken)
                : anyone.PostAsync("/agents/discover", new { query = Register.Queries[Random.Shared.Next(Register.Queries.Length)] }, cancellationToken), cancellationToken);
        }
        await Task.Delay(3000, cancellationToken);
        Report.Time($"{registered:#,0} agents, {sockets:#,0} sockets, after load", bare, node.ResidentMiB(), "MiB", goal: 350);
        Report.Note("limit: the same process right after its start, with nothing registered");
        await Load.EachAsync(64, listeners, async l => await l.DisposeAsync(), cancellationToken);
    }
}
