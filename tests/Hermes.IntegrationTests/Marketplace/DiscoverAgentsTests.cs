using System.Net;
using Hermes.Application.Agents;
using Hermes.Application.Marketplace;
using Hermes.Domain.Agents;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using Hermes.IntegrationTests.Identity;
using Hermes.IntegrationTests.Shared;
using Microsoft.Extensions.DependencyInjection;

namespace Hermes.IntegrationTests.Marketplace;

/// <summary>Agents are found by text and filters, by those who may know of them, on every node, within a second of a change.</summary>
public sealed class DiscoverAgentsTests(OperatorApp app) : IClassFixture<OperatorApp>
{
    private readonly TenantId _tenant = new(Guid.CreateVersion7());
    private readonly string _category = "c" + Guid.CreateVersion7().ToString("N")[16..];

    private async Task<AgentId> RegisterAsync(string name, string description, AgentVisibility visibility = AgentVisibility.Public, decimal price = 1, string[]? capabilities = null,
        string[]? languages = null, string[]? regions = null, TenantId? tenant = null) =>
        (await app.SendAsync(Actors.Person(tenant ?? _tenant), new RegisterAgent(new AgentProfile(name + " " + Guid.CreateVersion7().ToString("N")[20..], description, capabilities ?? ["work.do"], null,
            Money.Usd(price), visibility, [], [_category], 1, languages, regions)))).Value.Agent.Id;

    private AgentSearch Search(string? query = null) => new() { Query = query, Category = _category };

    private async Task<IReadOnlyList<FoundAgent>> FindAsync(AgentSearch search, TenantId? viewer = null, IServiceProvider? node = null, AgentId? agent = null) =>
        (await (node ?? app.Services).GetRequiredService<IAgentFinder>().FindAsync(search, new Viewer(viewer ?? _tenant, agent), 50, null, default)).Value.Items;

    private static async Task EventuallyAsync(Func<Task<bool>> holds)
    {
        var until = DateTime.UtcNow.AddSeconds(10);
        while (!await holds())
        {
            DateTime.UtcNow.ShouldBeLessThan(until, "It never came true.");
            await Task.Delay(20);
        }
    }

    private Task ThereAsync(params AgentId[] agents) => EventuallyAsync(async () =>
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
        var agent = await RegisterAsync("Moving", "Bakes bread.");
        foreach (var node in new[] { app.Services, second.Services })
            await EventuallyAsync(async () => (await FindAsync(Search("bread"), node: node)).Any(a => a.Id == agent));

        var profile = new AgentProfile("Moving on", "Paints walls.", ["work.do"], null, Money.Usd(1), AgentVisibility.Public, [], [_category], 1);
        (await app.SendAsync(Actors.Person(_tenant), new EditAgent(agent, profile))).Succeeded.ShouldBeTrue();
        foreach (var node in new[] { app.Services, second.Services })
            await EventuallyAsync(async () => (await FindAsync(Search("bread"), node: node)).Count == 0 && (await FindAsync(Search("paint"), node: node)).Any(a => a.Id == agent));
        await app.SendAsync(Actors.Person(_tenant), new PauseAgent(agent));
        foreach (var node in new[] { app.Services, second.Services })
            await EventuallyAsync(async () => (await FindAsync(Search(), node: node)).Count == 0);
        await app.SendAsync(Actors.Person(_tenant), new ResumeAgent(agent));
        await ThereAsync(agent);
        await app.SendAsync(Actors.Person(_tenant), new RetireAgent(agent));
        foreach (var node in new[] { app.Services, second.Services })
            await EventuallyAsync(async () => (await FindAsync(Search(), node: node)).Count == 0);
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
