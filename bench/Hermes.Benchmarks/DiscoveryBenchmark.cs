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
using Npgsql;

namespace Hermes.Benchmarks;

/// <summary>
/// Discovery through HTTP over growing registers, against the least that a server can do for such a request (Kestrel, a JSON
/// body read, an answer of the same size); how fast a node fills its index, what it keeps in memory, and how many of the ten
/// nearest by exact cosine the scan of bytes finds.
/// </summary>
public sealed class DiscoveryBenchmark : IBenchmark
{
    public string Name => "discovery";

    public string Goal => "p95 ≤ 10 ms at 16 callers over 100,000 agents through HTTP; recall@10 of the vector part ≥ 0.99 of exact";

    public async Task RunAsync(Stage stage, CancellationToken cancellationToken)
    {
        var callers = stage.Options.Number("callers", 16, 16);
        var time = TimeSpan.FromSeconds(stage.Options.Number("seconds", 10, 4));
        var (agents, queries) = Texts();
        BenchTenant tenant;
        var first = await stage.StartNodeAsync(cancellationToken);
        tenant = await Market.TenantAsync(first.Address, "discovery", 0, cancellationToken);

        await using var bare = Bare();
        await bare.StartAsync(cancellationToken);
        var limit = await AskAsync(new Uri(bare.Urls.First()), null, queries, callers, time, cancellationToken);
        var there = 0;
        foreach (var size in stage.Options.Numbers.TryGetValue("agents", out var only) ? [only] : stage.Options.Quick ? [1_000, 10_000] : new[] { 1_000, 10_000, 100_000 })
        {
            await FillAsync(stage, tenant.Id, agents, there, size, cancellationToken);
            there = size;
            var node = await stage.StartNodeAsync(cancellationToken);
            var (filled, wall) = await ReadyAsync(node.Address, size, cancellationToken);
            Report.Note($"{size:#,0} agents: index ready {wall:0.0} s after the node answered ({filled})");
            var hermes = await AskAsync(node.Address, tenant.Token, queries, callers, time, cancellationToken);
            Report.Rate($"{size:#,0} agents, {callers} callers", limit.PerSecond, hermes.PerSecond, "/s");
            Report.Time("  p50", limit.P50, hermes.P50, "ms");
            Report.Time("  p95", limit.Percentile(0.95), hermes.Percentile(0.95), "ms", goal: 10);
            Report.Note($"  p99 {hermes.P99:0.0} ms, resident {node.ResidentMiB():0} MiB");
            var alone = await AskAsync(node.Address, tenant.Token, queries, 1, time / 3, cancellationToken);
            Report.Note($"  one caller: p50 {alone.P50:0.0} ms, p95 {alone.Percentile(0.95):0.0} ms");
            Recall(agents, queries, Math.Min(size, 20_000));
        }
    }

    private static async Task<Measured> AskAsync(Uri address, string? token, string[] queries, int callers, TimeSpan time, CancellationToken cancellationToken)
    {
        using var http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = callers, UseProxy = false }) { BaseAddress = address };
        if (token is not null)
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        var next = 0;
        return await Load.ForAsync(callers, time, async _ =>
        {
            var query = queries[Interlocked.Increment(ref next) % queries.Length];
            using var body = JsonContent.Create(new { query, limit = 10 }, options: HermesJson.Options);
            using var answer = await http.PostAsync("/api/v1/agents/discover", body, cancellationToken);
            await answer.Content.CopyToAsync(Stream.Null, cancellationToken);
            answer.EnsureSuccessStatusCode();
        }, cancellationToken);
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

    private static async Task<(string Said, double Seconds)> ReadyAsync(Uri address, int size, CancellationToken cancellationToken)
    {
        using var http = new HttpClient { BaseAddress = address };
        var watch = Stopwatch.StartNew();
        while (true)
        {
            var ready = await http.GetFromJsonAsync<System.Text.Json.JsonElement>("/health/ready", cancellationToken);
            var search = ready.GetProperty("checks").GetProperty("search");
            if (search.GetProperty("status").GetString() == "healthy")
                return (search.GetProperty("description").GetString()!, watch.Elapsed.TotalSeconds);
            if (watch.Elapsed > TimeSpan.FromSeconds(120))
                throw new InvalidOperationException($"The index of {size} agents is not filled after two minutes.");
            await Task.Delay(100, cancellationToken);
        }
    }

    private static (AgentText[] Agents, string[] Queries) Texts()
    {
        var folder = Path.Combine(Stage.Root(), "tests", "Hermes.IntegrationTests", "Marketplace", "Evaluation");
        IEnumerable<string[]> Rows(string pattern) => Directory.GetFiles(folder, pattern).Order(StringComparer.Ordinal).SelectMany(File.ReadLines)
            .Where(l => l.Length > 0 && l[0] != '#').Select(l => l.Split('|', StringSplitOptions.TrimEntries));
        return ([.. Rows("*agents.txt").Select(r => new AgentText(r[1], r[3], r[2].Split(' '), r[4].Split(' '), []))], [.. Rows("*queries.txt").Select(r => r[1])]);
    }

    // No two say the same: each is put together from three of the evaluation's.
    private static AgentText Made(AgentText[] texts, int number)
    {
        var (a, b, c) = (texts[number % texts.Length], texts[(number * 31 + number / texts.Length) % texts.Length], texts[(number * 17 + number / 7) % texts.Length]);
        return new AgentText($"{a.Name} {number}", $"{a.Description} {b.Description}", [.. a.Capabilities.Append(c.Capabilities[0]).Distinct()], c.Tags, []);
    }

    private static async Task FillAsync(Stage stage, Guid tenant, AgentText[] texts, int from, int to, CancellationToken cancellationToken)
    {
        Report.Step($"registering {to - from:#,0} more");
        await using var connection = await stage.OpenAsync(cancellationToken);
        foreach (var part in Enumerable.Range(from, to - from).Chunk(5_000))
        {
            var made = part.Select(n => Made(texts, n)).ToArray();
            await using var insert = new NpgsqlCommand("""
                INSERT INTO agents.agents (id, tenant_id, name, description, capabilities, base_price_micro_units, base_price_currency, visibility, tags, categories, languages, regions, capacity, owed_basis_points, status, listing, registered_at, changed_at)
                SELECT gen_random_uuid(), $1, n, d, string_to_array(c, ' '), 1000000, 'USD', 'public', string_to_array(t, ' '), '{}', '{}', '{}', 1, 0, 'active', 'listed', now(), now()
                FROM unnest($2::text[], $3::text[], $4::text[], $5::text[]) AS u(n, d, c, t)
                """, connection)
            { CommandTimeout = 600 };
            insert.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = tenant });
            foreach (var column in new string[][] { [.. made.Select(m => m.Name)], [.. made.Select(m => m.Description)], [.. made.Select(m => string.Join(' ', m.Capabilities))], [.. made.Select(m => string.Join(' ', m.Tags))] })
                insert.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = column });
            await insert.ExecuteNonQueryAsync(cancellationToken);
        }
        await stage.ExecuteAsync("ANALYZE agents.agents", cancellationToken);
    }

    private static void Recall(AgentText[] texts, string[] queries, int size)
    {
        var reader = new FeatureReader(Thesaurus.BuiltIn);
        var watch = Stopwatch.StartNew();
        var features = Enumerable.Range(0, size).Select(n => reader.Of(Made(texts, n))).ToArray();
        var read = watch.Elapsed.TotalSeconds;
        var embedder = new BuiltInEmbedder(Thesaurus.BuiltIn);
        embedder.Fit(features);
        watch.Restart();
        var block = new VectorBlock(BuiltInEmbedder.Dimensions);
        var floats = new float[size][];
        for (var slot = 0; slot < size; slot++)
            block.Set(slot, floats[slot] = embedder.Embed(features[slot]));
        Report.Note($"  one thread reads {size / read:#,0} texts a second and embeds {size / watch.Elapsed.TotalSeconds:#,0}");
        var (passes, hits, all) = (Enumerable.Repeat((byte)1, size).ToArray(), 0, 0);
        foreach (var query in queries.Take(100))
        {
            var vector = embedder.Embed(reader.OfQuery(query));
            var exact = floats.Select(f => TensorPrimitives.Dot<float>(vector, f)).OrderDescending().Take(10).ToArray();
            if (exact[0] <= 0)
                continue;
            // Equals are as good as each other.
            hits += block.Nearest(vector, passes, 10).Count(n => TensorPrimitives.Dot<float>(vector, floats[n.Slot]) >= exact[^1] - 1e-6f);
            all += 10;
        }
        Report.Rate($"  recall@10 of the vector part, {size:#,0} agents", 1_000, 1_000.0 * hits / all, "‰", goalRatio: 0.99);
    }
}
