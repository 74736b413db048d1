using System.Net;
using System.Text.Json.Nodes;
using Hermes.Application.Agents;
using Hermes.Application.Agents.Public;
using Hermes.Application.Calls;
using Hermes.Application.Shared.Settings;
using Hermes.Application.Shared;
using Hermes.Domain.Agents;
using Hermes.Domain.Calls;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Agents;
using Hermes.IntegrationTests.Calls;
using Hermes.IntegrationTests.Identity;
using Hermes.IntegrationTests.Live;
using Hermes.IntegrationTests.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Hermes.IntegrationTests.Agents;

/// <summary>An app that probes.</summary>
public sealed class ProbingApp : OperatorApp
{
    public ProbingApp() => Set("Hermes:Probes:Enabled", "true");

    /// <summary>A step of a probe may take a second only, where a test waits for the end of one.</summary>
    public bool Impatient { set => Services.GetRequiredService<ProbeSettings>().StepSeconds = value ? 1 : new ProbeSettings().StepSeconds; }
}

/// <summary>From registration to the list, off it and back, as owner, others and two nodes see it.</summary>
public sealed class ProbeTests(ProbingApp app) : IClassFixture<ProbingApp>, IDisposable
{
    private readonly TenantId _tenant = new(Guid.CreateVersion7());

    public void Dispose() => app.Impatient = false;

    private async Task<AgentId> RegisterAsync(string? endpoint, TenantId? tenant = null) =>
        (await app.SendAsync(Actors.Person(tenant ?? _tenant), new RegisterAgent(AgentTests.Profile($"Agent {Guid.CreateVersion7()}") with { Endpoint = endpoint }))).Value.Id;

    private async Task<ProbeReport> ReportAsync(AgentId agent) => (await app.SendAsync(Actors.Person(_tenant), new ListProbes(agent))).Value;

    private Task<ProbeReport> UntilAsync(AgentId agent, Func<ProbeReport, bool> seen) => Eventually.ReadAsync(() => ReportAsync(agent), seen);

    /// <summary>Lets the next probe be due now, whatever the schedule says.</summary>
    private async Task<ProbeReport> ProbeAsync(AgentId agent)
    {
        var before = (await ReportAsync(agent)).Items.Count;
        await app.SqlAsync<int>($"UPDATE agents.probe_schedules SET next_at = now() - interval '1 day' WHERE agent_id = '{agent}'");
        return await UntilAsync(agent, r => r.Items.Count > before);
    }

    private async Task<bool> IsFoundAsync(AgentId agent)
    {
        var found = await app.SendAsync(Actors.Person(new TenantId(Guid.CreateVersion7())), new ListAgents(new AgentFilter(), 100));
        return found.Value.Items.Any(a => a.Id == agent);
    }

    [Fact]
    public async Task An_agent_is_found_once_a_probe_has_seen_it_working()
    {
        await using var peer = await StandInAgent.StartAsync();
        var proof = new TaskCompletionSource();
        peer.Break = async (_, method) =>
        {
            if (method == "SendMessage")
                await proof.Task;
            return false;
        };
        var agent = await RegisterAsync(peer.Url);
        (await ReportAsync(agent)).Listing.ShouldBe(ListingState.Unproved);
        (await IsFoundAsync(agent)).ShouldBeFalse();

        proof.SetResult();
        var report = await UntilAsync(agent, r => r.Items.Count > 0);

        report.Items[0].Failure.ShouldBeNull(report.Items[0].Steps[^1].Said);
        report.Listing.ShouldBe(ListingState.Listed);
        report.Callable.ShouldBe(CallableState.Proved);
        report.LastWorkedAt.ShouldNotBeNull();
        report.NextAt!.Value.ShouldBeInRange(app.Clock.GetUtcNow().AddSeconds(900 * 0.75), app.Clock.GetUtcNow().AddSeconds(900 * 1.25));
        report.Card!.Version.ShouldBe("2.1");
        report.Card.Content.GetProperty("name").GetString().ShouldBe("Stand-in");
        report.Items[0].Steps.Count.ShouldBe(5);
        (await IsFoundAsync(agent)).ShouldBeTrue();
        var target = await app.Services.GetRequiredService<ICallTargets>().FindAsync(agent, default);
        target!.Listed.ShouldBeTrue();
        target.Target!.Url.ToString().ShouldBe(peer.Url + "/rpc");
    }

    [Fact]
    public async Task A_card_that_lies_at_the_older_address_only_is_found()
    {
        await using var peer = await StandInAgent.StartAsync(cardFile: "agent.json");

        var agent = await RegisterAsync(peer.Url);
        var report = await UntilAsync(agent, r => r.Items.Count > 0);

        report.Items[0].Failure.ShouldBeNull(report.Items[0].Steps[^1].Said);
        (report.Listing, report.Callable, report.Card!.Version).ShouldBe((ListingState.Listed, CallableState.Proved, "2.1"));
        var target = await app.Services.GetRequiredService<ICallTargets>().FindAsync(agent, default);
        target!.Target!.Url.ToString().ShouldBe(peer.Url + "/rpc");
    }

    [Fact]
    public async Task Three_failures_in_a_row_take_it_off_the_list_and_out_of_bidding_and_recovery_restores_it()
    {
        await using var peer = await StandInAgent.StartAsync();
        var agent = await RegisterAsync(peer.Url);
        await UntilAsync(agent, r => r.Listing == ListingState.Listed);
        peer.Break = (context, _) =>
        {
            context.Response.StatusCode = 500;
            return Task.FromResult(true);
        };

        (await ProbeAsync(agent)).Callable.ShouldBe(CallableState.Failing);
        var second = await ProbeAsync(agent);
        second.Listing.ShouldBe(ListingState.Listed);
        second.FailuresInRow.ShouldBe(2);
        (await app.Services.GetRequiredService<IAgents>().FindAsync(agent, default))!.TakesWork.ShouldBeTrue();
        var third = await ProbeAsync(agent);
        third.Listing.ShouldBe(ListingState.Delisted);
        third.LastWorkedAt.ShouldNotBeNull();
        (await IsFoundAsync(agent)).ShouldBeFalse();
        (await app.Services.GetRequiredService<IAgents>().FindAsync(agent, default))!.TakesWork.ShouldBeFalse();
        var told = await app.SqlAsync<string>($"SELECT data->>'why' FROM notifications.outbox WHERE type = 'agent.listing' AND subject_id = '{agent}' AND data->>'change' = 'delisted' AND audience_tenants @> ARRAY['{_tenant}'::uuid]");
        told.ShouldNotBeNull();
        told.ShouldContain("HTTP 500");
        (await app.SqlAsync<long>($"SELECT count(*) FROM compliance.audit_entries WHERE action = 'agent.listing' AND subject_id = '{agent}'")).ShouldBe(2);

        peer.Break = null;
        (await ProbeAsync(agent)).Listing.ShouldBe(ListingState.Listed);
        (await IsFoundAsync(agent)).ShouldBeTrue();
        (await app.Services.GetRequiredService<IAgents>().FindAsync(agent, default))!.TakesWork.ShouldBeTrue();
    }

    [Fact]
    public async Task The_owners_admins_get_a_mail_when_it_is_taken_off_the_list_and_when_it_is_back()
    {
        var tenant = await app.TenantAsync();
        var developer = await app.MemberAsync(tenant, "developer");
        await using var peer = await StandInAgent.StartAsync();
        var agent = await RegisterAsync(peer.Url, tenant.Id);
        var owner = Actors.Person(tenant.Id);
        Task ListingAsync(ListingState state) => Eventually.IsAsync(async () =>
        {
            await app.SqlAsync<int>($"UPDATE agents.probe_schedules SET next_at = now() - interval '1 day' WHERE agent_id = '{agent}' AND next_at > now()");
            return (await app.SendAsync(owner, new ListProbes(agent))).Value.Listing;
        }, state);
        await ListingAsync(ListingState.Listed);
        var before = app.Mail.CountTo(tenant.Email);
        peer.Break = (context, _) =>
        {
            context.Response.StatusCode = 500;
            return Task.FromResult(true);
        };
        await ListingAsync(ListingState.Delisted);
        var gone = await app.Mail.ToAsync(tenant.Email, before + 1);
        gone.Subject.ShouldEndWith("is off the marketplace");
        gone.Text.ShouldContain("HTTP 500");
        gone.Text.ShouldContain($"https://hermes.test/agents/{agent}");
        peer.Break = null;
        await ListingAsync(ListingState.Listed);
        (await app.Mail.ToAsync(tenant.Email, before + 2)).Subject.ShouldEndWith("is back on the marketplace");
        app.Mail.CountTo(tenant.Email).ShouldBe(before + 2);
        app.Mail.CountTo(developer.Email).ShouldBe(1);
    }

    [Fact]
    public async Task An_agent_without_endpoint_is_listed_and_proves_itself_down_its_socket()
    {
        var (agent, key) = await KeyedAsync();
        var (id, stranger) = (agent.RequiredAgent, await StrangerAsync());
        var report = await ReportAsync(id);
        (report.Listing, report.Callable).ShouldBe((ListingState.Listed, CallableState.Unproved));

        await using var second = app.NewNode();
        await using var socket = await SocketAgent.ConnectAsync(app, agent, key, SocketAgent.EchoAsync, second.Server);

        report = await UntilAsync(id, r => r.Callable == CallableState.Proved);
        var probe = report.Items.ShouldHaveSingleItem();
        (probe.Passed, probe.Endpoint, probe.Steps.Single().Name).ShouldBe((true, "socket", "message"));
        (await socket.WaitAsync("call.requested")).GetProperty("data").GetProperty("message").GetProperty("metadata").GetProperty("hermes.probe").GetBoolean().ShouldBeTrue();
        // A probe is no call, and whatever follows its first answer is let pass.
        await socket.SendAsync(new { type = "call.complete", call_id = SocketAgent.CallOf(await socket.WaitAsync("call.requested")) });
        (await app.SqlAsync<long>($"SELECT count(*) FROM calls.calls WHERE served_by = '{id}'")).ShouldBe(0);
        (await app.SendAsync(stranger, new StartCall(id, CallMessage.Text("x")))).Error.ShouldBeNull();
        await socket.WaitAsync("call.requested", 2);
        socket.Frames.ShouldAllBe(f => f.GetProperty("type").GetString() != "error");
    }

    [Fact]
    public async Task An_agent_that_works_on_a_probe_is_proved_and_told_to_stop()
    {
        var (agent, key) = await KeyedAsync();
        await using var socket = await SocketAgent.ConnectAsync(app, agent, key, (a, f) => f.GetProperty("type").GetString() == "call.requested"
            ? a.SendAsync(new { type = "call.status", call_id = SocketAgent.CallOf(f), state = "working" }) : Task.CompletedTask);
        await UntilAsync(agent.RequiredAgent, r => r.Callable == CallableState.Proved);
        SocketAgent.CallOf(await socket.WaitAsync("call.cancelled")).ShouldBe(SocketAgent.CallOf(await socket.WaitAsync("call.requested")));
    }

    [Fact]
    public async Task An_agent_that_answers_no_calls_is_hired_by_contract_and_called_by_its_own_organisation_only()
    {
        var (agent, key) = await KeyedAsync();
        var (id, stranger) = (agent.RequiredAgent, await StrangerAsync());
        app.Impatient = true;
        await using var socket = await SocketAgent.ConnectAsync(app, agent, key, SocketAgent.SilentAsync);

        var report = await UntilAsync(id, r => r.FailuresInRow > 0);

        (report.Listing, report.Callable, report.Items[0].Failure).ShouldBe((ListingState.Listed, CallableState.Unproved, "timed_out"));
        (await IsFoundAsync(id)).ShouldBeTrue();
        (await app.SendAsync(stranger, new StartCall(id, CallMessage.Text("x")))).Error.ShouldBe(CallErrors.AgentNotListed);
        (await app.SendAsync(Actors.Person(_tenant), new StartCall(id, CallMessage.Text("x")))).Error.ShouldBeNull();
        // Another agent can't answer for it.
        var (other, otherKey) = await KeyedAsync();
        await using var liar = await SocketAgent.ConnectAsync(app, other, otherKey, SocketAgent.SilentAsync);
        await liar.SendAsync(new { type = "call.complete", call_id = SocketAgent.CallOf(await socket.WaitAsync("call.requested")) });
        (await liar.WaitAsync("error")).GetProperty("data").GetProperty("code").GetString().ShouldBe("calls.not_found");
    }

    [Fact]
    public async Task Three_silences_take_the_proof_back_and_an_answer_restores_it()
    {
        var (agent, key) = await KeyedAsync();
        var (id, stranger) = (agent.RequiredAgent, await StrangerAsync());
        var silent = false;
        await using (await SocketAgent.ConnectAsync(app, agent, key, (a, f) => silent ? Task.CompletedTask : SocketAgent.EchoAsync(a, f)))
        {
            await UntilAsync(id, r => r.Callable == CallableState.Proved);
            (silent, app.Impatient) = (true, true);
            for (var failures = 1; failures <= 3; failures++)
                (await ProbeAsync(id)).FailuresInRow.ShouldBe(failures);
            var report = await ReportAsync(id);
            (report.Listing, report.Callable).ShouldBe((ListingState.Listed, CallableState.Failing));
            (await app.SendAsync(stranger, new StartCall(id, CallMessage.Text("x")))).Error.ShouldBe(CallErrors.AgentNotListed);
            (silent, app.Impatient) = (false, false);
            (await ProbeAsync(id)).Callable.ShouldBe(CallableState.Proved);
            (await app.SendAsync(stranger, new StartCall(id, CallMessage.Text("x")))).Error.ShouldBeNull();
        }
        // While it is away it fails at nothing.
        await Eventually.IsAsync(() => app.SqlAsync<string>($"SELECT agents.presence_of('{id}')"), "offline");
        await app.SqlAsync<int>($"UPDATE agents.probe_schedules SET next_at = now() - interval '1 day' WHERE agent_id = '{id}'");
        (await UntilAsync(id, r => r.NextAt > app.Clock.GetUtcNow())).Callable.ShouldBe(CallableState.Proved);
    }

    private async Task<Actor> StrangerAsync()
    {
        var tenant = new TenantId(Guid.CreateVersion7());
        await LiveKit.FoundAsync(app, tenant);
        return Actors.Person(tenant);
    }

    private async Task<(Actor Agent, string Key)> KeyedAsync()
    {
        await LiveKit.FoundAsync(app, _tenant);
        var made = (await app.SendAsync(Actors.Person(_tenant), new RegisterAgent(AgentTests.Profile($"Agent {Guid.CreateVersion7()}") with { Endpoint = null, BasePrice = Money.Usd(0m) }))).Value;
        return (Actors.Agent(made.Id, _tenant), made.Key);
    }

    [Fact]
    public async Task Another_endpoint_has_to_prove_itself_anew()
    {
        await using var peer = await StandInAgent.StartAsync();
        var agent = await RegisterAsync(peer.Url);
        await UntilAsync(agent, r => r.Listing == ListingState.Listed);
        var profile = AgentTests.Profile($"Agent {Guid.CreateVersion7()}");

        await app.SendAsync(Actors.Person(_tenant), new EditAgent(agent, profile with { Endpoint = "http://127.0.0.1:9/" }));
        (await ReportAsync(agent)).Listing.ShouldBe(ListingState.Unproved);
        (await IsFoundAsync(agent)).ShouldBeFalse();
        await UntilAsync(agent, r => r.Items is [{ Failure: "unreachable" }, ..]);

        await app.SendAsync(Actors.Person(_tenant), new EditAgent(agent, profile with { Endpoint = null }));
        var none = await ReportAsync(agent);
        none.Listing.ShouldBe(ListingState.Listed);
        none.Callable.ShouldBe(CallableState.Unproved);
    }

    [Fact]
    public async Task Two_nodes_never_take_the_same_agent_and_a_dead_nodes_turn_ends()
    {
        await using var quiet = new QuietApp();
        await quiet.InitializeAsync();
        foreach (var _ in Enumerable.Range(0, 40))
            await quiet.SendAsync(Actors.Person(_tenant), new RegisterAgent(AgentTests.Profile($"Agent {Guid.CreateVersion7()}") with { Endpoint = "http://127.0.0.1:9/" }));
        await using var second = quiet.NewNode();
        var engines = new[] { quiet.Services.GetRequiredService<ProbeEngine>(), second.Services.GetRequiredService<ProbeEngine>() };

        var taken = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => engines[i % 2].TakeAsync(5, default)));

        var all = taken.SelectMany(t => t).ToList();
        all.Count.ShouldBe(40);
        all.Select(d => d.Agent).Distinct().Count().ShouldBe(40);
        (await engines[0].TakeAsync(5, default)).ShouldBeEmpty();
        quiet.Clock.Advance(TimeSpan.FromMinutes(5));
        (await engines[1].TakeAsync(100, default)).Count.ShouldBe(40);
        // The node that was thought dead comes back with its result: its turn is over.
        var late = await quiet.SendAsync(Actors.System(_tenant), new RecordProbe(all[0], quiet.Clock.GetUtcNow(), new ProbeOutcome([new ProbeStep("card", ProbeStepOutcome.Passed, 1, "ok")], null, null)));
        late.Error.ShouldBe(AgentErrors.ProbeOutdated);
    }

    [Fact]
    public async Task The_API_shows_probes_asks_for_one_and_sets_the_interval()
    {
        await using var peer = await StandInAgent.StartAsync();
        var tenant = await app.TenantAsync();
        var client = app.Client(tenant.Token);
        var made = await (await client.PostJsonAsync("/api/v1/agents/register", new { name = "Probed", capabilities = new[] { "x" }, endpoint = peer.Url })).JsonAsync(HttpStatusCode.Created);
        var id = made.GetProperty("agent").GetProperty("id").GetString();
        made.GetProperty("agent").GetProperty("listing").GetString().ShouldBe("unproved");

        var seen = await Eventually.ReadAsync(async () => await (await client.GetAsync($"/api/v1/agents/{id}/probes")).JsonAsync(HttpStatusCode.OK), r => r.GetProperty("listing").GetString() == "listed");

        seen.GetProperty("callable").GetString().ShouldBe("proved");
        seen.GetProperty("items")[0].GetProperty("steps")[1].GetProperty("name").GetString().ShouldBe("message");
        (await (await client.GetAsync($"/api/v1/agents/{id}")).JsonAsync(HttpStatusCode.OK)).GetProperty("last_worked_at").GetString().ShouldNotBeNull();
        (await (await client.PostAsync($"/api/v1/agents/{id}/probes", null)).JsonAsync(HttpStatusCode.Accepted)).GetProperty("agent_id").GetString().ShouldBe(id);
        (await client.PostAsync($"/api/v1/agents/{id}/probes", null)).StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
        var interval = await (await client.PutAsync($"/api/v1/agents/{id}/probes/interval", JsonContentOf(new { interval_seconds = 120 }))).JsonAsync(HttpStatusCode.OK);
        interval.GetProperty("interval_seconds").GetInt32().ShouldBe(120);
        (await client.PutAsync($"/api/v1/agents/{id}/probes/interval", JsonContentOf(new { interval_seconds = 5 }))).StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
    }

    [Fact]
    public async Task The_agents_page_shows_the_last_proof_and_probes_on_request()
    {
        await using var peer = await StandInAgent.StartAsync();
        var tenant = await app.TenantAsync();
        var made = await (await app.Client(tenant.Token).PostJsonAsync("/api/v1/agents/register", new { name = "Shown", capabilities = new[] { "x" }, endpoint = peer.Url })).JsonAsync(HttpStatusCode.Created);
        var id = made.GetProperty("agent").GetProperty("id").GetString();
        var browser = await app.SignedInAsync(tenant.Email);

        var page = await Eventually.ReadAsync(() => browser.TextAsync($"/agents/{id}"), text => text.Contains("Call it off", StringComparison.Ordinal));

        page.ShouldContain("Answered by a task, working.");
        page.ShouldContain("version 2.1");
        (await browser.PostAsync($"/agents/{id}?handler=Probe", [], $"/agents/{id}")).StatusCode.ShouldBe(HttpStatusCode.Redirect);
        (await browser.PostAsync($"/agents/{id}?handler=Interval", new() { ["seconds"] = "3600" }, $"/agents/{id}")).StatusCode.ShouldBe(HttpStatusCode.Redirect);
        (await app.Client(tenant.Token).GetAsync($"/api/v1/agents/{id}/probes")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await app.SqlAsync<int>($"SELECT interval_seconds FROM agents.probe_schedules WHERE agent_id = '{id}'")).ShouldBe(3600);
    }

    [Fact]
    public async Task Others_and_those_without_permission_get_nothing()
    {
        var agent = await RegisterAsync("http://127.0.0.1:9/");
        var other = Actors.Person(new TenantId(Guid.CreateVersion7()));

        (await app.SendAsync(other, new ListProbes(agent))).Error.ShouldBe(AgentErrors.NotFound);
        (await app.SendAsync(other, new AskForProbe(agent))).Error.ShouldBe(AgentErrors.NotFound);
        (await app.SendAsync(other, new SetProbeInterval(agent, 60))).Error.ShouldBe(AgentErrors.NotFound);
        (await app.SendAsync(other, new SetCallCredential(agent, new CredentialContent(CredentialKind.Bearer, "x")))).Error.ShouldBe(AgentErrors.NotFound);
        (await app.SendAsync(other, new ForgetCallCredential(agent))).Error.ShouldBe(AgentErrors.NotFound);
        var reader = Actors.Person(_tenant, Permissions.AgentsRead);
        (await app.SendAsync(reader, new AskForProbe(agent))).Error!.Code.ShouldBe("access.permission_missing");
        (await app.SendAsync(reader, new SetCallCredential(agent, new CredentialContent(CredentialKind.Bearer, "x")))).Error!.Code.ShouldBe("access.permission_missing");
        (await app.SendAsync(Actors.Person(_tenant), new RecordProbe(new DueProbe(agent, _tenant, new Uri("http://x"), Guid.NewGuid()), app.Clock.GetUtcNow(), new ProbeOutcome([], null, null)))).Error!.Code.ShouldBe("access.permission_missing");
    }

    [Fact]
    public async Task Credentials_are_shown_to_the_agent_stored_encrypted_and_sent_nowhere_else()
    {
        await using var peer = await StandInAgent.StartAsync();
        await using var thief = await StandInAgent.StartAsync();
        peer.Break = (context, method) =>
        {
            var wanted = method == "card" || context.Request.Headers.Authorization == "Bearer s3cret-token";
            context.Response.StatusCode = wanted ? 200 : 401;
            return Task.FromResult(!wanted);
        };
        var agent = await RegisterAsync(peer.Url);
        (await UntilAsync(agent, r => r.Items.Count > 0)).Items[0].Failure.ShouldBe("unauthorized");

        (await app.SendAsync(Actors.Person(_tenant), new SetCallCredential(agent, new CredentialContent(CredentialKind.Bearer, "s3cret-token")))).Succeeded.ShouldBeTrue();
        (await ProbeAsync(agent)).Listing.ShouldBe(ListingState.Listed);

        (await app.SqlAsync<long>("SELECT count(*) FROM agents.call_credentials c WHERE encode(c.content, 'escape') LIKE '%s3cret%'")).ShouldBe(0);
        (await app.SqlAsync<long>("SELECT count(*) FROM compliance.audit_entries c WHERE c::text LIKE '%s3cret%'")).ShouldBe(0);
        peer.Heard.Where(h => h.Method == "card").ShouldAllBe(h => h.Authorization == "");
        // The card now names another origin: it is called without the credential.
        peer.Card = card => card["supportedInterfaces"]![0]!["url"] = thief.Url + "/rpc";
        await ProbeAsync(agent);
        thief.Heard.ShouldNotBeEmpty();
        thief.Heard.ShouldAllBe(h => h.Authorization == "");
    }

    [Fact]
    public async Task Keys_and_tokens_go_where_the_card_says()
    {
        await using var peer = await StandInAgent.StartAsync();
        var seen = new System.Collections.Concurrent.ConcurrentQueue<(string Method, string Key, string Authorization)>();
        peer.Card = card => card["securitySchemes"] = new System.Text.Json.Nodes.JsonObject
        {
            ["key"] = new System.Text.Json.Nodes.JsonObject { ["apiKeySecurityScheme"] = new System.Text.Json.Nodes.JsonObject { ["location"] = "header", ["name"] = "X-Agent-Key" } },
        };
        var tokens = 0;
        peer.Break = async (context, method) =>
        {
            seen.Enqueue((method, context.Request.Headers["X-Agent-Key"].ToString(), context.Request.Headers.Authorization.ToString()));
            await Task.CompletedTask;
            return false;
        };
        await using var issuer = WebApplication.CreateSlimBuilder().Build();
        issuer.Urls.Add("http://127.0.0.1:0");
        issuer.Map("/token", async (HttpContext context) =>
        {
            Interlocked.Increment(ref tokens);
            var form = await context.Request.ReadFormAsync();
            return context.Request.Headers.Authorization == "Basic " + Convert.ToBase64String("me:shh"u8) && form["grant_type"] == "client_credentials" && form["scope"] == "call"
                ? Results.Json(new { access_token = "tok-1", expires_in = 3600, token_type = "Bearer" })
                : Results.Unauthorized();
        });
        await issuer.StartAsync();
        var agent = await RegisterAsync(peer.Url);
        await UntilAsync(agent, r => r.Items.Count > 0);

        await app.SendAsync(Actors.Person(_tenant), new SetCallCredential(agent, new CredentialContent(CredentialKind.ApiKey, "k-1")));
        (await ProbeAsync(agent)).Items[0].Passed.ShouldBeTrue();
        seen.ShouldContain(s => s.Method == "SendMessage" && s.Key == "k-1");
        await app.SendAsync(Actors.Person(_tenant), new SetCallCredential(agent, new CredentialContent(CredentialKind.OauthClientCredentials, "shh", "me", TokenUrl: issuer.Urls.First() + "/token", Scopes: "call")));
        (await ProbeAsync(agent)).Items[0].Passed.ShouldBeTrue();
        (await ProbeAsync(agent)).Items[0].Passed.ShouldBeTrue();
        seen.ShouldContain(s => s.Method == "CancelTask" && s.Authorization == "Bearer tok-1");
        tokens.ShouldBe(1);
        await app.SendAsync(Actors.Person(_tenant), new SetCallCredential(agent, new CredentialContent(CredentialKind.OauthClientCredentials, "wrong", "me", TokenUrl: issuer.Urls.First() + "/token")));
        (await ProbeAsync(agent)).Items[0].Failure.ShouldBe("unauthorized");
        (await app.SendAsync(Actors.Person(_tenant), new ForgetCallCredential(agent))).Succeeded.ShouldBeTrue();
        (await ProbeAsync(agent)).Items[0].Passed.ShouldBeTrue();
        (await app.SendAsync(Actors.Person(_tenant), new SetCallCredential(agent, new CredentialContent(CredentialKind.ApiKey, "a\r\nb")))).Error!.Members!.Keys.ShouldBe(["content.secret"]);
        (await app.SendAsync(Actors.Person(_tenant), new SetCallCredential(agent, new CredentialContent(CredentialKind.ApiKey, "a", "Bad Name")))).Error!.Members!.Keys.ShouldBe(["content.name"]);
        (await app.SendAsync(Actors.Person(_tenant), new SetCallCredential(agent, new CredentialContent(CredentialKind.ApiKey, "a", Location: "body")))).Error!.Members!.Keys.ShouldBe(["content.location"]);
    }

    [Fact]
    public async Task A_secret_goes_to_no_token_address_that_a_card_names_elsewhere()
    {
        await using var peer = await StandInAgent.StartAsync();
        await using var thief = await StandInAgent.StartAsync();
        peer.Card = card => card["securitySchemes"] = JsonNode.Parse("""{"o":{"oauth2SecurityScheme":{"flows":{"clientCredentials":{"tokenUrl":"THERE/token","scopes":{}}}}}}""".Replace("THERE", thief.Url, StringComparison.Ordinal));
        var agent = await RegisterAsync(peer.Url);
        await UntilAsync(agent, r => r.Items.Count > 0);
        await app.SendAsync(Actors.Person(_tenant), new SetCallCredential(agent, new CredentialContent(CredentialKind.OauthClientCredentials, "shh", "me")));

        var probe = (await ProbeAsync(agent)).Items[0];

        (probe.Failure, probe.Steps[^1].Said).ShouldBe(("unauthorized", "The card's token address is at another origin than the agent; name it in the credential (token_url)."));
        thief.Heard.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_token_that_is_refused_is_got_anew_and_the_call_made_with_it()
    {
        await using var peer = await StandInAgent.StartAsync();
        var tokens = 0;
        // The agent's server takes the second token only.
        peer.Break = (context, method) =>
        {
            var refused = method == "SendStreamingMessage" && context.Request.Headers.Authorization != "Bearer tok-2";
            if (refused)
                context.Response.StatusCode = 401;
            return Task.FromResult(refused);
        };
        await using var issuer = WebApplication.CreateSlimBuilder().Build();
        issuer.Urls.Add("http://127.0.0.1:0");
        issuer.MapPost("/token", () => Results.Json(new { access_token = $"tok-{Interlocked.Increment(ref tokens)}", expires_in = 3600 }));
        await issuer.StartAsync();
        var agent = (await app.SendAsync(Actors.Person(_tenant), new RegisterAgent(AgentTests.Profile("Forgetful") with { Endpoint = peer.Url, BasePrice = Money.Usd(0m) }))).Value.Id;
        (await UntilAsync(agent, r => r.Items.Count > 0)).Items[0].Failure.ShouldBe("unauthorized");
        await app.SendAsync(Actors.Person(_tenant), new SetCallCredential(agent, new CredentialContent(CredentialKind.OauthClientCredentials, "shh", "me", TokenUrl: issuer.Urls.First() + "/token")));

        var call = (await app.SendAsync(Actors.Person(_tenant), new StartCall(agent, CallMessage.Text("x")))).Value.Id;

        var ended = await Eventually.ReadAsync(async () => (await app.SendAsync(Actors.Person(_tenant), new GetCall(call))).Value.Call, c => c.IsEnded);
        (ended.State, tokens).ShouldBe((CallState.Completed, 2));
    }

    [Fact]
    public async Task Another_endpoints_card_is_not_what_calls_go_by()
    {
        await using var former = await StandInAgent.StartAsync();
        await using var present = await StandInAgent.StartAsync();
        var agent = await RegisterAsync(former.Url);
        await UntilAsync(agent, r => r.Listing == ListingState.Listed);
        var targets = app.Services.GetRequiredService<ICallTargets>();
        (await targets.FindAsync(agent, default))!.Target!.Url.ShouldBe(new Uri(former.Url + "/rpc"));
        present.Break = (context, _) =>
        {
            context.Response.StatusCode = 500;
            return Task.FromResult(true);
        };

        var profile = AgentTests.Profile($"Agent {Guid.CreateVersion7()}") with { Endpoint = present.Url };
        (await app.SendAsync(Actors.Person(_tenant), new EditAgent(agent, profile))).Error.ShouldBeNull();

        (await targets.FindAsync(agent, default))!.Target.ShouldBeNull();
    }

    [Fact]
    public async Task A_retired_agent_is_probed_no_more()
    {
        await using var peer = await StandInAgent.StartAsync();
        var agent = await RegisterAsync(peer.Url);
        await UntilAsync(agent, r => r.Items.Count > 0);

        await app.SendAsync(Actors.Person(_tenant), new RetireAgent(agent));

        (await app.SqlAsync<long>($"SELECT count(*) FROM agents.probe_schedules WHERE agent_id = '{agent}'")).ShouldBe(0);
        (await app.SendAsync(Actors.Person(_tenant), new AskForProbe(agent))).Error.ShouldBe(AgentErrors.Retired);
    }

    private static System.Net.Http.Json.JsonContent JsonContentOf(object body) => System.Net.Http.Json.JsonContent.Create(body, body.GetType());
}

/// <summary>An app that doesn't probe by itself.</summary>
public sealed class QuietApp : HermesApp, IAsyncDisposable
{
    async ValueTask IAsyncDisposable.DisposeAsync() => await DisposeAsync();
}
