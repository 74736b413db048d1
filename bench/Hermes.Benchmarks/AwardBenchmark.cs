using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using Hermes.Benchmarks.Shared;

namespace Hermes.Benchmarks;

/// <summary>Contracts that all close in the same second.</summary>
public sealed class AwardBurstBenchmark : IBenchmark
{
    public string Name => "award-burst";

    public string Goal => "1,000 contracts closing in the same second: winner, losers and page told within 250 ms of the close at p99";

    public Task RunAsync(Stage stage, CancellationToken cancellationToken) =>
        Awards.RunAsync(stage, stage.Options.Number("contracts", 1000, 300), stage.Options.Number("bids", 5, 5), TimeSpan.Zero, 0.99, 250, cancellationToken);
}

/// <summary>Contracts that close one after another.</summary>
public sealed class AwardSpreadBenchmark : IBenchmark
{
    public string Name => "award-spread";

    public string Goal => "contracts closing spread over time: told within 50 ms of the close at p50";

    public Task RunAsync(Stage stage, CancellationToken cancellationToken) =>
        Awards.RunAsync(stage, stage.Options.Number("contracts", 300, 150), stage.Options.Number("bids", 5, 5), TimeSpan.FromSeconds(stage.Options.Number("seconds", 20, 10)), 0.5, 50, cancellationToken);
}

internal static class Awards
{
    public static async Task RunAsync(Stage stage, int contracts, int bids, TimeSpan spread, double share, double goal, CancellationToken cancellationToken)
    {
        var limit = await BareAsync(stage, contracts, bids, cancellationToken);
        var node = await stage.StartNodeAsync(cancellationToken);
        var poster = await Market.TenantAsync(node.Address, "poster", 100_000m, cancellationToken);
        var bidders = await Market.TenantAsync(node.Address, "bidders", 0, cancellationToken);
        var agents = await Market.AgentsAsync(node.Address, bidders, bids, "bench.award", cancellationToken);
        // More won work than an agent may take at once would leave bids out.
        await stage.ExecuteAsync("UPDATE agents.agents SET capacity = 1000", cancellationToken);

        var closes = new ConcurrentDictionary<Guid, DateTimeOffset>();
        var won = new ConcurrentDictionary<Guid, double>();
        var lost = new ConcurrentBag<double>();
        var seen = new ConcurrentDictionary<Guid, double>();
        var listeners = new List<Listener>();
        foreach (var agent in agents)
            listeners.Add(await Listener.ConnectAsync(node.Address, agent, (message, at) => Hear(message, at, closes, won, lost), cancellationToken));
        using var stopPage = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var page = WatchAsync(node.Address, poster.Token, closes, seen, stopPage.Token);

        Report.Step($"posting {contracts:#,0} contracts with {bids} bids each");
        using var post = new Api(node.Address, poster.Token);
        var bidding = agents.Select(a => new Api(node.Address, a.Key)).ToArray();
        var perSecond = stage.Options.Number("setup-per-second", 120, 120);
        var close = DateTimeOffset.UtcNow.AddSeconds(3 + (double)contracts * (bids + 1) / perSecond);
        await Load.EachAsync(8, [.. Enumerable.Range(0, contracts)], async i =>
        {
            // The window is in whole seconds from the posting, so waiting for the fraction puts every close on the wanted instant.
            var wanted = close + spread * i / contracts;
            var left = wanted - DateTimeOffset.UtcNow;
            var window = Math.Floor(left.TotalSeconds);
            await Task.Delay(left - TimeSpan.FromSeconds(window), cancellationToken);
            var posted = await post.PostAsync("/mesh/contracts", new
            {
                Title = $"Bench {i}",
                Intent = "Measure the award.",
                Reward = new { Amount = "5.00", Currency = "USD" },
                RequiredCapabilities = new[] { "bench.award" },
                BiddingWindowSeconds = (int)Math.Max(1, window),
                DeliveryWindowSeconds = 3600,
            }, cancellationToken);
            var id = posted.GetProperty("id").GetGuid();
            closes[id] = posted.GetProperty("bidding_closes_at").GetDateTimeOffset();
            for (var b = 0; b < bids; b++)
                await bidding[b].PostAsync($"/mesh/contracts/{id}/bid", new
                {
                    Price = new { Amount = $"{1 + (i * 7 + b * 13) % 400 / 100m:0.00}", Currency = "USD" },
                    EtaSeconds = 10 + (i + b) % 50,
                    Confidence = 0.9m,
                }, cancellationToken);
        }, cancellationToken);
        var ready = DateTimeOffset.UtcNow;
        if (ready > closes.Values.Min())
            Report.Note($"the first close came {(ready - closes.Values.Min()).TotalSeconds:0.0} s before the last bid: repeat with a smaller --setup-per-second");
        Report.Step($"waiting for the closes ({(closes.Values.Max() - closes.Values.Min()).TotalSeconds:0.0} s apart, the first in {(closes.Values.Min() - ready).TotalSeconds:0.0} s)");
        var patience = closes.Values.Max().AddSeconds(30);
        while ((won.Count < contracts || lost.Count < contracts * (bids - 1) || seen.Count < contracts) && DateTimeOffset.UtcNow < patience)
            await Task.Delay(50, cancellationToken);

        var q = share == 0.5 ? "p50" : "p99";
        Print($"close → winner told, {q}", won.Values, contracts, limit, share, goal);
        Print($"close → losers told, {q}", [.. lost], contracts * (bids - 1), limit, share, goal);
        Print($"close → poster's page told, {q}", seen.Values, contracts, limit, share, goal);
        await stopPage.CancelAsync();
        await page.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (listeners.Sum(l => l.Resumed) is > 0 and var resumed)
            Report.Note($"{resumed} sockets were cut as too slow and resumed");
        foreach (var listener in listeners)
            await listener.DisposeAsync();
        foreach (var api in bidding)
            api.Dispose();
    }

    private static void Print(string what, ICollection<double> times, int expected, double limit, double share, double goal)
    {
        var measured = new Measured(1, [.. times]);
        Report.Time(what, limit, measured.Percentile(share), "ms", goal);
        Report.Note($"{measured.Count:#,0} of {expected:#,0}; p50 {measured.P50:0.0} ms, p99 {measured.P99:0.0} ms, longest {measured.Percentile(1):0.0} ms");
    }

    private static void Hear(ReadOnlyMemory<byte> message, DateTimeOffset at, ConcurrentDictionary<Guid, DateTimeOffset> closes, ConcurrentDictionary<Guid, double> won, ConcurrentBag<double> lost)
    {
        using var document = JsonDocument.Parse(message);
        var type = document.RootElement.GetProperty("type").GetString();
        if (type is not ("bid.accepted" or "contract.lost"))
            return;
        var id = document.RootElement.GetProperty("data").GetProperty("contract_id").GetGuid();
        if (!closes.TryGetValue(id, out var close))
            return;
        if (type == "bid.accepted")
            won.TryAdd(id, (at - close).TotalMilliseconds);
        else
            lost.Add((at - close).TotalMilliseconds);
    }

    private static async Task WatchAsync(Uri node, string token, ConcurrentDictionary<Guid, DateTimeOffset> closes, ConcurrentDictionary<Guid, double> seen, CancellationToken cancellationToken)
    {
        using var client = new HttpClient { BaseAddress = node, Timeout = Timeout.InfiniteTimeSpan };
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/events");
        request.Headers.Authorization = new("Bearer", token);
        request.Headers.Accept.ParseAdd("text/event-stream");
        using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(cancellationToken));
        var awarded = false;
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            if (line.StartsWith("event:", StringComparison.Ordinal))
                awarded = line.Contains("contract.awarded", StringComparison.Ordinal);
            else if (line.StartsWith("data:", StringComparison.Ordinal) && (awarded || line.Contains("contract.awarded", StringComparison.Ordinal)))
            {
                var at = DateTimeOffset.UtcNow;
                using var document = JsonDocument.Parse(line[5..]);
                var data = document.RootElement.TryGetProperty("data", out var nested) ? nested : document.RootElement;
                if (data.TryGetProperty("contract_id", out var contract) && contract.TryGetGuid(out var id) && closes.TryGetValue(id, out var close))
                    seen.TryAdd(id, (at - close).TotalMilliseconds);
            }
        }
    }

    /// <summary>The least that an award can cost the database: choose each winner and write it with its event, in one durable statement.</summary>
    private static async Task<double> BareAsync(Stage stage, int contracts, int bids, CancellationToken cancellationToken)
    {
        await stage.ExecuteAsync($"""
            CREATE TABLE public.bare_contracts AS SELECT gen_random_uuid() AS id, 'bidding' AS state, NULL::uuid AS winner FROM generate_series(1, {contracts});
            ALTER TABLE public.bare_contracts ADD PRIMARY KEY (id);
            CREATE TABLE public.bare_bids AS SELECT gen_random_uuid() AS id, c.id AS contract_id, random()::numeric AS score FROM public.bare_contracts c, generate_series(1, {bids});
            CREATE INDEX ON public.bare_bids (contract_id);
            CREATE TABLE public.bare_outbox (seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, data jsonb);
            ANALYZE public.bare_contracts; ANALYZE public.bare_bids;
            """, cancellationToken);
        var times = new List<double>();
        for (var i = 0; i < 3; i++)
        {
            await stage.ExecuteAsync("UPDATE public.bare_contracts SET state = 'bidding'", cancellationToken);
            var watch = Stopwatch.StartNew();
            await stage.ExecuteAsync("""
                WITH best AS (SELECT DISTINCT ON (contract_id) contract_id, id FROM public.bare_bids ORDER BY contract_id, score DESC),
                awarded AS (UPDATE public.bare_contracts c SET state = 'awarded', winner = b.id FROM best b WHERE b.contract_id = c.id RETURNING c.id, c.winner)
                INSERT INTO public.bare_outbox (data) SELECT jsonb_build_object('contract_id', id, 'bid_id', winner) FROM awarded
                """, cancellationToken);
            times.Add(watch.Elapsed.TotalMilliseconds);
        }

        return times.Order().ElementAt(1);
    }
}
