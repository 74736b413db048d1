using System.Net;
using System.Net.Http.Json;
using Hermes.IntegrationTests.Identity;
using Hermes.IntegrationTests.Shared;
using Npgsql;

namespace Hermes.IntegrationTests.Compliance;

public sealed class AuditTests(OperatorApp app) : IClassFixture<OperatorApp>
{
    [Fact]
    public async Task An_act_is_in_the_log_with_who_what_before_after_and_the_request()
    {
        var tenant = await app.TenantAsync();
        var bob = await app.MemberAsync(tenant, "viewer");
        var answer = await app.Client(tenant.Token).PutAsync($"/api/v1/members/{bob.Id}", JsonContent.Create(new { role = "finance" }));
        var request = answer.Headers.GetValues("X-Request-Id").Single();

        var rows = await (await app.Client(tenant.Token).GetAsync($"/api/v1/audit/logs?request_id={request}")).JsonAsync(HttpStatusCode.OK);

        var row = rows.GetProperty("items").EnumerateArray().ShouldHaveSingleItem();
        row.GetProperty("action").GetString().ShouldBe("member.change_role");
        row.GetProperty("actor_kind").GetString().ShouldBe("person");
        row.GetProperty("actor_name").GetString().ShouldBe(tenant.Email);
        row.GetProperty("subject_id").GetGuid().ShouldBe(bob.Id.Value);
        row.GetProperty("before").GetProperty("role").GetString().ShouldBe("viewer");
        row.GetProperty("after").GetProperty("role").GetString().ShouldBe("finance");
    }

    [Fact]
    public async Task Who_proves_who_they_are_by_the_act_is_named()
    {
        var tenant = await app.TenantAsync();
        await app.SignedInAsync(tenant.Email);
        (await app.SqlAsync<string>($"SELECT string_agg(DISTINCT actor_kind || ' ' || actor_name, ',') FROM compliance.audit_entries WHERE tenant_id = '{tenant.Id}' AND action IN ('person.sign_in', 'token.create')"))
            .ShouldBe($"person {tenant.Email}");
    }

    [Fact]
    public async Task A_refused_act_leaves_no_row()
    {
        var tenant = await app.TenantAsync();
        var answer = await app.Client(tenant.Token).PostJsonAsync("/api/v1/invitations", new { email = tenant.Email, role = "viewer" });
        answer.StatusCode.ShouldBe(HttpStatusCode.Conflict);
        (await app.SqlAsync<long>($"SELECT count(*) FROM compliance.audit_entries WHERE request_id = '{answer.Headers.GetValues("X-Request-Id").Single()}'")).ShouldBe(0);
    }

    [Fact]
    public async Task Filters_narrow_and_pages_follow_each_other()
    {
        var tenant = await app.TenantAsync();
        var client = app.Client(tenant.Token);
        for (var i = 0; i < 5; i++)
            (await client.PostJsonAsync("/api/v1/tokens", new { name = $"t{i}" })).StatusCode.ShouldBe(HttpStatusCode.Created);
        async Task<System.Text.Json.JsonElement> ListAsync(string query) => await (await client.GetAsync($"/api/v1/audit/logs?{query}")).JsonAsync(HttpStatusCode.OK);

        var seen = new List<Guid>();
        string? cursor = null;
        do
        {
            var page = await ListAsync($"action=token.&limit=2&cursor={cursor}");
            seen.AddRange(page.GetProperty("items").EnumerateArray().Select(e => e.GetProperty("id").GetGuid()));
            cursor = page.GetProperty("next_cursor").GetString();
        }
        while (cursor is not null);
        seen.Count.ShouldBe(6);
        seen.Distinct().Count().ShouldBe(6);

        (await ListAsync("actor=OWNER@&limit=100")).GetProperty("items").GetArrayLength().ShouldBeGreaterThan(4);
        (await ListAsync("actor=nobody")).GetProperty("items").GetArrayLength().ShouldBe(0);
        (await ListAsync("actor=%25")).GetProperty("items").GetArrayLength().ShouldBe(0);
        (await ListAsync("subject_type=token&limit=100")).GetProperty("items").GetArrayLength().ShouldBe(6);
        (await ListAsync("from=2100-01-01T00:00:00Z")).GetProperty("items").GetArrayLength().ShouldBe(0);
        (await ListAsync("to=2000-01-01T00:00:00Z")).GetProperty("items").GetArrayLength().ShouldBe(0);
        (await client.GetAsync($"/api/v1/audit/logs?actor={new string('x', 300)}")).StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
    }

    [Fact]
    public async Task The_log_is_the_tenants_own_and_needs_the_permission()
    {
        var (mine, other) = (await app.TenantAsync(), await app.TenantAsync());
        var viewer = await app.MemberAsync(mine, "viewer");
        var support = await app.MemberAsync(mine, "support");

        (await app.Client(viewer.Token).GetAsync("/api/v1/audit/logs")).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await app.Client().GetAsync("/api/v1/audit/logs")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await (await app.Client(support.Token).GetAsync("/api/v1/audit/logs?limit=100")).Content.ReadAsStringAsync()).ShouldContain(viewer.Email);
        (await (await app.Client(other.Token).GetAsync("/api/v1/audit/logs?limit=100")).Content.ReadAsStringAsync()).ShouldNotContain(mine.Email);
    }

    [Theory]
    [InlineData("UPDATE compliance.audit_entries SET actor_name = 'nobody'")]
    [InlineData("DELETE FROM compliance.audit_entries")]
    [InlineData("TRUNCATE compliance.audit_entries")]
    public async Task The_database_refuses_to_change_it_to_everybody(string sql)
    {
        await app.TenantAsync();
        foreach (var login in new[] { app.Database.Owner, app.Database.App, app.Database.Engine })
        {
            await using var connection = new NpgsqlConnection(login);
            await connection.OpenAsync();
            await using var command = new NpgsqlCommand(sql, connection);
            await Should.ThrowAsync<PostgresException>(() => command.ExecuteNonQueryAsync());
        }
    }

    [Fact]
    public async Task The_page_shows_filters_and_exports()
    {
        var tenant = await app.TenantAsync();
        (await app.Client(tenant.Token).PutAsync("/api/v1/settings", JsonContent.Create(new { name = "=1+1 Ltd" }))).StatusCode.ShouldBe(HttpStatusCode.OK);
        var browser = await app.SignedInAsync(tenant.Email);

        var page = await browser.TextAsync("/audit?act=tenant.settings");
        page.ShouldContain("tenant.settings");
        page.ShouldContain("=1&#x2B;1 Ltd");
        page.ShouldNotContain("tenant.found");
        (await browser.TextAsync("/audit?act=nothing")).ShouldContain("No row matches");
        var csv = await (await browser.GetAsync("/audit?handler=Csv")).Content.ReadAsStringAsync();
        csv.ShouldStartWith("at,actor_kind");
        csv.ShouldContain("tenant.settings");
    }
}
