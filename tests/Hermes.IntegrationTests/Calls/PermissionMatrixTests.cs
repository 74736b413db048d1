using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Hermes.Application.Calls;
using Hermes.Application.Marketplace;
using Hermes.Domain.Agents;
using Hermes.Domain.Calls;
using Hermes.Domain.Shared;
using Hermes.IntegrationTests.Shared;
using Microsoft.Extensions.DependencyInjection;

namespace Hermes.IntegrationTests.Calls;

/// <summary>Every kind of caller at every way to an agent: what is seen, what is refused.</summary>
public sealed class PermissionMatrixTests(CallsApp app) : IClassFixture<CallsApp>
{
    /// <summary>Caller, the agent's visibility, and whether it is let in; where not, whether it is told openly.</summary>
    public static TheoryData<string, AgentVisibility, bool, bool> Matrix
    {
        get
        {
            var data = new TheoryData<string, AgentVisibility, bool, bool>();
            foreach (var visibility in Enum.GetValues<AgentVisibility>())
            {
                var isPublic = visibility == AgentVisibility.Public;
                data.Add("same tenant", visibility, true, true);
                data.Add("stranger", visibility, isPublic, isPublic);
                data.Add("allowed tenant", visibility, true, true);
                data.Add("allowed agent", visibility, true, true);
                data.Add("allowed by organisation", visibility, true, true);
                data.Add("denied tenant", visibility, false, isPublic);
                data.Add("denied agent", visibility, false, isPublic);
                data.Add("denied and allowed", visibility, false, isPublic);
                data.Add("allowed by organisation and denied", visibility, false, isPublic);
                data.Add("denied in the same tenant", visibility, false, true);
            }
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Matrix))]
    public async Task Discovery_card_execute_A2A_and_socket_agree(string caller, AgentVisibility visibility, bool isLetIn, bool isToldOpenly)
    {
        await using var agent = await app.ConnectAsync(0m, visibility);
        var sameTenant = caller.Contains("same tenant", StringComparison.Ordinal);
        var (actor, key) = await app.KeyedAgentAsync(tenant: sameTenant ? agent.Agent.RequiredTenant : null);
        var owner = Actors.Person(agent.Agent.RequiredTenant);
        AccessSubject tenant = new(actor.RequiredTenant, null), self = new(null, actor.RequiredAgent);
        foreach (var (agentId, effect, subject) in (IEnumerable<(AgentId?, AccessEffect, AccessSubject)>)(caller switch
        {
            "allowed tenant" => [(agent.Id, AccessEffect.Allow, tenant)],
            "allowed agent" => [(agent.Id, AccessEffect.Allow, self)],
            "allowed by organisation" => [(null, AccessEffect.Allow, tenant)],
            "denied tenant" => [(agent.Id, AccessEffect.Deny, tenant)],
            "denied agent" or "denied in the same tenant" => [(agent.Id, AccessEffect.Deny, self)],
            "denied and allowed" => [(agent.Id, AccessEffect.Allow, tenant), (agent.Id, AccessEffect.Deny, self)],
            "allowed by organisation and denied" => [(null, AccessEffect.Allow, tenant), (agent.Id, AccessEffect.Deny, tenant)],
            _ => [],
        }))
            (await app.SendAsync(owner, new RuleCaller(agentId, effect, subject))).Error.ShouldBeNull();
        var refused = isToldOpenly ? HttpStatusCode.Forbidden : HttpStatusCode.NotFound;
        var client = app.Client(key);
        client.DefaultRequestHeaders.Add("A2A-Version", "1.0");

        // Who does not find it does not although it is there.
        await Eventually.HoldsAsync(async () => await app.Services.GetRequiredService<IAgentFinder>().FindOneAsync(agent.Id, new Viewer(agent.Agent.RequiredTenant), default) is not null);
        await FindsAsync(client, agent, isLetIn);
        (await client.GetAsync($"/a2a/agents/{agent.Id}/.well-known/agent-card.json")).StatusCode.ShouldBe(isLetIn ? HttpStatusCode.OK : HttpStatusCode.NotFound);
        var executed = await client.PostJsonAsync("/api/v1/agents/execute", new { agent_id = agent.Id, input = "x" });
        var body = await executed.JsonAsync(isLetIn ? HttpStatusCode.OK : refused);
        if (isLetIn)
            body.GetProperty("text").GetString().ShouldBe("echo: x");
        else
            body.GetProperty("code").GetString().ShouldBe(isToldOpenly ? "calls.not_permitted" : "agents.not_found");
        var sent = await client.PostAsync($"/a2a/agents/{agent.Id}/message:send", new StringContent(
            JsonSerializer.Serialize(new { message = new { messageId = "m", role = "ROLE_USER", parts = new[] { new { text = "x" } } } }), Encoding.UTF8, "application/a2a+json"));
        sent.StatusCode.ShouldBe(isLetIn ? HttpStatusCode.OK : refused);
        var told = await client.PostAsync($"/a2a/agents/{agent.Id}", new StringContent(
            JsonSerializer.Serialize(new { jsonrpc = "2.0", id = 1, method = "SendMessage", @params = new { message = new { messageId = "m", role = "ROLE_USER", parts = new[] { new { text = "x" } } } } }), Encoding.UTF8, "application/json"));
        (await told.JsonAsync(isLetIn ? HttpStatusCode.OK : refused)).TryGetProperty("result", out _).ShouldBe(isLetIn);
        // Down the socket of the agent come the calls of those who are let in, and of nobody else; and the socket is its own.
        if (isLetIn)
            await agent.WaitAsync("call.requested", 3);
        var mine = await app.ConnectAsync(0m, tenant: actor.RequiredTenant);
        await using (mine)
            await app.AnsweredAsync(actor, (await app.CallAsync(actor, mine.Id)).Value.Id);
        agent.Frames.Where(f => f.GetProperty("type").GetString() == "call.requested").Select(f => f.GetProperty("data").GetProperty("caller_agent_id").GetGuid())
            .ShouldBe(Enumerable.Repeat(actor.RequiredAgent.Value, isLetIn ? 3 : 0));
        await Should.ThrowAsync<InvalidOperationException>(() => OpenAsync(agent.Id, key));
    }

    [Fact]
    public async Task An_agent_of_a_suspended_organisation_takes_no_calls_and_makes_none()
    {
        await using var agent = await app.ConnectAsync(0m);
        var (_, key) = await app.KeyedAgentAsync();
        var (_, own) = await app.KeyedAgentAsync(tenant: agent.Agent.RequiredTenant);
        await FindsAsync(app.Client(key), agent, true);
        await app.SuspendAsync(agent.Agent.RequiredTenant);
        (await (await app.Client(key).PostJsonAsync("/api/v1/agents/execute", new { agent_id = agent.Id, input = "x" })).JsonAsync(HttpStatusCode.Conflict))
            .GetProperty("code").GetString().ShouldBe("calls.agent_not_active");
        (await app.Client(own).PostJsonAsync("/api/v1/agents/execute", new { agent_id = agent.Id, input = "x" })).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        await FindsAsync(app.Client(key), agent, false);
        (await app.Client(key).GetAsync($"/a2a/agents/{agent.Id}/.well-known/agent-card.json")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await app.Client().GetAsync($"/a2a/agents/{agent.Id}/.well-known/agent-card.json")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        var client = app.Client(key);
        client.DefaultRequestHeaders.Add("A2A-Version", "1.0");
        (await client.PostAsync($"/a2a/agents/{agent.Id}/message:send", new StringContent(
            JsonSerializer.Serialize(new { message = new { messageId = "m", role = "ROLE_USER", parts = new[] { new { text = "x" } } } }), Encoding.UTF8, "application/a2a+json"))).StatusCode.ShouldBe(HttpStatusCode.Conflict);
        await Should.ThrowAsync<InvalidOperationException>(() => OpenAsync(agent.Id, own));
    }

    [Fact]
    public async Task Paused_agents_take_no_calls_and_retired_ones_are_gone()
    {
        await using var agent = await app.ConnectAsync(0m);
        var caller = await app.PosterAsync(0);
        var owner = Actors.Person(agent.Agent.RequiredTenant);
        (await app.SendAsync(owner, new Application.Agents.PauseAgent(agent.Id))).Error.ShouldBeNull();
        (await app.CallAsync(caller, agent.Id)).Error.ShouldBe(CallErrors.AgentNotActive);
        (await app.SendAsync(owner, new Application.Agents.RetireAgent(agent.Id))).Error.ShouldBeNull();
        (await app.CallAsync(caller, agent.Id)).Error.ShouldBe(CallErrors.AgentNotFound);
        (await app.CallAsync(owner, agent.Id)).Error.ShouldBe(CallErrors.AgentNotActive);
    }

    [Fact]
    public async Task Approval_is_asked_for_given_and_taken_back()
    {
        await using var agent = await app.ConnectAsync(0m);
        var (caller, owner) = (await app.PosterAsync(0), Actors.Person(agent.Agent.RequiredTenant));
        (await app.SendAsync(owner, new SetCallPolicy(agent.Id, new CallPolicyView(true, [], null, 8, 60, null)))).Error.ShouldBeNull();
        (await app.CallAsync(caller, agent.Id)).Error.ShouldBe(CallErrors.ApprovalNeeded);
        (await app.CallAsync(owner, agent.Id)).Error.ShouldBeNull();
        var asked = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => app.SendAsync(caller, new RequestAccess(agent.Id, "please"))));
        asked.ShouldAllBe(a => a.Value.State == "waiting");
        var request = (await app.SendAsync(owner, new GetCallPermissions(agent.Id))).Value.Requests.ShouldHaveSingleItem();
        (request.TenantId, request.Note).ShouldBe((caller.RequiredTenant, "please"));
        var rule = await app.SendAsync(owner, new RuleCaller(agent.Id, AccessEffect.Allow, new AccessSubject(caller.RequiredTenant, null)));
        (await app.SendAsync(owner, new GetCallPermissions(agent.Id))).Value.Requests.ShouldBeEmpty();
        (await app.SendAsync(caller, new RequestAccess(agent.Id))).Value.State.ShouldBe("allowed");
        (await app.CallAsync(caller, agent.Id)).Error.ShouldBeNull();
        (await app.SendAsync(caller, new RemoveAccessRule(rule.Value.Id))).Error.ShouldBe(CallErrors.RuleNotFound);
        (await app.SendAsync(owner, new RemoveAccessRule(rule.Value.Id))).Error.ShouldBeNull();
        (await app.CallAsync(caller, agent.Id)).Error.ShouldBe(CallErrors.ApprovalNeeded);
    }

    [Fact]
    public async Task Origins_are_kept()
    {
        await using var agent = await app.ConnectAsync(0m);
        var (caller, owner) = (await app.PosterAsync(0), Actors.Person(agent.Agent.RequiredTenant));
        (await app.SendAsync(owner, new SetCallPolicy(agent.Id, new CallPolicyView(false, ["https://good.example"], null, 8, 60, null)))).Error.ShouldBeNull();
        (await app.CallAsync(caller, agent.Id)).Error.ShouldBe(CallErrors.OriginRefused);
        (await app.CallAsync(caller, agent.Id, with: s => s with { Origin = "https://bad.example" })).Error.ShouldBe(CallErrors.OriginRefused);
        (await app.CallAsync(caller, agent.Id, with: s => s with { Origin = "https://good.example" })).Error.ShouldBeNull();
        (await app.SendAsync(owner, new SetCallPolicy(agent.Id, new CallPolicyView(false, ["nonsense"], 0, 0, 0, agent.Id)))).Error!.Members!.Keys
            .ShouldBe(["allowed_origins", "max_calls_per_hour", "max_parallel", "timeout_seconds", "backup_agent_id"], ignoreOrder: true);
    }

    [Fact]
    public async Task Another_tenants_permissions_are_not_seen_or_set()
    {
        await using var agent = await app.ConnectAsync(0m);
        var stranger = await app.PosterAsync(0);
        (await app.SendAsync(stranger, new GetCallPermissions(agent.Id))).Error.ShouldBe(CallErrors.AgentNotFound);
        (await app.SendAsync(stranger, new SetCallPolicy(agent.Id, new CallPolicyView(false, [], null, 8, 60, null)))).Error.ShouldBe(CallErrors.AgentNotFound);
        (await app.SendAsync(stranger, new RuleCaller(agent.Id, AccessEffect.Allow, new AccessSubject(stranger.RequiredTenant, null)))).Error.ShouldBe(CallErrors.AgentNotFound);
        (await app.SendAsync(stranger, new RuleCaller(null, AccessEffect.Deny, new AccessSubject(stranger.RequiredTenant, null)))).Error!.Code.ShouldBe("calls.organisation_rules_allow");
        (await app.SendAsync(stranger, new RuleCaller(null, AccessEffect.Allow, default))).Error!.Members!.Keys.ShouldBe(["tenant_id"]);
        var reader = Actors.Person(agent.Agent.RequiredTenant, Domain.Identity.Permissions.AgentsRead);
        (await app.SendAsync(reader, new RuleCaller(agent.Id, AccessEffect.Deny, new AccessSubject(stranger.RequiredTenant, null)))).Error!.Code.ShouldBe("access.permission_missing");
    }

    [Fact]
    public async Task Execute_streams_hands_out_handles_and_answers_once_per_key()
    {
        await using var agent = await app.ConnectAsync(0m);
        var (_, key) = await app.KeyedAgentAsync();
        var client = app.Client(key);
        var streamed = await (await client.PostJsonAsync("/api/v1/agents/execute", new { agent_id = agent.Id, input = "s", mode = "stream" })).Content.ReadAsStringAsync();
        streamed.ShouldContain("event: call.artifact");
        streamed.TrimEnd().Split('\n')[^2].ShouldBe("event: call.end");
        var handle = await (await client.PostJsonAsync("/api/v1/agents/execute", new { agent_id = agent.Id, input = "h", mode = "handle" })).JsonAsync(HttpStatusCode.Accepted);
        (await client.GetStringAsync($"/api/v1/calls/{handle.GetProperty("id").GetString()}/events")).ShouldContain("event: call.end");
        client.DefaultRequestHeaders.Add("Idempotency-Key", "once");
        var first = await (await client.PostJsonAsync("/api/v1/agents/execute", new { agent_id = agent.Id, input = "k" })).JsonAsync(HttpStatusCode.OK);
        var second = await (await client.PostJsonAsync("/api/v1/agents/execute", new { agent_id = agent.Id, input = "k" })).JsonAsync(HttpStatusCode.OK);
        second.GetProperty("call").GetProperty("id").GetString().ShouldBe(first.GetProperty("call").GetProperty("id").GetString());
        (await client.PostJsonAsync("/api/v1/agents/execute", new { agent_id = agent.Id, input = "other" })).StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
    }

    /// <summary>Waits until the caller finds the agent, or does not: the index follows what changed.</summary>
    private static Task FindsAsync(HttpClient client, SocketAgent agent, bool expected) => Eventually.IsAsync(async () =>
    {
        var answer = await (await client.PostJsonAsync("/api/v1/agents/discover", new { organization_id = agent.Agent.RequiredTenant.Value })).JsonAsync(HttpStatusCode.OK);
        return answer.GetRawText().Contains(agent.Id.ToString(), StringComparison.Ordinal);
    }, expected);

    private async Task OpenAsync(AgentId agent, string key)
    {
        var sockets = app.Factory.Server.CreateWebSocketClient();
        sockets.ConfigureRequest = request => request.Headers.Authorization = $"Bearer {key}";
        using WebSocket socket = await sockets.ConnectAsync(new Uri($"ws://localhost/api/v1/ws/agent/{agent}/contracts"), CancellationToken.None);
    }
}
