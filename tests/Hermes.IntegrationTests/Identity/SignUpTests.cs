using System.Net;
using Hermes.Application.Identity;
using Hermes.Application.Shared;
using Hermes.Domain.Shared;
using Hermes.IntegrationTests.Shared;

namespace Hermes.IntegrationTests.Identity;

public sealed class SignUpTests(OperatorApp app) : IClassFixture<OperatorApp>
{
    private static Dictionary<string, string> Form(string email, string slug, string password = OperatorApp.Password) => new()
    {
        ["Input.Name"] = "Ada",
        ["Input.Email"] = email,
        ["Input.Password"] = password,
        ["Input.Organisation"] = "Ada & Co",
        ["Input.Slug"] = slug,
    };

    [Fact]
    public async Task Sign_up_confirm_sign_in()
    {
        var browser = app.Browser();
        (await (await browser.PostAsync("/sign-up", Form("ada@one.test", "ada-one"))).Content.ReadAsStringAsync()).ShouldContain("Check your mail");

        var early = await browser.PostAsync("/sign-in", new() { ["Input.Email"] = "ada@one.test", ["Input.Password"] = OperatorApp.Password });
        (await early.Content.ReadAsStringAsync()).ShouldContain("Confirm your e-mail address first");
        await app.Mail.ToAsync("ada@one.test", nth: 2);

        var mail = await app.Mail.ToAsync("ada@one.test");
        var (person, secret) = (mail.Link("person"), mail.Link("secret"));
        (await browser.PostAsync("/confirm", new() { ["person"] = person, ["secret"] = secret + "x" })).StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await browser.PostAsync("/confirm", new() { ["person"] = person, ["secret"] = secret })).StatusCode.ShouldBe(HttpStatusCode.Redirect);

        var signedIn = await app.SignedInAsync("ada@one.test");
        var me = await (await signedIn.GetAsync("/api/v1/me")).JsonAsync(HttpStatusCode.OK);
        me.GetProperty("tenants")[0].GetProperty("slug").GetString().ShouldBe("ada-one");
        me.GetProperty("tenants")[0].GetProperty("role").GetString().ShouldBe("admin");
        (await app.SqlAsync<long>("SELECT count(*) FROM compliance.audit_entries WHERE action IN ('person.sign_up', 'tenant.found', 'person.sign_in') AND tenant_id = (SELECT id FROM tenancy.tenants WHERE slug = 'ada-one')")).ShouldBe(3);
    }

    [Fact]
    public async Task A_known_address_gets_the_same_page_and_its_owner_a_mail()
    {
        var tenant = await app.TenantAsync();
        var known = await (await app.Browser().PostAsync("/sign-up", Form(tenant.Email, "ada-two"))).Content.ReadAsStringAsync();
        var fresh = await (await app.Browser().PostAsync("/sign-up", Form("fresh@two.test", "ada-fresh"))).Content.ReadAsStringAsync();

        static string Main(string html) => System.Text.RegularExpressions.Regex.Match(html, "<main[\\s\\S]*</main>").Value;
        Main(known).Replace(tenant.Email, "?", StringComparison.Ordinal).ShouldBe(Main(fresh).Replace("fresh@two.test", "?", StringComparison.Ordinal));
        (await app.Mail.ToAsync(tenant.Email)).Subject.ShouldBe("You have an account already");
        (await app.SqlAsync<long>("SELECT count(*) FROM tenancy.tenants WHERE slug = 'ada-two'")).ShouldBe(0);
    }

    [Theory]
    [InlineData("not-an-address", "ada-x", OperatorApp.Password, "This is not an e-mail address.")]
    [InlineData("x@three.test", "x", OperatorApp.Password, "A short name has")]
    [InlineData("x@three.test", "admin", OperatorApp.Password, "reserved")]
    [InlineData("x@three.test", "ada-x", "short", "at least 12 characters")]
    [InlineData("x@three.test", "ada-x", "Passw0rd1234!", "attackers try first")]
    public async Task What_is_wrong_stands_at_its_field(string email, string slug, string password, string says)
    {
        var answer = await app.Browser().PostAsync("/sign-up", Form(email, slug, password));
        answer.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await answer.Content.ReadAsStringAsync()).ShouldContain(says);
    }

    [Fact]
    public async Task A_taken_short_name_is_refused_also_in_a_race()
    {
        var tenant = await app.TenantAsync();
        (await app.SendAsync(Actor.Anonymous, new SignUp("x@taken.test", OperatorApp.Password, "X", "X", tenant.Slug))).Error!.Code.ShouldBe("tenancy.slug_taken");

        var both = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => app.SendAsync(Actor.Anonymous, new SignUp($"racer-{i}@taken.test", OperatorApp.Password, "X", "X", "raced"))));
        both.Count(r => r.Succeeded).ShouldBe(1);
        both.Where(r => !r.Succeeded).ShouldAllBe(r => r.Error!.Code == "tenancy.slug_taken");
        (await app.SqlAsync<long>("SELECT count(*) FROM identity.people WHERE email LIKE 'racer-%'")).ShouldBe(1);
    }

    [Fact]
    public async Task A_reset_works_once_ends_sessions_and_the_lock()
    {
        var tenant = await app.TenantAsync();
        var session = await app.SignedInAsync(tenant.Email);
        for (var i = 0; i < 5; i++)
            await app.SendAsync(Actor.Anonymous, new SignIn(tenant.Email, "not the password"));
        (await (await app.Browser().PostAsync("/forgot", new() { ["Input.Email"] = tenant.Email })).Content.ReadAsStringAsync()).ShouldContain("a message with a link is on its way");
        var mail = await app.Mail.ToAsync(tenant.Email);
        Dictionary<string, string> Reset(string password) => new() { ["person"] = mail.Link("person"), ["secret"] = mail.Link("secret"), ["Input.Password"] = password };

        (await app.Browser().PostAsync("/reset", Reset("password12345"))).StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await app.Browser().PostAsync("/reset", Reset("walnut bridge saffron 4"))).StatusCode.ShouldBe(HttpStatusCode.Redirect);

        (await app.Browser().PostAsync("/reset", Reset("another long password 5"))).StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await session.GetAsync("/account")).StatusCode.ShouldBe(HttpStatusCode.Redirect);
        await app.SignedInAsync(tenant.Email, "walnut bridge saffron 4");
        (await app.SendAsync(Actor.Anonymous, new SignIn(tenant.Email, OperatorApp.Password))).Succeeded.ShouldBeFalse();
    }

    [Fact]
    public async Task Asking_for_a_reset_tells_nothing_by_answer_or_time()
    {
        var tenant = await app.TenantAsync();
        async Task<(string, double)> AskAsync(string email)
        {
            var browser = app.Browser();
            await browser.GetAsync("/forgot");
            var started = System.Diagnostics.Stopwatch.GetTimestamp();
            var result = await app.SendAsync(Actor.Anonymous, new RequestPasswordReset(email));
            return (result.Error?.Code ?? "ok", System.Diagnostics.Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }

        var (known, knownTime) = await AskAsync(tenant.Email);
        var (unknown, unknownTime) = await AskAsync("nobody@nowhere.test");
        (known, unknown).ShouldBe(("ok", "ok"));
        // A floor that is part of the answer, not a limit: no machine is too slow for it.
        knownTime.ShouldBeGreaterThan(290);
        unknownTime.ShouldBeGreaterThan(290);
    }

    [Fact]
    public async Task A_link_of_somebody_else_or_of_yesterday_sets_no_password()
    {
        var (one, two) = (await app.TenantAsync(), await app.TenantAsync());
        await app.SendAsync(Actor.Anonymous, new RequestPasswordReset(one.Email));
        await app.SendAsync(Actor.Anonymous, new RequestPasswordReset(two.Email));
        var (first, second) = (await app.Mail.ToAsync(one.Email), await app.Mail.ToAsync(two.Email));

        var crossed = await app.SendAsync(Actor.Anonymous, new ResetPassword(new PersonId(Guid.Parse(first.Link("person"))), second.Link("secret"), "walnut bridge saffron 4"));
        crossed.Error!.Code.ShouldBe("identity.link_invalid");
        var nobody = await app.SendAsync(Actor.Anonymous, new ResetPassword(new PersonId(Guid.CreateVersion7()), second.Link("secret"), "walnut bridge saffron 4"));
        nobody.Error!.Code.ShouldBe("identity.link_invalid");
        var confirm = await app.SendAsync(Actor.Anonymous, new ConfirmEmail(new PersonId(Guid.Parse(first.Link("person"))), first.Link("secret")));
        confirm.Error!.Code.ShouldBe("identity.link_invalid");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Mail_is_repeated_until_it_went_and_then_erased(bool unforeseen)
    {
        var tenant = await app.TenantAsync();
        // Another test's mail must not be the one that fails.
        await NoneWaitsAsync();
        app.Mail.Fail(1, unforeseen ? new InvalidOperationException("The server is away.") : null);
        await app.SendAsync(Actor.Anonymous, new RequestPasswordReset(tenant.Email));
        await Eventually.IsAsync(() => app.SqlAsync<string>("SELECT failure FROM notifications.mails WHERE failure IS NOT NULL"), "The server is away.");

        app.Clock.Advance(TimeSpan.FromMinutes(1));
        await app.Mail.ToAsync(tenant.Email);
        app.Clock.Advance(TimeSpan.FromMinutes(-1));
        await NoneWaitsAsync();
    }

    [Fact]
    public async Task Two_nodes_send_each_mail_once()
    {
        await using var second = app.NewNode();
        _ = second.Server;
        var tenants = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => app.TenantAsync()));
        var began = app.Clock.GetUtcNow();
        await Task.WhenAll(tenants.Select(t => app.SendAsync(Actor.Anonymous, new RequestPasswordReset(t.Email))));
        foreach (var tenant in tenants)
            await app.Mail.ToAsync(tenant.Email);
        await NoneWaitsAsync();
        foreach (var tenant in tenants)
            app.Mail.CountTo(tenant.Email).ShouldBe(1);
        (await app.SqlAsync<int>($"SELECT max(attempts) FROM notifications.mails WHERE created_at >= '{began:O}'")).ShouldBe(1, "no node takes what another has");
    }

    private Task NoneWaitsAsync() => Eventually.IsAsync(() => app.SqlAsync<long>("SELECT count(*) FROM notifications.mails WHERE content IS NOT NULL"), 0L);
}
