using System.Text.Json.Nodes;
using Hermes.Application.Agents;
using Hermes.Application.Shared.Settings;
using Hermes.Domain.Agents;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Agents;
using Hermes.IntegrationTests.A2A;
using Hermes.IntegrationTests.Shared;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Hermes.IntegrationTests.Agents;

/// <summary>An app that probes only when a test says so, with short patience.</summary>
public sealed class PatientlessApp : HermesApp
{
    public PatientlessApp() => Set("Hermes:Probes:StepSeconds", "1");
}

/// <summary>What the probe says of agents that are broken in one way each, and of those that work.</summary>
public sealed class BrokenAgentTests(PatientlessApp app, JavaScriptPeer peer) : IClassFixture<PatientlessApp>, IClassFixture<JavaScriptPeer>
{
    private static readonly Dictionary<string, (Action<StandInAgent> Break, string Step, string Failure, string Says)> Ways = new()
    {
        ["no card"] = (a => a.Break = On("card", c => Status(c, 404)), "card", "http_error", "no agent card"),
        ["card is a page"] = (a => a.Break = On("card", Page), "card", "invalid_answer", "text/html, not JSON"),
        ["card without skills and name"] = (a => a.Card = c => { c.Remove("skills"); c.Remove("name"); }, "card", "invalid_answer", "name is missing; skills is empty"),
        ["card with a list of nothing"] = (a => a.Card = c => c["skills"] = new JsonArray((JsonNode?)null), "card", "invalid_answer", "$.skills"),
        ["card of another type"] = (a => a.Card = c => c["skills"] = "many", "card", "invalid_answer", "$.skills"),
        ["card of an older version"] = (a => a.Card = c => { c.Remove("supportedInterfaces"); c["url"] = "http://127.0.0.1"; }, "card", "invalid_answer", "before 1.0"),
        ["card with gRPC only"] = (a => a.Card = c => c["supportedInterfaces"]![0]!["protocolBinding"] = "GRPC", "card", "invalid_answer", "JSONRPC or HTTP+JSON"),
        ["card is huge"] = (a => a.Card = c => c["description"] = new string('x', 700_000), "card", "too_large", "larger than"),
        ["card leads inside"] = (a => a.Card = c => c["supportedInterfaces"]![0]!["url"] = "http://169.254.169.254/rpc", "message", "blocked", ""),
        ["card leads to a private address with TLS"] = (a => a.Card = c => c["supportedInterfaces"]![0]!["url"] = "https://10.0.0.1/rpc", "message", "blocked", "not on the public Internet"),
        ["slow"] = (a => a.Break = On("SendMessage", c => Task.Delay(20_000, c.RequestAborted)), "message", "timed_out", "too long"),
        ["a page instead of JSON"] = (a => a.Break = On("SendMessage", Page), "message", "invalid_answer", "text/html instead of JSON"),
        ["half of JSON"] = (a => a.Break = On("SendMessage", c => c.Response.WriteAsync("{\"jsonrpc\":\"2.0\",")), "message", "invalid_answer", "JSON"),
        ["200 with an error"] = (a => a.Break = On("SendMessage", c => c.Response.WriteAsJsonAsync(new { jsonrpc = "2.0", id = Id(c), error = new { code = -32603, message = "on fire" } })), "message", "refused", "on fire"),
        ["200 with an error of its own"] = (a => a.Break = On("SendMessage", c => c.Response.WriteAsJsonAsync(new { ok = false })), "message", "invalid_answer", "not JSON-RPC"),
        ["another request's answer"] = (a => a.Break = On("SendMessage", c => StandInAgent.RpcAsync(c, new JsonObject { ["task"] = StandInAgent.Task("t", "TASK_STATE_WORKING") }, "other")), "message", "invalid_answer", "another JSON-RPC request"),
        ["neither task nor message"] = (a => a.Break = On("SendMessage", c => Rpc(c, [])), "message", "invalid_answer", "neither exactly one"),
        ["a state that isn't one"] = (a => a.Break = On("SendMessage", c => Rpc(c, new JsonObject { ["task"] = StandInAgent.Task("t", "DONE") })), "message", "invalid_answer", "not the one that the specification describes"),
        ["500"] = (a => a.Break = On("SendMessage", c => Status(c, 500)), "message", "http_error", "HTTP 500"),
        ["wants credentials"] = (a => a.Break = On("SendMessage", c => Status(c, 401)), "message", "unauthorized", "credentials"),
        ["huge body"] = (a => a.Break = On("SendMessage", async c =>
        {
            c.Response.ContentType = "application/json";
            var chunk = new byte[64 * 1024];
            Array.Fill(chunk, (byte)' ');
            for (var i = 0; i < 64; i++)
                await c.Response.Body.WriteAsync(chunk, c.RequestAborted);
        }), "message", "too_large", "larger than"),
        ["wrong task"] = (a => a.Break = On("GetTask", c => Rpc(c, StandInAgent.Task("another", "TASK_STATE_WORKING"))), "task", "invalid_answer", "another task"),
        ["forgets its tasks"] = (a => a.Break = On("GetTask", c => c.Response.WriteAsJsonAsync(new { jsonrpc = "2.0", id = Id(c), error = new { code = -32001, message = "Task not found" } })), "task", "refused", "Task not found"),
        ["can't cancel"] = (a => a.Break = On("CancelTask", c => c.Response.WriteAsJsonAsync(new { jsonrpc = "2.0", id = Id(c), error = new { code = -32601, message = "No such method" } })), "cancel", "refused", "No such method"),
        ["refuses to cancel what runs"] = (a => a.Break = On("CancelTask", c => c.Response.WriteAsJsonAsync(new { jsonrpc = "2.0", id = Id(c), error = new { code = -32002, message = "No" } })), "cancel", "cancel_refused", "that is working"),
        ["knows no cancelling"] = (a => a.Break = On("CancelTask", c => c.Response.WriteAsJsonAsync(new { jsonrpc = "2.0", id = Id(c), error = new { code = -32004, message = "No" } })), "cancel", "cancel_refused", "that is working"),
        ["promises streaming and doesn't"] = (a => a.Break = On("SendStreamingMessage", c => Rpc(c, new JsonObject { ["task"] = StandInAgent.Task("s", "TASK_STATE_COMPLETED") })), "stream", "invalid_answer", "instead of a stream"),
        ["refuses the stream that it promises"] = (a => a.Break = On("SendStreamingMessage", c => c.Response.WriteAsJsonAsync(new { jsonrpc = "2.0", id = Id(c), error = new { code = -32004, message = "No streams" } })), "stream", "refused", "No streams"),
        ["stream without an event"] = (a => a.Break = On("SendStreamingMessage", c => { c.Response.ContentType = "text/event-stream"; return Task.CompletedTask; }), "stream", "invalid_answer", "without an event"),
        ["stream begins in the middle"] = (a => a.Break = On("SendStreamingMessage", c => StandInAgent.EventAsync(c, Id(c), Update("s1", "TASK_STATE_WORKING"))), "stream", "invalid_answer", "first event"),
        ["stream of another task"] = (a => a.Break = On("SendStreamingMessage", async c =>
        {
            await StandInAgent.EventAsync(c, Id(c), new JsonObject { ["task"] = StandInAgent.Task("s1", "TASK_STATE_WORKING") });
            await StandInAgent.EventAsync(c, Id(c), Update("s2", "TASK_STATE_COMPLETED"));
        }), "stream", "invalid_answer", "another task"),
        ["stream that stops at work"] = (a => a.Break = On("SendStreamingMessage", c => StandInAgent.EventAsync(c, Id(c), new JsonObject { ["task"] = StandInAgent.Task("s1", "TASK_STATE_WORKING") })), "stream", "invalid_answer", "still at work"),
        ["flood without end"] = (a => a.Break = On("SendStreamingMessage", async c =>
        {
            await StandInAgent.EventAsync(c, Id(c), new JsonObject { ["task"] = StandInAgent.Task("s1", "TASK_STATE_WORKING") });
            while (!c.RequestAborted.IsCancellationRequested)
                await StandInAgent.EventAsync(c, Id(c), Update("s1", "TASK_STATE_WORKING"));
        }), "stream", "stream_endless", "no end"),
        ["drip without end"] = (a => a.Break = On("SendStreamingMessage", async c =>
        {
            await StandInAgent.EventAsync(c, Id(c), new JsonObject { ["task"] = StandInAgent.Task("s1", "TASK_STATE_WORKING") });
            while (!c.RequestAborted.IsCancellationRequested)
            {
                await Task.Delay(100, c.RequestAborted);
                await StandInAgent.EventAsync(c, Id(c), Update("s1", "TASK_STATE_WORKING"));
            }
        }), "stream", "stream_endless", "doesn't end"),
        ["goes on after the end"] = (a => a.Break = On("SendStreamingMessage", async c =>
        {
            await StandInAgent.EventAsync(c, Id(c), new JsonObject { ["task"] = StandInAgent.Task("s1", "TASK_STATE_COMPLETED") });
            await StandInAgent.EventAsync(c, Id(c), Update("s1", "TASK_STATE_WORKING"));
        }), "stream", "stream_endless", "after its task has ended"),
    };

    public static TheoryData<string> All => [.. Ways.Keys];

    // A busy machine needs more than a second for a step of an agent that works.
    private Prober Prober => ActivatorUtilities.CreateInstance<Prober>(app.Services, new ProbeSettings());

    private IProber Impatient => app.Services.GetRequiredService<IProber>();

    private static Func<HttpContext, string, Task<bool>> On(string method, Func<HttpContext, Task> act) => async (context, heard) =>
    {
        if (heard != method)
            return false;
        await act(context);
        return true;
    };

    private static JsonNode? Id(HttpContext context) => (JsonNode?)context.Items["id"];

    private static Task Rpc(HttpContext context, JsonObject result) => StandInAgent.RpcAsync(context, result, Id(context));

    private static JsonObject Update(string task, string state) => new()
    {
        ["statusUpdate"] = new JsonObject { ["taskId"] = task, ["contextId"] = "c1", ["status"] = new JsonObject { ["state"] = state } },
    };

    private static Task Status(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        return Task.CompletedTask;
    }

    private static Task Page(HttpContext context)
    {
        context.Response.ContentType = "text/html";
        return context.Response.WriteAsync("<!doctype html><title>Welcome to nginx!</title>");
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task A_broken_agent_fails_at_the_step_where_it_is_broken(string way)
    {
        var (broken, step, failure, says) = Ways[way];
        await using var agent = await StandInAgent.StartAsync();
        broken(agent);
        var prober = way is "slow" or "drip without end" ? Impatient : Prober;

        var outcome = await prober.ProbeAsync(new AgentId(Guid.CreateVersion7()), new Uri(agent.Url), default).WaitAsync(Eventually.Patience);

        outcome.Steps[^1].Said.ShouldContain(says, Case.Insensitive);
        outcome.Failure.ShouldBe(failure);
        outcome.Steps[^1].Name.ShouldBe(step);
        outcome.Steps[^1].Outcome.ShouldBe(ProbeStepOutcome.Failed);
        outcome.Steps.SkipLast(1).ShouldAllBe(s => s.Outcome == ProbeStepOutcome.Passed);
    }

    [Fact]
    public async Task A_dead_agent_is_unreachable()
    {
        var agent = await StandInAgent.StartAsync();
        var url = agent.Url;
        await agent.DisposeAsync();

        (await Prober.ProbeAsync(new AgentId(Guid.CreateVersion7()), new Uri(url), default)).Failure.ShouldBe("unreachable");
    }

    [Fact]
    public async Task A_working_agent_passes_every_step()
    {
        await using var agent = await StandInAgent.StartAsync();

        var outcome = await Prober.ProbeAsync(new AgentId(Guid.CreateVersion7()), new Uri(agent.Url), default);

        outcome.Failure.ShouldBeNull();
        outcome.Steps.Select(s => s.Name).ShouldBe(["card", "message", "task", "cancel", "stream"]);
        outcome.Steps.ShouldAllBe(s => s.Outcome == ProbeStepOutcome.Passed);
        outcome.Card!.Card.Version.ShouldBe("2.1");
        agent.Heard.Select(h => h.Method).ShouldBe(["card", "SendMessage", "GetTask", "CancelTask", "SendStreamingMessage"]);
    }

    [Fact]
    public async Task What_the_card_does_not_promise_is_not_asked_for()
    {
        await using var agent = await StandInAgent.StartAsync();
        agent.Card = card => card["capabilities"] = new JsonObject();
        agent.Break = On("SendMessage", c => Rpc(c, new JsonObject
        {
            ["message"] = new JsonObject { ["messageId"] = "m", ["role"] = "ROLE_AGENT", ["parts"] = new JsonArray(new JsonObject { ["text"] = "OK" }) },
        }));

        var outcome = await Prober.ProbeAsync(new AgentId(Guid.CreateVersion7()), new Uri(agent.Url), default);

        outcome.Failure.ShouldBeNull();
        outcome.Steps.Where(s => s.Outcome == ProbeStepOutcome.Skipped).Select(s => s.Name).ShouldBe(["task", "cancel", "stream"]);
    }

    [Fact]
    public async Task An_honest_slow_stream_is_called_off_and_passes()
    {
        await using var agent = await StandInAgent.StartAsync();
        var canceled = new TaskCompletionSource();
        agent.Break = async (context, method) =>
        {
            if (method == "CancelTask" && !canceled.Task.IsCompleted && agent.Heard.Any(h => h.Method == "SendStreamingMessage"))
                canceled.SetResult();
            if (method != "SendStreamingMessage")
                return false;
            await StandInAgent.EventAsync(context, Id(context), new JsonObject { ["task"] = StandInAgent.Task("s1", "TASK_STATE_WORKING") });
            while (!canceled.Task.IsCompleted)
            {
                await Task.Delay(300, context.RequestAborted);
                await StandInAgent.EventAsync(context, Id(context), Update("s1", "TASK_STATE_WORKING"));
            }
            await StandInAgent.EventAsync(context, Id(context), Update("s1", "TASK_STATE_CANCELED"));
            return true;
        };

        (await Impatient.ProbeAsync(new AgentId(Guid.CreateVersion7()), new Uri(agent.Url), default)).Failure.ShouldBeNull();
    }

    [Fact]
    public async Task The_JavaScript_SDKs_own_agent_passes()
    {
        var outcome = await Prober.ProbeAsync(new AgentId(Guid.CreateVersion7()), peer.Url, default);

        outcome.Steps.ShouldAllBe(s => s.Outcome == ProbeStepOutcome.Passed);
        outcome.Steps.Count.ShouldBe(5);
    }
}
