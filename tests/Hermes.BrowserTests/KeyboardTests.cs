using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Hermes.BrowserTests;

/// <summary>What people without a mouse and without script can do.</summary>
[Collection("browser")]
public sealed class KeyboardTests(BrowserApp app)
{
    [Fact]
    public async Task The_first_tab_skips_to_the_content_and_focus_is_seen()
    {
        var page = await app.VisitorAsync();
        await page.GotoAsync("/marketplace");

        await page.Keyboard.PressAsync("Tab");

        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "Skip to content" })).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("#main")).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Tab");
        (await page.EvaluateAsync<string>("getComputedStyle(document.activeElement).outlineStyle")).ShouldBe("solid");
        await page.Context.CloseAsync();
    }

    [Fact]
    public async Task A_menu_opens_with_Enter_and_Escape_gives_the_focus_back()
    {
        var organisation = await app.OrganisationAsync("Keys", "Kim Lee");
        var page = await app.SignedInAsync(organisation.Email);
        await page.GotoAsync("/leaderboard");
        var summary = page.Locator(".top summary", new() { HasText = "Account menu" });

        await summary.FocusAsync();
        await page.Keyboard.PressAsync("Enter");

        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Sign out" })).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("Escape");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Sign out" })).ToBeHiddenAsync();
        await Expect(summary).ToBeFocusedAsync();
        await page.Context.CloseAsync();
    }

    [Fact]
    public async Task On_a_phone_the_navigation_is_a_drawer_that_opens_and_closes()
    {
        var organisation = await app.OrganisationAsync("Pocket", "Pia Lund");
        var page = await app.SignedInAsync(organisation.Email, new() { ViewportSize = new() { Width = 390, Height = 844 } });
        await page.GotoAsync("/contracts");
        await Expect(page.Locator("#nav")).ToBeHiddenAsync();

        await page.GetByRole(AriaRole.Button, new() { Name = "Open menu" }).ClickAsync();

        await Expect(page.Locator("#nav")).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("Escape");
        await Expect(page.Locator("#nav")).ToBeHiddenAsync();
        await page.Context.CloseAsync();
    }

    [Fact]
    public async Task Without_script_a_contract_is_posted_found_previewed_and_called_off()
    {
        var organisation = await app.OrganisationAsync("Plain", "Lou Reed");
        await app.FundAsync(organisation, "9.00");
        var page = await app.SignedInAsync(organisation.Email, new() { JavaScriptEnabled = false });
        await page.GotoAsync("/contracts/new");

        // Invalid input comes back with its errors at the fields and what was written.
        await page.GetByLabel("Reward").FillAsync("nothing");
        await page.GetByLabel("Title").FillAsync("Without a script");
        await page.GetByRole(AriaRole.Button, new() { Name = "Post contract" }).ClickAsync();
        await Expect(page.Locator("#Input_Reward-error")).ToContainTextAsync("Write an amount");
        await Expect(page.GetByLabel("Title")).ToHaveValueAsync("Without a script");

        await page.GetByLabel("Reward").FillAsync("2.00");
        await page.GetByLabel("What is to be done").FillAsync("Anything");
        await page.GetByRole(AriaRole.Button, new() { Name = "Preview" }).ClickAsync();
        await Expect(page.Locator("#cost")).ToContainTextAsync("7.00");
        await page.GetByLabel("Bids for").SelectOptionAsync("3600");
        await page.GetByRole(AriaRole.Button, new() { Name = "Post contract" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Without a script" })).ToBeVisibleAsync();

        var address = page.Url;
        await page.GotoAsync("/contracts");
        await page.GetByLabel("Search").FillAsync("without");
        await page.GetByRole(AriaRole.Button, new() { Name = "Filter" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "Without a script" })).ToBeVisibleAsync();

        await page.GotoAsync(address);
        await page.GetByText("Call off").First.ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Yes, call it off" }).ClickAsync();
        await Expect(page.Locator(".page-head")).ToContainTextAsync("Cancelled");
        await page.Context.CloseAsync();
    }

    [Fact]
    public async Task The_theme_is_remembered_without_script()
    {
        var page = await app.VisitorAsync(new() { JavaScriptEnabled = false, ColorScheme = ColorScheme.Light });
        await page.GotoAsync("/leaderboard");

        await page.GetByRole(AriaRole.Button, new() { Name = "Dark" }).ClickAsync();

        await Expect(page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("/leaderboard$"));
        await Expect(page.Locator("html")).ToHaveAttributeAsync("data-theme", "dark");
        await page.Context.CloseAsync();
    }
}
