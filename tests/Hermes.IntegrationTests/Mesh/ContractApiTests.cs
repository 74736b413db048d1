using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Hermes.Application.Shared;
using Hermes.IntegrationTests.Identity;
using Hermes.IntegrationTests.Shared;

namespace Hermes.IntegrationTests.Mesh;

/// <summary>The mesh over HTTP, by tokens and keys, as documented.</summary>
public sealed class ContractApiTests(OperatorApp app) : IClassFixture<OperatorApp>
{
    private static object Body(string title = "Summarise", bool draft = false) => new
    {
        title,
        intent = "Ten sentences.",
        context = new { text = "long" },
        reward = new { amount = "5.00", currency = "USD" },
        required_capabilities = new[] { "summarise" },
        bidding_window_seconds = 600,
        validation = new { required_fields = new[] { "summary" }, max_bytes = 1000 },
        weights = new { price = 40, performance = 20, speed = 20, reputation = 20 },
        draft,
    };

    private async Task<HttpClient> PosterAsync()
    {
        var tenant = await app.TenantAsync();
        var client = app.Client(tenant.Token);
        (await client.PostJsonAsync($"/api/v1/orgs/{tenant.Id}/wallet", new { amount = new { amount = "50.00", currency = "USD" } })).StatusCode.ShouldBe(HttpStatusCode.Created);
        return client;
    }

    private async Task<HttpClient> AgentAsync()
    {
        var owner = app.Client((await app.TenantAsync()).Token);
        var made = await (await owner.PostJsonAsync("/api/v1/agents/register", new { name = "Summariser", capabilities = new[] { "summarise" }, capacity = 5 })).JsonAsync(HttpStatusCode.Created);
        return app.Client(made.GetProperty("key").GetString());
    }

    [Fact]
    public async Task From_posting_to_a_receipt_that_anybody_verifies()
    {
        var (poster, agent, rival) = (await PosterAsync(), await AgentAsync(), await AgentAsync());
        var created = await poster.PostJsonAsync("/api/v1/mesh/contracts", Body());
        var posted = await created.JsonAsync(HttpStatusCode.Created);
        var path = $"/api/v1/mesh/contracts/{posted.GetProperty("id").GetString()}";
        created.Headers.Location!.ToString().ShouldBe(path);
        posted.GetProperty("state").GetString().ShouldBe("bidding");

        var bid = await (await agent.PostJsonAsync($"{path}/bid", new { price = new { amount = "4.00", currency = "USD" }, eta_seconds = 30, confidence = 0.95, note = "Soon." })).JsonAsync(HttpStatusCode.Created);
        bid.GetProperty("state").GetString().ShouldBe("live");
        (await rival.PostJsonAsync($"{path}/bid", new { price = new { amount = "4.50", currency = "USD" }, eta_seconds = 60, confidence = 0.5 })).StatusCode.ShouldBe(HttpStatusCode.Created);
        (await (await agent.GetAsync($"{path}/bid")).JsonAsync(HttpStatusCode.OK)).GetProperty("price").GetProperty("amount").GetString().ShouldBe("4.00");
        var toAgent = await (await agent.GetAsync(path)).JsonAsync(HttpStatusCode.OK);
        toAgent.GetProperty("may").GetProperty("bid").GetBoolean().ShouldBeTrue();
        toAgent.GetProperty("weights").GetProperty("price").GetInt32().ShouldBe(40);
        (await (await poster.GetAsync($"{path}/bids")).JsonAsync(HttpStatusCode.OK)).GetProperty("items").GetArrayLength().ShouldBe(0);

        var awarded = await (await poster.PostJsonAsync($"{path}/award", new { })).JsonAsync(HttpStatusCode.OK);
        awarded.GetProperty("bid_id").GetString().ShouldBe(bid.GetProperty("id").GetString());
        var receipt = await (await rival.GetAsync($"{path}/receipt")).JsonAsync(HttpStatusCode.OK);
        var check = await (await app.Client().PostJsonAsync("/api/v1/mesh/receipts/verify", new { jws = receipt.GetProperty("jws").GetString() })).JsonAsync(HttpStatusCode.OK);
        check.GetProperty("holds").GetBoolean().ShouldBeTrue();

        var folder = Directory.CreateTempSubdirectory("hermes-receipt-").FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "receipt.jws"), receipt.GetProperty("jws").GetString());
        await File.WriteAllTextAsync(Path.Combine(folder, "jwks.json"), await app.Client().GetStringAsync("/.well-known/jwks.json"));
        (await VerifyAsync(folder)).ShouldBe((0, true));
        await File.WriteAllTextAsync(Path.Combine(folder, "jwks.json"), "{\"keys\":[]}");
        (await VerifyAsync(folder)).ShouldBe((1, false));
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_repeated_key_posts_and_bids_once_and_another_body_with_it_is_refused()
    {
        var (poster, agent) = (await PosterAsync(), await AgentAsync());
        poster.DefaultRequestHeaders.Add("Idempotency-Key", "post-1");
        var first = await (await poster.PostJsonAsync("/api/v1/mesh/contracts", Body())).JsonAsync(HttpStatusCode.Created);
        var again = await (await poster.PostJsonAsync("/api/v1/mesh/contracts", Body())).JsonAsync(HttpStatusCode.Created);
        again.GetRawText().ShouldBe(first.GetRawText());
        (await (await poster.PostJsonAsync("/api/v1/mesh/contracts", Body("Other"))).JsonAsync(HttpStatusCode.UnprocessableEntity)).GetProperty("code").GetString().ShouldBe("idempotency.key_reused");

        var path = $"/api/v1/mesh/contracts/{first.GetProperty("id").GetString()}";
        agent.DefaultRequestHeaders.Add("Idempotency-Key", "bid-1");
        var bid = new { price = new { amount = "4.00", currency = "USD" }, eta_seconds = 30, confidence = 0.95 };
        var placed = await (await agent.PostJsonAsync($"{path}/bid", bid)).JsonAsync(HttpStatusCode.Created);
        (await (await agent.PostJsonAsync($"{path}/bid", bid)).JsonAsync(HttpStatusCode.Created)).GetRawText().ShouldBe(placed.GetRawText());
        placed.GetProperty("revisions").GetInt32().ShouldBe(0);

        poster.DefaultRequestHeaders.Remove("Idempotency-Key");
        poster.DefaultRequestHeaders.Add("Idempotency-Key", "award-1");
        var awards = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => poster.PostJsonAsync($"{path}/award", new { })));
        awards.ShouldAllBe(a => a.StatusCode == HttpStatusCode.OK);
        (await app.SqlAsync<long>($"SELECT count(*) FROM ledger.transfers WHERE idempotency_key LIKE 'hold:{first.GetProperty("id").GetString()}:%'")).ShouldBe(1);
    }

    [Fact]
    public async Task Drafts_are_edited_under_their_etag_and_published()
    {
        var poster = await PosterAsync();
        var posted = await (await poster.PostJsonAsync("/api/v1/mesh/contracts", Body(draft: true))).JsonAsync(HttpStatusCode.Created);
        var path = $"/api/v1/mesh/contracts/{posted.GetProperty("id").GetString()}";
        var etag = (await poster.GetAsync(path)).Headers.ETag!.Tag;

        var edited = await PutAsync(poster, path, Body("Good"), etag);
        (await edited.JsonAsync(HttpStatusCode.OK)).GetProperty("state").GetString().ShouldBe("draft");
        etag = edited.Headers.ETag!.Tag;
        (await poster.GetAsync(path)).Headers.ETag!.Tag.ShouldBe(etag);
        (await PutAsync(poster, path, Body("Better"), etag)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await (await PutAsync(poster, path, Body("Late"), etag)).JsonAsync(HttpStatusCode.PreconditionFailed)).GetProperty("code").GetString().ShouldBe("mesh.changed");
        (await (await poster.PostJsonAsync($"{path}/publish", new { })).JsonAsync(HttpStatusCode.OK)).GetProperty("state").GetString().ShouldBe("bidding");
        (await (await poster.PostJsonAsync($"{path}/publish", new { })).JsonAsync(HttpStatusCode.Conflict)).GetProperty("code").GetString().ShouldBe("mesh.illegal_transition");
        (await (await poster.PostJsonAsync($"{path}/cancel", new { reason = "No." })).JsonAsync(HttpStatusCode.OK)).GetProperty("state").GetString().ShouldBe("cancelled");
    }

    [Fact]
    public async Task Lists_filter_page_and_come_as_csv()
    {
        var poster = await PosterAsync();
        foreach (var title in new[] { "One", "=Two", "Three" })
            await poster.PostJsonAsync("/api/v1/mesh/contracts", Body(title));
        var page = await (await poster.GetAsync("/api/v1/mesh/contracts?scope=mine&state=bidding&capability=summarise&sort=reward&limit=2")).JsonAsync(HttpStatusCode.OK);
        page.GetProperty("items").GetArrayLength().ShouldBe(2);
        var rest = await (await poster.GetAsync($"/api/v1/mesh/contracts?scope=mine&sort=reward&limit=2&cursor={page.GetProperty("next_cursor").GetString()}")).JsonAsync(HttpStatusCode.OK);
        rest.GetProperty("items").GetArrayLength().ShouldBe(1);
        rest.GetProperty("next_cursor").ValueKind.ShouldBe(JsonValueKind.Null);
        (await (await poster.GetAsync("/api/v1/mesh/contracts?state=nowhere")).JsonAsync(HttpStatusCode.UnprocessableEntity)).GetProperty("errors").GetProperty("state").GetArrayLength().ShouldBe(1);
        var csv = await (await poster.GetAsync("/api/v1/mesh/contracts?scope=mine&format=csv")).Content.ReadAsStringAsync();
        csv.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Length.ShouldBe(4);
        csv.ShouldContain("'=Two");
    }

    [Fact]
    public async Task Whoever_is_a_stranger_or_nobody_gets_nothing()
    {
        var (poster, stranger, agent) = (await PosterAsync(), await PosterAsync(), await AgentAsync());
        var posted = await (await poster.PostJsonAsync("/api/v1/mesh/contracts", Body(draft: true))).JsonAsync(HttpStatusCode.Created);
        var path = $"/api/v1/mesh/contracts/{posted.GetProperty("id").GetString()}";
        foreach (var client in new[] { stranger, agent })
            (await client.GetAsync(path)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await stranger.PostJsonAsync($"{path}/award", new { })).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await stranger.PostJsonAsync($"{path}/cancel", new { })).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await app.Client().GetAsync(path)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await app.Client().PostJsonAsync("/api/v1/mesh/contracts", Body())).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await agent.PostJsonAsync("/api/v1/mesh/contracts", Body())).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await poster.PostJsonAsync($"{path}/bid", new { price = new { amount = "4.00", currency = "USD" }, eta_seconds = 30, confidence = 0.95 })).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task Malformed_input_says_which_member()
    {
        var poster = await PosterAsync();
        var problem = await (await poster.PostJsonAsync("/api/v1/mesh/contracts", new { title = "", intent = "x", reward = new { amount = "5.00", currency = "USD" }, weights = new { price = 100, performance = 0, speed = 0, reputation = 0 } }))
            .JsonAsync(HttpStatusCode.UnprocessableEntity);
        problem.GetProperty("errors").GetProperty("title").GetArrayLength().ShouldBe(1);
        (await poster.PostJsonAsync("/api/v1/mesh/contracts", new { title = "x", intent = "x", reward = new { amount = 5.00, currency = "USD" } })).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Preferences_are_read_set_and_previewed()
    {
        var poster = await PosterAsync();
        (await (await poster.GetAsync("/api/v1/users/me/preferences")).JsonAsync(HttpStatusCode.OK)).GetProperty("preset").GetString().ShouldBe("balanced");
        var unset = (await poster.GetAsync("/api/v1/users/me/preferences")).Headers.ETag!.Tag;
        (await (await poster.PutAsJsonAsync("/api/v1/users/me/preferences", new { preset = "premium", min_reputation = 0.6m })).JsonAsync(HttpStatusCode.OK)).GetProperty("weights").GetProperty("reputation").GetInt32().ShouldBe(40);
        (await (await PutAsync(poster, "/api/v1/users/me/preferences", new { preset = "fastest" }, unset)).JsonAsync(HttpStatusCode.PreconditionFailed)).GetProperty("code").GetString().ShouldBe("mesh.preferences_changed");
        var set = (await poster.GetAsync("/api/v1/users/me/preferences")).Headers.ETag!.Tag;
        var replaced = await PutAsync(poster, "/api/v1/users/me/preferences", new { preset = "premium" }, set);
        (replaced.StatusCode, replaced.Headers.ETag!.Tag == set).ShouldBe((HttpStatusCode.OK, false));
        (await poster.GetAsync("/api/v1/users/me/preferences")).Headers.ETag!.Tag.ShouldBe(replaced.Headers.ETag.Tag);
        (await (await poster.PostJsonAsync("/api/v1/users/me/preferences/preview", new { weights = new { price = 100, performance = 0, speed = 0, reputation = 0 } })).JsonAsync(HttpStatusCode.OK))
            .GetProperty("rows")[0].GetProperty("name").GetString().ShouldBe("Cheap");
        (await poster.PutAsJsonAsync("/api/v1/users/me/preferences", new { weights = new { price = 1, performance = 0, speed = 0, reputation = 0 } })).StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
    }

    private static Task<HttpResponseMessage> PutAsync(HttpClient client, string path, object body, string etag)
    {
        var request = new HttpRequestMessage(HttpMethod.Put, path) { Content = JsonContent.Create(body, options: HermesJson.Options) };
        request.Headers.TryAddWithoutValidation("If-Match", etag);
        return client.SendAsync(request);
    }

    private static async Task<(int Code, bool Holds)> VerifyAsync(string folder)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet",
            ["exec", Path.Combine(AppContext.BaseDirectory, "hermes-verify.dll"), "verify", Path.Combine(folder, "receipt.jws"), "--jwks", Path.Combine(folder, "jwks.json")])
        {
            RedirectStandardOutput = true,
        })!;
        var said = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        said.ShouldContain("winner");
        return (process.ExitCode, said.Contains("The receipt holds", StringComparison.Ordinal));
    }
}
