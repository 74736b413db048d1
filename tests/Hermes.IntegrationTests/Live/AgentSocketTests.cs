using System.Diagnostics;
using System.Net.WebSockets;
using System.Text.Json;
using Hermes.Application.Agents;
using Hermes.Application.Shared;
using Hermes.Application.Tenancy;
using Hermes.Domain.Agents;
using Hermes.Domain.Shared;
using Hermes.Domain.Tenancy;
using Hermes.Infrastructure.Notifications;
using Hermes.IntegrationTests.Agents;
using Hermes.IntegrationTests.Shared;
using Microsoft.Extensions.DependencyInjection;

namespace Hermes.IntegrationTests.Live;

public sealed class AgentSocketTests(HermesApp app) : IClassFixture<HermesApp>
{
    private readonly TenantId _tenant = new(Guid.CreateVersion7());
    private readonly TenantId _poster = new(Guid.CreateVersion7());

    private static EligibilityTerms Terms(params string[] capabilities) => new(capabilities, 0, null, []);

    [Fact]
    public async Task An_announcement_reaches_those_it_is_meant_for()
    {
        var able = await LiveKit.RegisterAsync(app, _tenant, "a1.work", "a1.more");
        var unable = await LiveKit.RegisterAsync(app, _tenant, "a1.work");
        var excluded = await LiveKit.RegisterAsync(app, _tenant, "a1.work", "a1.more");
        using var socket = await LiveKit.ConnectAsync(app.Factory, able);
        using var unableSocket = await LiveKit.ConnectAsync(app.Factory, unable);
        using var excludedSocket = await LiveKit.ConnectAsync(app.Factory, excluded);

        await LiveKit.TellAsync(app.Services,
            LiveKit.Announce(_poster, Terms("a1.work", "a1.more") with { NotAgents = [excluded.Id] }),
            LiveKit.Announce(_poster, Terms("a1.work", "a1.more") with { MinReputation = 0.6m }),
            LiveKit.Announce(_poster, Terms("a1.work", "a1.more") with { OnlyTenant = _poster }),
            LiveKit.To(able.Id), LiveKit.To(unable.Id), LiveKit.To(excluded.Id));

        var announced = await socket.ReadAsync("contract.announced");
        announced.GetProperty("data").GetProperty("title").GetString().ShouldBe("Work");
        announced.GetProperty("id").GetInt64().ShouldBeGreaterThan(0);
        announced.GetProperty("at").GetDateTimeOffset().ShouldBeGreaterThan(DateTimeOffset.UtcNow.AddMinutes(-5));
        await socket.ReadAsync("contract.updated");
        await unableSocket.ReadAsync("contract.updated");
        await excludedSocket.ReadAsync("contract.updated");
    }

    [Fact]
    public async Task A_busy_paused_or_private_agent_hears_no_announcement_of_others()
    {
        var busy = await LiveKit.RegisterAsync(app, _tenant, "a2.work");
        var paused = await LiveKit.RegisterAsync(app, _tenant, "a2.work");
        var hidden = (await app.SendAsync(Actors.Person(_tenant), new RegisterAgent(AgentTests.Profile("Hidden a2", AgentVisibility.Tenant, "a2.work")))).Value;
        using var busySocket = await LiveKit.ConnectAsync(app.Factory, busy);
        using var pausedSocket = await LiveKit.ConnectAsync(app.Factory, paused);
        using var hiddenSocket = await LiveKit.ConnectAsync(app.Factory, hidden);
        await busySocket.SendAsync("""{"type":"presence","status":"busy"}""");
        await app.SendAsync(Actors.Person(_tenant), new PauseAgent(paused.Id));
        await pausedSocket.ReadAsync(AgentEvents.Updated);
        await Eventually.IsAsync(() => PresenceAsync(busy.Id), Presence.Busy);
        // The node learns a moment later that the agent was paused.
        await Eventually.HoldsAsync(async () =>
        {
            await LiveKit.TellAsync(app.Services, LiveKit.Announce(_poster, Terms("a2.work")), LiveKit.To(paused.Id));
            return !await pausedSocket.AnnouncedBeforeUpdateAsync();
        }, "the paused agent hears no announcement");

        await LiveKit.TellAsync(app.Services, LiveKit.Announce(_poster, Terms("a2.work")), LiveKit.To(busy.Id), LiveKit.To(paused.Id), LiveKit.To(hidden.Id));

        await busySocket.ReadAsync("contract.updated");
        await pausedSocket.ReadAsync("contract.updated");
        await hiddenSocket.ReadAsync("contract.updated");
        await LiveKit.TellAsync(app.Services, LiveKit.Announce(_tenant, Terms("a2.work")));
        await hiddenSocket.ReadAsync("contract.announced");
    }

    [Fact]
    public async Task The_first_message_may_prove_the_key()
    {
        var agent = await LiveKit.RegisterAsync(app, _tenant, "a3.work");
        using var socket = new TestSocket(await app.Factory.Server.CreateWebSocketClient().ConnectAsync(LiveKit.Address(app.Factory, agent.Id.Value), default));

        await socket.SendAsync($$"""{"type":"authenticate","key":"{{agent.Key}}"}""");

        await socket.ReadyAsync();
        await LiveKit.TellAsync(app.Services, LiveKit.To(agent.Id));
        await socket.ReadAsync("contract.updated");
    }

    [Theory]
    [InlineData("hello", 4401)]
    [InlineData("""{"type":"heartbeat"}""", 4401)]
    [InlineData("""{"type":"authenticate","key":"hk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}""", 4401)]
    [InlineData("other agent", 4403)]
    public async Task A_first_message_that_proves_nothing_closes_the_socket(string message, int code)
    {
        var agent = await LiveKit.RegisterAsync(app, _tenant, "a4.work");
        var other = await LiveKit.RegisterAsync(app, _tenant, "a4.work");
        using var socket = new TestSocket(await app.Factory.Server.CreateWebSocketClient().ConnectAsync(LiveKit.Address(app.Factory, agent.Id.Value), default));

        await socket.SendAsync(message == "other agent" ? $$"""{"type":"authenticate","key":"{{other.Key}}"}""" : message);

        (await socket.ClosedAsync()).Code.ShouldBe(code);
    }

    [Fact]
    public async Task A_bad_or_foreign_key_in_the_header_is_refused_before_the_upgrade()
    {
        var agent = await LiveKit.RegisterAsync(app, _tenant, "a5.work");
        var other = await LiveKit.RegisterAsync(app, _tenant, "a5.work");
        async Task<string> RefusedAsync(string key)
        {
            var client = app.Factory.Server.CreateWebSocketClient();
            client.ConfigureRequest = request => request.Headers.Authorization = $"Bearer {key}";
            return (await Should.ThrowAsync<InvalidOperationException>(client.ConnectAsync(LiveKit.Address(app.Factory, agent.Id.Value), default))).Message;
        }

        (await RefusedAsync("hk_" + new string('A', 43))).ShouldContain("401");
        (await RefusedAsync(other.Key)).ShouldContain("403");
        (await app.Client(agent.Key).GetAsync($"/api/v1/ws/agent/{agent.Id}/contracts")).StatusCode.ShouldBe(System.Net.HttpStatusCode.UnprocessableEntity);
    }

    [Fact]
    public async Task A_socket_that_resumes_hears_what_it_missed_once_and_in_order()
    {
        var agent = await LiveKit.RegisterAsync(app, _tenant, "a6.work");
        long last;
        using (var first = await LiveKit.ConnectAsync(app.Factory, agent))
        {
            await LiveKit.TellAsync(app.Services, LiveKit.To(agent.Id, 1));
            last = (await first.ReadAsync("contract.updated")).GetProperty("id").GetInt64();
        }
        await LiveKit.TellAsync(app.Services, LiveKit.To(agent.Id, 2), LiveKit.To(new AgentId(Guid.CreateVersion7()), 99), LiveKit.Announce(_poster, Terms("a6.work")), LiveKit.Announce(_poster, Terms("a6.other")));

        using var second = await LiveKit.ConnectAsync(app.Factory, agent, last);
        // What is not yet dispatched when it connects comes live.
        while (second.Replayed.Count < 2)
            second.Replayed.Add((await second.ReadAsync())!.Value);

        second.Replayed.Select(m => m.GetProperty("type").GetString()).ShouldBe(["contract.updated", "contract.announced"]);
        second.Replayed.Select(m => m.GetProperty("id").GetInt64()).ShouldBeInOrder();
    }

    [Fact]
    public async Task Reconnecting_while_events_fly_misses_none_and_repeats_none()
    {
        const int events = 600;
        var agent = await LiveKit.RegisterAsync(app, _tenant, "a7.work");
        var heard = new List<int>();
        long last;
        using (var socket = await LiveKit.ConnectAsync(app.Factory, agent))
        {
            await LiveKit.TellAsync(app.Services, LiveKit.To(agent.Id, -1));
            last = (await socket.ReadAsync("contract.updated")).GetProperty("id").GetInt64();
        }
        var writing = Task.Run(async () =>
        {
            for (var i = 0; i < events; i += 3)
            {
                // Never so far ahead that a few connections could hear it all.
                await Eventually.HoldsAsync(() => heard.Count > i - 100);
                await LiveKit.TellAsync(app.Services, LiveKit.To(agent.Id, i), LiveKit.To(agent.Id, i + 1), LiveKit.To(agent.Id, i + 2));
            }
        });

        var connections = 0;
        while (heard.Count < events)
        {
            connections++;
            using var socket = await LiveKit.ConnectAsync(app.Factory, agent, last);
            foreach (var message in socket.Replayed)
                Hear(message);
            for (var i = 0; i < 25 && heard.Count < events; i++)
                Hear((await socket.ReadAsync("contract.updated")));
        }
        await writing;

        heard.ShouldBe(Enumerable.Range(0, events));
        connections.ShouldBeGreaterThan(3);

        void Hear(JsonElement message)
        {
            last = message.GetProperty("id").GetInt64();
            heard.Add(message.GetProperty("data").GetProperty("number").GetInt32());
        }
    }

    [Fact]
    public async Task Every_node_hears_what_another_wrote_and_agrees_on_presence()
    {
        await using var second = app.NewNode();
        var agent = await LiveKit.RegisterAsync(app, _tenant, "a8.work");
        var person = Actors.Person(_tenant);
        using (var socket = await LiveKit.ConnectAsync(second, agent))
        {
            await LiveKit.TellAsync(app.Services, LiveKit.To(agent.Id, 8));

            (await socket.ReadAsync("contract.updated")).GetProperty("data").GetProperty("number").GetInt32().ShouldBe(8);
            await Eventually.IsAsync(() => PresenceAsync(agent.Id), Presence.Online);
            (await app.SendAsync(person, new ListAgents(new AgentFilter { Available = true, Mine = true }))).Value.Items.Select(a => a.Id).ShouldBe([agent.Id]);
            // The node may say between the two that it lives.
            await Eventually.HoldsAsync(async () =>
            {
                await app.SqlAsync<int>("UPDATE notifications.nodes SET seen_at = now() - interval '30 seconds'");
                return await PresenceAsync(agent.Id) == Presence.Offline;
            }, "a node that is not seen any more counts as dead");
            await Eventually.IsAsync(() => PresenceAsync(agent.Id), Presence.Online);
            await socket.Inner.CloseAsync(WebSocketCloseStatus.NormalClosure, null, default);
        }
        await Eventually.IsAsync(() => PresenceAsync(agent.Id), Presence.Offline);
    }

    [Fact]
    public async Task That_a_node_died_is_told_of_the_agents_that_only_it_held()
    {
        var lost = await LiveKit.RegisterAsync(app, _tenant, "a15.work");
        var held = await LiveKit.RegisterAsync(app, _tenant, "a15.work");
        using var socket = await LiveKit.ConnectAsync(app.Factory, held);
        await Eventually.IsAsync(() => PresenceAsync(held.Id), Presence.Online);
        var node = Guid.CreateVersion7();
        // Both at once: who looks in between finds a dead node that held nobody.
        await app.SqlAsync<object>($"""
            INSERT INTO notifications.nodes (id, name, started_at, seen_at) VALUES ('{node}', 'dead', now() - interval '1 hour', now() - interval '21 seconds');
            INSERT INTO agents.presence (agent_id, node_id, status, since) SELECT a, '{node}', 'online', now() FROM unnest(ARRAY['{lost.Id}', '{held.Id}']::uuid[]) a
            """);

        await Eventually.IsAsync(() => OfflineAsync(lost.Id), 1L);

        (await OfflineAsync(held.Id)).ShouldBe(0);
        (await app.SqlAsync<long>($"SELECT count(*) FROM agents.presence WHERE node_id = '{node}'")).ShouldBe(0);

        Task<long> OfflineAsync(AgentId agent) =>
            app.SqlAsync<long>($"SELECT count(*) FROM notifications.outbox WHERE type = 'agent.presence' AND subject_id = '{agent}' AND data ->> 'status' = 'offline'");
    }

    [Fact]
    public async Task Agents_of_a_suspended_organisation_are_sent_away_on_every_node()
    {
        await using var second = app.NewNode();
        var (tenant, neighbour) = (new TenantId(Guid.CreateVersion7()), await LiveKit.RegisterAsync(app, _tenant, "a10.work"));
        var agent = await LiveKit.RegisterAsync(app, tenant, "a10.work");
        using var here = await LiveKit.ConnectAsync(app.Factory, agent);
        using var there = await LiveKit.ConnectAsync(second, agent);
        using var kept = await LiveKit.ConnectAsync(second, neighbour);

        (await app.SendAsync(Actors.Operator(), new UpdateTenant(tenant, null, TenantStatus.Suspended, "Unpaid"))).Error.ShouldBeNull();

        (await here.ClosedAsync()).Code.ShouldBe(4401);
        (await there.ClosedAsync()).Code.ShouldBe(4401);
        await LiveKit.TellAsync(app.Services, LiveKit.To(neighbour.Id));
        await kept.ReadAsync("contract.updated");
    }

    [Fact]
    public async Task A_revoked_key_closes_its_socket_on_another_node_and_a_new_key_stays()
    {
        await using var second = app.NewNode();
        var agent = await LiveKit.RegisterAsync(app, _tenant, "a9.work");
        var person = Actors.Person(_tenant);
        var other = (await app.SendAsync(person, new MakeAgentKey(agent.Id))).Value;
        using var revoked = await LiveKit.ConnectAsync(second, agent);
        using var kept = await LiveKit.ConnectAsync(second, agent with { Key = other.Key });

        await app.SendAsync(person, new RevokeAgentKey(agent.Id, agent.KeyId));

        (await revoked.ClosedAsync()).Code.ShouldBe(4401);
        await kept.ReadAsync(AgentEvents.KeyRevoked);
        await LiveKit.TellAsync(app.Services, LiveKit.To(agent.Id));
        await kept.ReadAsync("contract.updated");
        (await second.CreateClient().SendAsync(new HttpRequestMessage(HttpMethod.Get, "/api/v1/agents") { Headers = { { "Authorization", $"Bearer {agent.Key}" } } }))
            .StatusCode.ShouldBe(System.Net.HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Garbage_is_answered_and_too_long_a_message_closes()
    {
        var agent = await LiveKit.RegisterAsync(app, _tenant, "a10.work");
        using var socket = await LiveKit.ConnectAsync(app.Factory, agent);

        foreach (var garbage in new[] { "", "{", "[]", "null", """{"type":5}""", """{"type":"bid"}""", """{"type":"presence","status":"away"}""", """{"type":"heartbeat"} trailing""", new string('[', 2_000), """{"type":"\ud800"}""", """{"type":"call.status","call_id":"x","message":"\u0000"}""" })
        {
            await socket.SendAsync(garbage);
            await socket.ReadAsync("error");
        }
        await socket.SendAsync("""{"type":"heartbeat"}""");
        await LiveKit.TellAsync(app.Services, LiveKit.To(agent.Id));
        await socket.ReadAsync("contract.updated");
        await socket.SendAsync(new string('x', 300_000));
        (await socket.ClosedAsync()).Code.ShouldBe(1009);
    }

    [Fact]
    public async Task A_fifth_socket_replaces_the_oldest()
    {
        var agent = await LiveKit.RegisterAsync(app, _tenant, "a11.work");
        using var oldest = await LiveKit.ConnectAsync(app.Factory, agent);
        var others = new List<TestSocket>();
        for (var i = 0; i < 4; i++)
            others.Add(await LiveKit.ConnectAsync(app.Factory, agent));

        (await oldest.ClosedAsync()).Code.ShouldBe(4409);
        await LiveKit.TellAsync(app.Services, LiveKit.To(agent.Id));
        foreach (var socket in others)
        {
            await socket.ReadAsync("contract.updated");
            socket.Dispose();
        }
    }

    [Fact]
    public async Task A_node_that_stops_sends_its_agents_away()
    {
        var node = app.NewNode();
        var agent = await LiveKit.RegisterAsync(app, _tenant, "a12.work");
        using var socket = await LiveKit.ConnectAsync(node, agent);

        var closed = socket.ClosedAsync();
        await node.DisposeAsync();

        (await closed).Code.ShouldBe(1001);
    }

    [Fact]
    public async Task A_listener_that_is_cut_off_loses_nothing()
    {
        var agent = await LiveKit.RegisterAsync(app, _tenant, "a13.work");
        using var socket = await LiveKit.ConnectAsync(app.Factory, agent);
        const int events = 60;
        for (var i = 0; i < events; i++)
        {
            if (i % 20 == 10)
                (await app.SqlAsync<long>("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND usename = 'hermes_engine'")).ShouldBeGreaterThan(0);
            await TellAgainAsync(LiveKit.To(agent.Id, i));
        }

        for (var i = 0; i < events; i++)
            (await socket.ReadAsync("contract.updated")).GetProperty("data").GetProperty("number").GetInt32().ShouldBe(i);
    }

    /// <summary>The cut may also have hit the writer's idle connection: it says so and is tried again.</summary>
    private async Task TellAgainAsync(LiveEvent happened)
    {
        for (var started = Stopwatch.GetTimestamp(); ;)
        {
            try
            {
                await LiveKit.TellAsync(app.Services, happened);
                return;
            }
            catch (Exception) when (Stopwatch.GetElapsedTime(started) < Eventually.Patience)
            {
                await Task.Delay(20);
            }
        }
    }

    [Fact]
    public async Task Old_events_are_deleted_and_a_resume_from_before_says_so()
    {
        await using var own = new OwnApp();
        await own.InitializeAsync();
        var agent = await LiveKit.RegisterAsync(own, _tenant, "a14.work");
        await LiveKit.TellAsync(own.Services, LiveKit.To(agent.Id, 1));
        own.Clock.Advance(TimeSpan.FromDays(8));
        await LiveKit.TellAsync(own.Services, LiveKit.To(agent.Id, 2));
        await LiveKit.DispatchedAsync(own);
        // What this node has not fanned out yet would come after "ready".
        var last = await own.SqlAsync<long>("SELECT max(position) FROM notifications.outbox");
        await Eventually.HoldsAsync(() => own.Services.GetRequiredService<EventHub>().Position >= last);

        (await own.Services.GetRequiredService<OutboxCleaner>().CleanAsync(default)).ShouldBeGreaterThan(0);

        using var socket = await LiveKit.ConnectAsync(own.Factory, agent, 0);
        socket.Replayed[0].GetProperty("type").GetString().ShouldBe("resume.incomplete");
        socket.Replayed.Where(m => m.GetProperty("type").GetString() == "contract.updated").Select(m => m.GetProperty("data").GetProperty("number").GetInt32()).ShouldBe([2]);
    }

    private async Task<Presence> PresenceAsync(AgentId agent) => (await app.SendAsync(Actors.Person(_tenant), new GetAgent(agent))).Value.Presence;

    private sealed class OwnApp : HermesApp, IAsyncDisposable
    {
        async ValueTask IAsyncDisposable.DisposeAsync() => await DisposeAsync();
    }
}
