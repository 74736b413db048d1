using System.Net;
using System.Text;
using Hermes.IntegrationTests.Identity;
using Hermes.IntegrationTests.Shared;
using Hermes.Web.Shared;

namespace Hermes.IntegrationTests.Operations;

public sealed class CsvTests(OperatorApp app) : IClassFixture<OperatorApp>
{
    [Theory]
    [InlineData("audit/logs", "at,actor_kind")]
    [InlineData("members", "id,name")]
    [InlineData("marketplace/leaderboard", "rank,agent")]
    [InlineData("agents", "id,name")]
    [InlineData("admin/tenants", "id,slug")]
    public async Task Lists_come_as_csv_by_parameter_or_by_header(string list, string head)
    {
        var client = app.Operator();
        if (!list.StartsWith("admin", StringComparison.Ordinal))
            client = app.Client((await app.TenantAsync()).Token);
        using var accepting = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/{list}") { Headers = { { "Accept", "text/csv" } } };

        foreach (var answer in new[] { await client.GetAsync($"/api/v1/{list}?format=csv"), await client.SendAsync(accepting) })
        {
            answer.StatusCode.ShouldBe(HttpStatusCode.OK);
            answer.Content.Headers.ContentType!.MediaType.ShouldBe("text/csv");
            (await answer.Content.ReadAsStringAsync()).ShouldStartWith(head);
        }
        (await (await client.GetAsync($"/api/v1/{list}?limit=1")).JsonAsync(HttpStatusCode.OK)).TryGetProperty("next_cursor", out _).ShouldBeTrue();
    }

    [Theory]
    [InlineData(CsvText.MostRows, false)]
    [InlineData(CsvText.MostRows + 1, true)]
    public void A_file_that_is_cut_says_so(int rows, bool cut)
    {
        var lines = Encoding.UTF8.GetString(CsvText.Of(["n"], Enumerable.Repeat((IReadOnlyList<string?>)["1"], rows))).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);

        lines.Length.ShouldBe(1 + CsvText.MostRows + (cut ? 1 : 0));
        lines[^1].StartsWith("\"Cut after 10,000 rows", StringComparison.Ordinal).ShouldBe(cut);
    }
}
