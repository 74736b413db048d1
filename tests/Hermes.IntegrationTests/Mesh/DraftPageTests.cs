using System.Net;
using System.Text.Json;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;
using Hermes.IntegrationTests.Identity;
using Hermes.IntegrationTests.Shared;

namespace Hermes.IntegrationTests.Mesh;

/// <summary>The page on which a draft is written anew.</summary>
public sealed class DraftPageTests(OperatorApp app) : IClassFixture<OperatorApp>
{
    private static object Body(object? rules = null) => new
    {
        title = "Summarise",
        intent = "Ten sentences.",
        context = new { text = "long" },
        reward = new { amount = "5.50", currency = "EUR" },
        max_price = new { amount = "4.00", currency = "EUR" },
        required_capabilities = new[] { "summarise", "translate" },
        bidding_window_seconds = 45,
        delivery_window_seconds = 777,
        acceptance_window_seconds = 4_000,
        weights = new { price = 40, performance = 30, speed = 20, reputation = 10 },
        min_reputation = 0.25m,
        watch_bids = true,
        reaward = false,
        milestones = new object[] { new { title = "Outline", percent = 33.33m, due_seconds = 7, validation = rules }, new { title = "All of it", percent = 66.67m } },
        draft = true,
    };

    [Fact]
    public async Task Saved_unchanged_but_for_one_field_only_that_changes()
    {
        var (tenant, api, id) = await DraftAsync(Body());
        var before = await ReadAsync(api, id);
        var browser = await app.SignedInAsync(tenant.Email);
        (await browser.TextAsync($"/contracts/{id}")).ShouldContain($"/contracts/new/{id}");
        var form = await FormAsync(browser, id);

        var saved = await PostAsync(browser, id, form, "A better title");

        saved.StatusCode.ShouldBe(HttpStatusCode.Redirect, await saved.Content.ReadAsStringAsync());
        saved.Headers.Location!.ToString().ShouldBe($"/contracts/{id}");
        (await ReadAsync(api, id)).ShouldBe(before.Replace("\"Summarise\"", "\"A better title\"", StringComparison.Ordinal));
        // The same form once more is out of date by now.
        (await PostAsync(browser, id, form, "Lost")).StatusCode.ShouldBe(HttpStatusCode.PreconditionFailed);
        (await ReadAsync(api, id)).ShouldContain("A better title");
    }

    [Fact]
    public async Task What_the_page_cannot_show_or_may_not_change_is_left_alone()
    {
        var (tenant, api, id) = await DraftAsync(Body());
        var browser = await app.SignedInAsync(tenant.Email);
        var stranger = await app.SignedInAsync((await app.TenantAsync()).Email);
        (await stranger.GetAsync($"/contracts/new/{id}")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await api.PostJsonAsync($"/api/v1/mesh/contracts/{id}/publish", new { })).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await browser.GetAsync($"/contracts/new/{id}")).Headers.Location!.ToString().ShouldBe($"/contracts/{id}");

        var ruled = (await (await api.PostJsonAsync("/api/v1/mesh/contracts", Body(new { required_fields = new[] { "outline" } }))).JsonAsync(HttpStatusCode.Created)).GetProperty("id").GetString();
        (await browser.GetAsync($"/contracts/new/{ruled}")).Headers.Location!.ToString().ShouldBe($"/contracts/{ruled}");
        (await browser.TextAsync($"/contracts/{ruled}")).ShouldContain("rules of their own");
    }

    [Fact]
    public async Task Fields_whose_names_have_spaces_are_kept_and_those_with_commas_are_left_to_the_API()
    {
        var (tenant, api, id) = await DraftAsync(new { title = "Fields", intent = "x", reward = new { amount = "5.00", currency = "USD" }, validation = new { required_fields = new[] { "full name", "summary" } }, draft = true });
        var browser = await app.SignedInAsync(tenant.Email);

        (await PostAsync(browser, id, await FormAsync(browser, id), "Better")).StatusCode.ShouldBe(HttpStatusCode.Redirect);

        (await (await api.GetAsync($"/api/v1/mesh/contracts/{id}")).JsonAsync(HttpStatusCode.OK)).GetProperty("validation").GetProperty("required_fields").EnumerateArray()
            .Select(f => f.GetString()).ShouldBe(["full name", "summary"]);
        var odd = (await (await api.PostJsonAsync("/api/v1/mesh/contracts", new { title = "Odd", intent = "x", reward = new { amount = "5.00", currency = "USD" }, validation = new { required_fields = new[] { "a, b" } }, draft = true }))
            .JsonAsync(HttpStatusCode.Created)).GetProperty("id").GetString();
        (await browser.GetAsync($"/contracts/new/{odd}")).Headers.Location!.ToString().ShouldBe($"/contracts/{odd}");
        (await browser.TextAsync($"/contracts/{odd}")).ShouldContain("names have commas");
    }

    [Fact]
    public async Task Preferences_that_were_changed_meanwhile_are_not_overwritten()
    {
        var tenant = await app.TenantAsync();
        var browser = await app.SignedInAsync(tenant.Email);
        string Version(string page) => new HtmlParser().ParseDocument(page).QuerySelector("[name='Input.Version']")!.GetAttribute("value")!;
        Task<HttpResponseMessage> SaveAsync(string version, string preset) => browser.PostAsync("/preferences", new() { ["Input.Preset"] = preset, ["Input.Version"] = version }, "/preferences");
        var unset = Version(await browser.TextAsync("/preferences"));
        (await SaveAsync(unset, "fastest")).StatusCode.ShouldBe(HttpStatusCode.Redirect);

        var late = await SaveAsync(unset, "cheapest");

        late.StatusCode.ShouldBe(HttpStatusCode.PreconditionFailed);
        (await late.Content.ReadAsStringAsync()).ShouldContain("changed meanwhile");
        var page = await browser.TextAsync("/preferences");
        new HtmlParser().ParseDocument(page).QuerySelectorAll("[name='Input.Preset']").OfType<IHtmlInputElement>().Single(r => r.IsChecked).Value.ShouldBe("fastest");
        (await SaveAsync(Version(page), "cheapest")).StatusCode.ShouldBe(HttpStatusCode.Redirect);
    }

    private async Task<(TestTenant Tenant, HttpClient Api, string Id)> DraftAsync(object body)
    {
        var tenant = await app.TenantAsync();
        var api = app.Client(tenant.Token);
        return (tenant, api, (await (await api.PostJsonAsync("/api/v1/mesh/contracts", body)).JsonAsync(HttpStatusCode.Created)).GetProperty("id").GetString()!);
    }

    // The draft and its milestones without what every change changes.
    private static async Task<string> ReadAsync(HttpClient api, string id)
    {
        var draft = await (await api.GetAsync($"/api/v1/mesh/contracts/{id}")).JsonAsync(HttpStatusCode.OK);
        var milestones = await (await api.GetAsync($"/api/v1/mesh/contracts/{id}/milestones")).JsonAsync(HttpStatusCode.OK);
        return JsonSerializer.Serialize(new
        {
            Draft = draft.EnumerateObject().Where(m => m.Name is not "version").Select(m => $"{m.Name}={m.Value.GetRawText()}"),
            Milestones = milestones.GetProperty("items").EnumerateArray().SelectMany(m => m.EnumerateObject()).Where(m => m.Name is not "id").Select(m => $"{m.Name}={m.Value.GetRawText()}"),
        }).Replace("\\u0022", "\"", StringComparison.Ordinal);
    }

    // What a browser would send.
    private static async Task<List<KeyValuePair<string, string>>> FormAsync(Browser browser, string id)
    {
        var page = new HtmlParser().ParseDocument(await browser.TextAsync($"/contracts/new/{id}"));
        var form = page.QuerySelectorAll("form").OfType<IHtmlFormElement>().Single(f => f.QuerySelector("[name='Input.Title']") is not null);
        return [.. form.QuerySelectorAll("input, select, textarea").Where(f => f.GetAttribute("name") is not null)
            .Where(f => f is not IHtmlInputElement { Type: "checkbox" or "radio", IsChecked: false })
            .Select(f => KeyValuePair.Create(f.GetAttribute("name")!, f switch { IHtmlSelectElement s => s.Value ?? "", IHtmlTextAreaElement t => t.Value, IHtmlInputElement i => i.Value, _ => "" }))];
    }

    private static Task<HttpResponseMessage> PostAsync(Browser browser, string id, List<KeyValuePair<string, string>> form, string title) =>
        browser.Client.PostAsync($"/contracts/new/{id}", new FormUrlEncodedContent([.. form.Where(f => f.Key != "Input.Title"), new("Input.Title", title), new("draft", "true")]));
}
