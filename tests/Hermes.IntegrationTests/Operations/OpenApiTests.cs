using System.Net;
using System.Text.Json;
using Hermes.IntegrationTests.Shared;

namespace Hermes.IntegrationTests.Operations;

/// <summary>The document says what the API does.</summary>
public sealed class OpenApiTests(HermesApp app) : IClassFixture<HermesApp>
{
    [Fact]
    public async Task Every_route_asks_for_a_credential_exactly_where_the_document_says_so()
    {
        var document = await DocumentAsync();
        var wrong = new List<string>();
        var routes = 0;
        foreach (var path in document.GetProperty("paths").EnumerateObject())
        {
            foreach (var operation in path.Value.EnumerateObject())
            {
                routes++;
                using var request = new HttpRequestMessage(new HttpMethod(operation.Name.ToUpperInvariant()), Address(path.Name));
                if (operation.Value.TryGetProperty("requestBody", out _))
                    request.Content = new StringContent(Body(document, operation.Value), System.Text.Encoding.UTF8, "application/json");
                var answer = await app.Client().SendAsync(request);
                var asks = operation.Value.TryGetProperty("security", out var security) && security.GetArrayLength() > 0;
                var said = await answer.Content.ReadAsStringAsync();
                if (asks != (answer.StatusCode == HttpStatusCode.Unauthorized && said.Contains("access.sign_in_needed", StringComparison.Ordinal)))
                    wrong.Add($"{operation.Name} {path.Name}: {(int)answer.StatusCode} {said}");
            }
        }

        routes.ShouldBeGreaterThan(40);
        wrong.ShouldBeEmpty();
    }

    [Fact]
    public async Task Every_route_says_what_it_is_what_it_answers_and_how_it_refuses()
    {
        var document = await DocumentAsync();
        var silent = new List<string>();
        foreach (var path in document.GetProperty("paths").EnumerateObject())
        {
            foreach (var operation in path.Value.EnumerateObject())
            {
                var name = $"{operation.Name} {path.Name}";
                operation.Value.GetProperty("summary").GetString().ShouldNotBeNullOrEmpty(name);
                operation.Value.GetProperty("tags").GetArrayLength().ShouldBe(1, name);
                var responses = operation.Value.GetProperty("responses").EnumerateObject().ToList();
                var success = responses.Where(r => r.Name.StartsWith('2')).ToList();
                success.ShouldNotBeEmpty(name);
                if (success.Any(r => r.Name != "204" && !HasContent(r.Value)))
                    silent.Add(name);
                responses.ShouldContain(r => r.Name == "429", name);
            }
        }

        silent.ShouldBeEmpty();
        var ids = document.GetProperty("paths").EnumerateObject().SelectMany(p => p.Value.EnumerateObject()).Select(o => o.Value.GetProperty("operationId").GetString()).ToList();
        ids.Distinct().Count().ShouldBe(ids.Count);
    }

    [Fact]
    public async Task Shapes_are_those_that_the_API_writes()
    {
        var schemas = (await DocumentAsync()).GetProperty("components").GetProperty("schemas");
        var money = schemas.GetProperty("Money").GetProperty("properties");
        money.EnumerateObject().Select(p => p.Name).ShouldBe(["amount", "currency"], ignoreOrder: true);
        money.GetProperty("amount").GetProperty("type").GetString().ShouldBe("string");
        foreach (var schema in schemas.EnumerateObject().Where(s => s.Value.TryGetProperty("properties", out _)))
            foreach (var member in schema.Value.GetProperty("properties").EnumerateObject())
                // What has to be signed for x402 is written as its specification writes it.
                member.Name.ShouldMatch(schema.Name is "PaymentRequired" or "X402Requirements" or "X402Token" ? "^[a-z][A-Za-z0-9]*$" : "^[a-z][a-z0-9_]*$", schema.Name);
    }

    [Fact]
    public async Task Lists_say_what_is_in_them_and_nothing_is_described_in_the_code_s_own_names()
    {
        var (silent, leaks) = (new List<string>(), new List<string>());
        Walk(await DocumentAsync(), "");
        silent.ShouldBeEmpty();
        leaks.ShouldBeEmpty();

        void Walk(JsonElement part, string place)
        {
            if (part.ValueKind == JsonValueKind.Array)
            {
                foreach (var (i, item) in part.EnumerateArray().Index())
                    Walk(item, $"{place}/{i}");
            }
            if (part.ValueKind != JsonValueKind.Object)
                return;
            if (part.TryGetProperty("type", out var type) && (type.ValueKind == JsonValueKind.String ? [type] : type.ValueKind == JsonValueKind.Array ? type.EnumerateArray() : (IEnumerable<JsonElement>)[])
                    .Any(t => t.ValueKind == JsonValueKind.String && t.GetString() == "array") && !(part.TryGetProperty("items", out var items) && items.EnumerateObject().Any()))
                silent.Add(place);
            foreach (var member in part.EnumerateObject())
            {
                if (member.Name is "description" or "summary" && member.Value.ValueKind == JsonValueKind.String
                    && System.Text.RegularExpressions.Regex.IsMatch(member.Value.GetString()!, @"\b[A-Z][a-z]\w+\.[A-Z]\w+|\b(int|long|decimal|string|bool) [A-Z]"))
                    leaks.Add($"{place}: {member.Value}");
                Walk(member.Value, $"{place}/{member.Name}");
            }
        }
    }

    [Fact]
    public async Task Choices_in_a_query_are_named_in_the_words_that_answers_use()
    {
        var parameters = (await DocumentAsync()).GetProperty("paths").GetProperty("/api/v1/payments").GetProperty("get").GetProperty("parameters");
        var state = parameters.EnumerateArray().Single(p => p.GetProperty("name").GetString() == "state");
        state.GetProperty("schema").GetProperty("enum").EnumerateArray().Select(w => w.GetString()).ShouldContain("paid");
    }

    [Fact]
    public async Task The_page_to_try_it_runs_no_inline_script()
    {
        var page = await (await app.Client().GetAsync("/developers/api")).Content.ReadAsStringAsync();
        page.ShouldContain("swagger-ui-bundle.js");
        System.Text.RegularExpressions.Regex.IsMatch(page, "<script(?![^>]*src=)|<style|style=").ShouldBeFalse();
        (await app.Client().GetAsync("/lib/swagger-ui/swagger-ui-bundle.js")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    private async Task<JsonElement> DocumentAsync() => await (await app.Client().GetAsync("/openapi/v1.json")).JsonAsync(HttpStatusCode.OK);

    private static bool HasContent(JsonElement response) => response.TryGetProperty("content", out _);

    private static string Address(string path) =>
        System.Text.RegularExpressions.Regex.Replace(path, @"\{[^}]+\}", "01936f5e-0000-7000-8000-000000000001");

    // Binding comes before anything else, so each member gets a value of its type.
    private static string Body(JsonElement document, JsonElement operation)
    {
        var schema = operation.GetProperty("requestBody").GetProperty("content").GetProperty("application/json").GetProperty("schema");
        return JsonSerializer.Serialize(ApiSample.Of(document, schema));
    }
}
