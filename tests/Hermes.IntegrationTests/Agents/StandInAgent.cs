using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Hermes.IntegrationTests.Agents;

/// <summary>An agent over JSON-RPC that a test can break in one place.</summary>
internal sealed class StandInAgent : IAsyncDisposable
{
    private readonly WebApplication _app;
    private int _tasks;

    private StandInAgent()
    {
        _app = WebApplication.CreateSlimBuilder().Build();
        _app.Urls.Add("http://127.0.0.1:0");
        _app.Map("/{**path}", AnswerAsync);
    }

    /// <summary>Takes a request over when it answers true; before everything else.</summary>
    public Func<HttpContext, string, Task<bool>>? Break { get; set; }

    /// <summary>Changes the card.</summary>
    public Action<JsonObject>? Card { get; set; }

    /// <summary>Where its card lies, and nowhere else.</summary>
    public string CardFile { get; private init; } = "";

    /// <summary>Requests by method, <c>card</c> for the card's.</summary>
    public System.Collections.Concurrent.ConcurrentQueue<(string Method, string Authorization)> Heard { get; } = new();

    public string Url => _app.Urls.First();

    public static async Task<StandInAgent> StartAsync(string cardFile = "agent-card.json")
    {
        var agent = new StandInAgent { CardFile = cardFile };
        await agent._app.StartAsync();
        return agent;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    public static Task RpcAsync(HttpContext context, JsonNode? result, JsonNode? id) =>
        context.Response.WriteAsJsonAsync(new JsonObject { ["jsonrpc"] = "2.0", ["id"] = id?.DeepClone(), ["result"] = result });

    public static JsonObject Task(string id, string state) => new()
    {
        ["id"] = id,
        ["contextId"] = "c1",
        ["status"] = new JsonObject { ["state"] = state },
    };

    public static async Task EventAsync(HttpContext context, JsonNode? id, JsonObject result)
    {
        if (!context.Response.HasStarted)
            context.Response.ContentType = "text/event-stream";
        var body = new JsonObject { ["jsonrpc"] = "2.0", ["id"] = id?.DeepClone(), ["result"] = result };
        await context.Response.WriteAsync($"data: {body.ToJsonString()}\n\n", context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
    }

    private async Task AnswerAsync(HttpContext context)
    {
        if (context.Request.Path.Value!.EndsWith($"/{CardFile}", StringComparison.Ordinal))
        {
            Heard.Enqueue(("card", context.Request.Headers.Authorization.ToString()));
            if (Break is not null && await Break(context, "card"))
                return;
            var card = new JsonObject
            {
                ["name"] = "Stand-in",
                ["description"] = "Answers as a test wants.",
                ["version"] = "2.1",
                ["supportedInterfaces"] = new JsonArray(new JsonObject { ["url"] = Url + "/rpc", ["protocolBinding"] = "JSONRPC", ["protocolVersion"] = "1.0" }),
                ["capabilities"] = new JsonObject { ["streaming"] = true },
                ["defaultInputModes"] = new JsonArray("text/plain"),
                ["defaultOutputModes"] = new JsonArray("text/plain"),
                ["skills"] = new JsonArray(new JsonObject { ["id"] = "s", ["name"] = "S", ["description"] = "Does S.", ["tags"] = new JsonArray("s") }),
            };
            Card?.Invoke(card);
            await context.Response.WriteAsJsonAsync(card);
            return;
        }
        if (context.Request.Path != "/rpc")
        {
            context.Response.StatusCode = 404;
            return;
        }
        var request = (await JsonSerializer.DeserializeAsync<JsonObject>(context.Request.Body, cancellationToken: context.RequestAborted))!;
        var (method, id) = ((string)request["method"]!, request["id"]);
        context.Items["id"] = id;
        context.Items["request"] = request;
        Heard.Enqueue((method, context.Request.Headers.Authorization.ToString()));
        if (Break is not null && await Break(context, method))
            return;
        switch (method)
        {
            case "SendMessage":
                await RpcAsync(context, new JsonObject { ["task"] = Task($"t{Interlocked.Increment(ref _tasks)}", "TASK_STATE_WORKING") }, id);
                break;
            case "GetTask":
                await RpcAsync(context, Task((string)request["params"]!["id"]!, "TASK_STATE_WORKING"), id);
                break;
            case "CancelTask":
                await RpcAsync(context, Task((string)request["params"]!["id"]!, "TASK_STATE_CANCELED"), id);
                break;
            case "SendStreamingMessage":
                await EventAsync(context, id, new JsonObject { ["task"] = Task("s1", "TASK_STATE_SUBMITTED") });
                await EventAsync(context, id, new JsonObject { ["statusUpdate"] = new JsonObject { ["taskId"] = "s1", ["contextId"] = "c1", ["status"] = new JsonObject { ["state"] = "TASK_STATE_COMPLETED" } } });
                break;
            default:
                context.Response.StatusCode = 400;
                break;
        }
    }
}
