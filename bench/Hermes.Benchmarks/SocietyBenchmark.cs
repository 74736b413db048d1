using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text.Json;
using Hermes.Application.Shared;
using Hermes.Benchmarks.Shared;
using Npgsql;

namespace Hermes.Benchmarks;

/// <summary>
/// Agents that are connected over two nodes find and pay each other for minutes, while a third of them die and come back again
/// and again. What counts is that nothing goes wrong: errors, memory of both nodes, and the books afterwards.
/// </summary>
public sealed class SocietyBenchmark : IBenchmark
{
    private const string Price = "0.001";
    private const int Fields = 20;

    public string Name => "society";

    public string Goal => "1,000 agents find and call each other over two nodes, a third dying and coming back: errors < 0.1 %, memory flat, books balanced";

    public async Task RunAsync(Stage stage, CancellationToken cancellationToken)
    {
        var count = stage.Options.Number("agents", 1_000, 200);
        var callers = stage.Options.Number("callers", 16, 16);
        var time = TimeSpan.FromSeconds(stage.Options.Number("seconds", 180, 30));
        // A thousand probes would be a load of their own.
        var unprobed = ("Hermes:Probes:Enabled", "false");
        Stage.Node[] nodes = [await stage.StartNodeAsync(cancellationToken, unprobed), await stage.StartNodeAsync(cancellationToken, unprobed)];

        Report.Step($"registering and connecting {count:#,0} agents of {Fields} organisations");
        var members = new List<Member>();
        for (var field = 0; field < Fields; field++)
        {
            var tenant = await Market.TenantAsync(nodes[0].Address, $"field-{field}", 10_000m, cancellationToken);
            members.AddRange((await Market.AgentsAsync(nodes[0].Address, tenant, count / Fields, $"bench.field-{field}", cancellationToken, Price)).Select(a => new Member(a, nodes)));
        }
        await Load.EachAsync(32, members, member => member.ConnectAsync(cancellationToken), cancellationToken);
        // The index follows the outbox, and presence its sockets.
        await Task.Delay(TimeSpan.FromSeconds(3), cancellationToken);

        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var dying = DieAndComeBackAsync(members, ending.Token);
        var (finds, calls, said) = (new ConcurrentBag<double>(), new ConcurrentBag<double>(), new ConcurrentDictionary<string, int>());
        var watch = Stopwatch.StartNew();
        var memory = new List<(TimeSpan At, double First, double Second)>();
        var watching = Task.Run(async () =>
        {
            using var tick = new PeriodicTimer(time / 6);
            do
                memory.Add((watch.Elapsed, nodes[0].ResidentMiB(), nodes[1].ResidentMiB()));
            while (await tick.WaitForNextTickAsync(CancellationToken.None) && watch.Elapsed < time);
        }, cancellationToken);
        Report.Step($"{callers} of them at a time find and call for {time.TotalSeconds:0} s");
        await Task.WhenAll(Enumerable.Range(0, callers).Select(number => Task.Run(async () =>
        {
            var random = new Random(number);
            using var https = new HttpClients(nodes);
            while (watch.Elapsed < time)
                await https.FindAndCallAsync(members[random.Next(members.Count)], random, finds, calls, said, cancellationToken);
        }, cancellationToken)));
        await ending.CancelAsync();
        await dying;
        await watching;

        var (errors, all) = (said.Where(s => s.Key.StartsWith("error", StringComparison.Ordinal)).Sum(s => s.Value), said.Values.Sum());
        foreach (var (what, times) in new[] { ("found", new Measured(time.TotalSeconds, finds)), ("called, paid and answered", new Measured(time.TotalSeconds, calls)) })
            Report.Note($"{what}: {times.Count:#,0}, {times.PerSecond:0} a second; p50 {times.P50:0.0} ms, p95 {times.Percentile(0.95):0.0} ms, p99 {times.P99:0.0} ms");
        Report.Rate("‰ of requests that went right", 1_000, 1_000.0 * (all - errors) / Math.Max(1, all), "‰", goal: 999);
        foreach (var (what, times) in said.OrderByDescending(s => s.Value).Take(10))
            Report.Note($"{times,9:#,0} × {what}");
        foreach (var (at, first, second) in memory)
            Report.Note($"after {at.TotalSeconds,4:0} s: {first:0} and {second:0} MiB resident");
        await Load.EachAsync(64, members, async member =>
        {
            await member.LeaveAsync();
            member.Dispose();
        }, cancellationToken);
        await BooksAsync(stage, cancellationToken);
    }

    // Each second some of them are cut off without a word; they come back some seconds later and resume where they were.
    private static async Task DieAndComeBackAsync(List<Member> members, CancellationToken cancellationToken)
    {
        var (random, next) = (new Random(7), 0);
        try
        {
            while (true)
            {
                var leaving = Enumerable.Range(0, members.Count / 3 / 10).Select(_ => members[next++ * 3 % members.Count]).ToList();
                foreach (var member in leaving)
                    await member.LeaveAsync();
                await Task.Delay(TimeSpan.FromMilliseconds(500 + random.Next(500)), cancellationToken);
                foreach (var member in leaving)
                    await member.ConnectAsync(cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The time is over.
        }
    }

    private static async Task BooksAsync(Stage stage, CancellationToken cancellationToken)
    {
        await using var connection = await stage.OpenAsync(cancellationToken);
        for (var i = 0; i < 120; i++)
        {
            await using var open = new NpgsqlCommand("SELECT count(*) FROM calls.calls WHERE ended_at IS NULL", connection);
            if (await open.ExecuteScalarAsync(cancellationToken) is 0L)
                break;
            await Task.Delay(1_000, cancellationToken);
        }
        await using var command = new NpgsqlCommand("""
            SELECT (SELECT count(*) FROM calls.calls WHERE ended_at IS NULL), (SELECT coalesce(sum(amount), 0) FROM ledger.entries),
                   (SELECT coalesce(sum(balance), 0) FROM ledger.accounts WHERE kind = 'escrow'), (SELECT count(*) FROM calls.calls)
            """, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        Report.Note($"{reader.GetInt64(3):#,0} calls in all, {reader.GetInt64(0)} still open; all entries add up to {reader.GetDecimal(1):0}, escrows hold {reader.GetDecimal(2):0}");
    }

    /// <summary>One agent: hears of calls on its socket and answers them, wherever it is connected at the moment.</summary>
    private sealed class Member(BenchAgent agent, Stage.Node[] nodes) : IDisposable
    {
        private CancellationTokenSource? _life;
        private Task _reading = Task.CompletedTask;
        private long _last;
        private int _connections;

        public BenchAgent Agent => agent;

        public async Task ConnectAsync(CancellationToken cancellationToken)
        {
            var node = nodes[(agent.Id.GetHashCode() + _connections++ & int.MaxValue) % nodes.Length].Address;
            var socket = new ClientWebSocket();
            socket.Options.SetRequestHeader("Authorization", "Bearer " + agent.Key);
            var life = _life = new CancellationTokenSource();
            await socket.ConnectAsync(new Uri($"ws://{node.Authority}/api/v1/ws/agent/{agent.Id}/contracts" + (_last == 0 ? "" : $"?last_event_id={_last}")), cancellationToken);
            _reading = ReadAsync(socket, life.Token);
        }

        public async Task LeaveAsync()
        {
            if (_life is null)
                return;
            await _life.CancelAsync();
            await _reading;
            _life.Dispose();
            _life = null;
        }

        public void Dispose() => _life?.Dispose();

        private async Task ReadAsync(ClientWebSocket socket, CancellationToken cancellationToken)
        {
            using var mine = socket;
            var (buffer, length) = (new byte[16_384], 0);
            try
            {
                while (true)
                {
                    var part = await socket.ReceiveAsync(buffer.AsMemory(length), cancellationToken);
                    if (part.MessageType == WebSocketMessageType.Close)
                        return;
                    length += part.Count;
                    if (!part.EndOfMessage)
                    {
                        if (length == buffer.Length)
                            Array.Resize(ref buffer, buffer.Length * 2);
                        continue;
                    }
                    using var frame = JsonDocument.Parse(buffer.AsMemory(0, length));
                    length = 0;
                    if (frame.RootElement.GetProperty("type").ValueEquals("call.requested"))
                    {
                        await socket.SendAsync(JsonSerializer.SerializeToUtf8Bytes(new
                        {
                            type = "call.complete",
                            call_id = frame.RootElement.GetProperty("data").GetProperty("call_id"),
                            result = "done",
                        }), WebSocketMessageType.Text, true, cancellationToken);
                    }
                    if (frame.RootElement.TryGetProperty("id", out var id))
                        _last = id.GetInt64();
                }
            }
            catch (Exception cut) when (cut is WebSocketException or OperationCanceledException)
            {
                // Died, or was cut: it comes back by itself or is brought back.
            }
        }
    }

    private sealed class HttpClients(Stage.Node[] nodes) : IDisposable
    {
        // An agent that nobody can reach at the moment, or that has enough to do, is an answer and no error.
        private static readonly string[] Refusals =
            ["calls.agent_unreachable", "calls.agent_busy", "calls.circuit_open", "calls.rate_limited"];

        private readonly HttpClient[] _https = [.. nodes.Select(n => new HttpClient { BaseAddress = n.Address, Timeout = TimeSpan.FromSeconds(60) })];
        private int _turn;

        public void Dispose() => Array.ForEach(_https, http => http.Dispose());

        public async Task FindAndCallAsync(
            Member member, Random random, ConcurrentBag<double> finds, ConcurrentBag<double> calls, ConcurrentDictionary<string, int> said, CancellationToken cancellationToken)
        {
            var http = _https[_turn++ % _https.Length];
            var started = Stopwatch.GetTimestamp();
            var (status, found) = await PostAsync(http, member, "/api/v1/agents/discover", new
            {
                Query = $"bench.field-{random.Next(Fields)}",
                AvailableNow = true,
                Limit = 10,
            }, cancellationToken);
            if (status != 200)
            {
                Note(said, $"error: discover {status} {Code(found)}");
                return;
            }
            finds.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            Note(said, "found");
            var others = found.GetProperty("items").EnumerateArray().Select(Id).Where(id => id != member.Agent.Id).ToList();
            if (others.Count == 0)
                return;
            started = Stopwatch.GetTimestamp();
            var (answered, call) = await PostAsync(http, member, "/api/v1/agents/execute",
                new { AgentId = others[random.Next(others.Count)], Input = "Do it.", TimeoutSeconds = 30 }, cancellationToken);
            if (answered == 200 && call.GetRawText().Contains("completed", StringComparison.Ordinal))
            {
                calls.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
                Note(said, "called");
            }
            else
            {
                var code = answered == 200 ? "not completed: " + call.GetRawText()[..Math.Min(300, call.GetRawText().Length)] : Code(call);
                Note(said, Refusals.Contains(code) ? "refused: " + code : $"error: execute {answered} {code}");
            }
        }

        private static Guid Id(JsonElement hit) => (hit.TryGetProperty("agent", out var agent) ? agent : hit).GetProperty("id").GetGuid();

        private static string Code(JsonElement body) => body.ValueKind == JsonValueKind.Object && body.TryGetProperty("code", out var code) ? code.GetString()! : body.ToString();

        private static void Note(ConcurrentDictionary<string, int> said, string what) => said.AddOrUpdate(what, 1, (_, n) => n + 1);

        private static async Task<(int Status, JsonElement Body)> PostAsync(HttpClient http, Member member, string path, object body, CancellationToken cancellationToken)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body, body.GetType(), options: HermesJson.Options) };
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", member.Agent.Key);
            try
            {
                using var answer = await http.SendAsync(request, cancellationToken);
                return ((int)answer.StatusCode, await answer.Content.ReadFromJsonAsync<JsonElement>(cancellationToken));
            }
            catch (Exception failure) when (failure is HttpRequestException or TaskCanceledException or JsonException)
            {
                cancellationToken.ThrowIfCancellationRequested();
                return (0, JsonSerializer.SerializeToElement(failure.GetType().Name));
            }
        }
    }
}
