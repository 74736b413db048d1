using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Numerics.Tensors;
using Hermes.Application.Shared;
using Hermes.Benchmarks.Shared;
using Hermes.Infrastructure.Marketplace.Search;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Hermes.Benchmarks;

/// <summary>
/// Discovery through HTTP over growing registers, against the least that a server can do for such a request (Kestrel, a JSON
/// body read, an answer of the same size); how fast a node fills its index, what it keeps in memory, and how many of the ten
/// nearest by exact cosine a search by vectors finds.
/// </summary>
public sealed class DiscoveryBenchmark : IBenchmark
{
    public string Name => "discovery";

    public string Goal => "p95 ≤ 10 ms at 16 callers over 100,000 agents through HTTP; recall@10 of the vector part ≥ 0.99 of exact";

    public async Task RunAsync(Stage stage, CancellationToken cancellationToken)
    {
        var callers = stage.Options.Number("callers", 16, 16);
        var time = TimeSpan.FromSeconds(stage.Options.Number("seconds", 10, 4));
        BenchTenant tenant;
        await using (var first = await stage.StartNodeAsync(cancellationToken))
            tenant = await Market.TenantAsync(first.Address, "discovery", 0, cancellationToken);

        await using var bare = Bare();
        await bare.StartAsync(cancellationToken);
        var (limit, _) = await AskAsync(new Uri(bare.Urls.First()), null, callers, time, cancellationToken);
        var there = 0;
        foreach (var size in stage.Options.Numbers.TryGetValue("agents", out var only) ? [only] : stage.Options.Quick ? [1_000, 10_000] : new[] { 1_000, 10_000, 100_000 })
        {
            await Register.FillAsync(stage, tenant.Id, there, size, cancellationToken);
            there = size;
            await using var node = await stage.StartNodeAsync(cancellationToken);
            var (filled, wall) = await node.IndexedAsync(cancellationToken);
            Report.Note($"{size:#,0} agents: index ready {wall:0.0} s after the node answered ({filled})");
            var worked = node.ProcessorTime();
            var (hermes, asked) = await AskAsync(node.Address, tenant.Token, callers, time, cancellationToken);
            worked = node.ProcessorTime() - worked;
            Report.Rate($"{size:#,0} agents, {callers} callers", limit.PerSecond, hermes.PerSecond, "/s");
            Report.Time("  p50", limit.P50, hermes.P50, "ms");
            Report.Time("  p95", limit.Percentile(0.95), hermes.Percentile(0.95), "ms", goal: 10);
            Report.Note($"  p99 {hermes.P99:0.0} ms, {worked.TotalMilliseconds / asked:0.00} ms of the node's processor time a request, resident {node.ResidentMiB():0} MiB");
            var (alone, _) = await AskAsync(node.Address, tenant.Token, 1, time / 3, cancellationToken);
            Report.Note($"  one caller: p50 {alone.P50:0.0} ms, p95 {alone.Percentile(0.95):0.0} ms");
            Recall(Math.Min(size, 20_000));
        }
    }

    // How many were asked in all says more than those that were timed: the warm-up costs processor time, too.
    private static async Task<(Measured Timed, int Asked)> AskAsync(Uri address, string? token, int callers, TimeSpan time, CancellationToken cancellationToken)
    {
        using var http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = callers, UseProxy = false }) { BaseAddress = address };
        if (token is not null)
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        var asked = 0;
        var timed = await Load.ForAsync(callers, time, async _ =>
        {
            var query = Register.Queries[Interlocked.Increment(ref asked) % Register.Queries.Length];
            using var body = JsonContent.Create(new { query, limit = 10 }, options: HermesJson.Options);
            using var answer = await http.PostAsync("/api/v1/agents/discover", body, cancellationToken);
            await answer.Content.CopyToAsync(Stream.Null, cancellationToken);
            answer.EnsureSuccessStatusCode();
        }, cancellationToken);
        return (timed, asked);
    }

    private static WebApplication Bare()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var answer = new string('x', 9_000);
        app.MapPost("/api/v1/agents/discover", async (HttpRequest request) =>
        {
            await request.ReadFromJsonAsync<Dictionary<string, object>>();
            return Results.Text(answer, "application/json");
        });
        return app;
    }

    // The index is told that the built-in embedder's vectors are a model's, so that a search without a word goes by them alone.
    private static void Recall(int size)
    {
        var reader = new FeatureReader(Thesaurus.BuiltIn);
        var watch = Stopwatch.StartNew();
        var features = Enumerable.Range(0, size).Select(n => reader.Of(Register.Made(n))).ToArray();
        var read = watch.Elapsed.TotalSeconds;
        var embedder = new BuiltInEmbedder(Thesaurus.BuiltIn);
        embedder.Fit(features);
        watch.Restart();
        var floats = Array.ConvertAll(features, embedder.Embed);
        Report.Note($"  one thread reads {size / read:#,0} texts a second and embeds {size / watch.Elapsed.TotalSeconds:#,0}");
        var index = new TextIndex(Thesaurus.BuiltIn, embedder, ofModel: BuiltInEmbedder.Dimensions);
        for (var slot = 0; slot < size; slot++)
            index.Add(features[slot], floats[slot]);
        var (passes, hits, all) = (Enumerable.Repeat((byte)1, size).ToArray(), 0, 0);
        foreach (var query in Register.Queries.Take(100))
        {
            var vector = embedder.Embed(reader.OfQuery(query));
            // Those that are too far to be shown are no misses.
            var found = index.Search("", passes, size, vector).Take(10).ToArray();
            if (found.Length == 0)
                continue;
            var exact = floats.Select(f => TensorPrimitives.Dot<float>(vector, f)).OrderDescending().ElementAt(found.Length - 1);
            // Equals are as good as each other.
            hits += found.Count(n => TensorPrimitives.Dot<float>(vector, floats[n.Slot]) >= exact - 1e-6f);
            all += found.Length;
        }
        Report.Rate($"  recall@10 of a search by vectors, {size:#,0} agents", 1_000, 1_000.0 * hits / all, "‰", goalRatio: 0.99);
    }
}
