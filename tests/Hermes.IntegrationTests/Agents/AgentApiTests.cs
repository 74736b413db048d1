using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Hermes.IntegrationTests.Identity;
using Hermes.IntegrationTests.Shared;

namespace Hermes.IntegrationTests.Agents;

/// <summary>Agents through HTTP as a caller sees them.</summary>
public sealed class AgentApiTests(OperatorApp app) : IClassFixture<OperatorApp>
{
    private static object Body(string name, string visibility = "public") => new
    {
        name,
        description = "Works.",
        capabilities = new[] { "Api.Work" },
        base_price = new { amount = "0.40", currency = "USD" },
        visibility,
        tags = new[] { "quick" },
        capacity = 2,
    };

    [Fact]
    public async Task Register_answers_201_with_place_etag_and_key_and_the_key_signs_in()
    {
        var tenant = await app.TenantAsync();

        var response = await app.Client(tenant.Token).PostJsonAsync("/api/v1/agents/register", Body("Registered"));

        var made = await response.JsonAsync(HttpStatusCode.Created);
        var id = made.GetProperty("agent").GetProperty("id").GetString();
        response.Headers.Location!.ToString().ShouldBe($"/api/v1/agents/{id}");
        response.Headers.ETag.ShouldNotBeNull();
        made.GetProperty("agent").GetProperty("capabilities")[0].GetString().ShouldBe("api.work");
        made.GetProperty("agent").GetProperty("base_price").GetProperty("amount").GetString().ShouldBe("0.40");
        var seen = await (await app.Client(made.GetProperty("key").GetString()).GetAsync($"/api/v1/agents/{id}")).JsonAsync(HttpStatusCode.OK);
        seen.GetProperty("status").GetString().ShouldBe("active");
        seen.GetProperty("presence").GetString().ShouldBe("offline");
    }

    [Fact]
    public async Task The_same_idempotency_key_registers_once()
    {
        var tenant = await app.TenantAsync();
        async Task<HttpResponseMessage> PostAsync(string name)
        {
            var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/agents/register") { Content = JsonContent.Create(Body(name)) };
            request.Headers.Add("Idempotency-Key", "register-1");
            return await app.Client(tenant.Token).SendAsync(request);
        }

        var first = await (await PostAsync("Once")).JsonAsync(HttpStatusCode.Created);
        var again = await (await PostAsync("Once")).JsonAsync(HttpStatusCode.Created);

        again.GetProperty("key").GetString().ShouldBe(first.GetProperty("key").GetString());
        (await PostAsync("Other")).StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
    }

    [Fact]
    public async Task Put_with_an_old_etag_is_412()
    {
        var tenant = await app.TenantAsync();
        var client = app.Client(tenant.Token);
        var made = await client.PostJsonAsync("/api/v1/agents/register", Body("Edited"));
        var path = made.Headers.Location!.ToString();
        async Task<HttpResponseMessage> PutAsync(string etag)
        {
            var request = new HttpRequestMessage(HttpMethod.Put, path) { Content = JsonContent.Create(Body("Edited again")) };
            request.Headers.TryAddWithoutValidation("If-Match", etag);
            return await client.SendAsync(request);
        }

        var edited = await PutAsync(made.Headers.ETag!.ToString());
        var late = await PutAsync(made.Headers.ETag!.ToString());

        (await edited.JsonAsync(HttpStatusCode.OK)).GetProperty("name").GetString().ShouldBe("Edited again");
        edited.Headers.ETag.ShouldNotBe(made.Headers.ETag);
        (await late.JsonAsync(HttpStatusCode.PreconditionFailed)).GetProperty("code").GetString().ShouldBe("agents.changed");
        (await client.GetAsync(path)).Headers.ETag.ShouldBe(edited.Headers.ETag);
    }

    [Fact]
    public async Task Keys_are_made_listed_and_revoked()
    {
        var tenant = await app.TenantAsync();
        var client = app.Client(tenant.Token);
        var made = await (await client.PostJsonAsync("/api/v1/agents/register", Body("Keyed"))).JsonAsync(HttpStatusCode.Created);
        var path = $"/api/v1/agents/{made.GetProperty("id").GetString()}";

        var second = await (await client.PostJsonAsync($"{path}/keys", new { overlap_hours = 1 })).JsonAsync(HttpStatusCode.Created);
        var id = second.GetProperty("details").GetProperty("id").GetString();
        var listed = await (await client.GetAsync($"{path}/keys")).JsonAsync(HttpStatusCode.OK);
        (await client.DeleteAsync($"{path}/keys/{id}")).StatusCode.ShouldBe(HttpStatusCode.NoContent);

        listed.GetProperty("items").GetArrayLength().ShouldBe(2);
        listed.GetProperty("items")[0].TryGetProperty("hash", out _).ShouldBeFalse();
        (await app.Client(second.GetProperty("key").GetString()).GetAsync(path)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await app.Client(made.GetProperty("key").GetString()).GetAsync(path)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Pause_resume_and_retire_answer_the_agent()
    {
        var tenant = await app.TenantAsync();
        var client = app.Client(tenant.Token);
        var path = (await client.PostJsonAsync("/api/v1/agents/register", Body("Moved"))).Headers.Location!.ToString();
        async Task<JsonElement> DoAsync(string act, HttpStatusCode expected = HttpStatusCode.OK) => await (await client.PostAsync($"{path}/{act}", null)).JsonAsync(expected);

        (await DoAsync("pause")).GetProperty("status").GetString().ShouldBe("paused");
        (await DoAsync("pause", HttpStatusCode.Conflict)).GetProperty("code").GetString().ShouldBe("agents.not_active");
        (await DoAsync("resume")).GetProperty("status").GetString().ShouldBe("active");
        (await DoAsync("retire")).GetProperty("status").GetString().ShouldBe("retired");
        (await DoAsync("resume", HttpStatusCode.Conflict)).GetProperty("code").GetString().ShouldBe("agents.retired");
    }

    [Fact]
    public async Task A_list_is_filtered_paged_and_exported()
    {
        var (tenant, other) = (await app.TenantAsync(), await app.TenantAsync());
        var client = app.Client(tenant.Token);
        foreach (var name in new[] { "=One", "Two", "Three" })
            (await client.PostJsonAsync("/api/v1/agents/register", Body(name))).StatusCode.ShouldBe(HttpStatusCode.Created);
        await app.Client(other.Token).PostJsonAsync("/api/v1/agents/register", Body("Hidden", "tenant"));

        var page = await (await client.GetAsync("/api/v1/agents?mine=true&sort=name&limit=2")).JsonAsync(HttpStatusCode.OK);
        var rest = await (await client.GetAsync($"/api/v1/agents?mine=true&sort=name&limit=2&cursor={page.GetProperty("next_cursor").GetString()}")).JsonAsync(HttpStatusCode.OK);
        var csv = await client.GetStringAsync("/api/v1/agents?mine=true&format=csv");

        page.GetProperty("items").EnumerateArray().Select(a => a.GetProperty("name").GetString()).ShouldBe(["=One", "Three"]);
        rest.GetProperty("items").EnumerateArray().Select(a => a.GetProperty("name").GetString()).ShouldBe(["Two"]);
        rest.GetProperty("next_cursor").ValueKind.ShouldBe(JsonValueKind.Null);
        csv.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Length.ShouldBe(4);
        csv.ShouldContain("'=One", Case.Sensitive);
        (await client.GetStringAsync("/api/v1/agents?text=hidden")).ShouldNotContain("Hidden");
        (await client.GetAsync("/api/v1/agents?status=7")).StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await client.GetAsync("/api/v1/agents?sort=colour")).StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await app.Client().GetAsync("/api/v1/agents")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }
}
