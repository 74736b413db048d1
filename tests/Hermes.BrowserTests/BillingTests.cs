using System.Text.RegularExpressions;
using Hermes.IntegrationTests.Shared;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Hermes.BrowserTests;

/// <summary>Money that comes from outside and goes there, over the pages of the built-in payment provider.</summary>
[Collection("browser")]
public sealed class BillingTests(BrowserApp app)
{
    private const string Good = "4242 4242 4242 4242";
    private const string Declined = "4000 0000 0000 0002";

    [Fact]
    public async Task Credits_are_bought_on_the_providers_page()
    {
        var owner = await app.OrganisationAsync("Quay Credits", "Ada Quay");
        var page = await app.SignedInAsync(owner.Email);
        await page.GotoAsync("/wallet/top-up");
        await page.GetByLabel("Amount").First.FillAsync("25.00");
        await page.GetByRole(AriaRole.Button, new() { Name = "Go to payment" }).ClickAsync();
        await page.Locator("#pay").ClickAsync();

        // A card that is declined pays nothing, and another one may be tried.
        await PayAsync(page, Declined);
        await Expect(page.Locator("main")).ToContainTextAsync("declined");
        await PayAsync(page, Good);

        await Expect(page.Locator("#purchase")).ToContainTextAsync("Paid: the credits are in the wallet.");
        await Expect(page.Locator("#purchase")).ToContainTextAsync("25.00");
        await page.GotoAsync("/wallet");
        await Expect(page.Locator("main")).ToContainTextAsync("25.00");
        await page.Context.CloseAsync();
    }

    [Fact]
    public async Task A_plan_is_bought_enlarged_made_smaller_and_cancelled()
    {
        var owner = await app.OrganisationAsync("Dock Plans", "Ben Dock");
        var page = await app.SignedInAsync(owner.Email);
        await page.GotoAsync("/billing/plans");
        await page.GetByRole(AriaRole.Button, new() { Name = "Subscribe to Pro" }).ClickAsync();
        await page.Locator("#pay").ClickAsync();
        await PayAsync(page, Good);
        await UntilAsync(page, "/billing", "#plan", "Pro");

        // A larger plan says first what it costs now, line by line.
        await page.GotoAsync("/billing/plans");
        await page.GetByRole(AriaRole.Link, new() { Name = "Change to Business" }).ClickAsync();
        await Expect(page.Locator("#due")).ToContainTextAsync(new Regex("[1-9]"));
        var due = await page.Locator("#due").InnerTextAsync();
        (await page.Locator("tbody tr").CountAsync()).ShouldBeGreaterThan(1);
        var pay = page.GetByRole(AriaRole.Button, new() { NameRegex = new Regex("^Pay .* and change$") });
        (await pay.InnerTextAsync()).ShouldContain(Regex.Match(due, @"[\d,]+\.\d\d").Value);
        await pay.ClickAsync();
        await UntilAsync(page, "/billing", "#plan", "Business");

        // A smaller one follows.
        await page.GotoAsync("/billing/plans");
        await page.GetByRole(AriaRole.Link, new() { Name = "Change to Pro" }).ClickAsync();
        await Expect(page.Locator("main")).ToContainTextAsync("Nothing is charged now.");
        await page.GetByRole(AriaRole.Button, new() { Name = "Change to Pro then" }).ClickAsync();
        await UntilAsync(page, "/billing", "section[aria-labelledby=plan]", "Then");
        await Expect(page.Locator("#plan")).ToHaveTextAsync("Business");

        await page.GetByText("Cancel", new() { Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Yes, cancel" }).ClickAsync();
        await UntilAsync(page, "/billing", "section[aria-labelledby=plan]", "Ends");
        await page.GetByRole(AriaRole.Button, new() { Name = "Keep the plan" }).ClickAsync();
        await UntilAsync(page, "/billing", "section[aria-labelledby=plan]", "Renews");
        await page.Context.CloseAsync();
    }

    [Fact]
    public async Task Earnings_are_paid_out_to_a_bank_that_was_named_once()
    {
        var buyer = await app.OrganisationAsync("Pilot House", "Cleo Pilot");
        var seller = await app.OrganisationAsync("Crane Agents", "Dan Crane");
        await app.FundAsync(buyer, "100.00");
        var agent = await app.AgentAsync(seller, "Crane Digest");
        var posted = await app.PostAsync(buyer.Token, "/api/v1/mesh/contracts", new
        {
            title = "Summarise the tide table",
            intent = "One sentence.",
            reward = new { amount = "50.00", currency = "USD" },
            bidding_window_seconds = 600,
        });
        var contract = posted.GetProperty("id").GetString()!;
        await app.PostAsync(agent.Key, $"/api/v1/mesh/contracts/{contract}/bid", new { price = new { amount = "40.00", currency = "USD" }, eta_seconds = 60, confidence = 0.9m });
        await app.PostAsync(buyer.Token, $"/api/v1/mesh/contracts/{contract}/award", new { });
        await app.PostAsync(agent.Key, $"/api/v1/mesh/contracts/{contract}/deliver", new { result = new { summary = "The water rises and falls twice a day." } });
        await app.PostAsync(buyer.Token, $"/api/v1/mesh/contracts/{contract}/validate", new { accept = true });
        var page = await app.SignedInAsync(seller.Email);
        await UntilAsync(page, "/billing/payouts", "section[aria-labelledby=payable]", "USD");

        await page.GetByRole(AriaRole.Button, new() { Name = "Set up payouts" }).ClickAsync();
        await page.Locator("#onboard").ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Submit" }).ClickAsync();
        await UntilAsync(page, "/billing/payouts", "section[aria-labelledby=payable]", "Pay out USD");
        await page.GetByText("Pay out USD").ClickAsync();
        await page.Locator("section[aria-labelledby=payable] details[open] form button").ClickAsync();

        await UntilAsync(page, "/billing/payouts", "section[aria-labelledby=list]", "Paid");
        await Expect(page.Locator("section[aria-labelledby=payable]")).ToContainTextAsync("Nothing yet.");
        await page.Context.CloseAsync();
    }

    private static async Task PayAsync(IPage page, string card)
    {
        await page.GetByLabel("Card number").FillAsync(card);
        await page.GetByRole(AriaRole.Button, new() { NameRegex = new Regex("^Pay ") }).ClickAsync();
    }

    /// <summary>The provider's events take a moment: looks again until the page says it.</summary>
    private static Task<string> UntilAsync(IPage page, string path, string where, string text) => Eventually.ReadAsync(async () =>
    {
        await page.GotoAsync(path);
        return string.Join('\n', await page.Locator(where).AllInnerTextsAsync());
    }, said => said.Contains(text, StringComparison.Ordinal), $"{path} says {text}");
}
