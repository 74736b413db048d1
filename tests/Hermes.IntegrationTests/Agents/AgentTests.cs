using Hermes.Application.Agents;
using Hermes.Application.Agents.Public;
using Hermes.Application.Shared;
using Hermes.Domain.Agents;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using Hermes.IntegrationTests.Shared;
using Microsoft.Extensions.DependencyInjection;

namespace Hermes.IntegrationTests.Agents;

/// <summary>Every use case of Agents: it works, each rule refuses, another tenant gets nothing, a missing permission is refused.</summary>
public sealed class AgentTests(HermesApp app) : IClassFixture<HermesApp>
{
    private readonly TenantId _tenant = new(Guid.CreateVersion7());
    private readonly TenantId _other = new(Guid.CreateVersion7());

    public static AgentProfile Profile(string name = "Summarizer", AgentVisibility visibility = AgentVisibility.Public, params string[] capabilities) => new(
        name, "Summarises texts.", capabilities.Length == 0 ? ["Text.Summarize", "text.summarize", "csv.profile"] : capabilities,
        "https://agents.example.test/summarizer", Money.Usd(0.25m), visibility, ["fast"], ["writing"], 3);

    private async Task<RegisteredAgent> RegisterAsync(AgentProfile? profile = null) =>
        (await app.SendAsync(Actors.Person(_tenant), new RegisterAgent(profile ?? Profile($"Agent {Guid.CreateVersion7()}")))).Value;

    [Fact]
    public async Task A_registered_agent_is_read_back_with_normalised_capabilities()
    {
        var made = await RegisterAsync();

        var agent = (await app.SendAsync(Actors.Person(_tenant), new GetAgent(made.Agent.Id))).Value;

        agent.Capabilities.ShouldBe(["csv.profile", "text.summarize"]);
        agent.Status.ShouldBe(AgentStatus.Active);
        agent.Presence.ShouldBe(Presence.Offline);
        agent.Reputation.ShouldBe(0.5m);
        agent.BasePrice.ShouldBe(Money.Usd(0.25m));
        agent.IsMine.ShouldBeTrue();
        agent.Version.ShouldBe(made.Agent.Version);
    }

    [Fact]
    public async Task The_key_proves_the_agent_and_only_its_hash_is_stored()
    {
        var made = await RegisterAsync();
        var keys = app.Services.GetRequiredService<IAgentKeys>();

        var principal = await keys.FindAsync(made.Key, default);

        made.Key.ShouldStartWith("hk_");
        made.Key.Length.ShouldBe(AgentKey.KeyLength);
        principal.ShouldNotBeNull();
        principal.Agent.ShouldBe(made.Agent.Id);
        principal.Tenant.ShouldBe(_tenant);
        principal.Permissions.ShouldBe(Permissions.ForAgents, ignoreOrder: true);
        (await app.SqlAsync<long>($"SELECT count(*) FROM agents.agent_keys k WHERE k::text LIKE '%{made.Key[9..]}%'")).ShouldBe(0);
        (await keys.FindAsync(made.Key[..^1] + (made.Key[^1] == 'A' ? 'B' : 'A'), default)).ShouldBeNull();
        (await keys.FindAsync("hk_nonsense", default)).ShouldBeNull();
    }

    private static readonly Dictionary<string, (AgentProfile Profile, string Member)> WrongProfiles = new()
    {
        ["no name"] = (Profile() with { Name = " " }, "name"),
        ["long name"] = (Profile() with { Name = new string('x', 101) }, "name"),
        ["long description"] = (Profile() with { Description = new string('x', 4_001) }, "description"),
        ["no capability"] = (Profile() with { Capabilities = [] }, "capabilities"),
        ["no slug"] = (Profile() with { Capabilities = ["Not a slug!"] }, "capabilities"),
        ["51 capabilities"] = (Profile() with { Capabilities = [.. Enumerable.Range(0, 51).Select(i => $"c{i}")] }, "capabilities"),
        ["ftp"] = (Profile() with { Endpoint = "ftp://example.test" }, "endpoint"),
        ["password in address"] = (Profile() with { Endpoint = "https://user:secret@example.test" }, "endpoint"),
        ["negative price"] = (Profile() with { BasePrice = Money.Usd(-1) }, "base_price"),
        ["no capacity"] = (Profile() with { Capacity = 0 }, "capacity"),
        ["21 tags"] = (Profile() with { Tags = [.. Enumerable.Range(0, 21).Select(i => $"t{i}")] }, "tags"),
    };

    public static TheoryData<string> Wrong => [.. WrongProfiles.Keys];

    [Fact]
    public async Task By_name_each_agent_comes_once_in_any_script()
    {
        // Lower case of some differs between .NET and the database, and between the database's locales.
        string[] names = ["İzmir", "Izmir", "ızgara", "Straße", "STRASSE", "Ärger", "A\u0308rger", "ΣΊΣΥΦΟΣ", "Ǆep", "ﬁnder", "Ⅷ", "éclair", "e\u0301clair"];
        foreach (var name in names)
            await RegisterAsync(Profile(name));

        var (seen, cursor) = (new List<string>(), (string?)null);
        do
        {
            var page = (await app.SendAsync(Actors.Person(_tenant), new ListAgents(new AgentFilter { Mine = true, Sort = AgentSort.Name }, 1, cursor))).Value;
            seen.AddRange(page.Items.Select(a => a.Name));
            cursor = page.NextCursor;
        }
        while (cursor is not null && seen.Count <= names.Length);

        seen.Order(StringComparer.Ordinal).ShouldBe(names.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task A_wrong_profile_is_refused_by_member(string which)
    {
        var (profile, member) = WrongProfiles[which];

        var result = await app.SendAsync(Actors.Person(_tenant), new RegisterAgent(profile));

        result.Error.ShouldNotBeNull().Members.ShouldNotBeNull().Keys.ShouldContain(member);
    }

    [Fact]
    public async Task A_name_is_unique_within_the_tenant_until_its_agent_retires()
    {
        var person = Actors.Person(_tenant);
        var first = await RegisterAsync(Profile("Unique"));

        (await app.SendAsync(person, new RegisterAgent(Profile("Unique")))).Error.ShouldBe(AgentErrors.NameTaken);
        (await app.SendAsync(Actors.Person(_other), new RegisterAgent(Profile("Unique")))).Succeeded.ShouldBeTrue();
        (await app.SendAsync(person, new RetireAgent(first.Agent.Id))).Succeeded.ShouldBeTrue();
        (await app.SendAsync(person, new RegisterAgent(Profile("Unique")))).Succeeded.ShouldBeTrue();
    }

    [Fact]
    public async Task An_edit_that_read_an_older_version_is_refused()
    {
        var made = await RegisterAsync();
        var person = Actors.Person(_tenant);

        var edited = (await app.SendAsync(person, new EditAgent(made.Agent.Id, Profile("Renamed") with { Capacity = 9 }, made.Agent.Version))).Value;
        var late = await app.SendAsync(person, new EditAgent(made.Agent.Id, Profile("Late"), made.Agent.Version));

        edited.Name.ShouldBe("Renamed");
        edited.Capacity.ShouldBe(9);
        edited.Version.ShouldNotBe(made.Agent.Version);
        late.Error.ShouldBe(AgentErrors.Changed);
    }

    [Fact]
    public async Task Pause_resume_and_retire_follow_the_table()
    {
        var made = await RegisterAsync();
        var person = Actors.Person(_tenant);
        var id = made.Agent.Id;

        (await app.SendAsync(person, new ResumeAgent(id))).Error.ShouldBe(AgentErrors.NotPaused);
        (await app.SendAsync(person, new PauseAgent(id))).Value.Status.ShouldBe(AgentStatus.Paused);
        (await app.SendAsync(person, new PauseAgent(id))).Error.ShouldBe(AgentErrors.NotActive);
        (await app.SendAsync(person, new ResumeAgent(id))).Value.Status.ShouldBe(AgentStatus.Active);
        (await app.SendAsync(person, new RetireAgent(id))).Value.Status.ShouldBe(AgentStatus.Retired);
        (await app.SendAsync(person, new RetireAgent(id))).Error.ShouldBe(AgentErrors.Retired);
        (await app.SendAsync(person, new PauseAgent(id))).Error.ShouldBe(AgentErrors.Retired);
        (await app.SendAsync(person, new EditAgent(id, Profile("Back")))).Error.ShouldBe(AgentErrors.Retired);
        (await app.SendAsync(person, new MakeAgentKey(id))).Error.ShouldBe(AgentErrors.Retired);
        (await app.Services.GetRequiredService<IAgentKeys>().FindAsync(made.Key, default)).ShouldBeNull();
    }

    [Fact]
    public async Task A_replaced_key_lives_on_for_the_overlap_and_no_longer()
    {
        await using var own = new OwnClock();
        await own.InitializeAsync();
        var person = Actors.Person(_tenant);
        var made = (await own.SendAsync(person, new RegisterAgent(Profile()))).Value;
        var keys = own.Services.GetRequiredService<IAgentKeys>();

        var second = (await own.SendAsync(person, new MakeAgentKey(made.Agent.Id, OverlapHours: 2))).Value;

        (await keys.FindAsync(made.Key, default)).ShouldNotBeNull();
        (await keys.FindAsync(second.Key, default)).ShouldNotBeNull();
        own.Clock.Advance(TimeSpan.FromHours(2.1));
        (await keys.FindAsync(made.Key, default)).ShouldBeNull();
        (await keys.FindAsync(second.Key, default)).ShouldNotBeNull();
        var listed = (await own.SendAsync(person, new ListAgentKeys(made.Agent.Id))).Value;
        listed.Select(k => k.IsLive).ShouldBe([true, false]);
    }

    [Fact]
    public async Task A_key_with_scopes_carries_only_those_and_an_unknown_scope_is_refused()
    {
        var made = await RegisterAsync();
        var person = Actors.Person(_tenant);

        var key = (await app.SendAsync(person, new MakeAgentKey(made.Agent.Id, Scopes: [Permissions.ContractsRead]))).Value;

        (await app.Services.GetRequiredService<IAgentKeys>().FindAsync(key.Key, default))!.Permissions.ShouldBe([Permissions.ContractsRead]);
        (await app.SendAsync(person, new MakeAgentKey(made.Agent.Id, Scopes: [Permissions.UsersManage]))).Error!.Members!.Keys.ShouldContain("scopes");
        (await app.SendAsync(person, new MakeAgentKey(made.Agent.Id, OverlapHours: 721))).Error!.Members!.Keys.ShouldContain("overlap_hours");
    }

    [Fact]
    public async Task A_revoked_key_is_refused_and_revoked_once()
    {
        var made = await RegisterAsync();
        var person = Actors.Person(_tenant);

        (await app.SendAsync(person, new RevokeAgentKey(made.Agent.Id, made.KeyId))).Succeeded.ShouldBeTrue();

        (await app.Services.GetRequiredService<IAgentKeys>().FindAsync(made.Key, default)).ShouldBeNull();
        (await app.SendAsync(person, new RevokeAgentKey(made.Agent.Id, made.KeyId))).Error.ShouldBe(AgentErrors.KeyRevoked);
        (await app.SendAsync(person, new RevokeAgentKey(made.Agent.Id, new AgentKeyId(Guid.CreateVersion7())))).Error.ShouldBe(AgentErrors.KeyNotFound);
    }

    [Fact]
    public async Task Another_tenant_sees_public_agents_without_their_endpoint_and_changes_nothing()
    {
        var stranger = Actors.Person(_other);
        var open = await RegisterAsync();
        var closed = await RegisterAsync(Profile("Closed", AgentVisibility.Tenant));

        var seen = (await app.SendAsync(stranger, new GetAgent(open.Agent.Id))).Value;

        seen.IsMine.ShouldBeFalse();
        seen.Endpoint.ShouldBeNull();
        (await app.SendAsync(stranger, new GetAgent(closed.Agent.Id))).Error.ShouldBe(AgentErrors.NotFound);
        (await app.SendAsync(Actor.Anonymous, new GetListedAgent(open.Agent.Id))).Succeeded.ShouldBeTrue();
        (await app.SendAsync(Actor.Anonymous, new GetListedAgent(closed.Agent.Id))).Error.ShouldBe(AgentErrors.NotFound);
        foreach (var id in new[] { open.Agent.Id, closed.Agent.Id })
        {
            (await app.SendAsync(stranger, new EditAgent(id, Profile("Mine now")))).Error.ShouldBe(AgentErrors.NotFound);
            (await app.SendAsync(stranger, new PauseAgent(id))).Error.ShouldBe(AgentErrors.NotFound);
            (await app.SendAsync(stranger, new ResumeAgent(id))).Error.ShouldBe(AgentErrors.NotFound);
            (await app.SendAsync(stranger, new RetireAgent(id))).Error.ShouldBe(AgentErrors.NotFound);
            (await app.SendAsync(stranger, new MakeAgentKey(id))).Error.ShouldBe(AgentErrors.NotFound);
            (await app.SendAsync(stranger, new ListAgentKeys(id))).Error.ShouldBe(AgentErrors.NotFound);
        }
        (await app.SendAsync(stranger, new RevokeAgentKey(open.Agent.Id, open.KeyId))).Error.ShouldBe(AgentErrors.KeyNotFound);
        (await app.SendAsync(stranger, new ListAgents(new AgentFilter(), 100))).Value.Items.ShouldNotContain(a => a.Id == open.Agent.Id);
        await app.SqlAsync<int>($"UPDATE agents.agents SET listing = 'listed' WHERE id = '{open.Agent.Id}'");
        var listed = (await app.SendAsync(stranger, new ListAgents(new AgentFilter(), 100))).Value.Items;
        listed.ShouldContain(a => a.Id == open.Agent.Id);
        listed.ShouldNotContain(a => a.Id == closed.Agent.Id);
        (await app.SendAsync(stranger, new ListAgents(new AgentFilter { Mine = true }))).Value.Items.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_missing_permission_is_refused()
    {
        var made = await RegisterAsync();
        var viewer = Actors.Person(_tenant, Permissions.AgentsRead);
        var id = made.Agent.Id;

        (await app.SendAsync(viewer, new RegisterAgent(Profile("No")))).Error.ShouldBe(AccessErrors.Missing(Permissions.AgentsCreate));
        (await app.SendAsync(viewer, new EditAgent(id, Profile("No")))).Error.ShouldBe(AccessErrors.Missing(Permissions.AgentsUpdate));
        (await app.SendAsync(viewer, new PauseAgent(id))).Error.ShouldBe(AccessErrors.Missing(Permissions.AgentsUpdate));
        (await app.SendAsync(viewer, new ResumeAgent(id))).Error.ShouldBe(AccessErrors.Missing(Permissions.AgentsUpdate));
        (await app.SendAsync(viewer, new RetireAgent(id))).Error.ShouldBe(AccessErrors.Missing(Permissions.AgentsDelete));
        (await app.SendAsync(viewer, new MakeAgentKey(id))).Error.ShouldBe(AccessErrors.Missing(Permissions.AgentsUpdate));
        (await app.SendAsync(viewer, new ListAgentKeys(id))).Error.ShouldBe(AccessErrors.Missing(Permissions.AgentsUpdate));
        (await app.SendAsync(viewer, new RevokeAgentKey(id, made.KeyId))).Error.ShouldBe(AccessErrors.Missing(Permissions.AgentsUpdate));
        (await app.SendAsync(Actors.Person(_tenant, Permissions.AuditView), new GetAgent(id))).Error.ShouldBe(AccessErrors.Missing(Permissions.AgentsRead));
        (await app.SendAsync(Actors.Agent(id, _tenant), new RegisterAgent(Profile("Clone")))).Error.ShouldBe(AccessErrors.Missing(Permissions.AgentsCreate));
        (await app.SendAsync(Actor.Anonymous, new ListAgents(new AgentFilter()))).Error.ShouldBe(AccessErrors.SignInNeeded);
    }

    [Theory]
    [InlineData(AgentSort.Newest)]
    [InlineData(AgentSort.Name)]
    [InlineData(AgentSort.Price)]
    [InlineData(AgentSort.Reputation)]
    public async Task Pages_of_a_list_show_every_agent_once(AgentSort sort)
    {
        for (var i = 0; i < 7; i++)
            await RegisterAsync(Profile($"P{i % 3} {Guid.CreateVersion7()}") with { BasePrice = Money.Usd(i % 2) });
        var seen = new List<AgentView>();
        string? cursor = null;
        do
        {
            var page = (await app.SendAsync(Actors.Person(_tenant), new ListAgents(new AgentFilter { Mine = true, Sort = sort }, 2, cursor))).Value;
            page.Items.Count.ShouldBeLessThanOrEqualTo(2);
            seen.AddRange(page.Items);
            cursor = page.NextCursor;
        }
        while (cursor is not null);

        seen.Count.ShouldBe(7);
        seen.Select(a => a.Id).Distinct().Count().ShouldBe(7);
        if (sort == AgentSort.Price)
            seen.Select(a => a.BasePrice.MicroUnits).ShouldBeInOrder();
    }

    [Fact]
    public async Task Filters_find_what_they_say()
    {
        var person = Actors.Person(_tenant);
        var cheap = await RegisterAsync(Profile("Cheap 100%", AgentVisibility.Public, "chart.svg") with { BasePrice = Money.Usd(0.01m), Tags = ["svg"], Categories = ["drawing"] });
        var dear = await RegisterAsync(Profile("Dear", AgentVisibility.Public, "chart.svg", "text.summarize") with { BasePrice = Money.Usd(9m) });
        async Task<AgentId[]> FindAsync(AgentFilter filter) =>
            [.. (await app.SendAsync(person, new ListAgents(filter with { Mine = true }))).Value.Items.Select(a => a.Id)];

        (await FindAsync(new AgentFilter { Capability = "text.summarize" })).ShouldBe([dear.Agent.Id]);
        (await FindAsync(new AgentFilter { MaxPrice = 1 })).ShouldBe([cheap.Agent.Id]);
        (await FindAsync(new AgentFilter { MaxPrice = 1, Currency = "EUR" })).ShouldBeEmpty();
        (await FindAsync(new AgentFilter { Text = "100%" })).ShouldBe([cheap.Agent.Id]);
        (await FindAsync(new AgentFilter { Text = "dear CHART" })).ShouldBe([dear.Agent.Id]);
        (await FindAsync(new AgentFilter { Tag = "SVG" })).ShouldBe([cheap.Agent.Id]);
        (await FindAsync(new AgentFilter { Category = "drawing" })).ShouldBe([cheap.Agent.Id]);
        (await FindAsync(new AgentFilter { MinReputation = 0.6m })).ShouldBeEmpty();
        (await FindAsync(new AgentFilter { Available = true })).ShouldBeEmpty();
        (await FindAsync(new AgentFilter { Status = AgentStatus.Paused })).ShouldBeEmpty();
        (await app.SendAsync(person, new ListAgents(new AgentFilter { MinReputation = 2 }))).Error!.Members!.Keys.ShouldContain("min_reputation");
    }

    [Fact]
    public async Task Changes_are_in_the_audit_log_and_no_key_is()
    {
        var made = await RegisterAsync();
        await app.SendAsync(Actors.Person(_tenant), new RetireAgent(made.Agent.Id));

        (await app.SqlAsync<long>($"SELECT count(*) FROM compliance.audit_entries WHERE subject_id = '{made.Agent.Id}' AND action IN ('agent.register', 'agent.retire')")).ShouldBe(2);
        (await app.SqlAsync<long>($"SELECT count(*) FROM compliance.audit_entries e WHERE e::text LIKE '%{made.Key[9..]}%'")).ShouldBe(0);
    }

    [Fact]
    public async Task The_directory_answers_across_tenants()
    {
        var made = await RegisterAsync(Profile("Hidden", AgentVisibility.Tenant));
        await app.SendAsync(Actors.Person(_tenant), new PauseAgent(made.Agent.Id));

        var listing = await app.Services.GetRequiredService<IAgents>().FindAsync(made.Agent.Id, default);

        listing.ShouldNotBeNull();
        listing.TenantId.ShouldBe(_tenant);
        listing.TakesWork.ShouldBeFalse();
        listing.IsPublic.ShouldBeFalse();
        listing.Capacity.ShouldBe(3);
        listing.CanDo(["csv.profile"]).ShouldBeTrue();
        listing.CanDo(["csv.profile", "chart.svg"]).ShouldBeFalse();
    }

    private sealed class OwnClock : HermesApp, IAsyncDisposable
    {
        async ValueTask IAsyncDisposable.DisposeAsync() => await DisposeAsync();
    }
}
