using System.Net;
using Hermes.Application.Identity;
using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using Hermes.IntegrationTests.Shared;

namespace Hermes.IntegrationTests.Identity;

public sealed class SignInTests(OperatorApp app) : IClassFixture<OperatorApp>
{
    [Fact]
    public async Task A_session_is_an_HttpOnly_Lax_cookie_that_the_other_node_accepts()
    {
        var tenant = await app.TenantAsync();
        var answer = await app.Client().PostJsonAsync("/api/v1/sign-in", new { email = tenant.Email.ToUpperInvariant(), password = OperatorApp.Password });

        var body = await answer.JsonAsync(HttpStatusCode.OK);
        body.GetProperty("tenant").GetProperty("id").GetGuid().ShouldBe(tenant.Id.Value);
        var cookie = answer.Headers.GetValues("Set-Cookie").Single(c => c.StartsWith("hermes.session=", StringComparison.Ordinal));
        cookie.ShouldContain("httponly", Case.Insensitive);
        cookie.ShouldContain("samesite=lax", Case.Insensitive);

        await using var second = app.NewNode();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/me");
        request.Headers.Add("Cookie", cookie.Split(';')[0]);
        var me = await (await second.CreateClient().SendAsync(request)).JsonAsync(HttpStatusCode.OK);
        me.GetProperty("email").GetString().ShouldBe(tenant.Email);
    }

    [Fact]
    public async Task Five_failures_lock_for_fifteen_minutes_and_say_nothing_else()
    {
        var tenant = await app.TenantAsync();
        async Task<string> AttemptAsync(string password)
        {
            var answer = await app.Client().PostJsonAsync("/api/v1/sign-in", new { email = tenant.Email, password });
            return answer.StatusCode == HttpStatusCode.OK ? "in" : (await answer.JsonAsync(HttpStatusCode.Unauthorized)).GetProperty("code").GetString()!;
        }

        for (var i = 0; i < 4; i++)
            (await AttemptAsync("not the password")).ShouldBe("identity.sign_in_failed");
        (await AttemptAsync(OperatorApp.Password)).ShouldBe("in", "four failures do not lock, and a success forgets them");
        for (var i = 0; i < 5; i++)
            (await AttemptAsync("not the password")).ShouldBe("identity.sign_in_failed");
        (await AttemptAsync(OperatorApp.Password)).ShouldBe("identity.sign_in_failed");
        app.Clock.Advance(TimeSpan.FromMinutes(15));
        try
        {
            (await AttemptAsync(OperatorApp.Password)).ShouldBe("in");
        }
        finally
        {
            app.Clock.Advance(TimeSpan.FromMinutes(-15));
        }
    }

    [Fact]
    public async Task Parallel_guesses_are_all_counted()
    {
        var tenant = await app.TenantAsync();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => app.Client().PostJsonAsync("/api/v1/sign-in", new { email = tenant.Email, password = "not the password" })));

        (await app.Client().PostJsonAsync("/api/v1/sign-in", new { email = tenant.Email, password = OperatorApp.Password })).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task An_unknown_address_costs_one_password_hash_like_a_wrong_password()
    {
        var tenant = await app.TenantAsync();
        await app.SendAsync(Actor.Anonymous, new SignIn("warm@nowhere.test", "not the password"));
        async Task<int> HashesOfAsync(string email)
        {
            var before = app.Hashes.Count;
            (await app.SendAsync(Actor.Anonymous, new SignIn(email, "not the password"))).Succeeded.ShouldBeFalse();
            return app.Hashes.Count - before;
        }

        // The hash outweighs everything else in both, so counting it says what a stopwatch could only guess.
        (await HashesOfAsync("nobody@nowhere.test"), await HashesOfAsync(tenant.Email)).ShouldBe((1, 1));
    }

    [Theory]
    [InlineData("/members", "/members")]
    [InlineData("https://evil.test/", "/contracts")]
    [InlineData("//evil.test", "/contracts")]
    [InlineData("/\\evil.test", "/contracts")]
    [InlineData("javascript:alert(1)", "/contracts")]
    [InlineData("", "/contracts")]
    public async Task The_way_back_stays_on_this_site(string returnUrl, string goes)
    {
        var tenant = await app.TenantAsync();
        var answer = await app.Browser().PostAsync("/sign-in", new() { ["Input.Email"] = tenant.Email, ["Input.Password"] = OperatorApp.Password, ["returnUrl"] = returnUrl });

        answer.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        answer.Headers.Location!.OriginalString.ShouldBe(goes);
    }

    [Fact]
    public async Task The_page_says_the_same_for_wrong_and_unknown_and_keeps_no_password()
    {
        var tenant = await app.TenantAsync();
        var texts = new List<string>();
        foreach (var email in new[] { tenant.Email, "nobody@nowhere.test" })
        {
            var answer = await app.Browser().PostAsync("/sign-in", new() { ["Input.Email"] = email, ["Input.Password"] = "wrong-Password-77" });
            answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
            var text = await answer.Content.ReadAsStringAsync();
            text.ShouldContain("do not match");
            text.ShouldNotContain("wrong-Password-77");
            texts.Add(System.Text.RegularExpressions.Regex.Match(text, "<form[\\s\\S]*?role=\"alert\"[\\s\\S]*?</div>").Value);
        }
        texts[0].Length.ShouldBe(texts[1].Length);
    }

    [Fact]
    public async Task A_post_without_antiforgery_token_is_refused()
    {
        var browser = app.Browser();
        var answer = await browser.Client.PostAsync("/sign-in", new FormUrlEncodedContent(new Dictionary<string, string> { ["Input.Email"] = "a@b.test", ["Input.Password"] = "x" }));
        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task In_the_API_a_session_changes_something_only_with_a_header_that_forms_cannot_send()
    {
        var tenant = await app.TenantAsync();
        var browser = await app.SignedInAsync(tenant.Email);

        (await browser.Client.GetAsync("/api/v1/me")).StatusCode.ShouldBe(HttpStatusCode.OK);
        var bare = await browser.Client.PostJsonAsync("/api/v1/tokens", new { name = "ci" });
        (await bare.JsonAsync(HttpStatusCode.Forbidden)).GetProperty("code").GetString().ShouldBe("access.antiforgery");
        browser.Client.DefaultRequestHeaders.Add("X-Hermes-Request", "1");
        (await browser.Client.PostJsonAsync("/api/v1/tokens", new { name = "ci" })).StatusCode.ShouldBe(HttpStatusCode.Created);
    }

    [Fact]
    public async Task Signing_out_ends_the_session()
    {
        var tenant = await app.TenantAsync();
        var browser = await app.SignedInAsync(tenant.Email);
        (await browser.GetAsync("/account")).StatusCode.ShouldBe(HttpStatusCode.OK);

        (await browser.PostAsync("/sign-out", [])).StatusCode.ShouldBe(HttpStatusCode.Redirect);

        var answer = await browser.GetAsync("/account");
        answer.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        answer.Headers.Location!.OriginalString.ShouldBe("/sign-in?returnUrl=%2Faccount");
    }

    [Fact]
    public async Task Signing_out_everywhere_ends_the_others_and_keeps_tokens()
    {
        var tenant = await app.TenantAsync();
        var (here, there) = (await app.SignedInAsync(tenant.Email), await app.SignedInAsync(tenant.Email));

        (await here.PostAsync("/sign-out?handler=Everywhere", [], "/account")).StatusCode.ShouldBe(HttpStatusCode.Redirect);

        (await there.GetAsync("/account")).StatusCode.ShouldBe(HttpStatusCode.Redirect);
        (await app.Client(tenant.Token).GetAsync("/api/v1/me")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Several_organisations_are_switched_between_and_others_do_not_exist()
    {
        var first = await app.TenantAsync();
        var second = await app.TenantAsync(first.Email);
        var stranger = await app.TenantAsync();
        var browser = await app.SignedInAsync(first.Email);

        (await browser.PostAsync("/organisations", new() { ["tenant"] = second.Id.ToString() })).StatusCode.ShouldBe(HttpStatusCode.Redirect);
        var me = await (await browser.GetAsync("/api/v1/me")).JsonAsync(HttpStatusCode.OK);
        me.GetProperty("tenant").GetGuid().ShouldBe(second.Id.Value);
        (await browser.PostAsync("/organisations", new() { ["tenant"] = stranger.Id.ToString() })).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        // A new session starts where the last one was.
        (await (await (await app.SignedInAsync(first.Email)).GetAsync("/api/v1/me")).JsonAsync(HttpStatusCode.OK)).GetProperty("tenant").GetGuid().ShouldBe(second.Id.Value);
    }

    [Fact]
    public async Task A_name_and_a_password_are_changed_by_their_owner_who_knows_the_present_one()
    {
        var tenant = await app.TenantAsync();
        var (here, there) = (await app.SignedInAsync(tenant.Email), await app.SignedInAsync(tenant.Email));

        (await here.PostAsync("/account?handler=Name", new() { ["Input.Name"] = "Olga Other" })).StatusCode.ShouldBe(HttpStatusCode.Redirect);
        (await here.TextAsync("/account")).ShouldContain("Olga Other");
        (await here.PostAsync("/account?handler=Password", new() { ["Secret.Present"] = "not the password", ["Secret.Password"] = "walnut bridge saffron 4" })).StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await here.PostAsync("/account?handler=Password", new() { ["Secret.Present"] = OperatorApp.Password, ["Secret.Password"] = "password1234" })).StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await here.PostAsync("/account?handler=Password", new() { ["Secret.Present"] = OperatorApp.Password, ["Secret.Password"] = "walnut bridge saffron 4" })).StatusCode.ShouldBe(HttpStatusCode.Redirect);

        (await here.GetAsync("/account")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await there.GetAsync("/account")).StatusCode.ShouldBe(HttpStatusCode.Redirect);
        await app.SignedInAsync(tenant.Email, "walnut bridge saffron 4");
        (await app.Mail.ToAsync(tenant.Email)).Subject.ShouldBe("Your password was changed");
    }

    [Fact]
    public async Task Nobody_signed_in_is_refused_what_needs_a_person()
    {
        foreach (var (error, what) in new (Error?, string)[]
        {
            ((await app.SendAsync(Actor.Anonymous, new GetMe())).Error, "GetMe"),
            ((await app.SendAsync(Actor.Anonymous, new ListMyTenants())).Error, "ListMyTenants"),
            ((await app.SendAsync(Actor.Anonymous, new ChooseTenant(TenantId.Platform))).Error, "ChooseTenant"),
            ((await app.SendAsync(Actor.Anonymous, new RenameMe("x"))).Error, "RenameMe"),
            ((await app.SendAsync(Actor.Anonymous, new ChangePassword("x", "y"))).Error, "ChangePassword"),
            ((await app.SendAsync(Actor.Anonymous, new SignOutEverywhere())).Error, "SignOutEverywhere"),
            ((await app.SendAsync(Actor.Anonymous, new LeaveTenant())).Error, "LeaveTenant"),
            ((await app.SendAsync(Actor.Anonymous, new ListTokens())).Error, "ListTokens"),
            ((await app.SendAsync(Actor.Anonymous, new CreateToken("x", null, null))).Error, "CreateToken"),
        })
            error.ShouldBe(AccessErrors.SignInNeeded, what);
        (await app.SendAsync(Actors.Person(TenantId.Platform), new BootstrapOperator("a@b.test", OperatorApp.Password, null))).Error!.Kind.ShouldBe(ErrorKind.Forbidden);
        IdentityErrors.SignInFailed.Kind.ShouldBe(ErrorKind.Unauthenticated);
    }
}
