using System.Globalization;
using System.Net;
using Hermes.Application.Agents;
using Hermes.Application.Ledger;
using Hermes.Domain.Agents;
using Hermes.Domain.Shared;
using Hermes.IntegrationTests.Identity;
using Hermes.IntegrationTests.Shared;

namespace Hermes.IntegrationTests.Agents;

/// <summary>Prices in pages and through HTTP, without JavaScript.</summary>
public sealed class PricingPagesTests(OperatorApp app) : IClassFixture<OperatorApp>
{
    [Fact]
    public async Task The_owner_sets_and_schedules_a_price_and_strangers_see_it_and_ask_what_a_call_costs()
    {
        var tenant = await app.TenantAsync();
        var made = (await app.SendAsync(Actors.Person(tenant.Id), new RegisterAgent(new AgentProfile("Priced agent", "Counts.", ["count"], null, Money.Usd(1m), AgentVisibility.Public, [], [], 5)))).Value;
        var browser = await app.SignedInAsync(tenant.Email);
        var path = $"/agents/{made.Id}/pricing";
        (await browser.TextAsync(path)).ShouldContain("USD 1.00 a call");
        async Task<uint> VersionAsync() => (await app.SendAsync(Actors.Person(tenant.Id), new GetAgent(made.Id))).Value.Version;
        async Task<HttpResponseMessage> PostAsync(params (string Name, string Value)[] fields)
        {
            var form = new Dictionary<string, string>
            {
                ["Version"] = $"{await VersionAsync()}",
                ["Input.Kind"] = "PerUnit",
                ["Input.Amount"] = "0.10",
                ["Input.Currency"] = "USD",
                ["Input.UnitName"] = "token",
                ["Input.Counted"] = "Reported",
                ["Input.UnitPrice"] = "1.00",
                ["Input.Per"] = "1000",
                ["Input.Typical"] = "500",
                ["Input.Most"] = "2000",
                ["Input.Reserve"] = "0.77",
            };
            foreach (var (name, value) in fields)
                form[name] = value;
            return await browser.PostAsync(path, form, path);
        }
        (await PostAsync()).StatusCode.ShouldBe(HttpStatusCode.Redirect);
        (await PostAsync(("Input.Amount", "0.20"), ("Input.EffectiveFrom", DateTime.UtcNow.AddDays(3).ToString("yyyy-MM-ddTHH:mm", CultureInfo.InvariantCulture)))).StatusCode.ShouldBe(HttpStatusCode.Redirect);
        var wrong = await PostAsync(("Input.UnitPrice", "cheap"));
        wrong.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await wrong.Content.ReadAsStringAsync()).ShouldContain("An amount such as 1.25.");
        (await PostAsync(("Version", "1"))).StatusCode.ShouldBe(HttpStatusCode.PreconditionFailed);

        var page = await browser.TextAsync(path);
        page.ShouldContain("USD 0.10 a call and USD 1.00 for 1,000 token");
        page.ShouldContain("0.77");
        page.ShouldContain("Scheduled");

        var other = await app.TenantAsync();
        var stranger = await app.SignedInAsync(other.Email);
        (await stranger.GetAsync(path)).StatusCode.ShouldBe(HttpStatusCode.Redirect);
        var seen = await stranger.TextAsync($"/marketplace/{made.Id}");
        seen.ShouldContain("USD 0.10 a call and USD 1.00 for 1,000 token");
        seen.ShouldNotContain("0.77");
        var estimate = await stranger.PostAsync($"/marketplace/{made.Id}?handler=Estimate", new() { ["text"] = "hello", ["units"] = "1000" }, $"/marketplace/{made.Id}");
        (await estimate.Content.ReadAsStringAsync()).ShouldContain("1,000 token at most");
        var refused = await stranger.PostAsync($"/marketplace/{made.Id}?handler=Estimate", new() { ["text"] = "hello", ["units"] = "5000" }, $"/marketplace/{made.Id}");
        (await refused.Content.ReadAsStringAsync()).ShouldContain("The agent counts 0 to 2,000 units.");
    }

    [Fact]
    public async Task An_agent_sold_by_the_month_is_subscribed_to_and_cancelled_on_its_page()
    {
        var tenant = await app.TenantAsync();
        var made = (await app.SendAsync(Actors.Person(tenant.Id), new RegisterAgent(new AgentProfile("Monthly agent", "Counts.", ["count"], null, Money.Usd(1m), AgentVisibility.Public, [], [], 5)))).Value;
        var browser = await app.SignedInAsync(tenant.Email);
        var path = $"/agents/{made.Id}/pricing";
        var version = (await app.SendAsync(Actors.Person(tenant.Id), new GetAgent(made.Id))).Value.Version;
        var form = new Dictionary<string, string>
        {
            ["Version"] = $"{version}",
            ["Input.Kind"] = "Subscription",
            ["Input.Amount"] = "20.00",
            ["Input.Currency"] = "USD",
            ["Input.IncludedCalls"] = "7",
            ["Input.CallPrice"] = "dear",
        };
        (await browser.PostAsync(path, form, path)).StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        form["Input.CallPrice"] = "";
        (await browser.PostAsync(path, form, path)).StatusCode.ShouldBe(HttpStatusCode.Redirect);
        (await browser.TextAsync(path)).ShouldContain("USD 20.00 a month with 7 calls");

        var other = await app.TenantAsync();
        var subscriber = await app.SignedInAsync(other.Email);
        const string List = "/billing/subscriptions";
        (await subscriber.TextAsync(List)).ShouldContain("No subscriptions yet");
        var market = $"/marketplace/{made.Id}";
        (await subscriber.TextAsync(market)).ShouldContain("Subscribe for USD 20.00 a month");
        var terms = new Dictionary<string, string> { ["price"] = "20000000", ["currency"] = "USD" };
        var unpaid = await subscriber.PostAsync($"{market}?handler=Subscribe", terms, market);
        (await unpaid.Content.ReadAsStringAsync()).ShouldContain("Your wallet does not cover");
        (await app.SendAsync(Actors.Person(other.Id), new AddCredits(Money.Usd(50m)))).Error.ShouldBeNull();
        (await subscriber.PostAsync($"{market}?handler=Subscribe", terms, market)).StatusCode.ShouldBe(HttpStatusCode.Redirect);
        var running = await subscriber.TextAsync(market);
        running.ShouldContain("0 of 7");
        running.ShouldContain("Cancel at period end");
        (await subscriber.PostAsync($"{market}?handler=Cancel", [], market)).StatusCode.ShouldBe(HttpStatusCode.Redirect);
        (await subscriber.TextAsync(market)).ShouldContain("Keep it after all");

        var client = app.Client(other.Token);
        var api = $"/api/v1/agents/{made.Id}/subscription";
        (await (await client.GetAsync(api)).JsonAsync(HttpStatusCode.OK)).GetProperty("state").GetString().ShouldBe("cancelled");
        (await (await client.PostAsync(api, null)).JsonAsync(HttpStatusCode.OK)).GetProperty("state").GetString().ShouldBe("active");
        (await (await client.DeleteAsync(api)).JsonAsync(HttpStatusCode.OK)).GetProperty("state").GetString().ShouldBe("cancelled");
        (await (await client.PostAsync(api, null)).JsonAsync(HttpStatusCode.OK)).GetProperty("state").GetString().ShouldBe("active");

        (await subscriber.TextAsync("/billing")).ShouldContain("Subscriptions");
        var listed = await subscriber.TextAsync(List);
        listed.ShouldContain("Monthly agent");
        listed.ShouldContain("0 of 7");
        listed.ShouldContain("Renews");
        (await subscriber.PostAsync($"{List}?handler=Cancel", new() { ["agent"] = made.Id.ToString() }, List)).StatusCode.ShouldBe(HttpStatusCode.Redirect);
        (await subscriber.TextAsync(List)).ShouldNotContain("Renews");
        var items = (await (await client.GetAsync("/api/v1/agents/subscriptions")).JsonAsync(HttpStatusCode.OK)).GetProperty("items");
        items[0].GetProperty("subscription").GetProperty("state").GetString().ShouldBe("cancelled");
        items[0].GetProperty("agent").GetString().ShouldBe("Monthly agent");
        (await browser.TextAsync(List)).ShouldNotContain("Monthly agent");
        (await browser.PostAsync($"{List}?handler=Cancel", new() { ["agent"] = made.Id.ToString() }, List)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task The_api_answers_with_etag_idempotently_and_refuses_an_old_version()
    {
        var tenant = await app.TenantAsync();
        var made = (await app.SendAsync(Actors.Person(tenant.Id), new RegisterAgent(new AgentProfile("Priced by API", "", ["count"], null, Money.Usd(1m), AgentVisibility.Public, [], [], 5)))).Value;
        var client = app.Client(tenant.Token);
        var path = $"/api/v1/agents/{made.Id}/pricing";
        var etag = (await client.GetAsync(path)).Headers.ETag!.ToString();
        async Task<HttpResponseMessage> PostAsync(string key, string? ifMatch, string amount)
        {
            var request = new HttpRequestMessage(HttpMethod.Post, path)
            {
                Content = System.Net.Http.Json.JsonContent.Create(new { kind = "dynamic", amount = new { amount, currency = "USD" }, dynamic = new { floor = new { amount = "0.50", currency = "USD" }, ceiling = new { amount = "9.00", currency = "USD" }, demand_percent = 10, capacity_percent = 0, complexity_percent = 0, urgency_percent = 0, typical_characters = 100 } }),
            };
            request.Headers.Add("Idempotency-Key", key);
            if (ifMatch is not null)
                request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
            return await client.SendAsync(request);
        }
        var first = await (await PostAsync("price-1", etag, "2.00")).JsonAsync(HttpStatusCode.Created);
        var again = await (await PostAsync("price-1", etag, "2.00")).JsonAsync(HttpStatusCode.Created);
        again.GetProperty("price").GetProperty("id").GetGuid().ShouldBe(first.GetProperty("price").GetProperty("id").GetGuid());
        (await PostAsync("price-2", etag, "3.00")).StatusCode.ShouldBe(HttpStatusCode.PreconditionFailed);
        var seen = await (await app.Client().GetAsync(path)).JsonAsync(HttpStatusCode.OK);
        seen.GetProperty("items").GetArrayLength().ShouldBe(2);
        seen.GetProperty("current").GetProperty("terms").GetProperty("kind").GetString().ShouldBe("dynamic");
        var estimate = await (await client.PostJsonAsync($"/api/v1/agents/{made.Id}/estimate", new { input = "hello" })).JsonAsync(HttpStatusCode.OK);
        estimate.GetProperty("most").GetProperty("amount").GetString().ShouldBe("2.00");
        (await client.PostJsonAsync(path, new { kind = "per_call", amount = new { amount = "-1.00", currency = "USD" } })).StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
    }
}
