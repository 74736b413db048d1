using System.Globalization;
using System.Net;
using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Hermes.IntegrationTests.Identity;
using Hermes.IntegrationTests.Shared;
using Hermes.Web.Shell;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Hermes.IntegrationTests.Operations;

/// <summary>
/// Whatever is sent, the answer is one of the caller's doing: the document's routes are walked as an admin, and as an
/// operator where those are asked, and each member and parameter gets every hostile value. Each answer is one that the
/// document names.
/// </summary>
public sealed class HostileInputTests(PatientApp app) : IClassFixture<PatientApp>
{
    private const string Nothing = "01936f5e-0000-7000-8000-000000000001";
    private static readonly string Deep = string.Concat(Enumerable.Repeat("[", 200)) + string.Concat(Enumerable.Repeat("]", 200));

    // As they stand in JSON.
    private static readonly string[] Values =
    [
        "null", "true", "{}", "[]", "[null]", "\"\"", "\"x\"", "\"\\u0000\"", "\"a\\u0000b\"", "\"\\ud800\"", "\"\\udc00x\"", "[\"\\u0000\"]", "{\"a\":\"\\ud800\"}", "{\"\\u0000\":1}",
        "-1", "0", "2147483648", "9223372036854775808", "1e308", "1e999", "0.0000000001", "\"99999999999999999999\"", "\"9999-12-31T23:59:59Z\"", "\"0001-01-01T00:00:00Z\"",
        "{\"amount\":\"9223372036854.775807\",\"currency\":\"USD\"}", "{\"amount\":\"-1\",\"currency\":\"USD\"}", "{\"amount\":null}", "{\"id\":null}",
    ];

    private static readonly string[] Texts =
        ["", "%00", "a%00b", "%ED%A0%80", "%FF", "-1", "0", "99999999999999999999", "1e308", "NaN", "x", "%27", "%5C", "%25", "null", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "MDE5MzZmNWU", "TmFtZXwwMTkzNmY1ZS0wMDAwLTcwMDAtODAwMC0wMDAwMDAwMDAwMDF8AA", "eA==", "=HYPERLINK(1)"];

    [Fact]
    public async Task Nothing_that_is_sent_is_answered_with_a_failure_of_Hermes()
    {
        var tenant = await app.TenantAsync();
        var (document, known) = (await DocumentAsync(), await ThingsAsync(tenant));
        var (admin, operators) = (app.Client(tenant.Token), app.Operator());
        var (failures, undocumented, sent) = (new List<string>(), new SortedSet<string>(StringComparer.Ordinal), 0);
        foreach (var path in document.GetProperty("paths").EnumerateObject())
        {
            foreach (var operation in path.Value.EnumerateObject())
            {
                // Ends the caller's own credential.
                if (path.Name.EndsWith("/sign-out", StringComparison.Ordinal) || path.Name.EndsWith("/sign-out-everywhere", StringComparison.Ordinal))
                    continue;
                var method = new HttpMethod(operation.Name.ToUpperInvariant());
                var address = Regex.Replace(path.Name, @"\{([^}:]+)[^}]*\}", part => known.GetValueOrDefault((path.Name.Split('/')[3], part.Groups[1].Value), Nothing));
                foreach (var (query, body) in Attacks(document, operation.Value))
                {
                    sent++;
                    using var request = new HttpRequestMessage(method, address + query);
                    if (body is not null)
                        request.Content = new StringContent(body, Encoding.UTF8, "application/json");
                    using var answer = await (path.Name.Contains("/admin/", StringComparison.Ordinal) ? operators : admin).SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
                    var status = ((int)answer.StatusCode).ToString(CultureInfo.InvariantCulture);
                    if (status[0] == '5')
                        failures.Add($"{method} {address}{query} {body?[..Math.Min(body.Length, 300)]}: {status}");
                    else if (!operation.Value.GetProperty("responses").TryGetProperty(status, out _))
                        undocumented.Add($"{method} {path.Name}: {status}");
                }
            }
        }

        sent.ShouldBeGreaterThan(2_000);
        failures.ShouldBeEmpty();
        undocumented.ShouldBeEmpty();
    }

    [Fact]
    public async Task No_page_fails_over_its_address()
    {
        await app.TenantAsync(OperatorApp.OperatorEmail, OperatorApp.OperatorPassword);
        var browser = await app.SignedInAsync(OperatorApp.OperatorEmail, OperatorApp.OperatorPassword);
        var (failures, pages) = (new List<string>(), 0);
        foreach (var (path, names) in Pages())
        {
            pages++;
            foreach (var text in (string[])["", "-1", "99999999999999999999", "x", "%27%25%5C%ED%A0%80", "0001-01-01", "9999-12-31"])
                await LookAsync(path + "?" + string.Join('&', names.Select(name => $"{name}={text}")));
            foreach (var name in names)
                (await browser.GetAsync($"{path}?{name}=a%00")).StatusCode.ShouldBe(HttpStatusCode.BadRequest, path);
        }

        pages.ShouldBeGreaterThan(40);
        failures.ShouldBeEmpty();

        async Task LookAsync(string address)
        {
            using var answer = await browser.GetAsync(address);
            if ((int)answer.StatusCode >= 500)
                failures.Add($"{address}: {(int)answer.StatusCode}");
        }
    }

    [Theory]
    [InlineData("/sign-in", "Input.Email")]
    [InlineData("/settings", "Input.Name")]
    [InlineData("/tokens", "Input.Name")]
    [InlineData("/agents/new", "Input.Name")]
    [InlineData("/contracts/new", "Input.Title")]
    public async Task A_form_with_a_NUL_is_refused(string path, string field)
    {
        var tenant = await app.TenantAsync();
        var browser = await app.SignedInAsync(tenant.Email);

        (await browser.PostAsync(path, new() { [field] = "a\0b" })).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    /// <summary>Every page with what it takes from its query: bound properties and the parameters of its GET handlers.</summary>
    private IEnumerable<(string Path, IReadOnlyList<string> Names)> Pages()
    {
        foreach (var endpoint in app.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>())
        {
            if (endpoint.Metadata.GetMetadata<PageActionDescriptor>() is not { } page || typeof(HermesPage).Assembly.GetType($"Hermes.Web.Pages{page.ViewEnginePath.Replace('/', '.')}Model") is not { } model)
                continue;
            var bound = model.GetProperties().Select(p => p.GetCustomAttribute<BindPropertyAttribute>()).Where(b => b is { SupportsGet: true, Name: not null }).Select(b => b!.Name!);
            var taken = model.GetMethods().Where(m => m.Name.StartsWith("OnGet", StringComparison.Ordinal)).SelectMany(m => m.GetParameters()).Select(p => p.Name!);
            yield return ("/" + Regex.Replace(endpoint.RoutePattern.RawText!.TrimStart('/'), @"\{[^}]+\}", Nothing), [.. bound.Concat(taken).Distinct()]);
        }
    }

    private static IEnumerable<(string Query, string? Body)> Attacks(JsonElement document, JsonElement operation)
    {
        var names = operation.TryGetProperty("parameters", out var parameters)
            ? parameters.EnumerateArray().Where(p => p.GetProperty("in").GetString() == "query").Select(p => p.GetProperty("name").GetString()!).ToList()
            : [];
        var shape = operation.TryGetProperty("requestBody", out var body) && body.GetProperty("content").TryGetProperty("application/json", out var content) ? content.GetProperty("schema") : (JsonElement?)null;
        var usual = shape is { } s ? ApiSample.Of(document, s) : null;
        var plain = usual is null ? null : JsonSerializer.Serialize(usual);
        yield return ("", plain);
        foreach (var name in names)
        {
            foreach (var text in Texts)
                yield return ($"?{name}={text}", plain);
        }
        if (plain is null)
            yield break;
        foreach (var whole in (string[])["", "null", "[]", "{", "\"\\u0000\"", Deep, "{\"a\":" + Deep + "}"])
            yield return ("", whole);
        foreach (var with in Members(usual))
        {
            foreach (var value in (string[])[.. Values, Deep])
                yield return ("", with(value));
            yield return ("", with($"\"{new string('x', 300_000)}\""));
        }
    }

    /// <summary>Each place of the body, outermost first, and the body with a value put there.</summary>
    private static IEnumerable<Func<string, string>> Members(object? body)
    {
        return Places(body).Select(place => JsonSerializer.Serialize(place)).Select(marked => (Func<string, string>)(value => marked.Replace("\"@@here@@\"", value, StringComparison.Ordinal)));

        static IEnumerable<object> Places(object? value) => value switch
        {
            Dictionary<string, object?> members => members.SelectMany(member => Places(member.Value).Prepend("@@here@@")
                .Select(marked => new Dictionary<string, object?>(members) { [member.Key] = marked })),
            object?[] list => list.SelectMany(Places).Prepend("@@here@@").Select(marked => new[] { marked }),
            _ => [],
        };
    }

    private async Task<JsonElement> DocumentAsync() => await (await app.Client().GetAsync("/openapi/v1.json")).JsonAsync(HttpStatusCode.OK);

    /// <summary>Ids of things that are there, by the first word of the route and the parameter's name.</summary>
    private async Task<Dictionary<(string, string), string>> ThingsAsync(TestTenant tenant)
    {
        var client = app.Client(tenant.Token);
        var agent = await (await client.PostJsonAsync("/api/v1/agents/register", new
        {
            name = "Target",
            description = "Is attacked.",
            capabilities = new[] { "hostile.work" },
            base_price = new { amount = "1.00", currency = "USD" },
        })).JsonAsync(HttpStatusCode.Created);
        var contract = await (await client.PostJsonAsync("/api/v1/mesh/contracts", new
        {
            title = "Target",
            intent = "Is attacked.",
            reward = new { amount = "5.00", currency = "USD" },
            required_capabilities = new[] { "hostile.work" },
            bidding_window_seconds = 3600,
            delivery_window_seconds = 600,
        })).JsonAsync(HttpStatusCode.Created);
        var (agentId, contractId) = (agent.GetProperty("agent").GetProperty("id").GetString()!, contract.GetProperty("id").GetString()!);
        return new()
        {
            [("agents", "id")] = agentId,
            [("orgs", "id")] = tenant.Id.ToString(),
            [("orgs", "agentId")] = agentId,
            [("mesh", "id")] = contractId,
            [("escrow", "contractId")] = contractId,
            [("marketplace", "id")] = agentId,
        };
    }
}

/// <summary>An app that takes as many requests a minute as there are hostile values.</summary>
public sealed class PatientApp : OperatorApp
{
    public PatientApp() => Set("Hermes:RateLimits:PersonPerMinute", "0");
}
