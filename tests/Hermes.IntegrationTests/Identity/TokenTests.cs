using System.Net;
using System.Net.Http.Headers;
using Hermes.Application.Identity;
using Hermes.Application.Tenancy;
using Hermes.Domain.Identity;
using Hermes.Domain.Tenancy;
using Hermes.IntegrationTests.Shared;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Hermes.IntegrationTests.Identity;

public sealed class TokenTests(OperatorApp app) : IClassFixture<OperatorApp>
{
    [Fact]
    public async Task The_first_operator_makes_a_tenant_whose_owner_gets_a_token_by_password()
    {
        var tenant = await app.TenantAsync();

        var me = await (await app.Client(tenant.Token).GetAsync("/api/v1/me")).JsonAsync(HttpStatusCode.OK);

        me.GetProperty("kind").GetString().ShouldBe("person");
        me.GetProperty("email").GetString().ShouldBe(tenant.Email);
        me.GetProperty("tenant").GetGuid().ShouldBe(tenant.Id.Value);
        me.GetProperty("is_operator").GetBoolean().ShouldBeFalse();
        me.GetProperty("permissions").EnumerateArray().Select(p => p.GetString()).ShouldContain("users.manage");
    }

    [Fact]
    public async Task A_token_is_shown_once_and_stored_as_its_hash()
    {
        var tenant = await app.TenantAsync();
        var client = app.Client(tenant.Token);

        var made = await (await client.PostJsonAsync("/api/v1/tokens", new { name = "ci", expires_in_days = 7, scopes = new[] { "contracts.read" } })).JsonAsync(HttpStatusCode.Created);

        var text = made.GetProperty("token").GetString()!;
        text.ShouldStartWith("hp_");
        var list = await (await client.GetAsync("/api/v1/tokens")).Content.ReadAsStringAsync();
        list.ShouldContain("\"ci\"");
        list.ShouldNotContain(text);
        (await app.SqlAsync<long>($"SELECT count(*) FROM identity.personal_access_tokens t WHERE t::text LIKE '%{text}%'")).ShouldBe(0);
        (await app.SqlAsync<long>($"SELECT count(*) FROM compliance.audit_entries e WHERE e::text LIKE '%{text}%'")).ShouldBe(0);
        (await app.SqlAsync<long>($"SELECT count(*) FROM identity.personal_access_tokens WHERE token_hash = sha256('{text}')")).ShouldBe(1);
    }

    [Fact]
    public async Task Many_first_uses_at_once_are_all_answered()
    {
        var tenants = new List<TestTenant>();
        for (var t = 0; t < 4; t++)
            tenants.Add(await app.TenantAsync());
        for (var round = 0; round < 4; round++)
        {
            await app.SqlAsync<object>("UPDATE identity.personal_access_tokens SET last_used_at = NULL");
            var answers = await Task.WhenAll(Enumerable.Range(0, 96).Select(i => app.Client(tenants[i % 4].Token).GetAsync(i % 2 == 0 ? "/api/v1/me" : "/api/v1/wallet")));
            answers.Select(a => a.StatusCode).Distinct().ShouldBe([HttpStatusCode.OK]);
        }
    }

    [Fact]
    public async Task Scopes_limit_a_token_and_what_it_can_hand_on()
    {
        var tenant = await app.TenantAsync();
        var limited = (await (await app.Client(tenant.Token).PostJsonAsync("/api/v1/tokens", new { name = "limited", scopes = new[] { "contracts.read" } })).JsonAsync(HttpStatusCode.Created))
            .GetProperty("token").GetString()!;
        var client = app.Client(limited);

        (await client.PostJsonAsync("/api/v1/invitations", new { email = "x@y.test", role = "viewer" })).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await client.PostJsonAsync("/api/v1/tokens", new { name = "more", scopes = new[] { "users.manage" } })).StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        var child = await (await client.PostJsonAsync("/api/v1/tokens", new { name = "same" })).JsonAsync(HttpStatusCode.Created);
        child.GetProperty("scopes").EnumerateArray().Select(s => s.GetString()).ShouldBe(["contracts.read"]);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(366)]
    public async Task A_token_makes_none_that_outlives_it(int? days)
    {
        var tenant = await app.TenantAsync();
        var parent = await (await app.Client(tenant.Token).PostJsonAsync("/api/v1/tokens", new { name = "a week", expires_in_days = 7 })).JsonAsync(HttpStatusCode.Created);
        var client = app.Client(parent.GetProperty("token").GetString());

        var longest = await (await client.PostJsonAsync("/api/v1/tokens", new { name = "longest", expires_in_days = days })).JsonAsync(HttpStatusCode.Created);
        var shorter = await (await client.PostJsonAsync("/api/v1/tokens", new { name = "shorter", expires_in_days = 1 })).JsonAsync(HttpStatusCode.Created);

        longest.GetProperty("expires_at").GetDateTimeOffset().ShouldBe(parent.GetProperty("expires_at").GetDateTimeOffset(), TimeSpan.FromMilliseconds(1));
        shorter.GetProperty("expires_at").GetDateTimeOffset().ShouldBeLessThan(parent.GetProperty("expires_at").GetDateTimeOffset());
    }

    [Fact]
    public async Task What_a_token_made_ends_with_it_and_what_made_it_does_not()
    {
        var tenant = await app.TenantAsync();
        async Task<(Guid Id, string Text)> MakeAsync(string with)
        {
            var made = await (await app.Client(with).PostJsonAsync("/api/v1/tokens", new { name = "made" })).JsonAsync(HttpStatusCode.Created);
            return (made.GetProperty("id").GetGuid(), made.GetProperty("token").GetString()!);
        }
        async Task<HttpStatusCode> MeAsync(string with) => (await app.Client(with).GetAsync("/api/v1/me")).StatusCode;
        var (parent, sibling) = (await MakeAsync(tenant.Token), await MakeAsync(tenant.Token));
        var child = await MakeAsync(parent.Text);
        var grandchild = await MakeAsync(child.Text);

        // Also while it goes on making some: each is either refused or ended with the others.
        var making = Enumerable.Range(0, 8).Select(_ => app.Client(child.Text).PostJsonAsync("/api/v1/tokens", new { name = "late" })).ToList();
        (await app.Client(sibling.Text).DeleteAsync($"/api/v1/tokens/{parent.Id}")).StatusCode.ShouldBe(HttpStatusCode.NoContent);

        foreach (var late in await Task.WhenAll(making))
        {
            if (late.StatusCode == HttpStatusCode.Created)
                (await MeAsync((await late.JsonAsync(HttpStatusCode.Created)).GetProperty("token").GetString()!)).ShouldBe(HttpStatusCode.Unauthorized);
            else
                late.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        }
        foreach (var ended in new[] { parent, child, grandchild })
            (await MeAsync(ended.Text)).ShouldBe(HttpStatusCode.Unauthorized);
        foreach (var lives in new[] { tenant.Token, sibling.Text })
            (await MeAsync(lives)).ShouldBe(HttpStatusCode.OK);
        (await (await app.Client(tenant.Token).GetAsync("/api/v1/tokens")).Content.ReadAsStringAsync()).ShouldNotContain(child.Id.ToString());
        (await app.SqlAsync<long>($"SELECT count(*) FROM compliance.audit_entries WHERE action = 'token.revoke' AND subject_id IN ('{parent.Id}', '{child.Id}', '{grandchild.Id}')")).ShouldBe(3);
    }

    [Fact]
    public async Task Unknown_revoked_and_expired_tokens_are_refused_alike()
    {
        var tenant = await app.TenantAsync();
        var client = app.Client(tenant.Token);
        var made = await (await client.PostJsonAsync("/api/v1/tokens", new { name = "short", expires_in_days = 1 })).JsonAsync(HttpStatusCode.Created);
        var revoked = await (await client.PostJsonAsync("/api/v1/tokens", new { name = "revoked" })).JsonAsync(HttpStatusCode.Created);
        (await client.DeleteAsync($"/api/v1/tokens/{revoked.GetProperty("id").GetGuid()}")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await client.DeleteAsync($"/api/v1/tokens/{revoked.GetProperty("id").GetGuid()}")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await app.Client(made.GetProperty("token").GetString()).GetAsync("/api/v1/me")).StatusCode.ShouldBe(HttpStatusCode.OK);

        app.Clock.Advance(TimeSpan.FromDays(1));
        try
        {
            foreach (var bad in new[] { "hp_" + new string('x', 43), "hk_" + new string('x', 43), "junk", revoked.GetProperty("token").GetString(), made.GetProperty("token").GetString() })
            {
                var answer = await app.Client(bad).GetAsync("/api/v1/me");
                (await answer.JsonAsync(HttpStatusCode.Unauthorized)).GetProperty("code").GetString().ShouldBe("access.sign_in_needed");
                answer.Headers.WwwAuthenticate.ToString().ShouldBe("Bearer");
            }
        }
        finally
        {
            app.Clock.Advance(TimeSpan.FromDays(-1));
        }
    }

    [Fact]
    public async Task What_a_node_remembers_of_a_token_goes_with_a_revocation_another_role_a_removal_and_a_suspension_made_on_another()
    {
        // On this node nothing grows old: what it forgets, it forgets because it heard of it.
        await using var other = app.NewNode().WithWebHostBuilder(builder => builder.ConfigureTestServices(services => services.Replace(ServiceDescriptor.Singleton<TimeProvider>(new StoppedStopwatch()))));
        var tenant = await app.TenantAsync();
        var client = app.Client(tenant.Token);
        var (_, token, person) = await app.MemberAsync(tenant, BuiltInRoles.Developer);
        var spare = await (await client.PostJsonAsync("/api/v1/tokens", new { name = "spare" })).JsonAsync(HttpStatusCode.Created);
        async Task<(HttpStatusCode Status, bool Registers)> MeAsync(HttpClient node, string with)
        {
            using var ask = new HttpRequestMessage(HttpMethod.Get, "/api/v1/me") { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", with) } };
            using var answer = await node.SendAsync(ask);
            return (answer.StatusCode, answer.IsSuccessStatusCode && (await answer.Content.ReadAsStringAsync()).Contains($"\"{Permissions.AgentsCreate}\"", StringComparison.Ordinal));
        }
        async Task BecomesAsync(string with, (HttpStatusCode, bool) wanted)
        {
            // The node where it was done knows at once.
            (await MeAsync(app.Client(), with)).ShouldBe(wanted);
            await Eventually.IsAsync(() => MeAsync(other.CreateClient(), with), wanted);
        }
        var spareText = spare.GetProperty("token").GetString()!;
        for (var turn = 0; turn < 2; turn++)
        {
            foreach (var node in new[] { app.Client(), other.CreateClient() })
            {
                (await MeAsync(node, token)).ShouldBe((HttpStatusCode.OK, true));
                (await MeAsync(node, spareText)).ShouldBe((HttpStatusCode.OK, true));
                (await MeAsync(node, tenant.Token)).ShouldBe((HttpStatusCode.OK, true));
            }
        }

        (await client.DeleteAsync($"/api/v1/tokens/{spare.GetProperty("id").GetGuid()}")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        await BecomesAsync(spareText, (HttpStatusCode.Unauthorized, false));
        (await app.SendAsync(Actors.Person(tenant.Id, Permissions.UsersManage), new ChangeMemberRole(person, BuiltInRoles.Viewer))).Succeeded.ShouldBeTrue();
        await BecomesAsync(token, (HttpStatusCode.OK, false));
        (await app.SendAsync(Actors.Person(tenant.Id, Permissions.UsersManage), new RemoveMember(person))).Succeeded.ShouldBeTrue();
        await BecomesAsync(token, (HttpStatusCode.Unauthorized, false));
        (await app.SendAsync(Actors.Operator(), new UpdateTenant(tenant.Id, null, TenantStatus.Suspended, "unpaid"))).Succeeded.ShouldBeTrue();
        await BecomesAsync(tenant.Token, (HttpStatusCode.Forbidden, false));
    }

    private sealed class StoppedStopwatch : TimeProvider
    {
        public override long GetTimestamp() => 1;
    }

    [Fact]
    public async Task A_bad_credential_is_refused_where_none_would_be_needed()
    {
        (await app.Client().GetAsync("/api/v1/marketplace/leaderboard")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await app.Client("hp_" + new string('x', 43)).GetAsync("/api/v1/marketplace/leaderboard")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Another_persons_token_does_not_exist()
    {
        var (mine, other) = (await app.TenantAsync(), await app.TenantAsync());
        var colleague = await app.MemberAsync(mine, "admin");
        var id = (await (await app.Client(mine.Token).PostJsonAsync("/api/v1/tokens", new { name = "mine" })).JsonAsync(HttpStatusCode.Created)).GetProperty("id").GetGuid();

        (await app.Client(other.Token).DeleteAsync($"/api/v1/tokens/{id}")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await app.Client(colleague.Token).DeleteAsync($"/api/v1/tokens/{id}")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await (await app.Client(colleague.Token).GetAsync("/api/v1/tokens")).Content.ReadAsStringAsync()).ShouldNotContain(id.ToString());
    }

    [Fact]
    public async Task By_password_a_person_of_several_tenants_names_one()
    {
        var first = await app.TenantAsync();
        var second = await app.TenantAsync(first.Email);

        var unnamed = await app.Client().PostJsonAsync("/api/v1/tokens", new { email = first.Email, password = OperatorApp.Password, name = "ci" });
        (await unnamed.JsonAsync(HttpStatusCode.UnprocessableEntity)).GetProperty("code").GetString().ShouldBe("identity.tenant_needed");
        var foreign = await app.Client().PostJsonAsync("/api/v1/tokens", new { email = first.Email, password = OperatorApp.Password, name = "ci", tenant = "platform" });
        (await foreign.JsonAsync(HttpStatusCode.NotFound)).GetProperty("code").GetString().ShouldBe("identity.not_your_tenant");
        var me = await (await app.Client(second.Token).GetAsync("/api/v1/me")).JsonAsync(HttpStatusCode.OK);
        me.GetProperty("tenant").GetGuid().ShouldBe(second.Id.Value);
        me.GetProperty("tenants").GetArrayLength().ShouldBe(2);
    }

    [Fact]
    public async Task By_password_wrong_and_unknown_are_one_answer()
    {
        var tenant = await app.TenantAsync();
        foreach (var (email, password) in new[] { (tenant.Email, "wrong password here"), ("nobody@nowhere.test", OperatorApp.Password) })
        {
            var answer = await app.Client().PostJsonAsync("/api/v1/tokens", new { email, password, name = "ci" });
            (await answer.JsonAsync(HttpStatusCode.Unauthorized)).GetProperty("code").GetString().ShouldBe("identity.sign_in_failed");
        }
    }

    [Fact]
    public async Task The_last_use_is_noted_once_a_minute()
    {
        var tenant = await app.TenantAsync();
        var client = app.Client(tenant.Token);
        await client.GetAsync("/api/v1/me");
        var list = await (await client.GetAsync("/api/v1/tokens")).JsonAsync(HttpStatusCode.OK);
        list[0].GetProperty("last_used_at").GetDateTimeOffset().ShouldBe(app.Clock.GetUtcNow(), TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task The_same_idempotency_key_makes_one_token()
    {
        var tenant = await app.TenantAsync();
        async Task<(HttpStatusCode, string)> MakeAsync(string name)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/tokens") { Content = new StringContent($$"""{"name":"{{name}}"}""", MediaTypeHeaderValue.Parse("application/json")) };
            request.Headers.Add("Idempotency-Key", "make-one");
            var answer = await app.Client(tenant.Token).SendAsync(request);
            return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
        }

        var first = await MakeAsync("once");
        first.Item1.ShouldBe(HttpStatusCode.Created);
        (await MakeAsync("once")).ShouldBe(first);
        (await MakeAsync("other")).Item1.ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await app.SqlAsync<long>($"SELECT count(*) FROM identity.personal_access_tokens WHERE tenant_id = '{tenant.Id}' AND name = 'once'")).ShouldBe(1);
    }

    [Fact]
    public async Task A_token_of_ones_own_tenant_opens_no_back_office_even_for_an_operator()
    {
        var own = await app.TenantAsync(OperatorApp.OperatorEmail, OperatorApp.OperatorPassword);

        (await app.Client(own.Token).GetAsync("/api/v1/admin/tenants")).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await app.Operator().GetAsync("/api/v1/admin/tenants")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Roles_say_what_they_grant()
    {
        (await app.Client().GetAsync("/api/v1/rbac/roles")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        var tenant = await app.TenantAsync();
        var roles = await (await app.Client(tenant.Token).GetAsync("/api/v1/rbac/roles")).JsonAsync(HttpStatusCode.OK);
        roles.GetArrayLength().ShouldBe(BuiltInRoles.All.Count);
    }
}
