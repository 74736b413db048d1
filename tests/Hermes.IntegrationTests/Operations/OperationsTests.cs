using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Hermes.IntegrationTests.Shared;

namespace Hermes.IntegrationTests.Operations;

public sealed class OperationsTests(HermesApp app) : IClassFixture<HermesApp>
{
    [Fact]
    public async Task Live_answers_without_asking_anything()
    {
        var report = await (await app.Client().GetAsync("/health/live")).JsonAsync(HttpStatusCode.OK);
        report.GetProperty("status").GetString().ShouldBe("healthy");
        report.GetProperty("checks").EnumerateObject().ShouldBeEmpty();
    }

    [Fact]
    public async Task Ready_names_what_it_asked()
    {
        // The scheduler starts and the index is filled a moment after the server is there.
        await Eventually.HoldsAsync(async () => (await (await app.Client().GetAsync("/health/ready")).Content.ReadFromJsonAsync<JsonElement>()).GetProperty("status").GetString() == "healthy");
        var report = await (await app.Client().GetAsync("/health/ready")).JsonAsync(HttpStatusCode.OK);
        report.GetProperty("checks").EnumerateObject().Select(c => c.Name).ShouldBe(["database", "migrations", "scheduler", "outbox", "search"], ignoreOrder: true);
        report.GetProperty("checks").EnumerateObject().ShouldAllBe(c => c.Value.GetProperty("status").GetString() == "healthy");
    }

    [Fact]
    public async Task Metrics_are_in_Prometheus_text()
    {
        // A request is counted when all is over, which is a moment after its caller has the answer.
        await app.Client().GetAsync("/api/v1/nothing-here");
        await Eventually.HoldsAsync(async () => (await app.Client().GetStringAsync("/metrics")).Contains("http_server_request_duration_seconds_bucket{", StringComparison.Ordinal));
        var answer = await app.Client().GetAsync("/metrics");
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("text/plain");
        var lines = (await answer.Content.ReadAsStringAsync()).Split('\n');
        lines.ShouldContain(line => line.StartsWith("http_server_request_duration_seconds_bucket{", StringComparison.Ordinal) && line.Contains("le=\"+Inf\"", StringComparison.Ordinal));
        lines.Where(line => line.Length > 0).ShouldAllBe(line => line[0] == '#' || System.Text.RegularExpressions.Regex.IsMatch(line, "^[a-zA-Z_][a-zA-Z0-9_]*(\\{([a-zA-Z_][a-zA-Z0-9_]*=\"(\\\\.|[^\"\\\\])*\",?)+\\})? \\S+$"));
    }

    [Fact]
    public async Task Every_answer_carries_the_security_headers()
    {
        foreach (var path in new[] { "/health/live", "/api/v1/nothing-here", "/" })
        {
            var answer = await app.Client().GetAsync(path);
            var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
            policy.ShouldStartWith("default-src 'none'");
            policy.ShouldNotContain("unsafe");
            answer.Headers.GetValues("X-Content-Type-Options").Single().ShouldBe("nosniff");
        }
    }
}
