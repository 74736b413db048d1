using Hermes.Benchmarks.Shared;
using Npgsql;

namespace Hermes.Benchmarks;

/// <summary>The whole job through the API, again and again: post, five bids, award, deliver, accept, settle.</summary>
public sealed class CyclesBenchmark : IBenchmark
{
    public string Name => "cycles";

    public string Goal => "≥ 150 whole cycles a second through the API, every step durable; cost flat as contracts accumulate";

    public async Task RunAsync(Stage stage, CancellationToken cancellationToken)
    {
        const int bids = 5;
        var callers = stage.Options.Number("callers", 32, 32);
        var time = TimeSpan.FromSeconds(stage.Options.Number("seconds", 30, 8));
        var stored = stage.Options.Number("stored", 0, 0);
        var limit = await BareAsync(stage, callers, cancellationToken);

        var node = await stage.StartNodeAsync(cancellationToken);
        // One organisation's awards wait for each other at its wallet; a marketplace has many.
        var posters = new Api[stage.Options.Number("posters", 8, 8)];
        for (var p = 0; p < posters.Length; p++)
            posters[p] = new Api(node.Address, (await Market.TenantAsync(node.Address, $"poster-{p}", 1_000_000m, cancellationToken)).Token, callers * 2);
        var bidders = await Market.TenantAsync(node.Address, "bidders", 0, cancellationToken);
        var agents = await Market.AgentsAsync(node.Address, bidders, bids * callers, "bench.cycle", cancellationToken);
        await stage.ExecuteAsync("UPDATE agents.agents SET capacity = 1000", cancellationToken);
        var bidding = agents.Select(a => new Api(node.Address, a.Key, 2)).ToArray();
        if (stored > 0)
        {
            await CycleAsync(posters[0], bidding, 0, bids, cancellationToken);
            await FillAsync(stage, stored, cancellationToken);
        }

        Report.Step("warming up");
        await Load.ForAsync(callers, TimeSpan.FromSeconds(stage.Options.Number("warmup", 15, 3)), caller => CycleAsync(posters[caller % posters.Length], bidding, caller * bids, bids, cancellationToken), cancellationToken);
        var cpu = node.ProcessorTime();
        var measured = await Load.ForAsync(callers, time, caller => CycleAsync(posters[caller % posters.Length], bidding, caller * bids, bids, cancellationToken), cancellationToken);
        cpu = node.ProcessorTime() - cpu;
        Report.Rate($"whole cycles, {callers} at a time", limit, measured.PerSecond, "/s", goal: 150);
        Report.Note($"p50 {measured.P50:0} ms, p99 {measured.P99:0} ms; {measured.PerSecond * (bids + 4):0} requests/s; Hermes used {cpu.TotalMilliseconds / (measured.Count * 4 / 3.0):0.0} ms of processor a cycle");
        foreach (var api in bidding.Concat(posters))
            api.Dispose();
        await CheckAsync(stage, cancellationToken);
    }

    private static async Task CycleAsync(Api post, Api[] bidding, int first, int bids, CancellationToken cancellationToken)
    {
        var posted = await post.PostAsync("/mesh/contracts", new
        {
            Title = "Bench",
            Intent = "Measure a cycle.",
            Reward = new { Amount = "5.00", Currency = "USD" },
            RequiredCapabilities = new[] { "bench.cycle" },
            BiddingWindowSeconds = 3600,
            DeliveryWindowSeconds = 3600,
            Visibility = "network",
            Validation = new { RequiredFields = new[] { "answer" } },
        }, cancellationToken);
        var id = posted.GetProperty("id").GetGuid();
        await Task.WhenAll(Enumerable.Range(0, bids).Select(b => bidding[first + b].PostAsync($"/mesh/contracts/{id}/bid",
            new { Price = new { Amount = $"{1 + b}.00", Currency = "USD" }, EtaSeconds = 10, Confidence = 0.9m }, cancellationToken)));
        await post.PostAsync($"/mesh/contracts/{id}/award", new { }, cancellationToken);
        // The cheapest of five that are equal otherwise wins. Its delivery is checked against the rules at once.
        await bidding[first].PostAsync($"/mesh/contracts/{id}/deliver", new { Result = new { Answer = 42 } }, cancellationToken);
        await post.PostAsync($"/mesh/contracts/{id}/settle", null, cancellationToken);
    }

    /// <summary>The least that nine durable requests can cost: nine one-row commits in as many round trips.</summary>
    private static async Task<double> BareAsync(Stage stage, int callers, CancellationToken cancellationToken)
    {
        await stage.ExecuteAsync("CREATE TABLE public.bare_steps (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, data jsonb)", cancellationToken);
        await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(await stage.OwnerAsync(cancellationToken)) { MaxAutoPrepare = 10 }.ConnectionString);
        var measured = await Load.ForAsync(callers, TimeSpan.FromSeconds(4), async _ =>
        {
            for (var step = 0; step < 9; step++)
            {
                await using var command = source.CreateCommand("INSERT INTO public.bare_steps (data) VALUES ('{\"title\":\"Bench\",\"intent\":\"Measure a cycle.\"}')");
                await command.ExecuteNonQueryAsync(cancellationToken);
            }
        }, cancellationToken);
        return measured.PerSecond;
    }

    // Settled contracts of the past, copied from one real one.
    private static async Task FillAsync(Stage stage, int count, CancellationToken cancellationToken)
    {
        Report.Step($"storing {count:#,0} settled contracts");
        await using var connection = await stage.OpenAsync(cancellationToken);
        await using var columns = new NpgsqlCommand("""
            SELECT string_agg(quote_ident(column_name), ', ' ORDER BY ordinal_position)
            FROM information_schema.columns WHERE table_schema = 'mesh' AND table_name = 'contracts' AND column_name <> 'id'
            """, connection);
        var names = (string)(await columns.ExecuteScalarAsync(cancellationToken))!;
        await using var copy = new NpgsqlCommand($"""
            INSERT INTO mesh.contracts (id, {names})
            SELECT gen_random_uuid(), {names} FROM (SELECT * FROM mesh.contracts WHERE state = 'settled' LIMIT 1) c, generate_series(1, {count});
            ANALYZE mesh.contracts
            """, connection) { CommandTimeout = 600 };
        await copy.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task CheckAsync(Stage stage, CancellationToken cancellationToken)
    {
        await using var connection = await stage.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand("""
            SELECT (SELECT count(*) FROM mesh.contracts WHERE state = 'settled'), (SELECT coalesce(sum(amount), 0) FROM ledger.entries)
            """, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        Report.Note($"{reader.GetInt64(0):#,0} contracts settled; all entries add up to {reader.GetDecimal(1):0}");
    }
}
