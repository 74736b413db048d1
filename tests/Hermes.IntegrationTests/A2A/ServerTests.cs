using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hermes.Application.Calls;
using Hermes.Domain.Calls;
using Hermes.IntegrationTests.Agents;
using Hermes.IntegrationTests.Calls;
using Hermes.IntegrationTests.Shared;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Hermes.IntegrationTests.A2A;

/// <summary>A Hermes that listens, with the conformance agent.</summary>
public class ListeningApp : CallsApp
{
    private WebApplicationFactory<Program>? _node;

    public ListeningApp()
    {
        // Any free port: another class's Hermes listens at the same time.
        Set("urls", "http://127.0.0.1:0");
        Set("Hermes:A2A:ConformanceAgent", "true");
        Set("Hermes:Outgoing:AllowLoopback", "true");
        Set("Hermes:Outgoing:AllowHttp", "true");
    }

    /// <summary>Where it listens.</summary>
    public string Url
    {
        get
        {
            if (_node is null)
            {
                var node = NewNode();
                node.UseKestrel();
                node.StartServer();
                _node = node;
            }
            return _node.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        }
    }

    /// <summary>Runs the JavaScript caller.</summary>
    public static async Task<JsonElement> JavaScriptAsync(string card, string binding, string token = "", string? hook = null, string? only = null)
    {
        var folder = await JavaScriptPeer.FolderAsync();
        var start = new ProcessStartInfo("node", "client.js") { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["CARD"] = card;
        start.Environment["BINDING"] = binding;
        start.Environment["TOKEN"] = token;
        if (hook is not null)
            (start.Environment["HOOK"], only) = (hook, "push");
        if (only is not null)
            start.Environment["ONLY"] = only;
        using var node = Process.Start(start)!;
        var error = node.StandardError.ReadToEndAsync();
        var text = await node.StandardOutput.ReadToEndAsync();
        await node.WaitForExitAsync();
        node.ExitCode.ShouldBe(0, await error);
        return JsonElement.Parse(text);
    }
}

/// <summary>Hermes as A2A server, called by the protocol's own JavaScript SDK and by hand.</summary>
public sealed class ServerTests(ListeningApp app, JavaScriptPeer peer) : IClassFixture<ListeningApp>, IClassFixture<JavaScriptPeer>
{
    [Theory]
    [InlineData("JSONRPC")]
    [InlineData("HTTP+JSON")]
    public async Task The_JavaScript_SDK_calls_lists_streams_cancels_and_subscribes(string binding)
    {
        var seen = await ListeningApp.JavaScriptAsync($"{app.Url}/a2a/conformance/.well-known/agent-card.json", binding);

        foreach (var scenario in seen.EnumerateObject())
            (scenario.Value.ValueKind == JsonValueKind.Object && scenario.Value.TryGetProperty("failed", out var failed) ? $"{scenario.Name}: {failed}" : "").ShouldBe("");
        seen.GetProperty("card").GetString().ShouldBe("Hermes conformance agent");
        seen.GetProperty("signature").GetProperty("ok").GetBoolean().ShouldBeTrue();
        seen.GetProperty("signature").GetProperty("changed").GetString().ShouldBe("Error");
        State(seen.GetProperty("complete")).ShouldBe("TASK_STATE_COMPLETED");
        seen.GetProperty("data").GetProperty("artifacts")[0].GetProperty("parts")[0].GetProperty("data").GetProperty("count").GetInt32().ShouldBe(42);
        seen.GetProperty("get").GetProperty("history").GetArrayLength().ShouldBe(1);
        State(seen.GetProperty("input").GetProperty("asked")).ShouldBe("TASK_STATE_INPUT_REQUIRED");
        State(seen.GetProperty("input").GetProperty("done")).ShouldBe("TASK_STATE_COMPLETED");
        seen.GetProperty("input").GetProperty("done").GetProperty("id").GetString().ShouldBe(seen.GetProperty("input").GetProperty("asked").GetProperty("id").GetString());
        seen.GetProperty("stream").EnumerateArray().Select(e => e.EnumerateObject().First().Name).ShouldBe(["task", "statusUpdate", "artifactUpdate", "artifactUpdate", "statusUpdate"]);
        seen.GetProperty("stream")[3].GetProperty("artifactUpdate").GetProperty("append").GetBoolean().ShouldBeTrue();
        var cancel = seen.GetProperty("returnImmediatelyAndCancel");
        State(cancel.GetProperty("started")).ShouldBeOneOf("TASK_STATE_SUBMITTED", "TASK_STATE_WORKING");
        State(cancel.GetProperty("cancelled")).ShouldBe("TASK_STATE_CANCELED");
        cancel.GetProperty("again").GetString()!.ShouldContain("TaskNotCancelable");
        var subscribe = seen.GetProperty("subscribe");
        var first = subscribe.GetProperty("first").EnumerateArray().Skip(1).Select(e => e.GetRawText()).ToList();
        first.ShouldNotBeEmpty();
        // Who came later has more of it in the task that stands first.
        var second = subscribe.GetProperty("second").EnumerateArray().Skip(1).Select(e => e.GetRawText()).ToList();
        first.TakeLast(2).ShouldBe(second.TakeLast(2));
        subscribe.GetProperty("over").GetString()!.ShouldContain("UnsupportedOperation");
        seen.GetProperty("list").GetProperty("ids")[0].GetString().ShouldBe(seen.GetProperty("list").GetProperty("id").GetString());
        seen.GetProperty("list").GetProperty("next").GetString().ShouldBe("");
        var errors = seen.GetProperty("errors");
        errors.GetProperty("unknown").GetString()!.ShouldContain("TaskNotFound");
        errors.GetProperty("terminal").GetString()!.ShouldContain("UnsupportedOperation");
        errors.GetProperty("notCancelable").GetString()!.ShouldContain("TaskNotCancelable");
        errors.GetProperty("noPush").GetString()!.ShouldContain("TaskNotFound");
        var push = seen.GetProperty("push");
        push.GetProperty("read").GetProperty("url").GetString().ShouldBe("https://example.com/hook");
        push.GetProperty("read").GetRawText().ShouldNotContain("secret");
        (push.GetProperty("listed").GetInt32(), push.GetProperty("left").GetInt32()).ShouldBe((1, 0));
    }

    [Fact]
    public async Task A_stock_client_with_a_key_uses_an_agent_behind_a_socket_and_pays_it()
    {
        await using var agent = await app.ConnectAsync(1m);
        var (caller, key) = await app.KeyedAgentAsync();
        (await app.SendAsync(Actors.Person(caller.RequiredTenant), new Application.Ledger.AddCredits(Domain.Shared.Money.Usd(50m)))).Error.ShouldBeNull();

        var task = await RpcAsync($"/a2a/agents/{agent.Id}", key, "SendMessage", Message("hi there"));

        State(task.GetProperty("result").GetProperty("task")).ShouldBe("TASK_STATE_COMPLETED");
        task.GetProperty("result").GetProperty("task").GetProperty("artifacts")[0].GetProperty("parts")[0].GetProperty("text").GetString().ShouldBe("echo: hi there");
        (await app.BalanceAsync(agent.Agent.RequiredTenant, "earnings")).ShouldBe(850_000);
    }

    [Fact]
    public async Task Errors_are_exactly_the_protocols()
    {
        await using var agent = await app.ConnectAsync(0m);
        var (_, key) = await app.KeyedAgentAsync();
        var at = $"/a2a/agents/{agent.Id}";

        Error(await RpcAsync(at, key, "GetTask", new { id = Guid.NewGuid() })).ShouldBe((-32001, "TASK_NOT_FOUND"));
        Error(await RpcAsync(at, key, "Nothing", new { })).ShouldBe((-32601, "METHOD_NOT_FOUND"));
        Error(await RpcAsync(at, key, "SendMessage", new { })).ShouldBe((-32602, "INVALID_PARAMS"));
        Error(await RpcAsync(at, key, "SendMessage", new { message = new { messageId = "m", role = "ROLE_USER", parts = Array.Empty<object>() } })).ShouldBe((-32602, "INVALID_PARAMS"));
        Error(await RpcAsync(at, key, "ListTasks", new { pageSize = 101 })).ShouldBe((-32602, "INVALID_PARAMS"));
        Error(await RpcAsync(at, key, "GetTask", new { id = "x" }, version: null)).ShouldBe((-32009, "VERSION_NOT_SUPPORTED"));
        Error(await RpcAsync(at, key, "GetTask", new { id = "x" }, version: "0.3")).ShouldBe((-32009, "VERSION_NOT_SUPPORTED"));
        Error(await BytesAsync(at, key, "{", "application/json")).ShouldBe((-32700, "PARSE_ERROR"));
        Error(await BytesAsync(at, key, "[]", "application/json")).ShouldBe((-32600, "INVALID_REQUEST"));
        Error(await BytesAsync(at, key, "{}", "text/plain")).ShouldBe((-32005, "CONTENT_TYPE_NOT_SUPPORTED"));

        var rest = await Client(key).GetAsync($"{at}/tasks/{Guid.NewGuid()}");
        rest.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        rest.Content.Headers.ContentType!.MediaType.ShouldBe("application/a2a+json");
        var error = (await rest.JsonAsync(HttpStatusCode.NotFound)).GetProperty("error");
        (error.GetProperty("code").GetInt32(), error.GetProperty("status").GetString(), error.GetProperty("details")[0].GetProperty("domain").GetString()).ShouldBe((404, "NOT_FOUND", "a2a-protocol.org"));
        (await Client(key).GetAsync($"{at}/nothing")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await Client(null).PostAsync($"{at}/message:send", Json(Message("x")))).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task The_version_may_stand_in_the_query_and_subscribing_is_a_GET_or_a_POST()
    {
        await using var agent = await app.ConnectAsync(0m);
        var (_, key) = await app.KeyedAgentAsync();
        var (at, unversioned, task) = ($"/a2a/agents/{agent.Id}", Client(key, version: null), Guid.NewGuid());
        async Task<(HttpStatusCode, string?)> ReasonAsync(HttpClient client, HttpMethod method, string path)
        {
            var answer = await client.SendAsync(new HttpRequestMessage(method, path));
            return (answer.StatusCode, (await answer.JsonAsync(answer.StatusCode)).GetProperty("error").GetProperty("details")[0].GetProperty("reason").GetString());
        }

        (await ReasonAsync(unversioned, HttpMethod.Get, $"{at}/tasks/{task}")).ShouldBe((HttpStatusCode.BadRequest, "VERSION_NOT_SUPPORTED"));
        (await ReasonAsync(unversioned, HttpMethod.Get, $"{at}/tasks/{task}?A2A-Version=1.0")).ShouldBe((HttpStatusCode.NotFound, "TASK_NOT_FOUND"));
        (await ReasonAsync(unversioned, HttpMethod.Get, $"{at}/tasks/{task}?A2A-Version=0.3")).ShouldBe((HttpStatusCode.BadRequest, "VERSION_NOT_SUPPORTED"));
        // No card of Hermes names a tenant.
        (await ReasonAsync(Client(key), HttpMethod.Get, $"{at}/acme/tasks/{task}")).ShouldBe((HttpStatusCode.NotFound, "METHOD_NOT_FOUND"));
        foreach (var method in new[] { HttpMethod.Get, HttpMethod.Post })
            (await ReasonAsync(Client(key), method, $"{at}/tasks/{task}:subscribe")).ShouldBe((HttpStatusCode.NotFound, "TASK_NOT_FOUND"));
    }

    [Theory]
    [InlineData("JSONRPC", "public")]
    [InlineData("HTTP+JSON", "public")]
    [InlineData("JSONRPC", "hidden")]
    [InlineData("HTTP+JSON", "hidden")]
    public async Task Without_a_key_nothing_is_read_and_nothing_told(string binding, string which)
    {
        await using var agent = await app.ConnectAsync(0m, which == "public" ? Domain.Agents.AgentVisibility.Public : Domain.Agents.AgentVisibility.Tenant);
        var at = $"/a2a/agents/{agent.Id}";
        foreach (var key in new[] { null, "hk_" + new string('x', 43) })
        {
            foreach (var (body, type) in new[] { ("{", "application/json"), ("{}", "text/plain"), ("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"GetExtendedAgentCard\"}", "application/json") })
                (await Client(key).PostAsync(binding == "JSONRPC" ? at : $"{at}/message:send", new StringContent(body, new MediaTypeHeaderValue(type)))).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
            (await Client(key, version: null).GetAsync($"{at}/extendedAgentCard")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
            (await Client(key).GetAsync($"{at}/nothing")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        }
    }

    [Fact]
    public async Task A_card_is_signed_for_an_address_of_Hermes_only()
    {
        await using var agent = await app.ConnectAsync(0m);
        var client = app.Client();
        (await (await client.GetAsync($"/a2a/agents/{agent.Id}/.well-known/agent-card.json")).JsonAsync(HttpStatusCode.OK)).TryGetProperty("signatures", out _).ShouldBeTrue();
        client.DefaultRequestHeaders.Host = "attacker.example";
        (await (await client.GetAsync($"/a2a/agents/{agent.Id}/.well-known/agent-card.json")).JsonAsync(HttpStatusCode.OK)).TryGetProperty("signatures", out _).ShouldBeFalse();
    }

    [Theory]
    [InlineData("JSONRPC", "socket")]
    [InlineData("HTTP+JSON", "socket")]
    [InlineData("JSONRPC", "endpoint")]
    [InlineData("HTTP+JSON", "endpoint")]
    public async Task The_JavaScript_SDK_drives_an_ordinary_agent(string binding, string transport)
    {
        var (agent, own) = await app.KeyedAgentAsync(0m, endpoint: transport == "endpoint" ? peer.Url.ToString() : null);
        var (_, key) = await app.KeyedAgentAsync(tenant: agent.RequiredTenant);
        await using var socket = transport == "socket" ? await SocketAgent.ConnectAsync(app, agent, own, PeerLikeAsync) : null;

        var seen = (await ListeningApp.JavaScriptAsync($"{app.Url}/a2a/agents/{agent.RequiredAgent}/.well-known/agent-card.json", binding, key, only: "agent")).GetProperty("agent");

        seen.TryGetProperty("failed", out var failed).ShouldBeFalse(failed.ToString());
        State(seen.GetProperty("said")).ShouldBe("TASK_STATE_COMPLETED");
        seen.GetProperty("said").GetProperty("artifacts")[0].GetProperty("parts")[0].GetProperty("text").GetString().ShouldBe("say hello");
        var streamed = seen.GetProperty("streamed").EnumerateArray().ToList();
        streamed[0].EnumerateObject().First().Name.ShouldBe("task");
        streamed.Exists(e => e.TryGetProperty("artifactUpdate", out _)).ShouldBeTrue();
        streamed[^1].GetProperty("statusUpdate").GetProperty("status").GetProperty("state").GetString().ShouldBe("TASK_STATE_COMPLETED");
        State(seen.GetProperty("asked")).ShouldBe("TASK_STATE_INPUT_REQUIRED");
        State(seen.GetProperty("answered")).ShouldBe("TASK_STATE_COMPLETED");
        State(seen.GetProperty("proofWanted")).ShouldBe("TASK_STATE_AUTH_REQUIRED");
        State(seen.GetProperty("proved")).ShouldBe("TASK_STATE_COMPLETED");
        State(seen.GetProperty("failing")).ShouldBe("TASK_STATE_FAILED");
        State(seen.GetProperty("cancelled")).ShouldBe("TASK_STATE_CANCELED");
    }

    /// <summary>Behaves on a socket as the JavaScript peer does at its endpoint.</summary>
    private static async Task PeerLikeAsync(SocketAgent agent, JsonElement frame)
    {
        if (frame.GetProperty("type").GetString() is not ("call.requested" or "call.message"))
            return;
        var (call, text) = (SocketAgent.CallOf(frame), SocketAgent.TextOf(frame));
        await agent.SendAsync(text.Split(' ')[0] switch
        {
            "ask" => new { type = "call.status", call_id = call, state = "input_required", message = "What else?" },
            "prove" => new { type = "call.status", call_id = call, state = "auth_required", message = "Who are you?" },
            "slow" => new { type = "call.status", call_id = call, state = "working", message = "On it." },
            "fail" => new { type = "call.fail", call_id = call, state = "", message = "No." },
            _ => new { type = "call.status", call_id = call, state = "working", message = "On it." },
        });
        if (text.StartsWith("say", StringComparison.Ordinal))
            await agent.SendAsync(new { type = "call.complete", call_id = call, result = text });
    }

    [Fact]
    public async Task Cards_are_cached_by_their_tag_and_complete()
    {
        await using var agent = await app.ConnectAsync(0m);
        var client = app.Client();
        var first = await client.GetAsync($"/a2a/agents/{agent.Id}/.well-known/agent-card.json");
        var card = await first.JsonAsync(HttpStatusCode.OK);
        foreach (var member in new[] { "name", "description", "supportedInterfaces", "version", "capabilities", "defaultInputModes", "defaultOutputModes", "skills", "securitySchemes", "securityRequirements" })
            card.TryGetProperty(member, out _).ShouldBeTrue(member);
        card.GetProperty("supportedInterfaces").EnumerateArray().Select(i => i.GetProperty("protocolBinding").GetString()).ShouldBe(["JSONRPC", "HTTP+JSON"]);
        first.Headers.CacheControl!.MaxAge.ShouldNotBeNull();
        first.Content.Headers.LastModified.ShouldNotBeNull();
        client.DefaultRequestHeaders.IfNoneMatch.Add(first.Headers.ETag!);
        (await client.GetAsync($"/a2a/agents/{agent.Id}/.well-known/agent-card.json")).StatusCode.ShouldBe(HttpStatusCode.NotModified);
        (await app.Client().GetAsync("/.well-known/agent-card.json")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await app.Client().GetStringAsync($"/a2a/agents/{agent.Id}/.well-known/agent.json")).ShouldBe(card.GetRawText(), "who knows the older address only");
        var (_, key) = await app.KeyedAgentAsync();
        (await RpcAsync($"/a2a/agents/{agent.Id}", key, "GetExtendedAgentCard", new { })).GetProperty("result").GetProperty("name").GetString()!.ShouldStartWith("Agent");
    }

    /// <summary>So that −32003 and −32007 are never answered.</summary>
    [Fact]
    public async Task Pushes_and_an_extended_card_are_there_also_of_an_agent_whose_own_server_has_neither()
    {
        await using var remote = await StandInAgent.StartAsync();
        remote.Card = card => card["capabilities"] = new JsonObject { ["streaming"] = false, ["pushNotifications"] = false, ["extendedAgentCard"] = false };
        var (agent, key) = await app.KeyedAgentAsync(0m, endpoint: remote.Url);
        var at = $"/a2a/agents/{agent.RequiredAgent}";
        var promised = (await (await Client(key).GetAsync($"{at}/.well-known/agent-card.json")).JsonAsync(HttpStatusCode.OK)).GetProperty("capabilities");
        (promised.GetProperty("pushNotifications").GetBoolean(), promised.GetProperty("extendedAgentCard").GetBoolean()).ShouldBe((true, true));
        var (_, caller) = await app.KeyedAgentAsync(tenant: agent.RequiredTenant);
        var id = (await RpcAsync(at, caller, "SendMessage", Message("x", new { returnImmediately = true }))).GetProperty("result").GetProperty("task").GetProperty("id").GetString();

        (await RpcAsync(at, caller, "CreateTaskPushNotificationConfig", new { taskId = id, id = "rpc", url = "https://example.com/hook" })).GetProperty("result").GetProperty("id").GetString().ShouldBe("rpc");
        (await (await Client(caller).PostAsync($"{at}/tasks/{id}/pushNotificationConfigs", Json(new { id = "rest", url = "https://example.com/hook" }))).JsonAsync(HttpStatusCode.OK)).GetProperty("id").GetString().ShouldBe("rest");
        (await RpcAsync(at, caller, "GetExtendedAgentCard", new { })).GetProperty("result").GetProperty("name").GetString()!.ShouldStartWith("Agent");
        (await (await Client(caller).GetAsync($"{at}/extendedAgentCard")).JsonAsync(HttpStatusCode.OK)).GetProperty("name").GetString()!.ShouldStartWith("Agent");
    }

    /// <summary>Not −32006: the task is there, and paid back.</summary>
    [Fact]
    public async Task An_answer_of_the_agent_that_is_not_the_protocols_fails_its_task()
    {
        await using var remote = await StandInAgent.StartAsync();
        remote.Card = card => card["capabilities"] = new JsonObject { ["streaming"] = false };
        remote.Break = async (context, method) =>
        {
            if (method != "SendMessage")
                return false;
            await context.Response.WriteAsJsonAsync(new { ok = true });
            return true;
        };
        var (agent, _) = await app.KeyedAgentAsync(0m, endpoint: remote.Url);
        var (_, caller) = await app.KeyedAgentAsync(tenant: agent.RequiredTenant);
        var at = $"/a2a/agents/{agent.RequiredAgent}";

        var rpc = (await RpcAsync(at, caller, "SendMessage", Message("x"))).GetProperty("result").GetProperty("task");
        var rest = (await (await Client(caller).PostAsync($"{at}/message:send", Json(Message("y")))).JsonAsync(HttpStatusCode.OK)).GetProperty("task");

        foreach (var task in new[] { rpc, rest })
        {
            State(task).ShouldBe("TASK_STATE_FAILED");
            task.GetProperty("status").GetProperty("message").GetProperty("parts")[0].GetProperty("text").GetString().ShouldBe("The answer is JSON, but not JSON-RPC 2.0.");
        }
    }

    [Fact]
    public async Task Another_tenants_task_does_not_exist()
    {
        await using var agent = await app.ConnectAsync(0m, answer: SocketAgent.SilentAsync);
        var (_, key) = await app.KeyedAgentAsync();
        var (_, other) = await app.KeyedAgentAsync();
        var at = $"/a2a/agents/{agent.Id}";
        var id = (await RpcAsync(at, key, "SendMessage", Message("x", new { returnImmediately = true }))).GetProperty("result").GetProperty("task").GetProperty("id").GetString();
        foreach (var method in new[] { "GetTask", "CancelTask", "SubscribeToTask" })
            Error(await RpcAsync(at, other, method, new { id })).ShouldBe((-32001, "TASK_NOT_FOUND"), method);
        (await RpcAsync(at, other, "ListTasks", new { })).GetProperty("result").GetProperty("tasks").GetArrayLength().ShouldBe(0);
        (await RpcAsync(at, key, "ListTasks", new { })).GetProperty("result").GetProperty("tasks").GetArrayLength().ShouldBe(1);
        Error(await RpcAsync("/a2a/mesh", key, "GetTask", new { id })).ShouldBe((-32001, "TASK_NOT_FOUND"));
    }

    [Fact]
    public async Task The_mesh_asks_for_a_reward_posts_a_contract_and_is_called_off_with_it()
    {
        var (caller, key) = await app.KeyedAgentAsync();
        await app.SendAsync(Actors.Person(caller.RequiredTenant), new Application.Ledger.AddCredits(Domain.Shared.Money.Usd(50m)));
        await MandateAsync(caller);
        var asked = (await RpcAsync("/a2a/mesh", key, "SendMessage", Message("Summarise this"))).GetProperty("result").GetProperty("task");
        State(asked).ShouldBe("TASK_STATE_INPUT_REQUIRED");
        var going = (await RpcAsync("/a2a/mesh", key, "SendMessage", new
        {
            message = new { messageId = "m2", role = "ROLE_USER", taskId = asked.GetProperty("id").GetString(), parts = new[] { new { data = new { reward = new { amount = "5.00", currency = "USD" }, bidding_window_seconds = 600 } } } },
            configuration = new { returnImmediately = true },
        })).GetProperty("result").GetProperty("task");
        var id = going.GetProperty("id").GetString();
        await UntilAsync($"SELECT id FROM mesh.contracts WHERE tenant_id = '{caller.RequiredTenant}' AND state = 'bidding'");
        await UntilAsync($"SELECT id FROM calls.calls WHERE id = '{id}' AND contract_id IS NOT NULL");
        State((await RpcAsync("/a2a/mesh", key, "CancelTask", new { id })).GetProperty("result")).ShouldBe("TASK_STATE_CANCELED");
        await Eventually.IsAsync(() => app.SqlAsync<long>($"SELECT count(*) FROM mesh.contracts WHERE tenant_id = '{caller.RequiredTenant}' AND state = 'cancelled'"), 1);
    }

    [Theory]
    [InlineData("JSONRPC")]
    [InlineData("HTTP+JSON")]
    public async Task The_mesh_gets_it_done_for_a_stock_client(string binding)
    {
        var (caller, key) = await app.KeyedAgentAsync();
        await app.SendAsync(Actors.Person(caller.RequiredTenant), new Application.Ledger.AddCredits(Domain.Shared.Money.Usd(50m)));
        await MandateAsync(caller);
        var worker = await app.AgentAsync();
        var asking = ListeningApp.JavaScriptAsync($"{app.Url}/a2a/mesh/.well-known/agent-card.json", binding, key, only: "mesh");
        var id = await UntilAsync($"SELECT id FROM mesh.contracts WHERE tenant_id = '{caller.RequiredTenant}' AND state = 'bidding'");
        var contract = new Domain.Shared.ContractId(id);
        await app.BidAsync(worker, contract, 4m);
        await app.CloseAsync(contract);
        await UntilAsync($"SELECT id FROM mesh.contracts WHERE id = '{id}' AND state = 'awarded'");
        // Until the caller has heard of it: what is quicker than the agent's look is not told.
        await UntilAsync($"SELECT e.call_id FROM calls.events e JOIN calls.calls c ON c.id = e.call_id WHERE c.contract_id = '{id}' AND e.body::text LIKE '%awarded%' LIMIT 1");
        (await app.SendAsync(worker, new Application.Mesh.DeliverContract(contract, JsonElement.Parse("{\"summary\":\"Short.\"}")))).Error.ShouldBeNull();

        var events = (await asking).GetProperty("mesh");

        events.ValueKind.ShouldBe(JsonValueKind.Array, events.ToString());
        var seen = events.EnumerateArray().ToList();
        seen[0].EnumerateObject().First().Name.ShouldBe("task");
        var told = seen.Where(e => e.TryGetProperty("statusUpdate", out _)).Select(e => e.GetProperty("statusUpdate").GetProperty("status")).ToList();
        told.Select(s => s.GetRawText()).ShouldContain(s => s.Contains($"Posted as contract {id}", StringComparison.Ordinal));
        told.Select(s => s.GetRawText()).ShouldContain(s => s.Contains("awarded", StringComparison.Ordinal));
        told[^1].GetProperty("state").GetString().ShouldBe("TASK_STATE_COMPLETED");
        seen.Single(e => e.TryGetProperty("artifactUpdate", out _)).GetProperty("artifactUpdate").GetProperty("artifact").GetProperty("parts")[0].GetRawText().ShouldContain("Short.");
        // Paid by the contract's own rules: the poster accepts.
        (await app.SendAsync(Actors.Person(caller.RequiredTenant), new Application.Mesh.ValidateContract(contract, true))).Error.ShouldBeNull();
        await UntilAsync($"SELECT id FROM mesh.contracts WHERE id = '{id}' AND state = 'settled'");
        (await app.BalanceAsync(worker.RequiredTenant, "earnings")).ShouldBeGreaterThan(3_000_000);
    }

    [Fact]
    public async Task The_mesh_posts_for_those_only_who_may_spend()
    {
        var (agent, _) = await app.KeyedAgentAsync();
        var tenant = agent.RequiredTenant;
        (await app.SendAsync(Actors.Person(tenant), new Application.Ledger.AddCredits(Domain.Shared.Money.Usd(50m)))).Error.ShouldBeNull();
        var mesh = Application.Calls.BuiltInAgents.Mesh;
        var order = JsonSerializer.SerializeToElement(new { parts = new object[] { new { text = "Summarise this" }, new { data = new { reward = new { amount = "5.00", currency = "USD" } } } } });

        // Who may call agents but not post contracts: neither at once nor by the second word of somebody else's call.
        var analyst = Actors.Person(tenant, Domain.Identity.Permissions.AgentsCall);
        (await app.SendAsync(analyst, new StartCall(mesh, order))).Error!.Code.ShouldBe("access.permission_missing");
        (await app.CallAsync(analyst, agent.RequiredAgent, with: s => s with { BackupAgentId = mesh })).Error.ShouldBe(CallErrors.AgentUnreachable);
        var asked = await app.AnsweredAsync(Actors.Person(tenant), (await app.CallAsync(Actors.Person(tenant), mesh)).Value.Id);
        asked.State.ShouldBe(CallState.InputRequired);
        (await app.SendAsync(analyst, new SayToCall(asked.Id, order))).Error!.Code.ShouldBe("access.permission_missing");
        (await app.SendAsync(agent, new SayToCall(asked.Id, order))).Error.ShouldBe(CallErrors.NotPermitted);

        // An agent spends by its mandate, and has none.
        var refused = await app.AnsweredAsync(agent, (await app.SendAsync(agent, new StartCall(mesh, order))).Value.Id);
        (refused.State, refused.Error!.Code).ShouldBe((CallState.Failed, "mandates.needed"));
        (await app.SqlAsync<long>($"SELECT count(*) FROM mesh.contracts WHERE tenant_id = '{tenant}'")).ShouldBe(0);

        (await app.SendAsync(Actors.Person(tenant), new SayToCall(asked.Id, order))).Error.ShouldBeNull();
        await UntilAsync($"SELECT id FROM mesh.contracts WHERE tenant_id = '{tenant}' AND state = 'bidding'");
    }

    [Fact]
    public async Task A_contract_goes_on_when_its_call_is_another_nodes()
    {
        var owner = await app.PosterAsync();
        var order = JsonSerializer.SerializeToElement(new { parts = new object[] { new { text = "Summarise this" }, new { data = new { reward = new { amount = "5.00", currency = "USD" }, bidding_window_seconds = 600 } } } });
        var call = (await app.SendAsync(owner, new StartCall(Application.Calls.BuiltInAgents.Mesh, order))).Value.Id;
        await UntilAsync($"SELECT id FROM calls.calls WHERE id = '{call}' AND contract_id IS NOT NULL AND carrier_id IS NOT NULL");
        // Another node claims it: at the next renewal this one lets go, and the contract stays.
        var other = Guid.CreateVersion7();
        await app.SqlAsync<object>($"UPDATE calls.calls SET carrier_id = '{other}', carried_until = now() + interval '6 seconds' WHERE id = '{call}'");
        await UntilAsync($"SELECT id FROM calls.calls WHERE id = '{call}' AND carrier_id <> '{other}'");
        (await app.SqlAsync<string>($"SELECT state FROM mesh.contracts WHERE tenant_id = '{owner.RequiredTenant}'")).ShouldBe("bidding");
        (await app.SendAsync(owner, new CancelCall(call))).Error.ShouldBeNull();
        await UntilAsync($"SELECT id FROM mesh.contracts WHERE tenant_id = '{owner.RequiredTenant}' AND state = 'cancelled'");
    }

    private async Task MandateAsync(Application.Shared.Actor agent) =>
        (await app.SendAsync(Actors.Person(agent.RequiredTenant), new Application.Ledger.GiveMandate(agent.RequiredAgent, new Application.Ledger.MandateInput { Name = "Errands", Amount = Domain.Shared.Money.Usd(20m) }))).Error.ShouldBeNull();

    private Task<Guid> UntilAsync(string sql) => Eventually.ReadAsync(() => app.SqlAsync<Guid>(sql), found => found != Guid.Empty, sql);

    private static object Message(string text, object? configuration = null) =>
        new { message = new { messageId = Guid.NewGuid().ToString(), role = "ROLE_USER", parts = new[] { new { text } } }, configuration = configuration ?? new { } };

    private static string State(JsonElement task) => task.GetProperty("status").GetProperty("state").GetString()!;

    private static (int, string) Error(JsonElement answer) => (answer.GetProperty("error").GetProperty("code").GetInt32(), answer.GetProperty("error").GetProperty("data")[0].GetProperty("reason").GetString()!);

    private static StringContent Json(object body) => new(JsonSerializer.Serialize(body), Encoding.UTF8, "application/json");

    private HttpClient Client(string? key, string? version = "1.0")
    {
        var client = app.Client(key);
        if (version is not null)
            client.DefaultRequestHeaders.Add("A2A-Version", version);
        return client;
    }

    private async Task<JsonElement> RpcAsync(string path, string key, string method, object parameters, string? version = "1.0")
    {
        var answer = await Client(key, version).PostAsync(path, Json(new { jsonrpc = "2.0", id = 7, method, @params = parameters }));
        var json = await answer.JsonAsync(HttpStatusCode.OK);
        json.GetProperty("id").GetInt32().ShouldBe(7);
        return json;
    }

    private async Task<JsonElement> BytesAsync(string path, string key, string body, string type)
    {
        var answer = await Client(key).PostAsync(path, new StringContent(body, new MediaTypeHeaderValue(type)));
        return await answer.JsonAsync(HttpStatusCode.OK);
    }
}
