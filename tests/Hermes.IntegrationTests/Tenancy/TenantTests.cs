using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using Hermes.Application.Identity;
using Hermes.Application.Shared;
using Hermes.Application.Tenancy;
using Hermes.Domain.Shared;
using Hermes.Domain.Tenancy;
using Hermes.IntegrationTests.Identity;
using Hermes.IntegrationTests.Shared;

namespace Hermes.IntegrationTests.Tenancy;

/// <summary>With subdomains.</summary>
public sealed class ApexApp : OperatorApp
{
    public ApexApp() => Set("Hermes:ApexDomain", "hermes.test");
}

public sealed class TenantTests(ApexApp app) : IClassFixture<ApexApp>
{
    [Fact]
    public async Task Operators_make_list_and_read_tenants_and_others_do_not()
    {
        var tenant = await app.TenantAsync();
        var made = await (await app.Operator().GetAsync($"/api/v1/admin/tenants/{tenant.Id}")).JsonAsync(HttpStatusCode.OK);
        made.GetProperty("slug").GetString().ShouldBe(tenant.Slug);
        made.GetProperty("status").GetString().ShouldBe("active");
        made.GetProperty("members").GetInt32().ShouldBe(1);
        (await (await app.Operator().GetAsync($"/api/v1/admin/tenants?search={tenant.Slug.ToUpperInvariant()}")).Content.ReadAsStringAsync()).ShouldContain(tenant.Slug);
        (await (await app.Operator().GetAsync("/api/v1/admin/tenants?limit=100")).Content.ReadAsStringAsync()).ShouldNotContain("\"platform\"");

        foreach (var client in new[] { app.Client(tenant.Token), app.Client() })
        {
            var status = client.DefaultRequestHeaders.Authorization is null ? HttpStatusCode.Unauthorized : HttpStatusCode.Forbidden;
            (await client.GetAsync("/api/v1/admin/tenants")).StatusCode.ShouldBe(status);
            (await client.GetAsync($"/api/v1/admin/tenants/{tenant.Id}")).StatusCode.ShouldBe(status);
            (await client.PostJsonAsync("/api/v1/admin/tenants", new { name = "X", slug = "xyz", owner = new { email = "x@y.test", password = OperatorApp.Password } })).StatusCode.ShouldBe(status);
            (await client.PutAsync($"/api/v1/admin/tenants/{tenant.Id}", JsonContent.Create(new { name = "X" }))).StatusCode.ShouldBe(status);
        }
    }

    [Fact]
    public async Task Tenants_made_at_the_same_instant_are_listed_once_each()
    {
        for (var i = 0; i < 4; i++)
            await app.SqlAsync<object>($"INSERT INTO tenancy.tenants (id, slug, name, status, plan, created_at) VALUES ('{Guid.CreateVersion7()}', 'tied-{i}', 'Tied', 'active', 'free', '2020-02-02T00:00:00Z')");

        var (slugs, cursor) = (new List<string>(), "");
        do
        {
            var page = await (await app.Operator().GetAsync($"/api/v1/admin/tenants?search=tied-&limit=1&cursor={cursor}")).JsonAsync(HttpStatusCode.OK);
            slugs.AddRange(page.GetProperty("items").EnumerateArray().Select(t => t.GetProperty("slug").GetString()!));
            cursor = page.GetProperty("next_cursor").GetString();
        }
        while (cursor is not null && slugs.Count < 10);

        slugs.Order().ShouldBe(["tied-0", "tied-1", "tied-2", "tied-3"]);
    }

    [Theory]
    [InlineData("""{"name":"","slug":"fine-slug","owner":{"email":"a@b.test","password":"copper violin harbour 29"}}""", "name")]
    [InlineData("""{"name":"X","slug":"Bad Slug","owner":{"email":"a@b.test","password":"copper violin harbour 29"}}""", "slug")]
    [InlineData("""{"name":"X","slug":"fine-slug","owner":{"email":"nope","password":"copper violin harbour 29"}}""", "owner.email")]
    [InlineData("""{"name":"X","slug":"fine-slug","owner":{"email":"fresh@b.test","password":"short"}}""", "owner.password")]
    [InlineData("""{"name":"X","slug":"fine-slug","owner":{"email":"fresh@b.test"}}""", "owner.password")]
    public async Task What_is_wrong_is_named(string body, string member)
    {
        var answer = await app.Operator().PostAsync("/api/v1/admin/tenants", new StringContent(body, MediaTypeHeaderValue.Parse("application/json")));
        (await answer.JsonAsync(HttpStatusCode.UnprocessableEntity)).GetProperty("errors").TryGetProperty(member, out _).ShouldBeTrue();
    }

    [Fact]
    public async Task A_short_name_is_taken_once_also_in_a_race()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(i =>
            app.Operator().PostJsonAsync("/api/v1/admin/tenants", new { name = "Raced", slug = "raced-slug", owner = new { email = $"racer{i}@b.test", password = OperatorApp.Password } })));
        answers.Select(a => (int)a.StatusCode).Order().ShouldBe([201, 409, 409, 409]);
    }

    [Fact]
    public async Task An_owner_who_has_an_account_keeps_the_password()
    {
        var first = await app.TenantAsync();
        var made = await app.Operator().PostJsonAsync("/api/v1/admin/tenants", new { name = "Second", slug = "second-of-one", owner = new { email = first.Email, password = "a completely other one 1" } });
        made.StatusCode.ShouldBe(HttpStatusCode.Created);
        (await app.SendAsync(Actor.Anonymous, new SignIn(first.Email, OperatorApp.Password))).Value.Tenants.Count.ShouldBe(2);
        (await app.SendAsync(Actor.Anonymous, new SignIn(first.Email, "a completely other one 1"))).Succeeded.ShouldBeFalse();
    }

    [Fact]
    public async Task A_suspended_tenant_is_refused_clearly_and_works_again_after()
    {
        var tenant = await app.TenantAsync();
        var session = await app.SignedInAsync(tenant.Email);
        var agent = await (await app.Client(tenant.Token).PostJsonAsync("/api/v1/agents/register", new
        {
            name = "Clerk",
            description = "Does what it is told",
            capabilities = new[] { "text.summarise" },
            price = new { amount = "1.00", currency = "USD" },
        })).JsonAsync(HttpStatusCode.Created);
        var key = agent.GetProperty("key").ValueKind == System.Text.Json.JsonValueKind.Object ? agent.GetProperty("key").GetProperty("key").GetString() : agent.GetProperty("key").GetString();
        (await app.Client(key).GetAsync("/api/v1/me")).StatusCode.ShouldBe(HttpStatusCode.OK);

        (await PutAsync(tenant, new { status = "suspended", reason = "unpaid" })).StatusCode.ShouldBe(HttpStatusCode.OK);

        foreach (var credential in new[] { tenant.Token, key })
        {
            var refused = await app.Client(credential).GetAsync("/api/v1/me");
            (await refused.JsonAsync(HttpStatusCode.Forbidden)).GetProperty("code").GetString().ShouldBe("tenancy.suspended");
        }
        (await (await session.GetAsync("/api/v1/me")).JsonAsync(HttpStatusCode.Forbidden)).GetProperty("code").GetString().ShouldBe("tenancy.suspended");
        (await session.GetAsync("/members")).Headers.Location!.OriginalString.ShouldBe("/organisations");
        (await session.TextAsync("/organisations")).ShouldContain("Suspended");
        var byPassword = await app.Client().PostJsonAsync("/api/v1/tokens", new { email = tenant.Email, password = OperatorApp.Password, name = "x" });
        (await byPassword.JsonAsync(HttpStatusCode.Forbidden)).GetProperty("code").GetString().ShouldBe("tenancy.suspended");
        (await app.SendAsync(Actor.Anonymous, new SignIn(tenant.Email, OperatorApp.Password))).Value.Tenant!.IsActive.ShouldBeFalse();

        (await PutAsync(tenant, new { status = "active" })).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await app.Client(tenant.Token).GetAsync("/api/v1/me")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await app.Client(key).GetAsync("/api/v1/me")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await session.GetAsync("/members")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_change_names_the_version_it_was_based_on()
    {
        var tenant = await app.TenantAsync();
        var etag = (await app.Operator().GetAsync($"/api/v1/admin/tenants/{tenant.Id}")).Headers.ETag!.Tag;
        (await PutAsync(tenant, new { name = "Renamed" }, etag)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await PutAsync(tenant, new { name = "Again" }, etag)).StatusCode.ShouldBe(HttpStatusCode.PreconditionFailed);
        (await PutAsync(tenant, new { status = "deleting" })).StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await app.Operator().PutAsync($"/api/v1/admin/tenants/{Guid.CreateVersion7()}", JsonContent.Create(new { name = "X" }))).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await app.Operator().PutAsync($"/api/v1/admin/tenants/{TenantId.Platform}", JsonContent.Create(new { status = "suspended" }))).StatusCode.ShouldBe(HttpStatusCode.Conflict);
    }

    [Fact]
    public async Task Settings_are_the_tenants_own()
    {
        var (tenant, other) = (await app.TenantAsync(), await app.TenantAsync());
        var viewer = await app.MemberAsync(tenant, "viewer");
        var client = app.Client(tenant.Token);

        var saved = await client.PutAsync("/api/v1/settings", JsonContent.Create(new { name = "New name", contact_email = "mail@new.test" }));
        saved.StatusCode.ShouldBe(HttpStatusCode.OK);
        using var stale = new HttpRequestMessage(HttpMethod.Put, "/api/v1/settings") { Content = JsonContent.Create(new { name = "Stale" }) };
        stale.Headers.IfMatch.Add(new EntityTagHeaderValue("\"1\""));
        (await client.SendAsync(stale)).StatusCode.ShouldBe(HttpStatusCode.PreconditionFailed);
        (await client.PutAsync("/api/v1/settings", JsonContent.Create(new { name = "", contact_email = "no" }))).StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);

        (await (await app.Client(viewer.Token).GetAsync("/api/v1/settings")).JsonAsync(HttpStatusCode.OK)).GetProperty("name").GetString().ShouldBe("New name");
        (await app.Client(viewer.Token).PutAsync("/api/v1/settings", JsonContent.Create(new { name = "Mine" }))).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await (await app.Client(other.Token).GetAsync("/api/v1/settings")).JsonAsync(HttpStatusCode.OK)).GetProperty("name").GetString().ShouldBe(other.Slug);
        (await app.SendAsync(Actors.Person(other.Id), new GetTenantSettings())).Value.Id.ShouldBe(other.Id);
    }

    [Fact]
    public async Task A_subdomain_is_its_tenants()
    {
        var (mine, other) = (await app.TenantAsync(), await app.TenantAsync());
        async Task<HttpResponseMessage> GetAsync(string host, string path, string? token)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { Host = host } };
            return await app.Client(token).SendAsync(request);
        }

        (await GetAsync($"{mine.Slug}.hermes.test", "/api/v1/me", mine.Token)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await (await GetAsync($"{other.Slug}.hermes.test", "/api/v1/me", mine.Token)).JsonAsync(HttpStatusCode.Forbidden)).GetProperty("code").GetString().ShouldBe("tenancy.other_address");
        (await (await GetAsync("nobody-here.hermes.test", "/api/v1/me", mine.Token)).JsonAsync(HttpStatusCode.NotFound)).GetProperty("code").GetString().ShouldBe("tenancy.no_such_address");
        (await GetAsync("nobody-here.hermes.test", "/sign-in", null)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await GetAsync("hermes.test", "/api/v1/me", mine.Token)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await GetAsync("www.hermes.test", "/sign-in", null)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task The_operators_page_makes_and_suspends()
    {
        var browser = await app.SignedInAsync(OperatorApp.OperatorEmail, OperatorApp.OperatorPassword);
        (await browser.PostAsync("/operator/tenants?handler=Create", new() { ["Input.Name"] = "Paged & Co", ["Input.Slug"] = "", ["Input.OwnerEmail"] = "owner@paged.test", ["Input.OwnerPassword"] = OperatorApp.Password })).StatusCode.ShouldBe(HttpStatusCode.Redirect);
        (await browser.TextAsync("/operator/tenants?search=paged-co")).ShouldContain("Paged &amp; Co");
        var weak = await browser.PostAsync("/operator/tenants?handler=Create", new() { ["Input.Name"] = "Paged", ["Input.OwnerEmail"] = "owner2@paged.test", ["Input.OwnerPassword"] = "short" });
        weak.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await weak.Content.ReadAsStringAsync()).ShouldContain("at least 12 characters");
        var (id, version) = (await app.SqlAsync<Guid>("SELECT id FROM tenancy.tenants WHERE slug = 'paged-co'"), await app.SqlAsync<string>("SELECT xmin::text FROM tenancy.tenants WHERE slug = 'paged-co'"));
        (await browser.PostAsync("/operator/tenants?handler=Status", new() { ["tenant"] = id.ToString(), ["version"] = version!, ["status"] = nameof(TenantStatus.Suspended), ["reason"] = "test" })).StatusCode.ShouldBe(HttpStatusCode.Redirect);
        (await browser.TextAsync("/operator/tenants?status=Suspended")).ShouldContain("paged-co");
        (await (await browser.GetAsync("/operator/tenants?handler=Csv")).Content.ReadAsStringAsync()).ShouldContain("paged-co");

        var tenant = await app.TenantAsync();
        var referred = new Dictionary<string, string> { ["tenant"] = id.ToString(), ["referrer"] = tenant.Slug, ["percent"] = "2.5" };
        (await browser.PostAsync("/operator/tenants?handler=Referrer", referred)).StatusCode.ShouldBe(HttpStatusCode.Redirect);
        (await browser.TextAsync("/operator/tenants?search=paged-co")).ShouldContain($"brought by {tenant.Slug}, 2.5 %");
        foreach (var (field, wrong, says) in new[] { ("referrer", "nobody-here", "There is no such organisation"), ("referrer", "paged-co", "Neither the organisation itself"), ("percent", "6", "at most 5 percent"), ("percent", "much", "at most 5 percent") })
            (await (await browser.PostAsync("/operator/tenants?handler=Referrer", new(referred) { [field] = wrong })).Content.ReadAsStringAsync()).ShouldContain(says);
        (await browser.PostAsync("/operator/tenants?handler=Referrer", new(referred) { ["referrer"] = "" })).StatusCode.ShouldBe(HttpStatusCode.Redirect);
        (await browser.TextAsync("/operator/tenants?search=paged-co")).ShouldNotContain("brought by");
        (await (await app.SignedInAsync(tenant.Email)).GetAsync("/operator/tenants")).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
    }

    private async Task<HttpResponseMessage> PutAsync(TestTenant tenant, object body, string? etag = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, $"/api/v1/admin/tenants/{tenant.Id}") { Content = JsonContent.Create(body, body.GetType()) };
        if (etag is not null)
            request.Headers.IfMatch.Add(EntityTagHeaderValue.Parse(etag));
        return await app.Operator().SendAsync(request);
    }
}
