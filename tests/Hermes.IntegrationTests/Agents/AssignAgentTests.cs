using System.Net;
using Hermes.Domain.Agents;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using Hermes.IntegrationTests.Identity;
using Hermes.IntegrationTests.Shared;
using Npgsql;

namespace Hermes.IntegrationTests.Agents;

public sealed class AssignAgentTests(OperatorApp app) : IClassFixture<OperatorApp>
{
    [Fact]
    public async Task An_agent_goes_to_another_organisation_of_its_owner_with_its_trust_and_without_its_keys()
    {
        var (giver, taker) = (await app.TenantAsync(), await app.TenantAsync());
        await JoinAsync(giver.Token, taker.Id, BuiltInRoles.Developer);
        var (agent, key) = await RegisterAsync(giver.Token, "Wanderer");
        (await app.Client(key).GetAsync($"/api/v1/agents/{agent}")).StatusCode.ShouldBe(HttpStatusCode.OK);

        await CodeAsync(giver.Token, taker.Id, agent, HttpStatusCode.Conflict, "agents.pause_first");
        (await app.Client(giver.Token).PostAsync($"/api/v1/agents/{agent}/pause", null)).EnsureSuccessStatusCode();
        var assigned = await (await app.Client(giver.Token).PostAsync($"/api/v1/orgs/{taker.Id}/agents/{agent}/assign", null)).JsonAsync(HttpStatusCode.OK);

        (assigned.GetProperty("organization_id").GetGuid(), assigned.GetProperty("status").GetString()).ShouldBe((taker.Id.Value, "paused"));
        // Nodes hear by an event that a key ended.
        await Eventually.IsAsync(async () => (await app.Client(key).GetAsync($"/api/v1/agents/{agent}")).StatusCode, HttpStatusCode.Unauthorized);
        var mine = await (await app.Client(taker.Token).GetAsync($"/api/v1/orgs/{taker.Id}/agents")).JsonAsync(HttpStatusCode.OK);
        mine.GetProperty("items").EnumerateArray().ShouldHaveSingleItem().GetProperty("id").GetGuid().ShouldBe(agent);
        // The former owner has no say any more, and asking again changes nothing.
        (await app.Client(giver.Token).PostAsync($"/api/v1/agents/{agent}/resume", null)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        await CodeAsync(giver.Token, taker.Id, agent, HttpStatusCode.NotFound, AgentErrors.NotFound.Code);
        (await app.Client(taker.Token).PostAsync($"/api/v1/agents/{agent}/resume", null)).EnsureSuccessStatusCode();
        (await (await app.Client(taker.Token).PostJsonAsync($"/api/v1/agents/{agent}/keys", new { })).JsonAsync(HttpStatusCode.Created)).GetProperty("key").GetString().ShouldStartWith("hk_");
        (await app.SqlAsync<int>($"SELECT count(DISTINCT tenant_id)::int FROM compliance.audit_entries WHERE action = 'agent.assign' AND subject_id = '{agent}'")).ShouldBe(2);
    }

    [Fact]
    public async Task What_an_agent_has_done_goes_with_it_and_its_history_stays_as_it_was()
    {
        var (giver, taker) = (await app.TenantAsync(), await app.TenantAsync());
        await JoinAsync(giver.Token, taker.Id, BuiltInRoles.Developer);
        var (agent, key) = await RegisterAsync(giver.Token, "Veteran");
        var contract = await SettledAsync(taker, agent, key);
        var before = await app.Client().GetStringAsync($"/api/v1/marketplace/agents/{agent}/outcomes");
        (await app.Client(giver.Token).PostAsync($"/api/v1/agents/{agent}/pause", null)).EnsureSuccessStatusCode();

        await (await app.Client(giver.Token).PostAsync($"/api/v1/orgs/{taker.Id}/agents/{agent}/assign", null)).JsonAsync(HttpStatusCode.OK);

        (await app.Client().GetStringAsync($"/api/v1/marketplace/agents/{agent}/outcomes")).ShouldBe(before);
        (await app.SqlAsync<Guid>($"SELECT tenant_id FROM trust.outcomes WHERE agent_id = '{agent}'")).ShouldBe(taker.Id.Value);
        (await app.SqlAsync<Guid>($"SELECT winner_tenant_id FROM mesh.contracts WHERE id = '{contract}'")).ShouldBe(giver.Id.Value);
        foreach (var change in (string[])[$"tenant_id = '{giver.Id}'", "success = NOT success", "poster = poster + 1"])
            (await Should.ThrowAsync<PostgresException>(app.SqlAsync<object>($"UPDATE trust.outcomes SET {change} WHERE agent_id = '{agent}'"))).SqlState.ShouldBe("23001");
    }

    [Fact]
    public async Task The_present_owner_may_be_named_and_changes_nothing()
    {
        var owner = await app.TenantAsync();
        var (agent, _) = await RegisterAsync(owner.Token, "Homebody");

        var same = await (await app.Client(owner.Token).PostAsync($"/api/v1/orgs/{owner.Id}/agents/{agent}/assign", null)).JsonAsync(HttpStatusCode.OK);

        (same.GetProperty("organization_id").GetGuid(), same.GetProperty("status").GetString()).ShouldBe((owner.Id.Value, "active"));
    }

    [Fact]
    public async Task Nobody_gives_to_strangers_takes_from_others_or_acts_without_the_right()
    {
        var (owner, stranger, friend) = (await app.TenantAsync(), await app.TenantAsync(), await app.TenantAsync());
        var (agent, key) = await RegisterAsync(owner.Token, "Kept");
        (await app.Client(owner.Token).PostAsync($"/api/v1/agents/{agent}/pause", null)).EnsureSuccessStatusCode();
        await JoinAsync(owner.Token, friend.Id, BuiltInRoles.Viewer);

        await CodeAsync(owner.Token, stranger.Id, agent, HttpStatusCode.NotFound, AgentErrors.NewOwnerNotFound.Code);
        await CodeAsync(owner.Token, friend.Id, agent, HttpStatusCode.NotFound, AgentErrors.NewOwnerNotFound.Code);
        await CodeAsync(stranger.Token, stranger.Id, agent, HttpStatusCode.NotFound, AgentErrors.NotFound.Code);
        await CodeAsync(key, stranger.Id, agent, HttpStatusCode.Forbidden, "access.permission_missing");
        var viewer = await app.MemberAsync(owner, BuiltInRoles.Viewer);
        await CodeAsync(viewer.Token, stranger.Id, agent, HttpStatusCode.Forbidden, "access.permission_missing");
        (await app.SqlAsync<Guid>($"SELECT tenant_id FROM agents.agents WHERE id = '{agent}'")).ShouldBe(owner.Id.Value);
    }

    [Fact]
    public async Task Work_that_is_open_a_taken_name_and_a_full_plan_refuse()
    {
        var (giver, taker) = (await app.TenantAsync(), await app.TenantAsync());
        await JoinAsync(giver.Token, taker.Id, BuiltInRoles.Admin);
        var (agent, key) = await RegisterAsync(giver.Token, "Twin");
        var contract = (await (await app.Client(taker.Token).PostJsonAsync("/api/v1/mesh/contracts", new
        {
            title = "Work",
            intent = "Work",
            reward = new { amount = "5.00", currency = "USD" },
            required_capabilities = new[] { "assign.work" },
            bidding_window_seconds = 600,
            delivery_window_seconds = 600,
        })).JsonAsync(HttpStatusCode.Created)).GetProperty("id").GetGuid();
        (await app.Client(key).PostJsonAsync($"/api/v1/mesh/contracts/{contract}/bid", new { price = new { amount = "4.00", currency = "USD" }, eta_seconds = 30, confidence = 0.9 })).EnsureSuccessStatusCode();
        (await app.Client(giver.Token).PostAsync($"/api/v1/agents/{agent}/pause", null)).EnsureSuccessStatusCode();

        await CodeAsync(giver.Token, taker.Id, agent, HttpStatusCode.Conflict, "agents.has_work");

        (await app.Client(key).DeleteAsync($"/api/v1/mesh/contracts/{contract}/bid")).EnsureSuccessStatusCode();
        await RegisterAsync(taker.Token, "Twin");
        await CodeAsync(giver.Token, taker.Id, agent, HttpStatusCode.Conflict, AgentErrors.NameTaken.Code);
    }

    [Fact]
    public async Task Many_at_once_give_an_agent_away_once()
    {
        var (giver, taker) = (await app.TenantAsync(), await app.TenantAsync());
        await JoinAsync(giver.Token, taker.Id, BuiltInRoles.Developer);
        var (agent, _) = await RegisterAsync(giver.Token, "Wanted");
        (await app.Client(giver.Token).PostAsync($"/api/v1/agents/{agent}/pause", null)).EnsureSuccessStatusCode();

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => app.Client(giver.Token).PostAsync($"/api/v1/orgs/{taker.Id}/agents/{agent}/assign", null)));

        answers.Count(a => a.StatusCode == HttpStatusCode.OK).ShouldBe(1);
        answers.Count(a => a.StatusCode == HttpStatusCode.NotFound).ShouldBe(7);
        (await app.SqlAsync<int>($"SELECT count(*)::int FROM compliance.audit_entries WHERE action = 'agent.assign' AND subject_id = '{agent}'")).ShouldBe(2);
    }

    private async Task<Guid> SettledAsync(TestTenant poster, Guid agent, string key)
    {
        var client = app.Client(poster.Token);
        (await client.PostJsonAsync($"/api/v1/orgs/{poster.Id}/wallet", new { amount = new { amount = "20.00", currency = "USD" } })).EnsureSuccessStatusCode();
        var contract = (await (await client.PostJsonAsync("/api/v1/mesh/contracts", new
        {
            title = "Done",
            intent = "Done",
            reward = new { amount = "5.00", currency = "USD" },
            required_capabilities = new[] { "assign.work" },
            bidding_window_seconds = 600,
            delivery_window_seconds = 600,
        })).JsonAsync(HttpStatusCode.Created)).GetProperty("id").GetGuid();
        var path = $"/api/v1/mesh/contracts/{contract}";
        (await app.Client(key).PostJsonAsync($"{path}/bid", new { price = new { amount = "4.00", currency = "USD" }, eta_seconds = 30, confidence = 0.9 })).EnsureSuccessStatusCode();
        await (await client.PostJsonAsync($"{path}/award", new { })).JsonAsync(HttpStatusCode.OK);
        await (await app.Client(key).PostJsonAsync($"{path}/deliver", new { result = "done" })).JsonAsync(HttpStatusCode.OK);
        await (await client.PostJsonAsync($"{path}/validate", new { accept = true })).JsonAsync(HttpStatusCode.OK);
        await Eventually.IsAsync(() => app.SqlAsync<long>($"SELECT count(*) FROM trust.outcomes WHERE agent_id = '{agent}'"), 1);
        return contract;
    }

    private async Task JoinAsync(string token, TenantId tenant, string role)
    {
        var me = await (await app.Client(token).GetAsync("/api/v1/me")).JsonAsync(HttpStatusCode.OK);
        await app.SqlAsync<int>($"INSERT INTO identity.members (tenant_id, person_id, role, joined_at) VALUES ('{tenant}', '{me.GetProperty("id").GetGuid()}', '{role}', now())");
    }

    private async Task<(Guid Id, string Key)> RegisterAsync(string token, string name)
    {
        var registered = await (await app.Client(token).PostJsonAsync("/api/v1/agents/register", new
        {
            name,
            description = "Works.",
            capabilities = new[] { "assign.work" },
            base_price = new { amount = "1.00", currency = "USD" },
        })).JsonAsync(HttpStatusCode.Created);
        return (registered.GetProperty("agent").GetProperty("id").GetGuid(), registered.GetProperty("key").GetString()!);
    }

    private async Task CodeAsync(string token, TenantId to, Guid agent, HttpStatusCode status, string code) =>
        (await (await app.Client(token).PostAsync($"/api/v1/orgs/{to}/agents/{agent}/assign", null)).JsonAsync(status)).GetProperty("code").GetString().ShouldBe(code);
}
