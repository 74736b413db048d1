using System.Net;
using System.Text;
using System.Text.Json;
using Hermes.Application.Agents;
using Hermes.Application.Marketplace;
using Hermes.Domain.Agents;
using Hermes.Domain.Shared;
using Hermes.IntegrationTests.Identity;
using Hermes.IntegrationTests.Shared;
using Microsoft.Extensions.DependencyInjection;

namespace Hermes.IntegrationTests.Marketplace;

/// <summary>Catalogue feeds hold every public listed agent and nothing else, in the members and errors of their specifications.</summary>
public sealed class CatalogueFeedsTests(OperatorApp app) : IClassFixture<OperatorApp>
{
    private readonly TenantId _tenant = new(Guid.CreateVersion7());

    private async Task<AgentId> RegisterAsync(string name, string description = "Coordinates trips for groups.", AgentVisibility visibility = AgentVisibility.Public, string capability = "trip.plan") =>
        (await app.SendAsync(Actors.Person(_tenant), new RegisterAgent(new AgentProfile(name, description, [capability], null, Money.Usd(1), visibility, ["leisure"], ["travel"], 1)))).Value.Agent.Id;

    private Task ThereAsync(params AgentId[] agents) => Eventually.HoldsAsync(async () =>
    {
        var finder = app.Services.GetRequiredService<IAgentFinder>();
        return (await Task.WhenAll(agents.Select(a => finder.FindOneAsync(a, new Viewer(_tenant), default)))).All(a => a is not null);
    });

    private static StringContent Body(string json) => new(json, Encoding.UTF8, "application/json");

    private static void ShouldBeAnEntry(JsonElement entry)
    {
        entry.GetProperty("identifier").GetString()!.ShouldMatch("^urn:air:hermes\\.test:(agent|registry|catalog):[a-zA-Z0-9._-]+$");
        entry.GetProperty("displayName").GetString().ShouldNotBeNullOrEmpty();
        entry.GetProperty("type").GetString()!.ShouldBeOneOf("application/a2a-agent-card+json", "application/ai-registry+json", "application/ai-catalog+json");
        entry.GetProperty("url").GetString()!.ShouldStartWith("https://hermes.test/");
        entry.TryGetProperty("data", out _).ShouldBeFalse();
    }

    [Theory]
    [InlineData("/.well-known/ai-catalog.json", "application/ai-catalog+json")]
    [InlineData("/.well-known/ard.json", "application/json")]
    public async Task The_manifest_lists_public_agents_page_by_page(string path, string mediaType)
    {
        var secret = await RegisterAsync("Secret " + Guid.CreateVersion7(), visibility: AgentVisibility.Tenant);
        var permissioned = await RegisterAsync("Permissioned " + Guid.CreateVersion7(), visibility: AgentVisibility.Permissioned);
        var agents = new List<AgentId>();
        for (var i = 0; i < 103; i++)
            agents.Add(await RegisterAsync($"Listed {i} {Guid.CreateVersion7()}"));
        await ThereAsync([.. agents, secret, permissioned]);
        // A credential makes no difference.
        var client = app.Client((await app.TenantAsync()).Token);

        var seen = new List<string>();
        var (url, pages) = (path, 0);
        while (url is not null)
        {
            var answer = await client.GetAsync(url);
            answer.Content.Headers.ContentType!.MediaType.ShouldBe(mediaType);
            answer.Headers.GetValues("Access-Control-Allow-Origin").ShouldBe(["*"]);
            var manifest = await answer.JsonAsync(HttpStatusCode.OK);
            manifest.GetProperty("specVersion").GetString().ShouldBe("1.0");
            manifest.GetProperty("host").GetProperty("displayName").GetString().ShouldNotBeNullOrEmpty();
            var entries = manifest.GetProperty("entries").EnumerateArray().ToList();
            entries.ForEach(ShouldBeAnEntry);
            if (pages++ == 0)
                entries.ShouldContain(e => e.GetProperty("type").GetString() == "application/ai-registry+json");
            seen.AddRange(entries.Where(e => e.GetProperty("type").GetString() == "application/a2a-agent-card+json").Select(e => e.GetProperty("identifier").GetString()!));
            url = entries.SingleOrDefault(e => e.GetProperty("type").GetString() == "application/ai-catalog+json") is { ValueKind: JsonValueKind.Object } next
                ? new Uri(next.GetProperty("url").GetString()!).PathAndQuery : null;
            (url is not null).ShouldBe(answer.Headers.Contains("Link"));
        }

        pages.ShouldBeGreaterThan(1);
        seen.Count.ShouldBe(seen.Distinct().Count());
        agents.Select(a => $"urn:air:hermes.test:agent:{a}").ShouldBeSubsetOf(seen);
        seen.ShouldNotContain(s => s.Contains(secret.ToString(), StringComparison.Ordinal) || s.Contains(permissioned.ToString(), StringComparison.Ordinal));
        (await app.Client().GetStringAsync("/marketplace")).ShouldContain("rel=\"ard\"");
    }

    [Fact]
    public async Task What_is_unchanged_is_not_sent_again()
    {
        await ThereAsync(await RegisterAsync("Tagged " + Guid.CreateVersion7()));
        var first = await app.Client().GetAsync("/.well-known/ard.json");
        first.Headers.ETag.ShouldNotBeNull();
        first.Content.Headers.LastModified.ShouldNotBeNull();
        async Task<HttpStatusCode> WithAsync(Action<HttpRequestMessage> change)
        {
            var request = new HttpRequestMessage(HttpMethod.Get, "/.well-known/ard.json");
            change(request);
            return (await app.Client().SendAsync(request)).StatusCode;
        }
        (await WithAsync(r => r.Headers.IfNoneMatch.Add(first.Headers.ETag))).ShouldBe(HttpStatusCode.NotModified);
        (await WithAsync(r => r.Headers.IfNoneMatch.ParseAdd("\"other\""))).ShouldBe(HttpStatusCode.OK);
        (await WithAsync(r => r.Headers.IfModifiedSince = first.Content.Headers.LastModified)).ShouldBe(HttpStatusCode.NotModified);
        (await WithAsync(r => r.Headers.IfModifiedSince = first.Content.Headers.LastModified!.Value.AddDays(-1))).ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("/search")]
    [InlineData("/ard/search")]
    public async Task The_registry_searches_by_meaning_filters_and_pages(string path)
    {
        var word = "z" + Guid.CreateVersion7().ToString("N")[16..];
        var agents = new List<AgentId>();
        for (var i = 0; i < 3; i++)
            agents.Add(await RegisterAsync($"{word} {i}", capability: "cap." + word));
        var secret = await RegisterAsync(word + " secret", visibility: AgentVisibility.Tenant);
        await ThereAsync([.. agents, secret]);
        var client = app.Client();

        var (seen, token) = (new List<string>(), (string?)null);
        do
        {
            var page = await (await client.PostAsync(path, Body(JsonSerializer.Serialize(new { query = new { text = "travel planning " + word, filter = new { capabilities = new[] { "cap." + word }, type = "application/a2a-agent-card+json" } }, federation = "none", pageSize = 2, pageToken = token }))))
                .JsonAsync(HttpStatusCode.OK);
            foreach (var result in page.GetProperty("results").EnumerateArray())
            {
                ShouldBeAnEntry(result);
                result.GetProperty("score").GetInt32().ShouldBeInRange(1, 100);
                result.GetProperty("source").GetString().ShouldBe("https://hermes.test/ard/");
                seen.Add(result.GetProperty("identifier").GetString()!);
            }
            token = page.TryGetProperty("pageToken", out var next) ? next.GetString() : null;
        }
        while (token is not null);
        seen.ShouldBe(agents.Select(a => $"urn:air:hermes.test:agent:{a}"), ignoreOrder: true);

        foreach (var wrong in new[] { "", "[]", "{}", "{\"query\":{}}", "{\"query\":{\"text\":\"\"}}", "{\"query\":{\"text\":\"x\"},\"pageSize\":0}", "{\"query\":{\"text\":\"x\"},\"pageSize\":\"x\"}",
            "{\"query\":{\"text\":\"x\"},\"federation\":\"all\"}", "{\"query\":{\"text\":\"x\",\"filter\":[]}}", "{\"query\":{\"text\":\"x\",\"filter\":{\"unknown\":[\"x\"]}}}", "{\"query\":{\"text\":\"x\"},\"pageToken\":\"%%\"}" })
        {
            var refused = await (await client.PostAsync(path, Body(wrong))).JsonAsync(HttpStatusCode.BadRequest);
            refused.GetProperty("errorCode").GetString().ShouldBe("INVALID_ARGUMENT");
            refused.GetProperty("message").GetString().ShouldNotBeNullOrEmpty();
        }
        var preflight = await client.SendAsync(new HttpRequestMessage(HttpMethod.Options, path));
        preflight.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        preflight.Headers.GetValues("Access-Control-Allow-Headers").ShouldBe(["Content-Type"]);
    }

    [Fact]
    public async Task The_registry_retrieves_and_lists_entries()
    {
        var agent = await RegisterAsync("Retrieved " + Guid.CreateVersion7());
        var secret = await RegisterAsync("Unseen " + Guid.CreateVersion7(), visibility: AgentVisibility.Permissioned);
        await ThereAsync(agent, secret);
        var client = app.Client();
        static string At(string urn) => "/ard/agents/" + Uri.EscapeDataString(urn);

        var entry = await (await client.GetAsync(At($"urn:air:hermes.test:agent:{agent}"))).JsonAsync(HttpStatusCode.OK);
        ShouldBeAnEntry(entry);
        entry.GetProperty("representativeQueries").GetArrayLength().ShouldBeInRange(1, 5);
        entry.TryGetProperty("score", out _).ShouldBeFalse();
        foreach (var missing in new[] { $"urn:air:hermes.test:agent:{secret}", $"urn:air:hermes.test:agent:{Guid.CreateVersion7()}", "urn:air:other.test:probe:x" })
            (await (await client.GetAsync(At(missing))).JsonAsync(HttpStatusCode.NotFound)).GetProperty("errorCode").GetString().ShouldBe("NOT_FOUND");
        (await (await client.GetAsync(At("not-a-valid-ard-urn"))).JsonAsync(HttpStatusCode.BadRequest)).GetProperty("errorCode").GetString().ShouldBe("INVALID_ARGUMENT");
        var list = await (await client.GetAsync("/ard/agents?pageSize=1&orderBy=displayName")).JsonAsync(HttpStatusCode.OK);
        ShouldBeAnEntry(list.GetProperty("items").EnumerateArray().Single());
        (await (await client.GetAsync("/ard/agents?pageSize=500")).JsonAsync(HttpStatusCode.BadRequest)).GetProperty("errorCode").GetString().ShouldBe("INVALID_ARGUMENT");
        (await client.PostAsync("/ard/explore", Body("{}"))).StatusCode.ShouldBe(HttpStatusCode.NotImplemented);
    }
}
