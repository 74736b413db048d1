using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text;
using System.Threading.Channels;
using Hermes.Benchmarks.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hermes.Benchmarks;

/// <summary>Many agents connected to one node, half of them eligible for a contract that is announced.</summary>
public sealed class SocketsBenchmark : IBenchmark
{
    public string Name => "sockets";

    public string Goal => "10,000 agent sockets held by one node; one announcement to 5,000 eligible within 120 ms at p99";

    public async Task RunAsync(Stage stage, CancellationToken cancellationToken)
    {
        var held = stage.Options.Number("sockets", 10_000, 2_000);
        var eligible = held / 2;
        var limit = await BareAsync(eligible, cancellationToken);

        var node = await stage.StartNodeAsync(cancellationToken);
        var poster = await Market.TenantAsync(node.Address, "poster", 1000m, cancellationToken);
        var owner = await Market.TenantAsync(node.Address, "owner", 0, cancellationToken);
        Report.Step($"registering and connecting {held:#,0} agents");
        var agents = (await Market.AgentsAsync(node.Address, owner, eligible, "bench.hear", cancellationToken))
            .Concat(await Market.AgentsAsync(node.Address, owner, held - eligible, "bench.other", cancellationToken)).ToArray();
        var before = node.ResidentMiB();
        var heard = new ConcurrentQueue<DateTimeOffset>();
        var wrong = 0;
        var hears = agents.Take(eligible).Select(a => a.Id).ToHashSet();
        var listeners = new Listener[held];
        await Load.EachAsync(32, [.. Enumerable.Range(0, held)], async i =>
        {
            var mine = hears.Contains(agents[i].Id);
            listeners[i] = await Listener.ConnectAsync(node.Address, agents[i], (message, at) =>
            {
                if (message.Span.IndexOf("contract.announced"u8) < 0)
                    return;
                if (mine)
                    heard.Enqueue(at);
                else
                    Interlocked.Increment(ref wrong);
            }, cancellationToken);
        }, cancellationToken);
        await Task.Delay(2000, cancellationToken);
        Report.Note($"{held:#,0} sockets held: {(node.ResidentMiB() - before) * 1024 / held:0.0} KiB each, {node.ResidentMiB():0} MiB resident in all");

        using var post = new Api(node.Address, poster.Token);
        var worst = new List<double>();
        for (var round = 0; round < 4; round++)
        {
            heard.Clear();
            var posted = await post.PostAsync("/mesh/contracts", new
            {
                Title = "Bench",
                Intent = "Who hears this?",
                Reward = new { Amount = "5.00", Currency = "USD" },
                RequiredCapabilities = new[] { "bench.hear" },
                BiddingWindowSeconds = 600,
            }, cancellationToken);
            var committed = await CommittedAsync(stage, posted.GetProperty("id").GetGuid(), cancellationToken);
            for (var i = 0; i < 200 && heard.Count < eligible; i++)
                await Task.Delay(50, cancellationToken);
            var measured = new Measured(1, [.. heard.Select(at => (at - committed).TotalMilliseconds)]);
            if (measured.Count < eligible)
                Report.Note($"only {measured.Count:#,0} of {eligible:#,0} heard it");
            // The first round warms the path up.
            if (round > 0)
                worst.Add(measured.P99);
        }

        Report.Time($"announcement to {eligible:#,0} of {held:#,0}, p99", limit, worst.Order().ElementAt(worst.Count / 2), "ms", goal: 120);
        if (wrong > 0)
            Report.Note($"{wrong:#,0} agents that lack the capability heard it too");
        await Load.EachAsync(64, listeners, async l => await l.DisposeAsync(), cancellationToken);
    }

    // The posting's instant in the outbox, an instant before its commit.
    private static async Task<DateTimeOffset> CommittedAsync(Stage stage, Guid contract, CancellationToken cancellationToken)
    {
        await using var connection = await stage.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand("SELECT created_at FROM notifications.outbox WHERE type = 'contract.announced' AND subject_id = $1", connection);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = contract });
        return new DateTimeOffset((DateTime)(await command.ExecuteScalarAsync(cancellationToken))!, TimeSpan.Zero);
    }

    /// <summary>A server that does nothing but hand 300 bytes to every socket through a channel each.</summary>
    private static async Task<double> BareAsync(int sockets, CancellationToken cancellationToken)
    {
        var queues = new ConcurrentBag<Channel<byte[]>>();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using var app = builder.Build();
        app.UseWebSockets();
        app.MapGet("/api/v1/ws/agent/{id}/contracts", async (HttpContext context) =>
        {
            using var socket = await context.WebSockets.AcceptWebSocketAsync();
            var queue = Channel.CreateBounded<byte[]>(16);
            queues.Add(queue);
            await foreach (var message in queue.Reader.ReadAllAsync(context.RequestAborted))
                await socket.SendAsync(message, WebSocketMessageType.Text, true, context.RequestAborted);
        });
        await app.StartAsync(cancellationToken);
        var address = new Uri(app.Urls.First());
        var heard = new ConcurrentQueue<DateTimeOffset>();
        var listeners = new Listener[sockets];
        await Load.EachAsync(32, [.. Enumerable.Range(0, sockets)], async i =>
            listeners[i] = await Listener.ConnectAsync(address, new BenchAgent(Guid.NewGuid(), "none"), (_, at) => heard.Enqueue(at), cancellationToken), cancellationToken);
        var p99 = new List<double>();
        var message = Encoding.UTF8.GetBytes(new string('x', 300));
        for (var round = 0; round < 4; round++)
        {
            heard.Clear();
            var sent = DateTimeOffset.UtcNow;
            foreach (var queue in queues)
                queue.Writer.TryWrite(message);
            for (var i = 0; i < 200 && heard.Count < sockets; i++)
                await Task.Delay(25, cancellationToken);
            if (round > 0)
                p99.Add(new Measured(1, [.. heard.Select(at => (at - sent).TotalMilliseconds)]).P99);
        }

        await Load.EachAsync(64, listeners, async l => await l.DisposeAsync(), cancellationToken);
        return p99.Order().ElementAt(1);
    }
}
