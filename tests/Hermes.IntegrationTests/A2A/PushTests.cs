using System.Net;
using System.Text.Json;

namespace Hermes.IntegrationTests.A2A;

/// <summary>Pushes of tasks' events.</summary>
public sealed class PushTests(ListeningApp app) : IClassFixture<ListeningApp>
{
    [Fact]
    public async Task An_event_is_delivered_again_after_a_refusal_with_its_credentials()
    {
        using var listener = new HttpListener();
        var port = Random.Shared.Next(20_000, 60_000);
        listener.Prefixes.Add($"http://127.0.0.1:{port}/");
        listener.Start();
        var pushed = new List<(string? Authorization, string? Token, string? Type, JsonElement Body)>();
        var refused = false;
        var receiving = Task.Run(async () =>
        {
            while (pushed.Count < 1)
            {
                var context = await listener.GetContextAsync();
                using var reader = new StreamReader(context.Request.InputStream);
                var body = JsonElement.Parse(await reader.ReadToEndAsync());
                // The first attempt fails and is repeated.
                context.Response.StatusCode = refused ? 200 : 503;
                if (refused)
                    pushed.Add((context.Request.Headers["Authorization"], context.Request.Headers["X-A2A-Notification-Token"], context.Request.ContentType, body));
                refused = true;
                context.Response.Close();
            }
        });

        var seen = await ListeningApp.JavaScriptAsync($"{app.Url}/a2a/conformance/.well-known/agent-card.json", "JSONRPC", hook: $"http://127.0.0.1:{port}/hook");
        seen.GetProperty("push").TryGetProperty("failed", out var failed).ShouldBeFalse(failed.ToString());
        await receiving.WaitAsync(TimeSpan.FromSeconds(30));

        pushed.Count.ShouldBeGreaterThanOrEqualTo(1);
        pushed.ShouldAllBe(p => p.Authorization == "Bearer secret" && p.Token == "tok" && p.Type == "application/a2a+json");
        pushed[^1].Body.GetProperty("statusUpdate").GetProperty("status").GetProperty("state").GetString().ShouldBe("TASK_STATE_COMPLETED");
        pushed[^1].Body.GetProperty("statusUpdate").GetProperty("taskId").GetString().ShouldBe(seen.GetProperty("push").GetProperty("task").GetString());
    }
}
