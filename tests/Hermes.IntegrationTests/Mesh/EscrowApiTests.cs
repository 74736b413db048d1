using System.Net;
using System.Text.Json;
using Hermes.IntegrationTests.Identity;
using Hermes.IntegrationTests.Shared;

namespace Hermes.IntegrationTests.Mesh;

/// <summary>Escrows over HTTP: who sees what is held, and who moves it.</summary>
public sealed class EscrowApiTests(OperatorApp app) : IClassFixture<OperatorApp>
{
    private sealed record Case(TestTenant Poster, TestTenant Owner, HttpClient Agent, string Contract)
    {
        public string Escrow => $"/api/v1/escrow/{Contract}";
    }

    [Fact]
    public async Task Poster_and_winner_see_it_each_their_part_and_nobody_else_does()
    {
        var c = await AwardedAsync();
        var toPoster = await (await app.Client(c.Poster.Token).GetAsync(c.Escrow)).JsonAsync(HttpStatusCode.OK);
        (Text(toPoster, "state"), Amount(toPoster, "held"), Amount(toPoster, "funded"), Amount(toPoster, "released"), Amount(toPoster, "refunded")).ShouldBe(("locked", "4.00", "4.00", "0.00", "0.00"));
        (toPoster.GetProperty("may_release").GetBoolean(), toPoster.GetProperty("entries").GetArrayLength()).ShouldBe((true, 2), "the hold: out of the wallet, into the escrow");

        foreach (var winner in (HttpClient[])[c.Agent, app.Client(c.Owner.Token)])
        {
            var seen = await (await winner.GetAsync(c.Escrow)).JsonAsync(HttpStatusCode.OK);
            (Amount(seen, "held"), seen.GetProperty("may_release").GetBoolean(), seen.GetProperty("entries").GetArrayLength()).ShouldBe(("4.00", false, 0));
            seen.GetProperty("funded").ValueKind.ShouldBe(JsonValueKind.Null);
        }
        var stranger = app.Client((await app.TenantAsync()).Token);
        (await (await stranger.GetAsync(c.Escrow)).JsonAsync(HttpStatusCode.NotFound)).GetProperty("code").GetString().ShouldBe("escrow.not_found");
        (await stranger.GetAsync($"/api/v1/escrow/{Guid.CreateVersion7()}")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await app.Client().GetAsync(c.Escrow)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Without_the_permission_it_is_refused_and_without_the_books_entries_are_left_out()
    {
        var c = await AwardedAsync();
        var scoped = app.Client(await ScopedAsync(c.Poster, "agents.read"));
        (await (await scoped.GetAsync(c.Escrow)).JsonAsync(HttpStatusCode.Forbidden)).GetProperty("code").GetString().ShouldBe("access.permission_missing");
        (await scoped.PostJsonAsync($"{c.Escrow}/release", new { percent = 10 })).StatusCode.ShouldBe(HttpStatusCode.Forbidden);

        var reader = await (await app.Client(await ScopedAsync(c.Poster, "contracts.read")).GetAsync(c.Escrow)).JsonAsync(HttpStatusCode.OK);

        (Amount(reader, "held"), reader.GetProperty("entries").GetArrayLength(), reader.GetProperty("may_release").GetBoolean()).ShouldBe(("4.00", 0, false));
    }

    [Fact]
    public async Task An_operator_releases_what_is_asked_and_no_more()
    {
        var c = await AwardedAsync();
        var desk = app.Client(OperatorApp.OperatorToken);
        (await (await desk.PostJsonAsync($"{c.Escrow}/release", new { percent = 25 })).JsonAsync(HttpStatusCode.UnprocessableEntity)).GetProperty("errors").TryGetProperty("reason", out _).ShouldBeTrue();

        Amount(await (await desk.PostJsonAsync($"{c.Escrow}/release", new { percent = 25, reason = "Agreed by mail." })).JsonAsync(HttpStatusCode.OK), "held").ShouldBe("3.00");
        Amount(await (await desk.PostJsonAsync($"/api/v1/admin/escrow/{c.Contract}/release", new { percent = 50, reason = "And by phone." })).JsonAsync(HttpStatusCode.OK), "held").ShouldBe("1.50");
        (await desk.PostJsonAsync($"{c.Escrow}/release", new { percent = 101, reason = "Too much." })).StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);

        var rest = await (await app.Client(c.Poster.Token).PostJsonAsync($"{c.Escrow}/release", new { })).JsonAsync(HttpStatusCode.OK);
        (Text(rest, "state"), Amount(rest, "moved")).ShouldBe(("settled", "1.50"));
        (await app.SqlAsync<long>($"SELECT count(*) FROM compliance.audit_entries WHERE subject_id = '{c.Contract}' AND action = 'escrow.release' AND tenant_id = '{c.Poster.Id}'")).ShouldBe(3);
    }

    private static string? Text(JsonElement from, string member) => from.GetProperty(member).GetString();

    private static string? Amount(JsonElement from, string member) => from.GetProperty(member).GetProperty("amount").GetString();

    private async Task<string> ScopedAsync(TestTenant tenant, string scope) =>
        (await (await app.Client().PostJsonAsync("/api/v1/tokens", new { email = tenant.Email, password = OperatorApp.Password, tenant = tenant.Slug, name = "scoped", scopes = new[] { scope } })).JsonAsync(HttpStatusCode.Created))
        .GetProperty("token").GetString()!;

    private async Task<Case> AwardedAsync()
    {
        var (tenant, owner) = (await app.TenantAsync(), await app.TenantAsync());
        var poster = app.Client(tenant.Token);
        (await poster.PostJsonAsync($"/api/v1/orgs/{tenant.Id}/wallet", new { amount = new { amount = "50.00", currency = "USD" } })).StatusCode.ShouldBe(HttpStatusCode.Created);
        var made = await (await app.Client(owner.Token).PostJsonAsync("/api/v1/agents/register", new { name = "Summariser", capabilities = new[] { "summarise" }, capacity = 5 })).JsonAsync(HttpStatusCode.Created);
        var agent = app.Client(made.GetProperty("key").GetString());
        var posted = await (await poster.PostJsonAsync("/api/v1/mesh/contracts", new
        {
            title = "Summarise",
            intent = "Ten sentences.",
            reward = new { amount = "5.00", currency = "USD" },
            required_capabilities = new[] { "summarise" },
            bidding_window_seconds = 600,
        })).JsonAsync(HttpStatusCode.Created);
        var id = posted.GetProperty("id").GetString()!;
        (await agent.PostJsonAsync($"/api/v1/mesh/contracts/{id}/bid", new { price = new { amount = "4.00", currency = "USD" }, eta_seconds = 600, confidence = 0.95 })).StatusCode.ShouldBe(HttpStatusCode.Created);
        (await poster.PostJsonAsync($"/api/v1/mesh/contracts/{id}/award", new { })).StatusCode.ShouldBe(HttpStatusCode.OK);
        return new Case(tenant, owner, agent, id);
    }
}
