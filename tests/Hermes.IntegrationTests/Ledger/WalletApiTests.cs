using System.Net;
using System.Text.Json;
using Hermes.IntegrationTests.Identity;
using Hermes.IntegrationTests.Shared;

namespace Hermes.IntegrationTests.Ledger;

/// <summary>The wallet through HTTP, as a person with a token and as one in a browser.</summary>
public sealed class WalletApiTests(OperatorApp app) : IClassFixture<OperatorApp>
{
    [Fact]
    public async Task Credits_are_added_once_per_key_and_shown_everywhere()
    {
        var tenant = await app.TenantAsync();
        var client = app.Client(tenant.Token);

        var first = await AddAsync(client, tenant, "12.50", "credits-1");
        var again = await AddAsync(client, tenant, "12.50", "credits-1");
        var other = await AddAsync(client, tenant, "13.00", "credits-1");

        var added = await first.JsonAsync(HttpStatusCode.Created);
        added.GetProperty("amount").GetRawText().ShouldBe("""{"amount":"12.50","currency":"USD"}""");
        (await again.JsonAsync(HttpStatusCode.Created)).GetProperty("transfer_id").GetGuid().ShouldBe(added.GetProperty("transfer_id").GetGuid());
        (await other.JsonAsync(HttpStatusCode.UnprocessableEntity)).GetProperty("code").GetString().ShouldBe("idempotency.key_reused");
        var balance = await (await client.GetAsync("/api/v1/wallet/balance")).JsonAsync(HttpStatusCode.OK);
        balance.GetProperty("available").GetProperty("amount").GetString().ShouldBe("12.50");
        foreach (var path in new[] { "/api/v1/wallet", $"/api/v1/orgs/{tenant.Id}/wallet" })
            (await (await client.GetAsync(path)).JsonAsync(HttpStatusCode.OK)).GetProperty("balances")[0].GetProperty("available").GetProperty("amount").GetString().ShouldBe("12.50");
        var entry = (await (await client.GetAsync("/api/v1/wallet/transactions")).JsonAsync(HttpStatusCode.OK)).GetProperty("items")[0];
        (entry.GetProperty("kind").GetString(), entry.GetProperty("purpose").GetString(), entry.GetProperty("balance_after").GetProperty("amount").GetString())
            .ShouldBe(("available", "wallet.credit", "12.50"));
    }

    [Fact]
    public async Task The_history_is_a_file_of_all_its_pages()
    {
        var tenant = await app.TenantAsync();
        var client = app.Client(tenant.Token);
        await app.FundAsync(tenant.Id, 1_000_000);
        var contract = new Domain.Shared.ContractId(Guid.CreateVersion7());
        await Task.WhenAll(Enumerable.Range(0, 130).Select(_ => app.PostAsync(Books.Move(
            Domain.Ledger.Public.AccountRef.Available(tenant.Id, Books.Usd), Domain.Ledger.Public.AccountRef.Escrow(contract, tenant.Id, Books.Usd), 100, purpose: "=evil"))));

        var answer = await client.GetAsync("/api/v1/wallet/transactions?format=csv");

        answer.Content.Headers.ContentType!.MediaType.ShouldBe("text/csv");
        var lines = (await answer.Content.ReadAsStringAsync()).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        lines.Length.ShouldBe(132);
        lines[0].ShouldStartWith("at,account,purpose,");
        lines[1].ShouldContain(",'=evil,");
        lines[1].ShouldContain(",-0.0001,0.987,");
    }

    [Theory]
    [InlineData("")]
    [InlineData("?kind=escrow")]
    [InlineData("?currency=XXX")]
    [InlineData("?from=2026-02-02T00:00:00Z&to=2026-02-01T00:00:00Z")]
    public async Task A_wrong_filter_is_named(string query)
    {
        var tenant = await app.TenantAsync();

        var answer = await app.Client(tenant.Token).GetAsync("/api/v1/wallet/transactions" + query);

        answer.StatusCode.ShouldBe(query.Length == 0 ? HttpStatusCode.OK : HttpStatusCode.UnprocessableEntity);
    }

    [Fact]
    public async Task Strangers_members_without_permission_and_nobody_are_refused()
    {
        var (tenant, other) = (await app.TenantAsync(), await app.TenantAsync());
        var viewer = await app.MemberAsync(tenant, "developer");
        var contract = new Domain.Shared.ContractId(Guid.CreateVersion7());
        await app.FundAsync(tenant.Id, 100);
        await app.PostAsync(Books.Move(Domain.Ledger.Public.AccountRef.Available(tenant.Id, Books.Usd), Domain.Ledger.Public.AccountRef.Escrow(contract, tenant.Id, Books.Usd), 1));

        (await app.Client(other.Token).GetAsync($"/api/v1/orgs/{tenant.Id}/wallet")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await AddAsync(app.Client(other.Token), tenant, "1.00", "stranger")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await AddAsync(app.Client(viewer.Token), tenant, "1.00", "viewer")).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await app.Client().GetAsync($"/api/v1/orgs/{tenant.Id}/wallet")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await app.Client().GetAsync("/api/v1/wallet")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await app.BalanceAsync(Domain.Ledger.Public.AccountRef.Available(tenant.Id, Books.Usd))).ShouldBe(99);
    }

    [Fact]
    public async Task Malformed_amounts_are_problems_not_failures()
    {
        var tenant = await app.TenantAsync();
        var client = app.Client(tenant.Token);
        foreach (var amount in new[] { "0", "-5", "1e3", "0.0000001", "99999999999999999999", "", "ten" })
            ((int)(await AddAsync(client, tenant, amount, Guid.NewGuid().ToString())).StatusCode).ShouldBeInRange(400, 422, amount);
    }

    [Fact]
    public async Task The_page_shows_the_wallet_and_its_form_adds_once_however_often_it_is_sent()
    {
        var tenant = await app.TenantAsync();
        var browser = await app.SignedInAsync(tenant.Email);
        var form = new Dictionary<string, string> { ["Input.Amount"] = "40", ["Input.Currency"] = "USD", ["Input.Once"] = Guid.CreateVersion7().ToString() };

        for (var i = 0; i < 2; i++)
            (await browser.PostAsync("/wallet?handler=Credits", new(form), "/wallet")).StatusCode.ShouldBe(HttpStatusCode.Redirect);

        (await app.BalanceAsync(Domain.Ledger.Public.AccountRef.Available(tenant.Id, Books.Usd))).ShouldBe(40_000_000);
        var html = await (await browser.Client.GetAsync("/wallet")).Content.ReadAsStringAsync();
        html.ShouldContain("40.00");
        html.ShouldContain("Development credits");
        (await browser.PostAsync("/wallet?handler=Credits", new(form) { ["Input.Amount"] = "ten" }, "/wallet")).StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await (await browser.Client.GetAsync("/wallet?handler=Csv")).Content.ReadAsStringAsync()).ShouldContain("wallet.credit");
        (await (await browser.Client.GetAsync("/wallet?kind=escrow")).Content.ReadAsStringAsync()).ShouldContain("One of available");
    }

    private static Task<HttpResponseMessage> AddAsync(HttpClient client, TestTenant tenant, string amount, string key)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, $"/api/v1/orgs/{tenant.Id}/wallet")
        {
            Content = new StringContent(JsonSerializer.Serialize(new { amount = new { amount, currency = "USD" } }), System.Text.Encoding.UTF8, "application/json"),
        };
        request.Headers.Add("Idempotency-Key", key);
        return client.SendAsync(request);
    }
}

/// <summary>An installation without development credits.</summary>
public sealed class NoCreditsApp : OperatorApp
{
    public NoCreditsApp() => Set("Hermes:Ledger:DevelopmentCredits", "false");
}

public sealed class CreditsOffTests(NoCreditsApp app) : IClassFixture<NoCreditsApp>
{
    [Fact]
    public async Task Credits_out_of_nothing_are_refused_and_the_page_has_no_form()
    {
        var tenant = await app.TenantAsync();

        var answer = await app.Client(tenant.Token).PostJsonAsync($"/api/v1/orgs/{tenant.Id}/wallet", new { amount = Domain.Shared.Money.Usd(5) });

        (await answer.JsonAsync(HttpStatusCode.Forbidden)).GetProperty("code").GetString().ShouldBe("wallet.credits_off");
        (await (await (await app.SignedInAsync(tenant.Email)).Client.GetAsync("/wallet")).Content.ReadAsStringAsync()).ShouldNotContain("Add credits");
    }
}
