using System.Net;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;
using Hermes.Application.Agents;
using Hermes.Application.Marketplace;
using Hermes.Application.Shared;
using Hermes.Domain.Agents;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Agents;
using Hermes.IntegrationTests.Identity;
using Hermes.IntegrationTests.Shared;
using Microsoft.Extensions.DependencyInjection;
using Xunit.Abstractions;

namespace Hermes.IntegrationTests.Marketplace;

/// <summary>Agents are found by text and filters, by those who may know of them, on every node, within a second of a change.</summary>
public sealed class DiscoverAgentsTests(OperatorApp app, ITestOutputHelper output) : IClassFixture<OperatorApp>
{
    private readonly TenantId _tenant = new(Guid.CreateVersion7());
    private readonly string _category = "c" + Guid.CreateVersion7().ToString("N")[16..];

    private async Task<AgentId> RegisterAsync(string name, string description, AgentVisibility visibility = AgentVisibility.Public, decimal price = 1, string[]? capabilities = null,
        string[]? languages = null, string[]? regions = null, TenantId? tenant = null, string? endpoint = null) =>
        (await app.SendAsync(Actors.Person(tenant ?? _tenant), new RegisterAgent(new AgentProfile(name + " " + Guid.CreateVersion7().ToString("N")[20..], description, capabilities ?? ["work.do"], endpoint,
            Money.Usd(price), visibility, [], [_category], 1, languages, regions)))).Value.Agent.Id;

    private AgentSearch Search(string? query = null) => new() { Query = query, Category = _category };

    private async Task<IReadOnlyList<FoundAgent>> FindAsync(AgentSearch search, TenantId? viewer = null, IServiceProvider? node = null, AgentId? agent = null) =>
        (await (node ?? app.Services).GetRequiredService<IAgentFinder>().FindAsync(search, new Viewer(viewer ?? _tenant, agent), 50, null, default)).Value.Items;

    private Task ThereAsync(params AgentId[] agents) => Eventually.HoldsAsync(async () =>
    {
        var there = (await FindAsync(Search())).Select(a => a.Id).ToHashSet();
        return agents.All(there.Contains);
    });

    [Fact]
    public async Task Travel_planning_finds_the_agent_that_says_trip_coordination()
    {
        var trips = await RegisterAsync("Wayfarer", "Trip coordination for groups.");
        var bills = await RegisterAsync("Ledger", "Reads supplier bills.");
        await ThereAsync(trips, bills);

        var found = await FindAsync(Search("travel planning"));

        found[0].Id.ShouldBe(trips);
        found.ShouldNotContain(a => a.Id == bills);
        found[0].Components.Semantic.ShouldNotBeNull().ShouldBeGreaterThan(0.4m);
        found[0].Components.Lexical.ShouldNotBeNull().ShouldBeLessThan(0.2m);
        (await FindAsync(Search("underwater basket weaving"))).ShouldBeEmpty();
    }

    [Fact]
    public async Task Every_filter_leaves_out_what_does_not_pass()
    {
        var german = await RegisterAsync("German", "Works.", price: 3, capabilities: ["text.translate", "work.do"], languages: ["de"], regions: ["eu"]);
        var english = await RegisterAsync("English", "Works.", price: 1, languages: ["en"], regions: ["us"]);
        var inside = await RegisterAsync("Inside", "Works.", AgentVisibility.Tenant, price: 9, regions: ["us"]);
        await ThereAsync(german, english, inside);
        async Task<AgentId[]> WithAsync(Func<AgentSearch, AgentSearch> change) => [.. (await FindAsync(change(Search()))).Select(a => a.Id)];

        (await WithAsync(s => s with { Capabilities = ["Text.Translate", "work.do"] })).ShouldBe([german]);
        (await WithAsync(s => s with { Language = "de" })).ShouldBe([german]);
        (await WithAsync(s => s with { Region = "US" })).ShouldBe([english, inside], ignoreOrder: true);
        (await WithAsync(s => s with { MaxPrice = Money.Usd(3) })).ShouldBe([german, english], ignoreOrder: true);
        (await WithAsync(s => s with { MaxPrice = Money.Of(3, Currency.Parse("EUR")) })).ShouldBeEmpty();
        (await WithAsync(s => s with { MinReputation = 0.6m })).ShouldBeEmpty();
        (await WithAsync(s => s with { MinReputation = 0.5m })).Length.ShouldBe(3);
        (await WithAsync(s => s with { Visibility = "tenant" })).ShouldBe([inside]);
        (await WithAsync(s => s with { Organisation = _tenant })).Length.ShouldBe(3);
        (await WithAsync(s => s with { Organisation = new TenantId(Guid.CreateVersion7()) })).ShouldBeEmpty();
        (await WithAsync(s => s with { AvailableNow = true })).ShouldBeEmpty();
    }

    [Fact]
    public async Task Another_tenants_private_agent_is_not_there()
    {
        var secret = await RegisterAsync("Secret", "Coordinates trips in secret.", AgentVisibility.Tenant);
        var allowed = await RegisterAsync("Permissioned", "Coordinates trips for friends.", AgentVisibility.Permissioned);
        await ThereAsync(secret, allowed);
        var stranger = new TenantId(Guid.CreateVersion7());
        var finder = app.Services.GetRequiredService<IAgentFinder>();

        foreach (var search in new[] { Search(), Search("coordinates trips"), Search() with { Organisation = _tenant }, Search() with { Visibility = "tenant" } })
            (await FindAsync(search, stranger)).ShouldBeEmpty();
        (await finder.FindAsync(Search("coordinates trips"), Viewer.Visitor, 10, null, default)).Value.Items.ShouldBeEmpty();
        (await finder.SuggestAsync("secret", new Viewer(stranger), 8, default)).ShouldNotContain(s => s.AgentId == secret);
        (await finder.SuggestAsync("secret", new Viewer(_tenant), 8, default)).ShouldContain(s => s.AgentId == secret);
        (await finder.SimilarAsync(secret, new Viewer(stranger), 5, default)).ShouldBeNull();
        (await finder.SimilarAsync(secret, new Viewer(_tenant), 5, default)).ShouldNotBeNull().ShouldContain(a => a.Id == allowed);
    }

    [Fact]
    public async Task Changes_show_on_every_node()
    {
        await using var second = app.NewNode();
        _ = second.Server;
        var (_, token, _) = await app.MemberAsync(await app.TenantAsync(), "developer");
        HttpClient[] nodes = [app.Client(token), second.CreateClient()];
        nodes[1].DefaultRequestHeaders.Authorization = nodes[0].DefaultRequestHeaders.Authorization;
        async Task<int> CountAsync(HttpClient node, string query) => (await (await node.PostJsonAsync("/api/v1/agents/discover", new { query, category = _category })).JsonAsync(HttpStatusCode.OK)).GetProperty("items").GetArrayLength();
        async Task ShowsAsync(string what, long since, params (string Query, int Count)[] expected)
        {
            foreach (var (node, number) in nodes.Select((n, i) => (n, i + 1)))
            {
                await Eventually.HoldsAsync(async () =>
                {
                    foreach (var (query, count) in expected)
                    {
                        if (await CountAsync(node, query) != count)
                            return false;
                    }
                    return true;
                });
                output.WriteLine($"{what} shows on node {number} after {System.Diagnostics.Stopwatch.GetElapsedTime(since).TotalMilliseconds:0} ms");
            }
        }
        static long Now() => System.Diagnostics.Stopwatch.GetTimestamp();
        var warm = await RegisterAsync("Warm", "Sells ships.");
        await ShowsAsync("the first agent", Now(), ("ship", 1));

        var agent = await RegisterAsync("Moving", "Bakes bread.");
        await ShowsAsync("a new agent", Now(), ("bread", 1));
        var ready = await (await nodes[1].GetAsync("/health/ready")).JsonAsync(HttpStatusCode.OK);
        ready.GetProperty("checks").GetProperty("search").GetProperty("status").GetString().ShouldBe("healthy");
        var profile = new AgentProfile("Moving on", "Paints walls.", ["work.do"], null, Money.Usd(1), AgentVisibility.Public, [], [_category], 1);
        (await app.SendAsync(Actors.Person(_tenant), new EditAgent(agent, profile))).Succeeded.ShouldBeTrue();
        await ShowsAsync("a changed agent", Now(), ("bread", 0), ("paint", 1));
        await app.SendAsync(Actors.Person(_tenant), new PauseAgent(agent));
        await ShowsAsync("a paused agent", Now(), ("paint", 0));
        await app.SendAsync(Actors.Person(_tenant), new ResumeAgent(agent));
        await ShowsAsync("a resumed agent", Now(), ("paint", 1));
        await app.SendAsync(Actors.Person(_tenant), new RetireAgent(agent));
        await ShowsAsync("a retired agent", Now(), ("paint", 0));
        await app.SendAsync(Actors.Person(_tenant), new RetireAgent(warm));
    }

    [Fact]
    public async Task An_agent_with_an_endpoint_is_available_without_a_socket_and_when_it_has_left_one()
    {
        var (called, silent) = (await RegisterAsync("Called", "Works.", endpoint: "https://agents.example.test/called"), await RegisterAsync("Silent", "Works."));
        await app.SqlAsync<object>($"UPDATE agents.agents SET listing = 'listed' WHERE id = '{called}'");
        async Task<bool> OnlyCalledAsync() => (await FindAsync(Search() with { AvailableNow = true })).Select(a => a.Id).SequenceEqual([called]);
        async Task<Presence> PresenceAsync(AgentId agent) => (await app.SendAsync(Actors.Person(_tenant), new GetAgent(agent))).Value.Presence;
        var (board, socket) = (app.Services.GetRequiredService<PresenceBoard>(), Guid.CreateVersion7());

        board.Set(called, socket, Presence.Busy);
        await ThereAsync(called, silent);
        await Eventually.HoldsAsync(async () => (await FindAsync(Search())).Single(a => a.Id == called).Presence == "busy");
        (await FindAsync(Search() with { AvailableNow = true })).ShouldBeEmpty();
        (await PresenceAsync(called)).ShouldBe(Presence.Busy);

        board.Set(called, socket, Presence.Offline);
        await Eventually.HoldsAsync(OnlyCalledAsync);
        (await FindAsync(Search())).ShouldAllBe(a => a.Presence == (a.Id == called ? "online" : "offline"));
        (await PresenceAsync(called)).ShouldBe(Presence.Online);
        (await PresenceAsync(silent)).ShouldBe(Presence.Offline);
        (await app.SqlAsync<string>($"SELECT string_agg(data ->> 'status', ' ' ORDER BY data ->> 'status') FROM notifications.outbox WHERE type = 'agent.presence' AND subject_id = '{called}'")).ShouldBe("busy online");
    }

    [Fact]
    public async Task Available_now_means_connected_and_not_busy()
    {
        var agents = new List<AgentId>();
        foreach (var name in new[] { "Online", "Busy", "Away" })
            agents.Add(await RegisterAsync(name, "Works."));
        await ThereAsync([.. agents]);
        var board = app.Services.GetRequiredService<PresenceBoard>();
        var sockets = new[] { Guid.CreateVersion7(), Guid.CreateVersion7() };
        board.Set(agents[0], sockets[0], Presence.Online);
        board.Set(agents[1], sockets[1], Presence.Busy);

        await Eventually.HoldsAsync(async () => (await FindAsync(Search() with { AvailableNow = true })).Select(a => a.Id).SequenceEqual([agents[0]])
            && (await FindAsync(Search())).Single(a => a.Id == agents[1]).Presence == "busy");

        board.Set(agents[0], sockets[0], Presence.Offline);
        await Eventually.HoldsAsync(async () => (await FindAsync(Search() with { AvailableNow = true })).Count == 0);
    }

    [Fact]
    public async Task Latency_is_what_calls_took_lately_else_what_the_probe_took()
    {
        var (slow, fast, probed, unknown) = (await RegisterAsync("Slow", "Works."), await RegisterAsync("Fast", "Works."), await RegisterAsync("Probed", "Works."), await RegisterAsync("Unknown", "Works."));
        await ThereAsync(slow, fast, probed, unknown);
        foreach (var (agent, times) in new[] { (slow, new[] { 3_000, 5_000, 4_000 }), (fast, [80, 120, 100, 90_000]) })
        {
            foreach (var time in times)
                await app.SqlAsync<object>($"""
                    INSERT INTO calls.calls (id, tenant_id, agent_id, served_by, agent_tenant_id, conversation_id, context_id, transport, state, price_micro_units, price_currency, promotional_micro_units,
                        payment, last_sequence, last_step, handed_sequence, chain_agents, created_at, changed_at, deadline_at, agent_due_at, ended_at)
                    SELECT gen_random_uuid(), gen_random_uuid(), '{agent}', '{agent}', '{_tenant}', gen_random_uuid(), 'c', 'socket', 'completed', 0, 'USD', 0, 'free', 0, 0, 0, ARRAY[]::uuid[], t, t, t + interval '1 hour', t + interval '1 hour', t + interval '{time} milliseconds'
                    FROM (SELECT now() - interval '1 minute' AS t) n
                    """);
        }
        await app.SqlAsync<object>($$"""
            UPDATE agents.agents SET endpoint = 'https://probed.example.test' WHERE id = '{{probed}}';
            INSERT INTO agents.probes (id, agent_id, tenant_id, at, endpoint, passed, milliseconds, steps)
            VALUES (gen_random_uuid(), '{{probed}}', '{{_tenant}}', now(), 'https://probed.example.test', true, 700, '[{"name":"card","outcome":"passed","milliseconds":500,"said":""},{"name":"message","outcome":"passed","milliseconds":200,"said":""}]')
            """);
        // Anything that happens to an agent has its row read anew.
        foreach (var agent in new[] { slow, fast, probed, unknown })
        {
            await app.SendAsync(Actors.Person(_tenant), new PauseAgent(agent));
            await app.SendAsync(Actors.Person(_tenant), new ResumeAgent(agent));
        }
        await Eventually.HoldsAsync(async () => (await FindAsync(Search())) is { Count: 4 } found && found.Count(a => a.LatencyMs is not null) == 3);

        (await FindAsync(Search())).ToDictionary(a => a.Id, a => a.LatencyMs).ShouldBe(new Dictionary<AgentId, int?> { [slow] = 4_000, [fast] = 110, [probed] = 200, [unknown] = null }, ignoreOrder: true);
        async Task<AgentId[]> WithinAsync(int most) => [.. (await FindAsync(Search() with { MaxLatencyMs = most })).Select(a => a.Id)];
        (await WithinAsync(150)).ShouldBe([fast]);
        (await WithinAsync(1_000)).ShouldBe([fast, probed], ignoreOrder: true);
        (await WithinAsync(60_000)).ShouldBe([slow, fast, probed], ignoreOrder: true);
        (await app.SendAsync(Actors.Person(_tenant), new DiscoverAgents(Search() with { MaxLatencyMs = 0 }))).Error!.Members!.Keys.ShouldHaveSingleItem().ShouldEndWith("max_latency_ms");
        (await app.Client().GetStringAsync($"/marketplace?max_latency_ms=1000&q=works+fast")).ShouldNotContain(unknown.ToString());
    }

    [Fact]
    public async Task The_page_filters_by_what_agents_say_and_explains_each_match()
    {
        var german = await RegisterAsync("Übersetzer", "Translates contracts.", languages: ["de"], regions: ["eu"]);
        var english = await RegisterAsync("Translator", "Translates contracts.", languages: ["en"], regions: ["us"]);
        var secret = "x" + _category[1..];
        var hidden = await RegisterAsync("Hidden", "Translates contracts.", AgentVisibility.Tenant, languages: [secret]);
        await ThereAsync(german, english, hidden);
        async Task<IHtmlDocument> PageAsync(string query) => new HtmlParser().ParseDocument(await app.Client().GetStringAsync($"/marketplace?category={_category}&{query}"));

        foreach (var (query, only) in new[] { ("language=de", german), ("region=us", english), ("q=translate+a+contract&language=en", english) })
            (await PageAsync(query)).QuerySelectorAll("a.cover").ShouldHaveSingleItem().GetAttribute("href").ShouldBe($"/marketplace/{only}");
        (await PageAsync($"organisation={_tenant}")).QuerySelectorAll("a.cover").Length.ShouldBe(2);
        (await PageAsync($"organisation={Guid.CreateVersion7()}")).QuerySelectorAll("a.cover").ShouldBeEmpty();

        var found = await PageAsync("q=translate+a+contract&language=de");
        found.QuerySelector("details.more")!.HasAttribute("open").ShouldBeTrue();
        found.QuerySelector("#language option[selected]")!.TextContent.ShouldBe("de");
        found.QuerySelectorAll("#category option").ShouldContain(o => o.TextContent == _category);
        found.QuerySelectorAll("#language option").ShouldNotContain(o => o.TextContent == secret);
        found.QuerySelectorAll(".why dt").Select(t => t.TextContent).ShouldBe(["Words", "Meaning", "Relevance", "Trust", "Price", "Availability"]);
        (await PageAsync("sort=Name")).QuerySelectorAll(".why").ShouldBeEmpty();
        var csv = await app.Client().GetStringAsync($"/marketplace?handler=Csv&category={_category}&q=translate+a+contract&language=de");
        csv.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Length.ShouldBe(2);
        csv.ShouldContain($"{_category},de,eu,,0.");
    }

    [Fact]
    public async Task Filters_offer_only_what_agents_say_that_the_viewer_may_call()
    {
        var tenant = await app.TenantAsync();
        var (own, secret) = (tenant.Id, "s" + _category[1..]);
        await ThereAsync(
            await RegisterAsync("Open", "Works.", languages: ["la"], tenant: own),
            await RegisterAsync("Secret", "Works.", AgentVisibility.Tenant, regions: [secret], tenant: _tenant));
        async Task<SearchChoices> ChoicesAsync(Actor actor) => (await app.SendAsync(actor, new ListSearchChoices())).Value;

        var visitor = await ChoicesAsync(Actor.Anonymous);
        visitor.Categories.ShouldContain(_category);
        visitor.Languages.ShouldContain("la");
        visitor.Regions.ShouldNotContain(secret);
        visitor.Organisations.ShouldContain(o => o.Id == own);
        (await ChoicesAsync(Actors.Person(own))).Regions.ShouldNotContain(secret);
        (await ChoicesAsync(Actors.Person(_tenant))).Regions.ShouldContain(secret);
        (await ChoicesAsync(Actors.Person(_tenant, Permissions.ContractsCreate))).Regions.ShouldNotContain(secret);
    }

    [Fact]
    public async Task Trust_that_was_recalculated_for_long_is_taken_though_later_changes_were_read_before()
    {
        var (slow, quick) = (await RegisterAsync("Slow", "Works."), await RegisterAsync("Quick", "Works."));
        await ThereAsync(slow, quick);
        Task ScoreAsync(AgentId agent, string at) => app.SqlAsync<object>($"INSERT INTO trust.scores (agent_id, tenant_id, effective, changed_at) VALUES ('{agent}', '{_tenant}', 0.9, {at})");
        async Task<decimal> TrustAsync(AgentId agent) => (await FindAsync(Search())).Single(a => a.Id == agent).Reputation;

        await ScoreAsync(quick, "now()");
        await Eventually.HoldsAsync(async () => await TrustAsync(quick) == 0.9m);
        await ScoreAsync(slow, "now() - interval '20 seconds'");
        await Eventually.HoldsAsync(async () => await TrustAsync(slow) == 0.9m);
    }

    [Fact]
    public async Task Pages_follow_each_other_without_gap_or_repetition()
    {
        var agents = new List<AgentId>();
        for (var i = 0; i < 7; i++)
            agents.Add(await RegisterAsync($"Paged {i}", "Plans routes for vans.", price: i));
        await ThereAsync([.. agents]);

        foreach (var query in new[] { null, "delivery route planning" })
        {
            var seen = new List<AgentId>();
            string? cursor = null;
            do
            {
                var page = (await app.SendAsync(Actors.Person(_tenant), new DiscoverAgents(Search(query), 3, cursor))).Value;
                page.Items.Count.ShouldBeLessThanOrEqualTo(3);
                page.Items.Select(a => a.Score).ShouldBeInOrder(SortDirection.Descending);
                seen.AddRange(page.Items.Select(a => a.Id));
                cursor = page.NextCursor;
            }
            while (cursor is not null);
            seen.ShouldBe(agents, ignoreOrder: true);
        }
    }

    [Fact]
    public async Task Discovery_needs_its_permission_and_refuses_what_is_no_search()
    {
        (await app.SendAsync(Actors.Person(_tenant, Permissions.ContractsCreate), new DiscoverAgents(Search()))).Error!.Code.ShouldBe("access.permission_missing");
        (await app.SendAsync(Actors.Person(_tenant), new DiscoverAgents(Search() with { MinReputation = 2 }))).Error!.Members!.Keys.ShouldHaveSingleItem().ShouldEndWith("min_reputation");
        (await app.SendAsync(Actors.Person(_tenant), new DiscoverAgents(Search(new string('x', 501))))).Error!.Code.ShouldBe("request.invalid");
        (await app.Client().PostJsonAsync("/api/v1/agents/discover", new { query = "x" })).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task The_api_answers_hits_with_what_their_score_is_made_of()
    {
        var tenant = await app.TenantAsync();
        var made = await (await app.Client(tenant.Token).PostJsonAsync("/api/v1/agents/register",
            new { name = "Api found", description = "Transcribes meetings.", capabilities = new[] { "speech.transcribe" }, languages = new[] { "EN" }, categories = new[] { _category } })).JsonAsync(HttpStatusCode.Created);
        var id = made.GetProperty("agent").GetProperty("id").GetGuid();
        await ThereAsync(new AgentId(id));

        var answer = await (await app.Client(made.GetProperty("key").GetString()).PostJsonAsync("/api/v1/agents/discover",
            new { query = "turn recordings into text", capability = "speech.transcribe", language = "en", max_price = new { amount = "1.00", currency = "USD" } })).JsonAsync(HttpStatusCode.OK);

        var hit = answer.GetProperty("items").EnumerateArray().First(h => h.GetProperty("id").GetGuid() == id);
        hit.GetProperty("score").GetDecimal().ShouldBeInRange(0.3m, 1);
        foreach (var part in new[] { "relevance", "lexical", "semantic", "trust", "price", "availability" })
            hit.GetProperty("components").GetProperty(part).GetDecimal().ShouldBeInRange(0, 1);
        var suggestions = await (await app.Client().GetAsync("/api/v1/marketplace/suggestions?q=transcr")).JsonAsync(HttpStatusCode.OK);
        suggestions.GetProperty("items").EnumerateArray().ShouldContain(s => s.GetProperty("text").GetString() == "speech.transcribe");
        (await app.Client().GetAsync($"/api/v1/marketplace/agents/{id}/similar")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await app.Client().GetAsync($"/api/v1/marketplace/agents/{Guid.CreateVersion7()}/similar")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }
}
