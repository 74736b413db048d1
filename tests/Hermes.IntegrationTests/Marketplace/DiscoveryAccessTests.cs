using System.Net;
using Hermes.Application.Agents;
using Hermes.Application.Calls;
using Hermes.Application.Marketplace;
using Hermes.Application.Shared;
using Hermes.Domain.Agents;
using Hermes.Domain.Calls;
using Hermes.Domain.Shared;
using Hermes.IntegrationTests.Identity;
using Hermes.IntegrationTests.Shared;
using Microsoft.Extensions.DependencyInjection;

namespace Hermes.IntegrationTests.Marketplace;

/// <summary>An agent is found by exactly those who may call it: every kind of caller at every visibility, on both nodes.</summary>
public sealed class DiscoveryAccessTests(OperatorApp app) : IClassFixture<OperatorApp>
{
    private readonly TenantId _owner = new(Guid.CreateVersion7());
    private readonly string _category = "c" + Guid.CreateVersion7().ToString("N")[16..];

    public static TheoryData<string, AgentVisibility, bool> Matrix
    {
        get
        {
            var data = new TheoryData<string, AgentVisibility, bool>();
            foreach (var visibility in Enum.GetValues<AgentVisibility>())
            {
                var isPublic = visibility == AgentVisibility.Public;
                data.Add("same tenant", visibility, true);
                data.Add("stranger", visibility, isPublic);
                data.Add("allowed tenant", visibility, true);
                data.Add("allowed agent", visibility, true);
                data.Add("allowed by organisation", visibility, true);
                data.Add("agent allowed by organisation", visibility, true);
                data.Add("denied tenant", visibility, false);
                data.Add("denied agent", visibility, false);
                data.Add("denied and allowed", visibility, false);
                data.Add("allowed by organisation and denied", visibility, false);
                data.Add("denied in the same tenant", visibility, false);
                data.Add("visitor", visibility, isPublic);
            }
            return data;
        }
    }

    private async Task<AgentId> RegisterAsync(TenantId tenant, AgentVisibility visibility, string name = "Wayfarer") =>
        (await app.SendAsync(Actors.Person(tenant), new RegisterAgent(new AgentProfile(name + " " + Guid.CreateVersion7().ToString("N")[20..], "Coordinates trips.", ["trip.plan"], null,
            Money.Usd(1), visibility, [], [_category], 1)))).Value.Agent.Id;

    private async Task<IReadOnlyList<AgentId>> FoundAsync(Viewer viewer, IServiceProvider? node = null, string? query = "trip planning") =>
        [.. (await (node ?? app.Services).GetRequiredService<IAgentFinder>().FindAsync(new AgentSearch { Query = query, Category = _category }, viewer, 50, null, default)).Value.Items.Select(a => a.Id)];

    [Theory]
    [MemberData(nameof(Matrix))]
    public async Task Found_is_who_may_call(string caller, AgentVisibility visibility, bool isFound)
    {
        var name = "w" + Guid.CreateVersion7().ToString("N")[16..];
        var agent = await RegisterAsync(_owner, visibility, name);
        var sentinel = await RegisterAsync(_owner, AgentVisibility.Public);
        var tenant = caller.Contains("same tenant", StringComparison.Ordinal) ? _owner : new TenantId(Guid.CreateVersion7());
        var self = await RegisterAsync(tenant, AgentVisibility.Tenant, "Caller");
        var viewer = caller == "visitor" ? Viewer.Visitor : new Viewer(tenant, self);
        await Eventually.HoldsAsync(async () => (await FoundAsync(viewer)).Contains(sentinel) && (await FoundAsync(new Viewer(_owner))).Contains(agent));
        AccessSubject all = new(tenant, null), one = new(null, self);
        foreach (var (agentId, effect, subject) in (IEnumerable<(AgentId?, AccessEffect, AccessSubject)>)(caller switch
        {
            "allowed tenant" => [(agent, AccessEffect.Allow, all)],
            "allowed agent" => [(agent, AccessEffect.Allow, one)],
            "allowed by organisation" => [(null, AccessEffect.Allow, all)],
            "agent allowed by organisation" => [(null, AccessEffect.Allow, one)],
            "denied tenant" => [(agent, AccessEffect.Deny, all)],
            "denied agent" or "denied in the same tenant" => [(agent, AccessEffect.Deny, one)],
            "denied and allowed" => [(agent, AccessEffect.Allow, all), (agent, AccessEffect.Deny, one)],
            "allowed by organisation and denied" => [(null, AccessEffect.Allow, all), (agent, AccessEffect.Deny, all)],
            _ => [],
        }))
            (await app.SendAsync(Actors.Person(_owner), new RuleCaller(agentId, effect, subject))).Error.ShouldBeNull();

        foreach (var query in new[] { "trip planning", null })
            (await FoundAsync(viewer, query: query)).Contains(agent).ShouldBe(isFound);
        var finder = app.Services.GetRequiredService<IAgentFinder>();
        (await finder.FindOneAsync(agent, viewer, default) is not null).ShouldBe(isFound);
        if (!isFound)
            ((await finder.SimilarAsync(sentinel, viewer, 20, default)) ?? []).ShouldNotContain(a => a.Id == agent);
        (await finder.SuggestAsync(name, viewer, 20, default)).Any(s => s.AgentId == agent).ShouldBe(isFound);
        // And by whom calls decide, one by one.
        var target = await app.Services.GetRequiredService<ICallDirectory>().FindAsync(agent, viewer.Tenant, viewer.Agent, default);
        target!.Access.IsAllowed.ShouldBe(isFound);
    }

    [Fact]
    public async Task A_rule_shows_at_once_here_and_soon_on_other_nodes_and_ends_the_same_way()
    {
        await using var second = app.NewNode();
        _ = second.Server;
        var agent = await RegisterAsync(_owner, AgentVisibility.Permissioned);
        var tenant = new TenantId(Guid.CreateVersion7());
        var viewer = new Viewer(tenant);
        foreach (var node in new[] { app.Services, second.Services })
            await Eventually.HoldsAsync(async () => (await FoundAsync(new Viewer(_owner), node)).Contains(agent));
        foreach (var node in new[] { app.Services, second.Services })
            (await FoundAsync(viewer, node)).ShouldBeEmpty();

        var rule = (await app.SendAsync(Actors.Person(_owner), new RuleCaller(agent, AccessEffect.Allow, new AccessSubject(tenant, null)))).Value;
        (await FoundAsync(viewer)).ShouldBe([agent]);
        await Eventually.HoldsAsync(async () => (await FoundAsync(viewer, second.Services)).Count == 1);

        (await app.SendAsync(Actors.Person(_owner), new RemoveAccessRule(rule.Id))).Error.ShouldBeNull();
        (await FoundAsync(viewer)).ShouldBeEmpty();
        await Eventually.HoldsAsync(async () => (await FoundAsync(viewer, second.Services)).Count == 0);
    }

    [Fact]
    public async Task A_suspended_organisation_offers_nothing_until_it_works_again()
    {
        var tenant = await app.TenantAsync();
        var agent = await RegisterAsync(tenant.Id, AgentVisibility.Public);
        await Eventually.HoldsAsync(async () => (await FoundAsync(Viewer.Visitor)).Contains(agent));
        foreach (var (status, isFound) in new[] { ("suspended", false), ("active", true) })
        {
            (await app.Operator().PutAsync($"/api/v1/admin/tenants/{tenant.Id}", System.Net.Http.Json.JsonContent.Create(new { status }))).StatusCode.ShouldBe(HttpStatusCode.OK);
            await Eventually.HoldsAsync(async () => (await FoundAsync(Viewer.Visitor)).Contains(agent) == isFound);
        }
    }

    [Fact]
    public async Task The_page_of_a_permissioned_agent_is_there_for_those_who_may_call_it()
    {
        var (tenant, stranger) = (await app.TenantAsync(), await app.TenantAsync());
        var agent = await RegisterAsync(_owner, AgentVisibility.Permissioned, "By permission");
        (await app.SendAsync(Actors.Person(_owner), new RuleCaller(agent, AccessEffect.Allow, new AccessSubject(tenant.Id, null)))).Error.ShouldBeNull();
        await Eventually.HoldsAsync(async () => (await FoundAsync(new Viewer(tenant.Id), query: null)).Contains(agent));

        var allowed = await app.SignedInAsync(tenant.Email);
        (await allowed.TextAsync($"/marketplace/{agent}")).ShouldContain("By permission");
        (await allowed.TextAsync("/marketplace?q=by+permission&sort=Name")).ShouldContain($"/marketplace/{agent}");
        (await (await app.SignedInAsync(stranger.Email)).GetAsync($"/marketplace/{agent}")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await app.Client().GetAsync($"/marketplace/{agent}")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Every_order_pages_without_gap_or_repetition()
    {
        var agents = new List<AgentId>();
        for (var i = 0; i < 6; i++)
            agents.Add(await RegisterAsync(_owner, AgentVisibility.Public, $"Ordered {i}"));
        await Eventually.HoldsAsync(async () => (await FoundAsync(Viewer.Visitor)).Count == 6);
        foreach (var order in Enum.GetValues<SearchOrder>())
        {
            var seen = new List<FoundAgent>();
            string? cursor = null;
            do
            {
                var page = (await app.SendAsync(Actor.Anonymous, new SearchMarketplace(new AgentSearch { Category = _category, Order = order }, 4, cursor))).Value;
                seen.AddRange(page.Items);
                cursor = page.NextCursor;
            }
            while (cursor is not null);
            seen.Select(a => a.Id).ShouldBe(agents, ignoreOrder: true);
            if (order == SearchOrder.Name)
                seen.Select(a => a.Name).ShouldBeInOrder();
            if (order == SearchOrder.Newest)
                seen.Select(a => a.RegisteredAt).ShouldBeInOrder(SortDirection.Descending);
        }
    }
}
