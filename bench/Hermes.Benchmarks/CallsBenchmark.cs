using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Hermes.Benchmarks.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Hermes.Benchmarks;

/// <summary>
/// The same A2A message to the same agent, once straight and once through Hermes (permitted, held, carried, settled, traced,
/// each step durable): what Hermes adds to a call.
/// </summary>
public sealed class CallsBenchmark : IBenchmark
{
    public string Name => "calls";

    public string Goal => "Hermes adds p95 ≤ 5 ms to a call over A2A";

    public async Task RunAsync(Stage stage, CancellationToken cancellationToken)
    {
        var time = TimeSpan.FromSeconds(stage.Options.Number("seconds", 15, 4));
        await using var agent = Agent();
        await agent.StartAsync(cancellationToken);
        var endpoint = agent.Urls.First() + "/";
        var node = await stage.StartNodeAsync(cancellationToken, ("Hermes:Outgoing:Allow:0", "127.0.0.1"));
        var caller = await Market.TenantAsync(node.Address, "caller", 100_000m, cancellationToken);
        var owner = await Market.TenantAsync(node.Address, "owner", 0, cancellationToken);
        foreach (var (what, price) in new[] { ("free", "0"), ("paid", "0.001") })
        {
            var called = (await Market.AgentsAsync(node.Address, owner, 1, "bench.echo-" + what, cancellationToken, price, endpoint))[0];
            await ListedAsync(node.Address, caller.Token, called.Id, cancellationToken);
            foreach (var callers in new[] { 1, 16 })
            {
                var straight = await StraightAsync(new Uri(endpoint), callers, time / 3, cancellationToken);
                var through = await ThroughAsync(node.Address, caller.Token, called.Id, callers, time, cancellationToken);
                Report.Rate($"{what} call, {callers} at a time", straight.PerSecond, through.PerSecond, "/s");
                Report.Time("  p50", straight.P50, through.P50, "ms");
                Report.Time("  p95", straight.Percentile(0.95), through.Percentile(0.95), "ms");
                Report.Time("  added by Hermes, p95", null, through.Percentile(0.95) - straight.Percentile(0.95), "ms", goal: 5);
            }
        }
    }

    private static async Task<Measured> StraightAsync(Uri endpoint, int callers, TimeSpan time, CancellationToken cancellationToken)
    {
        using var http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = callers, UseProxy = false });
        return await Load.ForAsync(callers, time, async _ =>
        {
            using var answer = await http.PostAsJsonAsync(endpoint, new
            {
                jsonrpc = "2.0",
                id = "1",
                method = "SendMessage",
                @params = new { message = new { messageId = Guid.NewGuid(), role = "ROLE_USER", parts = new[] { new { text = "echo" } } } },
            }, cancellationToken);
            await answer.Content.CopyToAsync(Stream.Null, cancellationToken);
            answer.EnsureSuccessStatusCode();
        }, cancellationToken);
    }

    private static async Task<Measured> ThroughAsync(Uri node, string token, Guid agent, int callers, TimeSpan time, CancellationToken cancellationToken)
    {
        using var api = new Api(node, token, callers);
        return await Load.ForAsync(callers, time, async _ =>
        {
            var result = await api.PostAsync("/agents/execute", new { AgentId = agent, Input = "echo", Repeat = true }, cancellationToken);
            if (!result.GetRawText().Contains("completed", StringComparison.Ordinal))
                throw new InvalidOperationException("A call was not completed: " + result.GetRawText());
        }, cancellationToken);
    }

    private static async Task ListedAsync(Uri node, string token, Guid agent, CancellationToken cancellationToken)
    {
        using var api = new Api(node, token);
        for (var i = 0; ; i++)
        {
            if ((await api.GetAsync($"/agents/{agent}", cancellationToken)).GetProperty("listing").GetString() == "listed")
                return;
            if (i == 300)
                throw new InvalidOperationException("No probe has proved the agent within half a minute.");
            await Task.Delay(100, cancellationToken);
        }
    }

    /// <summary>An agent that answers at once with a finished task.</summary>
    private static WebApplication Agent()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.MapGet("/.well-known/agent-card.json", (HttpContext context) => Results.Json(new
        {
            name = "Echo",
            description = "Answers at once.",
            version = "1.0",
            supportedInterfaces = new[] { new { url = $"http://{context.Request.Host}/", protocolBinding = "JSONRPC", protocolVersion = "1.0" } },
            capabilities = new { streaming = false },
            defaultInputModes = new[] { "text/plain" },
            defaultOutputModes = new[] { "text/plain" },
            skills = new[] { new { id = "echo", name = "Echo", description = "Answers at once.", tags = new[] { "bench" } } },
        }));
        app.MapPost("/", (JsonObject call) =>
        {
            var task = new JsonObject
            {
                ["id"] = (string?)call["params"]?["id"] ?? Guid.NewGuid().ToString(),
                ["contextId"] = "bench",
                ["status"] = new JsonObject { ["state"] = "TASK_STATE_COMPLETED" },
                ["artifacts"] = new JsonArray(new JsonObject { ["artifactId"] = "echo", ["parts"] = new JsonArray(new JsonObject { ["text"] = "echo" }) }),
            };
            return (string?)call["method"] switch
            {
                "SendMessage" => Answer(call, "result", new JsonObject { ["task"] = task }),
                "GetTask" => Answer(call, "result", task),
                "CancelTask" => Answer(call, "error", new JsonObject { ["code"] = -32002, ["message"] = "Task is not cancelable" }),
                _ => Answer(call, "error", new JsonObject { ["code"] = -32601, ["message"] = "Method not found" }),
            };
        });
        return app;
    }

    private static IResult Answer(JsonObject call, string member, JsonNode value) =>
        Results.Json(new JsonObject { ["jsonrpc"] = "2.0", ["id"] = call["id"]?.DeepClone(), [member] = value });
}
