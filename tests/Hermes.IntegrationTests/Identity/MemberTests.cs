using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using Hermes.Application.Identity;
using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using Hermes.IntegrationTests.Shared;

namespace Hermes.IntegrationTests.Identity;

public sealed class MemberTests(OperatorApp app) : IClassFixture<OperatorApp>
{
    [Fact]
    public async Task An_invited_stranger_makes_an_account_and_is_a_member_with_the_role()
    {
        var tenant = await app.TenantAsync();
        var bob = await app.MemberAsync(tenant, "developer");

        var members = await (await app.Client(tenant.Token).GetAsync("/api/v1/members")).JsonAsync(HttpStatusCode.OK);
        members.GetProperty("items").EnumerateArray().Select(m => (m.GetProperty("email").GetString(), m.GetProperty("role").GetString()))
            .ShouldBe([(tenant.Email, "admin"), (bob.Email, "developer")]);
        var me = await (await app.Client(bob.Token).GetAsync("/api/v1/me")).JsonAsync(HttpStatusCode.OK);
        me.GetProperty("permissions").EnumerateArray().Select(p => p.GetString()).ShouldContain("contracts.award");
        me.GetProperty("permissions").EnumerateArray().Select(p => p.GetString()).ShouldNotContain("users.manage");
    }

    [Fact]
    public async Task People_are_searched_filtered_and_come_as_csv()
    {
        var tenant = await app.TenantAsync();
        var (ann, bob) = (await app.MemberAsync(tenant, "developer"), await app.MemberAsync(tenant, "viewer"));
        var client = app.Client(tenant.Token);

        (await ListAsync("?search=OWNER@")).ShouldBe([tenant.Email]);
        (await ListAsync("?role=viewer")).ShouldBe([bob.Email]);
        (await ListAsync("?role=nonsense")).ShouldBeEmpty();
        (await ListAsync("?search=mia&limit=1")).ShouldBe([ann.Email]);
        var csv = await client.GetStringAsync("/api/v1/members?search=mia&format=csv");
        csv.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Length.ShouldBe(3);
        csv.ShouldStartWith("id,name,email,role,joined_at");
        var browser = await app.SignedInAsync(tenant.Email);
        (await browser.TextAsync("/members?handler=Csv&only=viewer")).ShouldContain(bob.Email);
        (await browser.TextAsync("/members?q=nobody-like-it")).ShouldContain("Nobody fits these filters");

        async Task<List<string>> ListAsync(string query) =>
            [.. (await (await client.GetAsync("/api/v1/members" + query)).JsonAsync(HttpStatusCode.OK)).GetProperty("items").EnumerateArray().Select(m => m.GetProperty("email").GetString()!)];
    }

    [Fact]
    public async Task An_invited_person_with_an_account_signs_in_and_joins_and_nobody_else_can()
    {
        var (host, guest, other) = (await app.TenantAsync(), await app.TenantAsync(), await app.TenantAsync());
        (await app.Client(host.Token).PostJsonAsync("/api/v1/invitations", new { email = guest.Email, role = "finance" })).StatusCode.ShouldBe(HttpStatusCode.Created);
        var secret = (await app.Mail.ToAsync(guest.Email)).Link("secret");
        var page = $"/invitation?secret={secret}";

        var anonymous = await app.Browser().GetAsync(page);
        anonymous.Headers.Location!.OriginalString.ShouldStartWith("/sign-in?returnUrl=%2Finvitation");
        (await app.SendAsync(Actor.Anonymous, new AcceptInvitation(secret, "Eve", OperatorApp.Password))).Error.ShouldBe(IdentityErrors.InvitationNeedsSignIn);
        var stranger = await app.SignedInAsync(other.Email);
        (await stranger.TextAsync(page)).ShouldContain("sent to");
        var taken = await stranger.PostAsync("/invitation", new() { ["secret"] = secret }, page);
        taken.StatusCode.ShouldBe(HttpStatusCode.Forbidden);

        var invited = await app.SignedInAsync(guest.Email);
        (await invited.PostAsync("/invitation", new() { ["secret"] = secret }, page)).StatusCode.ShouldBe(HttpStatusCode.Redirect);

        var me = await (await invited.GetAsync("/api/v1/me")).JsonAsync(HttpStatusCode.OK);
        me.GetProperty("tenant").GetGuid().ShouldBe(host.Id.Value);
        (await app.SendAsync(Actor.Anonymous, new AcceptInvitation(secret, "Eve", OperatorApp.Password))).Error.ShouldBe(IdentityErrors.InvitationOver);
    }

    [Fact]
    public async Task Accepted_at_the_same_time_twice_it_makes_one_member()
    {
        var tenant = await app.TenantAsync();
        (await app.Client(tenant.Token).PostJsonAsync("/api/v1/invitations", new { email = "twice@race.test", role = "viewer" })).StatusCode.ShouldBe(HttpStatusCode.Created);
        var secret = (await app.Mail.ToAsync("twice@race.test")).Link("secret");

        var both = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => app.SendAsync(Actor.Anonymous, new AcceptInvitation(secret, "Twice", OperatorApp.Password))));

        both.Count(r => r.Succeeded).ShouldBe(1);
        (await app.SqlAsync<long>($"SELECT count(*) FROM identity.members WHERE tenant_id = '{tenant.Id}'")).ShouldBe(2);
    }

    [Fact]
    public async Task A_revoked_replaced_or_old_invitation_is_over()
    {
        var tenant = await app.TenantAsync();
        var client = app.Client(tenant.Token);
        async Task<(Guid Id, string Secret)> InviteAsync(string email)
        {
            var before = app.Mail.CountTo(email);
            var made = await (await client.PostJsonAsync("/api/v1/invitations", new { email, role = "viewer" })).JsonAsync(HttpStatusCode.Created);
            return (made.GetProperty("id").GetGuid(), (await app.Mail.ToAsync(email, before + 1)).Link("secret"));
        }
        async Task<Error?> AcceptAsync(string secret) => (await app.SendAsync(Actor.Anonymous, new AcceptInvitation(secret, "Bob", OperatorApp.Password))).Error;

        var revoked = await InviteAsync("revoked@inv.test");
        (await client.DeleteAsync($"/api/v1/invitations/{revoked.Id}")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await client.DeleteAsync($"/api/v1/invitations/{revoked.Id}")).StatusCode.ShouldBe(HttpStatusCode.Conflict);
        (await AcceptAsync(revoked.Secret)).ShouldBe(IdentityErrors.InvitationOver);

        var first = await InviteAsync("again@inv.test");
        var second = await InviteAsync("again@inv.test");
        (await AcceptAsync(first.Secret)).ShouldBe(IdentityErrors.InvitationOver);

        app.Clock.Advance(Invitation.Lifetime);
        (await AcceptAsync(second.Secret)).ShouldBe(IdentityErrors.InvitationOver);
        app.Clock.Advance(-Invitation.Lifetime);
        (await AcceptAsync(second.Secret)).ShouldBeNull();
        (await AcceptAsync("hi_" + new string('x', 43))).ShouldBe(IdentityErrors.InvitationOver);
    }

    [Fact]
    public async Task A_new_persons_password_is_checked()
    {
        var tenant = await app.TenantAsync();
        (await app.Client(tenant.Token).PostJsonAsync("/api/v1/invitations", new { email = "weak@inv.test", role = "viewer" })).StatusCode.ShouldBe(HttpStatusCode.Created);
        var secret = (await app.Mail.ToAsync("weak@inv.test")).Link("secret");

        var answer = await app.Browser().PostAsync("/invitation", new() { ["secret"] = secret, ["Input.Name"] = "Weak", ["Input.Password"] = "short" }, $"/invitation?secret={secret}");

        answer.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await answer.Content.ReadAsStringAsync()).ShouldContain("at least 12 characters");
        (await app.SendAsync(Actor.Anonymous, new AcceptInvitation(secret, "", OperatorApp.Password))).Error!.Members!.Keys.ShouldBe(["name"]);
    }

    [Theory]
    [InlineData("not-an-address", "viewer", 422)]
    [InlineData("x@inv.test", "root", 422)]
    [InlineData("x@inv.test", "operator", 422)]
    public async Task What_cannot_be_invited(string email, string role, int status)
    {
        var tenant = await app.TenantAsync();
        ((int)(await app.Client(tenant.Token).PostJsonAsync("/api/v1/invitations", new { email, role })).StatusCode).ShouldBe(status);
    }

    [Fact]
    public async Task A_member_is_not_invited_again()
    {
        var tenant = await app.TenantAsync();
        var answer = await app.Client(tenant.Token).PostJsonAsync("/api/v1/invitations", new { email = tenant.Email.ToUpperInvariant(), role = "viewer" });
        (await answer.JsonAsync(HttpStatusCode.Conflict)).GetProperty("code").GetString().ShouldBe("identity.already_member");
    }

    [Fact]
    public async Task A_role_is_changed_with_the_version_that_was_seen()
    {
        var tenant = await app.TenantAsync();
        var bob = await app.MemberAsync(tenant, "viewer");
        var client = app.Client(tenant.Token);
        async Task<HttpResponseMessage> PutAsync(string role, string? version)
        {
            using var request = new HttpRequestMessage(HttpMethod.Put, $"/api/v1/members/{bob.Id}") { Content = JsonContent.Create(new { role }) };
            if (version is not null)
                request.Headers.IfMatch.Add(EntityTagHeaderValue.Parse(version));
            return await client.SendAsync(request);
        }

        var first = await PutAsync("analyst", null);
        first.StatusCode.ShouldBe(HttpStatusCode.OK);
        var seen = first.Headers.ETag!.Tag;
        (await PutAsync("finance", seen)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await (await PutAsync("support", seen)).JsonAsync(HttpStatusCode.PreconditionFailed)).GetProperty("code").GetString().ShouldBe("identity.member_changed");
        (await PutAsync("root", null)).StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);

        var me = await (await app.Client(bob.Token).GetAsync("/api/v1/me")).JsonAsync(HttpStatusCode.OK);
        me.GetProperty("permissions").EnumerateArray().Select(p => p.GetString()).ShouldContain("billing.manage", "a new role holds for tokens at once");
    }

    [Fact]
    public async Task The_last_admin_is_neither_demoted_nor_removed_nor_leaves()
    {
        var tenant = await app.TenantAsync();
        var client = app.Client(tenant.Token);
        var me = (await (await client.GetAsync("/api/v1/me")).JsonAsync(HttpStatusCode.OK)).GetProperty("id").GetGuid();

        (await (await client.PutAsync($"/api/v1/members/{me}", JsonContent.Create(new { role = "viewer" }))).JsonAsync(HttpStatusCode.Conflict)).GetProperty("code").GetString().ShouldBe("identity.last_admin");
        (await client.DeleteAsync($"/api/v1/members/{me}")).StatusCode.ShouldBe(HttpStatusCode.Conflict);
        (await (await app.SignedInAsync(tenant.Email)).PostAsync("/account?handler=Leave", [])).StatusCode.ShouldBe(HttpStatusCode.Conflict);

        await app.MemberAsync(tenant, "admin");
        (await (await app.SignedInAsync(tenant.Email)).PostAsync("/account?handler=Leave", [])).StatusCode.ShouldBe(HttpStatusCode.Redirect);
        (await client.GetAsync("/api/v1/me")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Two_admins_who_demote_each_other_leave_one()
    {
        for (var round = 0; round < 3; round++)
        {
            var tenant = await app.TenantAsync();
            var other = await app.MemberAsync(tenant, "admin");
            var owner = (await (await app.Client(tenant.Token).GetAsync("/api/v1/me")).JsonAsync(HttpStatusCode.OK)).GetProperty("id").GetGuid();

            await Task.WhenAll(
                app.Client(tenant.Token).DeleteAsync($"/api/v1/members/{other.Id}"),
                app.Client(other.Token).DeleteAsync($"/api/v1/members/{owner}"));

            (await app.SqlAsync<long>($"SELECT count(*) FROM identity.members WHERE tenant_id = '{tenant.Id}' AND role = 'admin'")).ShouldBe(1);
        }
    }

    [Fact]
    public async Task A_removed_member_has_no_session_and_no_token_there()
    {
        var tenant = await app.TenantAsync();
        var bob = await app.MemberAsync(tenant, "developer");
        var session = await app.SignedInAsync(bob.Email);

        (await app.Client(tenant.Token).DeleteAsync($"/api/v1/members/{bob.Id}")).StatusCode.ShouldBe(HttpStatusCode.NoContent);

        (await app.Client(bob.Token).GetAsync("/api/v1/me")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await session.GetAsync("/members")).Headers.Location!.OriginalString.ShouldBe("/organisations");
        (await session.GetAsync("/api/v1/members")).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await app.Client(tenant.Token).DeleteAsync($"/api/v1/members/{bob.Id}")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Without_the_permission_people_are_not_managed()
    {
        var tenant = await app.TenantAsync();
        foreach (var role in new[] { "developer", "analyst", "finance", "support", "viewer" })
        {
            var member = await app.MemberAsync(tenant, role);
            var client = app.Client(member.Token);
            var refused = await client.PostJsonAsync("/api/v1/invitations", new { email = "x@y.test", role = "viewer" });
            (await refused.JsonAsync(HttpStatusCode.Forbidden)).GetProperty("code").GetString().ShouldBe("access.permission_missing", role);
            (await client.GetAsync("/api/v1/invitations")).StatusCode.ShouldBe(HttpStatusCode.Forbidden, role);
            (await client.DeleteAsync($"/api/v1/members/{member.Id}")).StatusCode.ShouldBe(HttpStatusCode.Forbidden, role);
            (await client.PutAsync($"/api/v1/members/{member.Id}", JsonContent.Create(new { role = "admin" }))).StatusCode.ShouldBe(HttpStatusCode.Forbidden, role);
        }
    }

    [Fact]
    public async Task Another_tenants_people_do_not_exist()
    {
        var (mine, other) = (await app.TenantAsync(), await app.TenantAsync());
        var bob = await app.MemberAsync(other, "viewer");
        var invitation = (await (await app.Client(other.Token).PostJsonAsync("/api/v1/invitations", new { email = "x@other.test", role = "viewer" })).JsonAsync(HttpStatusCode.Created)).GetProperty("id").GetGuid();
        var client = app.Client(mine.Token);

        (await client.DeleteAsync($"/api/v1/members/{bob.Id}")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await client.PutAsync($"/api/v1/members/{bob.Id}", JsonContent.Create(new { role = "admin" }))).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await client.DeleteAsync($"/api/v1/invitations/{invitation}")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await (await client.GetAsync("/api/v1/members")).Content.ReadAsStringAsync()).ShouldNotContain(bob.Email);
        (await (await client.GetAsync("/api/v1/invitations")).Content.ReadAsStringAsync()).ShouldNotContain("x@other.test");
    }

    [Fact]
    public async Task The_page_invites_changes_and_removes()
    {
        var tenant = await app.TenantAsync();
        var bob = await app.MemberAsync(tenant, "viewer");
        var admin = await app.SignedInAsync(tenant.Email);

        (await admin.PostAsync("/members?handler=Invite", new() { ["Input.Email"] = "carol@page.test", ["Input.Role"] = "support" })).StatusCode.ShouldBe(HttpStatusCode.Redirect);
        (await admin.TextAsync("/members")).ShouldContain("carol@page.test");
        var version = await app.SqlAsync<string>($"SELECT xmin::text FROM identity.members WHERE person_id = '{bob.Id}'");
        (await admin.PostAsync("/members?handler=Role", new() { ["person"] = bob.Id.ToString(), ["role"] = "finance", ["version"] = version! })).StatusCode.ShouldBe(HttpStatusCode.Redirect);
        (await admin.PostAsync("/members?handler=Remove", new() { ["person"] = bob.Id.ToString() })).StatusCode.ShouldBe(HttpStatusCode.Redirect);
        (await admin.TextAsync("/members")).ShouldNotContain(bob.Email);
        (await app.Browser().GetAsync("/members")).StatusCode.ShouldBe(HttpStatusCode.Redirect);
    }

    [Fact]
    public async Task Long_lists_are_paged()
    {
        var tenant = await app.TenantAsync();
        await app.MemberAsync(tenant, "viewer");
        await app.MemberAsync(tenant, "viewer");
        var client = app.Client(tenant.Token);
        var seen = new List<string>();
        string? cursor = null;
        do
        {
            var page = await (await client.GetAsync($"/api/v1/members?limit=1&cursor={cursor}")).JsonAsync(HttpStatusCode.OK);
            seen.Add(page.GetProperty("items").EnumerateArray().Single().GetProperty("id").GetString()!);
            cursor = page.GetProperty("next_cursor").GetString();
        }
        while (cursor is not null);
        seen.Distinct().Count().ShouldBe(3);
    }
}
