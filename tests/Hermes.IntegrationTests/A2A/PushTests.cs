using System.Net;
using System.Text.Json;
using Hermes.Application.Calls;
using Hermes.IntegrationTests.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Hermes.IntegrationTests.A2A;

/// <summary>Pushes of tasks' events.</summary>
public sealed class PushTests(ListeningApp app) : IClassFixture<ListeningApp>
{
    [Fact]
    public async Task An_event_is_delivered_again_after_a_refusal_with_its_credentials()
    {
        await using var receiver = await Receiver.StartAsync(refusals: 1);

        var seen = await ListeningApp.JavaScriptAsync($"{app.Url}/a2a/conformance/.well-known/agent-card.json", "JSONRPC", hook: receiver.Url);
        seen.GetProperty("push").TryGetProperty("failed", out var failed).ShouldBeFalse(failed.ToString());
        var pushed = await receiver.UntilAsync(_ => true);

        pushed.ShouldAllBe(p => p.Authorization == "Bearer secret" && p.Token == "tok" && p.Type == "application/a2a+json");
        pushed[^1].Body.GetProperty("statusUpdate").GetProperty("status").GetProperty("state").GetString().ShouldBe("TASK_STATE_COMPLETED");
        pushed[^1].Body.GetProperty("statusUpdate").GetProperty("taskId").GetString().ShouldBe(seen.GetProperty("push").GetProperty("task").GetString());
    }

    [Theory]
    [InlineData("JSONRPC")]
    [InlineData("HTTP+JSON")]
    public async Task A_configuration_in_the_message_is_pushed_from_the_first_event_on(string binding)
    {
        await using var receiver = await Receiver.StartAsync();
        await using var agent = await app.ConnectAsync(0m);
        var (_, key) = await app.KeyedAgentAsync();
        var parameters = new
        {
            message = new { messageId = "m", role = "ROLE_USER", parts = new[] { new { text = "hi" } } },
            configuration = new { returnImmediately = true, taskPushNotificationConfig = new { id = "mine", url = receiver.Url, token = "tok", authentication = new { scheme = "Bearer", credentials = "secret" } } },
        };
        var client = app.Client(key);
        client.DefaultRequestHeaders.Add("A2A-Version", "1.0");
        var at = $"/a2a/agents/{agent.Id}";
        var answer = await client.PostAsync(binding == "JSONRPC" ? at : $"{at}/message:send", new StringContent(
            JsonSerializer.Serialize<object>(binding == "JSONRPC" ? new { jsonrpc = "2.0", id = 1, method = "SendMessage", @params = parameters } : parameters), System.Text.Encoding.UTF8, "application/json"));
        var json = await answer.JsonAsync(HttpStatusCode.OK);
        var task = (binding == "JSONRPC" ? json.GetProperty("result") : json).GetProperty("task").GetProperty("id").GetString();

        var pushed = await receiver.UntilAsync(p => p.Body.TryGetProperty("statusUpdate", out var update) && update.GetProperty("status").GetProperty("state").GetString() == "TASK_STATE_COMPLETED");

        pushed.ShouldAllBe(p => p.Authorization == "Bearer secret" && p.Token == "tok");
        pushed.Select(p => p.Body.EnumerateObject().First()).Select(e => e.Value.GetProperty("taskId").GetString()).ShouldAllBe(id => id == task);
        pushed.Select(p => p.Body.EnumerateObject().First().Name).ShouldBe(["artifactUpdate", "statusUpdate"]);
        var configs = await (await client.GetAsync($"{at}/tasks/{task}/pushNotificationConfigs")).JsonAsync(HttpStatusCode.OK);
        configs.GetProperty("configs")[0].GetProperty("id").GetString().ShouldBe("mine");
    }

    [Fact]
    public async Task A_slow_receiver_keeps_nobody_else_waiting()
    {
        await using var slow = await Receiver.StartAsync(TimeSpan.FromSeconds(60));
        await using var quick = await Receiver.StartAsync();
        await using var agent = await app.ConnectAsync(0m);
        var (crowd, single) = (await app.PosterAsync(0), await app.PosterAsync(0));
        for (var i = 0; i < 30; i++)
            (await app.CallAsync(crowd, agent.Id, $"{i}", s => s with { Push = new PushConfigInput(null, slow.Url, null, null, null) })).Error.ShouldBeNull();
        await slow.UntilAsync(_ => true);

        var own = (await app.CallAsync(crowd, agent.Id, "own", s => s with { Push = new PushConfigInput(null, quick.Url, null, null, null) })).Value.Id;
        var others = (await app.CallAsync(single, agent.Id, "other", s => s with { Push = new PushConfigInput(null, quick.Url, null, null, null) })).Value.Id;

        // Neither another tenant's nor another receiver of the same waits for the slow one.
        foreach (var call in new[] { own, others })
            await quick.UntilAsync(p => p.Body.TryGetProperty("statusUpdate", out var update) && update.GetProperty("taskId").GetString() == call.ToString());
        // Five of each of the two nodes.
        slow.Waiting.ShouldBeLessThanOrEqualTo(5 * 2);
    }

    /// <summary>Takes pushes, if it must slowly or not at the first attempt.</summary>
    private sealed class Receiver : IAsyncDisposable
    {
        private readonly WebApplication _app;
        private readonly System.Collections.Concurrent.ConcurrentQueue<Pushed> _pushed = new();
        private int _waiting;

        private Receiver(WebApplication app) => _app = app;

        public string Url => _app.Urls.First() + "/hook";

        /// <summary>Requests that it has not answered yet.</summary>
        public int Waiting => _waiting;

        public static async Task<Receiver> StartAsync(TimeSpan? pause = null, int refusals = 0)
        {
            var app = WebApplication.CreateSlimBuilder().Build();
            app.Urls.Add("http://127.0.0.1:0");
            var receiver = new Receiver(app);
            app.MapPost("/hook", async (HttpContext context) =>
            {
                if (Interlocked.Decrement(ref refusals) >= 0)
                {
                    context.Response.StatusCode = 503;
                    return;
                }
                var body = await context.Request.ReadFromJsonAsync<JsonElement>();
                receiver._pushed.Enqueue(new Pushed(context.Request.Headers.Authorization.ToString(), context.Request.Headers["X-A2A-Notification-Token"].ToString(), context.Request.ContentType, body));
                Interlocked.Increment(ref receiver._waiting);
                await Task.Delay(pause ?? TimeSpan.Zero, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                Interlocked.Decrement(ref receiver._waiting);
            });
            await app.StartAsync();
            return receiver;
        }

        public async Task<IReadOnlyList<Pushed>> UntilAsync(Func<Pushed, bool> seen)
        {
            await Eventually.HoldsAsync(() => _pushed.Any(seen));
            return [.. _pushed];
        }

        public ValueTask DisposeAsync() => _app.DisposeAsync();
    }

    private sealed record Pushed(string Authorization, string Token, string? Type, JsonElement Body);
}
