using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using Hermes.Application.Shared;
using Hermes.IntegrationTests.Identity;
using Hermes.IntegrationTests.Shared;

namespace Hermes.IntegrationTests.Mesh;

/// <summary>From the award to the money over HTTP, by tokens and keys, as documented.</summary>
public sealed class DeliveryApiTests(OperatorApp app) : IClassFixture<OperatorApp>
{
    private sealed record Awarded(HttpClient Poster, HttpClient Agent, string AgentId, string Path);

    [Fact]
    public async Task Deliver_settle_rate_and_a_score_that_the_program_recomputes_from_the_log()
    {
        var a = await AwardedAsync(new { required_fields = new[] { "summary" } });
        (await (await a.Agent.PostJsonAsync($"{a.Path}/start", new { })).JsonAsync(HttpStatusCode.OK)).GetProperty("state").GetString().ShouldBe("in_progress");
        var body = new { result = new { summary = "short" } };

        var delivered = await KeyedAsync(a.Agent, $"{a.Path}/deliver", body, "one");
        (await delivered.JsonAsync(HttpStatusCode.OK)).GetProperty("score").GetDecimal().ShouldBe(1m);
        // The same call again gets the same answer, another body with the same key none.
        (await (await KeyedAsync(a.Agent, $"{a.Path}/deliver", body, "one")).JsonAsync(HttpStatusCode.OK)).GetProperty("state").GetString().ShouldBe("validated");
        (await (await KeyedAsync(a.Agent, $"{a.Path}/deliver", new { result = 2 }, "one")).JsonAsync(HttpStatusCode.UnprocessableEntity)).GetProperty("code").GetString().ShouldBe("idempotency.key_reused");
        (await (await a.Agent.PostJsonAsync($"{a.Path}/deliver", body)).JsonAsync(HttpStatusCode.Conflict)).GetProperty("code").GetString().ShouldBe("mesh.illegal_transition");

        var settled = await (await a.Poster.PostJsonAsync($"{a.Path}/settle", new { })).JsonAsync(HttpStatusCode.OK);
        settled.GetProperty("agent").GetProperty("amount").GetString().ShouldBe("3.40");
        settled.GetProperty("platform_percent").GetDecimal().ShouldBe(15);
        var view = await (await a.Poster.GetAsync($"{a.Path}/delivery")).JsonAsync(HttpStatusCode.OK);
        view.GetProperty("result").GetProperty("summary").GetString().ShouldBe("short");
        view.GetProperty("settlement").GetProperty("transfer_id").GetString().ShouldBe(settled.GetProperty("transfer_id").GetString());
        (await (await KeyedAsync(a.Poster, $"{a.Path}/rating", new { stars = 5 }, "rate")).JsonAsync(HttpStatusCode.OK)).GetProperty("stars").GetInt32().ShouldBe(5);
        (await KeyedAsync(a.Poster, $"{a.Path}/rating", new { stars = 5 }, "rate")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await a.Poster.PostJsonAsync($"{a.Path}/rating", new { stars = 5 })).StatusCode.ShouldBe(HttpStatusCode.Conflict);

        var score = await (await app.Client().GetAsync($"/api/v1/marketplace/agents/{a.AgentId}/trust-score")).JsonAsync(HttpStatusCode.OK);
        var log = Path.GetTempFileName();
        await File.WriteAllTextAsync(log, await app.Client().GetStringAsync($"/api/v1/marketplace/agents/{a.AgentId}/outcomes"));
        var (code, said) = await RecomputeAsync(log);
        code.ShouldBe(0);
        said.ShouldContain(FormattableString.Invariant($"Score {score.GetProperty("score").GetDecimal():0.0000}"));
        await File.WriteAllTextAsync(log, (await File.ReadAllTextAsync(log)).Replace("\"stars\":5", "\"stars\":4", StringComparison.Ordinal));
        (await RecomputeAsync(log)).Code.ShouldBe(1);
        File.Delete(log);
    }

    [Fact]
    public async Task Reject_dispute_and_the_operator_decides()
    {
        var a = await AwardedAsync(null);
        await (await a.Agent.PostJsonAsync($"{a.Path}/deliver", new { result = "?" })).JsonAsync(HttpStatusCode.OK);
        (await (await a.Poster.PostJsonAsync($"{a.Path}/validate", new { })).JsonAsync(HttpStatusCode.UnprocessableEntity)).GetProperty("errors").TryGetProperty("accept", out _).ShouldBeTrue();
        (await (await a.Poster.PostJsonAsync($"{a.Path}/validate", new { accept = false, reason = "Empty" })).JsonAsync(HttpStatusCode.OK)).GetProperty("state").GetString().ShouldBe("disputed");
        var id = a.Path.Split('/')[^1];
        var desk = app.Client(OperatorApp.OperatorToken);

        (await a.Poster.GetAsync("/api/v1/admin/disputes")).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        var disputes = await (await desk.GetAsync("/api/v1/admin/disputes")).JsonAsync(HttpStatusCode.OK);
        disputes.GetProperty("items").EnumerateArray().ShouldContain(d => d.GetProperty("contract_id").GetString() == id);
        var resolved = await (await desk.PostJsonAsync($"/api/v1/admin/contracts/{id}/resolve", new { decision = "split", percent = 50, note = "Half" })).JsonAsync(HttpStatusCode.OK);
        resolved.GetProperty("settlement").GetProperty("refunded").GetProperty("amount").GetString().ShouldBe("2.00");
        (await desk.PostJsonAsync($"/api/v1/admin/contracts/{id}/resolve", new { decision = "refund", note = "Again" })).StatusCode.ShouldBe(HttpStatusCode.Conflict);
        (await app.SqlAsync<string>($"SELECT actor_kind FROM compliance.audit_entries WHERE subject_id = '{id}' AND action = 'contract.resolve' LIMIT 1")).ShouldBe("person");
        var operators = await app.SignedInAsync(OperatorApp.OperatorEmail, OperatorApp.OperatorPassword);
        (await operators.TextAsync("/operator/disputes?closed=true")).ShouldContain("handler=Csv");
        (await operators.TextAsync("/operator/disputes?closed=true&handler=Csv")).Split("\r\n").Single(l => l.StartsWith(id, StringComparison.Ordinal)).ShouldContain(",closed,poster,");
        (await operators.TextAsync("/operator/disputes?handler=Csv")).ShouldNotContain(id);
    }

    [Fact]
    public async Task Hand_back_and_strangers()
    {
        var a = await AwardedAsync(null);
        var stranger = app.Client((await app.TenantAsync()).Token);

        foreach (var (path, body) in new (string, object)[] { ("validate", new { accept = true }), ("settle", new { }), ("dispute", new { reason = "Mine" }), ("rating", new { stars = 1 }) })
            (await stranger.PostJsonAsync($"{a.Path}/{path}", body)).StatusCode.ShouldBe(HttpStatusCode.NotFound, path);
        (await stranger.GetAsync($"{a.Path}/delivery")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await app.Client().PostJsonAsync($"{a.Path}/deliver", new { result = 1 })).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await (await KeyedAsync(a.Agent, $"{a.Path}/hand-back", new { reason = "Busy" }, "back")).JsonAsync(HttpStatusCode.OK)).GetProperty("state").GetString().ShouldBe("refunded");
        (await KeyedAsync(a.Agent, $"{a.Path}/hand-back", new { reason = "Busy" }, "back")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    private async Task<Awarded> AwardedAsync(object? validation)
    {
        var tenant = await app.TenantAsync();
        var poster = app.Client(tenant.Token);
        (await poster.PostJsonAsync($"/api/v1/orgs/{tenant.Id}/wallet", new { amount = new { amount = "50.00", currency = "USD" } })).StatusCode.ShouldBe(HttpStatusCode.Created);
        var owner = app.Client((await app.TenantAsync()).Token);
        var made = await (await owner.PostJsonAsync("/api/v1/agents/register", new { name = "Summariser", capabilities = new[] { "summarise" }, capacity = 5 })).JsonAsync(HttpStatusCode.Created);
        var agent = app.Client(made.GetProperty("key").GetString());
        var posted = await (await poster.PostJsonAsync("/api/v1/mesh/contracts", new
        {
            title = "Summarise",
            intent = "Ten sentences.",
            reward = new { amount = "5.00", currency = "USD" },
            required_capabilities = new[] { "summarise" },
            bidding_window_seconds = 600,
            validation,
            reaward = false,
        })).JsonAsync(HttpStatusCode.Created);
        var path = $"/api/v1/mesh/contracts/{posted.GetProperty("id").GetString()}";
        (await agent.PostJsonAsync($"{path}/bid", new { price = new { amount = "4.00", currency = "USD" }, eta_seconds = 600, confidence = 0.95 })).StatusCode.ShouldBe(HttpStatusCode.Created);
        (await poster.PostJsonAsync($"{path}/award", new { })).StatusCode.ShouldBe(HttpStatusCode.OK);
        return new Awarded(poster, agent, made.GetProperty("agent").GetProperty("id").GetString()!, path);
    }

    private static Task<HttpResponseMessage> KeyedAsync(HttpClient client, string path, object body, string key)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body, body.GetType(), options: HermesJson.Options) };
        request.Headers.Add("Idempotency-Key", key);
        return client.SendAsync(request);
    }

    private static async Task<(int Code, string Said)> RecomputeAsync(string log)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, "hermes-verify.dll"), "recompute", log]) { RedirectStandardOutput = true })!;
        var said = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, said);
    }
}
