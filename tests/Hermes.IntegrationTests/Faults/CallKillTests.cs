using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Hermes.IntegrationTests.Agents;

namespace Hermes.IntegrationTests.Faults;

/// <summary>Nodes that die by kill −9 between every two steps of a call.</summary>
public sealed class CallKillTests : IAsyncLifetime
{
    private readonly Installation _installation = new();

    public Task InitializeAsync() => _installation.InitializeAsync();

    public Task DisposeAsync() => _installation.DisposeAsync();

    [Fact]
    public async Task Every_step_of_a_call_to_an_endpoint_may_be_a_nodes_last()
    {
        string[] points =
        [
            "call.before_hold", "call.after_hold", "call.after_accept", "call.before_send", "call.after_send", "call.before_answer", "call.after_answer",
            "call.before_end", "call.after_ledger", "call.before_commit", "call.after_commit",
        ];
        await using var endpoint = await StandInAgent.StartAsync();
        var got = new ConcurrentBag<string>();
        endpoint.Break = async (context, method) =>
        {
            var (id, request) = ((JsonNode?)context.Items["id"], (JsonObject?)context.Items["request"]);
            if (method == "SendStreamingMessage")
            {
                var said = (string)request!["params"]!["message"]!["messageId"]!;
                got.Add(said);
                await StandInAgent.EventAsync(context, id, new JsonObject { ["task"] = StandInAgent.Task(said, "TASK_STATE_WORKING") });
                await Task.Delay(300);
                await StandInAgent.EventAsync(context, id, new JsonObject { ["statusUpdate"] = new JsonObject { ["taskId"] = said, ["contextId"] = "c1", ["status"] = new JsonObject { ["state"] = "TASK_STATE_COMPLETED" } } });
                return true;
            }
            if (method != "GetTask")
                return false;
            await StandInAgent.RpcAsync(context, StandInAgent.Task((string)request!["params"]!["id"]!, "TASK_STATE_COMPLETED"), id);
            return true;
        };
        var node = await _installation.StartAsync(points[0]);
        var caller = await _installation.PosterAsync("100.00");
        var agent = await _installation.AgentAsync(endpoint.Url, "2.00");
        await _installation.SqlAsync<object>("UPDATE agents.agents SET listing = 'listed'");

        var calls = await DieAtAsync(points, node, caller, agent);

        await EndedAsync(calls, caller, agent);
        got.Count.ShouldBe(got.Distinct().Count(), "a message was sent twice");
        // What had reached the agent for certain went on there; where that was not known, the caller has its money back.
        (await _installation.SqlAsync<long>("SELECT count(*) FROM calls.calls WHERE state = 'failed'")).ShouldBeInRange(1, points.Length - 2);
        (await _installation.SqlAsync<long>("SELECT count(*) FROM calls.calls WHERE state = 'failed' AND (error_code <> 'calls.interrupted' OR remote_task_id IS NOT NULL)")).ShouldBe(0);
    }

    [Fact]
    public async Task Every_step_of_a_call_down_a_socket_may_be_a_nodes_last()
    {
        string[] points = ["call.after_hold", "call.after_accept", "call.before_end", "call.after_ledger", "call.before_commit", "call.after_commit"];
        var node = await _installation.StartAsync(points[0]);
        var caller = await _installation.PosterAsync("100.00");
        var agent = await _installation.AgentAsync(price: "2.00");
        await using var servant = new Servant(_installation, agent);

        var calls = await DieAtAsync(points, node, caller, agent);

        await EndedAsync(calls, caller, agent);
        (await _installation.SqlAsync<long>("SELECT count(*) FROM calls.calls WHERE state = 'completed'")).ShouldBe(points.Length);
        servant.Requested.Order().ShouldBe(calls.Order(), "each call is asked for once");
    }

    [Fact]
    public async Task A_caller_whose_node_dies_hears_the_end_on_another_one()
    {
        using var survivor = await _installation.BesideAsync();
        var victim = await _installation.StartAsync();
        var caller = await _installation.PosterAsync("100.00");
        var agent = await _installation.AgentAsync(price: "2.00");
        // The agent is at home on the node that stays, the caller on the one that dies.
        await using var servant = new Servant(_installation, agent, survivor.Address);
        var calls = new List<Guid>();
        for (var i = 0; i < 10; i++)
            calls.Add((await ExecuteAsync(caller, agent)).GetProperty("id").GetGuid());
        victim.Kill();
        _installation.Node = survivor;

        await EndedAsync(calls, caller, agent);
        (await _installation.SqlAsync<long>("SELECT count(*) FROM calls.calls WHERE state = 'completed'")).ShouldBe(10);
    }

    /// <summary>A call per point; the node dies under each, and the next call's node comes up.</summary>
    private async Task<List<Guid>> DieAtAsync(string[] points, Node node, Installation.Poster caller, Installation.Agent agent)
    {
        var started = new List<Task<System.Text.Json.JsonElement>>();
        for (var i = 0; i < points.Length; i++)
        {
            started.Add(ExecuteAsync(caller, agent));
            await node.DiedAsync();
            node = await _installation.StartAsync(i + 1 < points.Length ? points[i + 1] : null);
        }
        return [.. (await Task.WhenAll(started)).Select(call => call.GetProperty("id").GetGuid())];
    }

    private static Task<System.Text.Json.JsonElement> ExecuteAsync(Installation.Poster caller, Installation.Agent agent) =>
        caller.Caller.SendAsync(HttpMethod.Post, "/agents/execute", new { AgentId = agent.Id, Input = "survive", Mode = "handle", TimeoutSeconds = 300 });

    /// <summary>What holds after any fault: every call has one end that its caller reads, nothing is held, each price went one way once.</summary>
    private async Task EndedAsync(List<Guid> calls, Installation.Poster caller, Installation.Agent agent)
    {
        await _installation.EventuallyAsync("SELECT count(*) FROM calls.calls WHERE ended_at IS NULL", 0L);
        (await _installation.SqlAsync<long>("SELECT count(*) FROM calls.calls")).ShouldBe(calls.Count);
        (await _installation.SqlAsync<long>("""
            SELECT count(*) FROM calls.calls c
            WHERE c.payment <> CASE c.state WHEN 'completed' THEN 'settled' ELSE 'refunded' END
               OR (SELECT count(*) FROM ledger.transfers t WHERE t.idempotency_key = 'call-hold:' || c.id) <> 1
               OR (SELECT count(*) FROM ledger.transfers t WHERE t.idempotency_key = 'call-end:' || c.id) <> 1
               OR (SELECT coalesce(sum(balance), 0) FROM ledger.accounts a WHERE a.kind = 'escrow' AND a.owner_id = c.id) <> 0
               OR (SELECT count(*) FROM calls.events e WHERE e.call_id = c.id AND e.state IN ('completed', 'failed')) <> 1
               OR (SELECT count(*) FROM trust.outcomes o WHERE o.contract_id = c.id) <> CASE c.state WHEN 'completed' THEN 1 ELSE 0 END -- that a node died is not the agent's fault
            """)).ShouldBe(0);
        foreach (var call in calls)
            (await caller.Caller.SendAsync(HttpMethod.Get, $"/calls/{call}")).GetProperty("call").GetProperty("state").GetString().ShouldBeOneOf("completed", "failed");
        var paid = await _installation.SqlAsync<long>("SELECT count(*) FROM calls.calls WHERE payment = 'settled'");
        (await _installation.SqlAsync<long>($"SELECT balance FROM ledger.accounts WHERE kind = 'available' AND owner_id = '{caller.Tenant}'")).ShouldBe(100_000_000 - paid * 2_000_000);
        (await _installation.SqlAsync<long>($"SELECT balance FROM ledger.accounts WHERE kind = 'earnings' AND owner_id = '{agent.Tenant}'")).ShouldBe(paid * 1_700_000);
        await _installation.ShouldBeSoundAsync();
    }
}
