using System.Net;
using Hermes.IntegrationTests.Identity;
using Hermes.IntegrationTests.Shared;
using Npgsql;

namespace Hermes.IntegrationTests.Operations;

/// <summary>Public pages are kept for a moment for those who are nobody in particular, and for nobody else.</summary>
public sealed class VisitorCacheTests(OperatorApp app) : IClassFixture<OperatorApp>
{
    private static readonly string[] Pages = ["/", "/marketplace", "/leaderboard"];

    private static async Task<HttpResponseMessage> GetAsync(HttpClient client, string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        foreach (var (name, value) in headers)
            request.Headers.Add(name, value);
        var answer = await client.SendAsync(request);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        return answer;
    }

    private static bool IsKept(HttpResponseMessage answer) => answer.Headers.Age is not null;

    private static string IdOf(HttpResponseMessage answer) => answer.Headers.GetValues("X-Request-Id").Single();

    /// <summary>Asks until an answer is one that was kept: at once, unless the machine is very slow.</summary>
    private static Task<HttpResponseMessage> KeptAsync(HttpClient client, string path, params (string Name, string Value)[] headers) =>
        Eventually.ReadAsync(() => GetAsync(client, path, headers), IsKept);

    [Fact]
    public async Task A_visitor_gets_no_cookie_and_what_another_has_just_got_with_an_id_of_its_own()
    {
        var client = app.Client();
        foreach (var page in Pages)
        {
            var made = await GetAsync(client, page);
            made.Headers.Contains("Set-Cookie").ShouldBeFalse(page);
            var kept = await KeptAsync(client, page);
            IdOf(kept).ShouldNotBe(IdOf(await KeptAsync(client, page)));
            kept.Headers.GetValues("Content-Security-Policy").Single().ShouldContain("default-src 'none'");
            kept.Headers.CacheControl!.NoStore.ShouldBeTrue();
            (await kept.Content.ReadAsStringAsync()).ShouldContain("</html>");
        }
    }

    [Fact]
    public async Task Whoever_shows_who_he_is_gets_a_page_of_his_own_and_leaves_none_behind()
    {
        var (owner, visitor) = (app.Client((await app.TenantAsync()).Token), app.Client());
        foreach (var turn in Enumerable.Range(0, 20))
        {
            var path = $"/marketplace?q=nobody{turn}";
            var own = await GetAsync(owner, path);
            IsKept(own).ShouldBeFalse();
            (await own.Content.ReadAsStringAsync()).ShouldContain("action=\"/sign-out\"");
            IsKept(await GetAsync(visitor, path)).ShouldBeFalse();
            IsKept(await GetAsync(owner, path)).ShouldBeFalse();
        }
    }

    [Fact]
    public async Task A_cookie_that_is_not_the_themes_passes_it_by()
    {
        var client = app.Client();
        for (var turn = 0; turn < 20; turn++)
        {
            await KeptAsync(client, "/leaderboard");
            IsKept(await GetAsync(client, "/leaderboard", ("Cookie", "hermes.session=nonsense"))).ShouldBeFalse();
        }
    }

    [Fact]
    public async Task A_visitor_who_leaves_while_the_page_is_made_spoils_nothing_for_the_next()
    {
        const string Page = "/leaderboard?capability=spoilt";
        await using var source = NpgsqlDataSource.Create(app.Database.Owner);
        await using var connection = await source.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var hold = new NpgsqlCommand("LOCK TABLE trust.scores IN ACCESS EXCLUSIVE MODE", connection, transaction))
            await hold.ExecuteNonQueryAsync();
        using var leaving = new CancellationTokenSource();
        var gone = app.Client().GetAsync(Page, leaving.Token);
        await WaitingAsync(1);
        var stays = app.Client().GetAsync(Page);
        await WaitingAsync(2);
        await leaving.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => gone);
        await transaction.RollbackAsync();

        var answer = await stays;
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await answer.Content.ReadAsStringAsync()).ShouldContain("</html>");
        (await (await GetAsync(app.Client(), Page)).Content.ReadAsStringAsync()).ShouldContain("</html>");

        Task WaitingAsync(long requests) => Eventually.HoldsAsync(async () =>
        {
            await using var command = new NpgsqlCommand("SELECT count(*) FROM pg_locks WHERE relation = 'trust.scores'::regclass AND NOT granted", connection, transaction);
            return (long)(await command.ExecuteScalarAsync())! >= requests;
        }, $"{requests} requests wait");
    }

    [Fact]
    public async Task A_theme_is_chosen_without_a_token_and_remembered_in_a_cookie()
    {
        using var form = new FormUrlEncodedContent([new("theme", "dark"), new("returnUrl", "/leaderboard")]);
        var answer = await app.Client().PostAsync("/theme", form);

        answer.StatusCode.ShouldBe(HttpStatusCode.Found);
        answer.Headers.Location!.ToString().ShouldBe("/leaderboard");
        answer.Headers.GetValues("Set-Cookie").Single().ShouldStartWith("hermes.theme=dark;");
    }

    [Fact]
    public async Task The_theme_the_query_and_htmx_have_pages_of_their_own()
    {
        var client = app.Client();
        async Task<string> BodyAsync(string path, params (string, string)[] headers) => await (await KeptAsync(client, path, headers)).Content.ReadAsStringAsync();

        (await BodyAsync("/marketplace")).ShouldNotContain("data-theme=\"dark\"");
        (await BodyAsync("/marketplace", ("Cookie", "hermes.theme=dark"))).ShouldContain("data-theme=\"dark\"");
        (await BodyAsync("/marketplace", ("HX-Request", "true"))).ShouldNotContain("<html");
        (await BodyAsync("/marketplace?q=one")).ShouldContain("value=\"one\"");
        (await BodyAsync("/marketplace?q=two")).ShouldContain("value=\"two\"");
    }
}
