using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hermes.Application.Calls;
using Hermes.Application.Shared;
using Hermes.Domain.Calls;
using Hermes.IntegrationTests.Agents;
using Hermes.IntegrationTests.Shared;
using Microsoft.AspNetCore.Http;

namespace Hermes.IntegrationTests.A2A;

/// <summary>A Hermes that agents can push to.</summary>
public sealed class PublicApp : ListeningApp
{
    public PublicApp()
    {
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        Public = $"http://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}";
        Set("urls", Public);
        Set("Hermes:PublicUrl", Public);
    }

    /// <summary>Its public address.</summary>
    public string Public { get; }
}

/// <summary>The JavaScript peer that doesn't stream, but pushes.</summary>
public sealed class PushingJavaScriptPeer : JavaScriptPeer
{
    /// <inheritdoc />
    protected override IReadOnlyDictionary<string, string> Environment { get; } = new Dictionary<string, string> { ["STREAMING"] = "false" };
}

/// <summary>Long tasks at agents that push their news to Hermes: the SDK's server, and one that lies.</summary>
public sealed class PushClientTests(PublicApp app, PushingJavaScriptPeer peer) : IClassFixture<PublicApp>, IClassFixture<PushingJavaScriptPeer>
{
    [Fact]
    public async Task The_SDKs_server_pushes_the_end_of_a_long_task()
    {
        app.Url.ShouldBe(app.Public);
        var (agent, _) = await app.KeyedAgentAsync(2m, endpoint: peer.Url.ToString());
        var owner = Actors.Person(agent.RequiredTenant);
        (await app.SendAsync(owner, new Application.Ledger.AddCredits(Domain.Shared.Money.Usd(50m)))).Error.ShouldBeNull();
        var started = Stopwatch.StartNew();

        var ended = await app.AnsweredAsync(owner, (await app.CallAsync(owner, agent.RequiredAgent, "later hello")).Value.Id);

        // It works for three seconds.
        started.Elapsed.ShouldBeGreaterThan(TimeSpan.FromSeconds(2.5));
        (ended.State, ended.Payment, ended.Error).ShouldBe((CallState.Completed, CallPayment.Settled, null));
        (await app.SendAsync(owner, new GetCall(ended.Id))).Value.Text.ShouldBe("later hello");
        (await app.SendAsync(owner, new GetCallTrace(ended.Id))).Value.Steps.Single(s => s.Name == "send").Detail.ShouldContain("pushed");
        (await app.SqlAsync<long>($"SELECT count(*) FROM notifications.outbox WHERE type = 'call.notified' AND subject_id = '{ended.Id}'")).ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task An_agent_that_pushes_asks_and_goes_on_with_the_answer()
    {
        app.Url.ShouldBe(app.Public);
        var (agent, _) = await app.KeyedAgentAsync(0m, endpoint: peer.Url.ToString());
        await EndpointTests.AskAndAnswerAsync(app, agent);
    }

    [Fact]
    public async Task An_agent_that_refuses_the_pushes_it_promised_is_called_without()
    {
        await using var remote = await StandInAgent.StartAsync();
        remote.Card = card => card["capabilities"] = new JsonObject { ["streaming"] = false, ["pushNotifications"] = true };
        remote.Break = async (context, method) =>
        {
            var (id, parameters) = ((JsonNode?)context.Items["id"], ((JsonObject?)context.Items["request"])?["params"]);
            if (method == "SendMessage" && parameters!["configuration"]?["taskPushNotificationConfig"] is not null)
                await context.Response.WriteAsJsonAsync(new { jsonrpc = "2.0", id, error = new { code = -32003, message = "No pushes from here." } });
            else if (method == "GetTask")
                await StandInAgent.RpcAsync(context, StandInAgent.Task((string)parameters!["id"]!, "TASK_STATE_COMPLETED"), id);
            else
                return false;
            return true;
        };
        var (agent, _) = await app.KeyedAgentAsync(0m, endpoint: remote.Url);
        var owner = Actors.Person(agent.RequiredTenant);

        var ended = await app.AnsweredAsync(owner, (await app.CallAsync(owner, agent.RequiredAgent)).Value.Id);

        (ended.State, ended.Error).ShouldBe((CallState.Completed, null));
        remote.Heard.Select(h => h.Method).ShouldBe(["card", "SendMessage", "SendMessage", "GetTask"]);
        (await app.SendAsync(owner, new GetCallTrace(ended.Id))).Value.Steps.Single(s => s.Name == "push").Detail.ShouldEndWith("No pushes from here.");
    }

    [Fact]
    public async Task Wrong_tokens_other_tasks_replays_and_lies_change_nothing()
    {
        await using var remote = await StandInAgent.StartAsync();
        var configs = new ConcurrentQueue<JsonObject>();
        var (state, polls) = ("TASK_STATE_WORKING", new ConcurrentQueue<string>());
        remote.Card = card => card["capabilities"] = new JsonObject { ["streaming"] = false, ["pushNotifications"] = true };
        remote.Break = async (context, method) =>
        {
            if (method == "SendMessage")
                configs.Enqueue((JsonObject)((JsonObject)context.Items["request"]!)["params"]!["configuration"]!["taskPushNotificationConfig"]!.DeepClone());
            if (method != "GetTask")
                return false;
            var polled = (string)((JsonObject)context.Items["request"]!)["params"]!["id"]!;
            polls.Enqueue(polled);
            await StandInAgent.RpcAsync(context, StandInAgent.Task(polled, state), (JsonNode?)context.Items["id"]);
            return true;
        };
        app.Url.ShouldBe(app.Public);
        var (agent, _) = await app.KeyedAgentAsync(0m, endpoint: remote.Url);
        var owner = Actors.Person(agent.RequiredTenant);
        var (first, second) = (await StartAsync(owner, agent, configs, 1), await StartAsync(owner, agent, configs, 2));
        var task = await app.SqlAsync<string>($"SELECT remote_task_id FROM calls.calls WHERE id = '{first.Call}'");
        var otherTask = await app.SqlAsync<string>($"SELECT remote_task_id FROM calls.calls WHERE id = '{second.Call}'");

        var notified = $"SELECT count(*) FROM notifications.outbox WHERE type = 'call.notified' AND subject_id IN ('{first.Call}', '{second.Call}')";

        (await PushAsync(first.Url, null, task, "TASK_STATE_COMPLETED")).ShouldBe(HttpStatusCode.Unauthorized);
        (await PushAsync(first.Url, "guessed", task, "TASK_STATE_COMPLETED")).ShouldBe(HttpStatusCode.Unauthorized);
        (await PushAsync(first.Url, first.Token[..^2] + "AA", task, "TASK_STATE_COMPLETED")).ShouldBe(HttpStatusCode.Unauthorized);
        (await PushAsync(first.Url, second.Token, task, "TASK_STATE_COMPLETED")).ShouldBe(HttpStatusCode.Unauthorized, "a token is good for its own call only");
        (await PushAsync($"{app.Public}/a2a/notifications/{Guid.CreateVersion7()}", first.Token, task, "TASK_STATE_COMPLETED")).ShouldBe(HttpStatusCode.Unauthorized);
        (await PushAsync(first.Url, first.Token, otherTask, "TASK_STATE_COMPLETED")).ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await PushTextAsync(first.Url, first.Token, "not JSON")).ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await PushTextAsync(first.Url, first.Token, "{}")).ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await app.SqlAsync<long>(notified)).ShouldBe(0);

        // The token is right and the word a lie: the agent itself says that it works still. It is asked again only when its
        // last answer was taken. By the clock alone it would be asked a minute apart towards the end.
        var before = Polls();
        for (var i = 0; i < 12; i++)
        {
            var asked = Polls();
            (await PushAsync(first.Url, first.Token, task, "TASK_STATE_COMPLETED")).ShouldBe(HttpStatusCode.NoContent);
            await Eventually.HoldsAsync(() => Polls() > asked);
        }
        (await app.SendAsync(owner, new GetCall(first.Call))).Value.Call.State.ShouldBe(CallState.Working);
        (Polls() - before).ShouldBeInRange(12, 20);
        // What is known is no news, however often it is said.
        var told = await app.SqlAsync<long>(notified);
        for (var i = 0; i < 5; i++)
            (await PushAsync(first.Url, first.Token, task, "TASK_STATE_WORKING")).ShouldBe(HttpStatusCode.NoContent);
        (await app.SqlAsync<long>(notified)).ShouldBe(told);

        state = "TASK_STATE_COMPLETED";
        (await PushAsync(first.Url, first.Token, task, "TASK_STATE_COMPLETED")).ShouldBe(HttpStatusCode.NoContent);
        var ended = await app.AnsweredAsync(owner, first.Call);
        ended.State.ShouldBe(CallState.Completed);
        var events = ended.LastSequence;
        (await PushAsync(first.Url, first.Token, task, "TASK_STATE_FAILED")).ShouldBe(HttpStatusCode.NoContent);
        // The one whose pushes were lost is found by polling.
        (await app.AnsweredAsync(owner, second.Call)).State.ShouldBe(CallState.Completed);
        (await app.SendAsync(owner, new GetCall(first.Call))).Value.Call.ShouldSatisfyAllConditions(c => c.State.ShouldBe(CallState.Completed), c => c.LastSequence.ShouldBe(events));

        int Polls() => polls.Count(p => p == task);
    }

    private async Task<(CallId Call, string Url, string Token)> StartAsync(Actor owner, Actor agent, ConcurrentQueue<JsonObject> configs, int count)
    {
        var call = (await app.CallAsync(owner, agent.RequiredAgent)).Value.Id;
        await Eventually.HoldsAsync(async () => configs.Count >= count && await app.SqlAsync<string>($"SELECT remote_task_id FROM calls.calls WHERE id = '{call}'") is not null);
        var config = configs.Last();
        var (url, token) = ((string)config["url"]!, (string)config["token"]!);
        url.ShouldBe($"{app.Public}/a2a/notifications/{call}");
        token.Length.ShouldBeGreaterThan(60);
        return (call, url, token);
    }

    private static Task<HttpStatusCode> PushAsync(string url, string? token, string? task, string state) =>
        PushTextAsync(url, token, JsonSerializer.Serialize(new { statusUpdate = new { taskId = task, contextId = "c1", status = new { state } } }));

    private static async Task<HttpStatusCode> PushTextAsync(string url, string? token, string body)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new StringContent(body, Encoding.UTF8, "application/a2a+json") };
        if (token is not null)
            request.Headers.Add("X-A2A-Notification-Token", token);
        using var answer = await client.SendAsync(request);
        return answer.StatusCode;
    }
}
