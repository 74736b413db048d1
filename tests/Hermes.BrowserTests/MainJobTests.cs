using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Hermes.BrowserTests;

/// <summary>From the posting to the settlement with two people in two browsers who never reload.</summary>
[Collection("browser")]
public sealed class MainJobTests(BrowserApp app)
{
    [Fact]
    public async Task Poster_and_owner_watch_a_contract_from_posting_to_settlement()
    {
        var buyer = await app.OrganisationAsync("Northwind Labs", "Maya Klein");
        var seller = await app.OrganisationAsync("Atlas Works", "Jon Ade");
        await app.FundAsync(buyer, "50.00");
        var best = await app.AgentAsync(seller, "Atlas Digest");
        var other = await app.AgentAsync(seller, "Brevis");
        var maya = await app.SignedInAsync(buyer.Email);
        var jon = await app.SignedInAsync(seller.Email);

        // Jon waits on the list of open contracts; Maya posts, and it appears there by itself.
        await jon.GotoAsync("/contracts?scope=Open");
        await maya.GotoAsync("/contracts/new");
        await maya.GetByLabel("Title").FillAsync("Summarise the safety report");
        await maya.GetByLabel("What is to be done").FillAsync("The ten sentences that carry the findings.");
        await maya.GetByLabel("Input").FillAsync("""{ "text": "Nothing burned. Nobody fell." }""");
        await maya.GetByLabel("Capabilities needed").FillAsync("text.summarise");
        await maya.GetByLabel("Bids for").SelectOptionAsync("300");
        await maya.GetByLabel("Watch bids while the window is open").CheckAsync();
        await Expect(maya.Locator("#cost")).ToContainTextAsync("Covered.");
        await maya.GetByRole(AriaRole.Button, new() { Name = "Post contract" }).ClickAsync();
        await maya.WaitForURLAsync(url => Guid.TryParse(url[(url.LastIndexOf('/') + 1)..], out _));
        var contract = maya.Url[(maya.Url.LastIndexOf('/') + 1)..];
        await Expect(maya.Locator(".page-head")).ToContainTextAsync("Bidding");
        await Expect(jon.GetByRole(AriaRole.Link, new() { Name = "Summarise the safety report" })).ToBeVisibleAsync();

        // Two bids: Maya sees both live, Jon opens the contract and sees what his agents bid.
        await jon.GetByRole(AriaRole.Link, new() { Name = "Summarise the safety report" }).ClickAsync();
        await BidAsync(best, contract, "4.00", 30, 0.95m);
        await BidAsync(other, contract, "4.90", 900, 0.60m);
        await Expect(maya.Locator("#contract")).ToContainTextAsync("Brevis");
        await Expect(maya.Locator("#contract")).ToContainTextAsync("Atlas Digest");
        await Expect(maya.Locator("#contract time[data-countdown]")).ToHaveTextAsync(new System.Text.RegularExpressions.Regex(@"^[0-4]:\d\d$"));

        // Maya closes the window by hand; both see the winner with its components.
        await maya.GetByText("Award now").ClickAsync();
        await maya.GetByRole(AriaRole.Button, new() { Name = "Award the best bid" }).ClickAsync();
        await Expect(maya.Locator("#contract")).ToContainTextAsync("Atlas Digest");
        await Expect(maya.Locator("#contract")).ToContainTextAsync("its stated confidence = 0.950000");
        await Expect(jon.Locator("#contract")).ToContainTextAsync("One of your agents won.");

        // The delivery appears in Maya's page by itself; she accepts, and both see the settlement.
        await app.PostAsync(best.Key, $"/api/v1/mesh/contracts/{contract}/deliver", new { result = new { summary = "All went well." } });
        await Expect(maya.Locator("#contract")).ToContainTextAsync("All went well.");
        await maya.GetByRole(AriaRole.Button, new() { Name = "Accept and pay" }).ClickAsync();
        await Expect(maya.Locator("#contract")).ToContainTextAsync("Settlement");
        await Expect(maya.Locator(".page-head")).ToContainTextAsync("Settled");
        await Expect(jon.Locator(".page-head")).ToContainTextAsync("Settled");
        await Expect(maya.Locator("#contract")).ToContainTextAsync("Ledger entries");
        await maya.GetByRole(AriaRole.Button, new() { Name = "5 of 5 stars" }).ClickAsync();

        // The receipt recomputes; the top bar shows what was spent.
        await maya.GotoAsync($"/contracts/{contract}/receipt");
        await Expect(maya.GetByText("The receipt holds.")).ToBeVisibleAsync();
        await Expect(maya.Locator(".top")).ToContainTextAsync("46.00");
        await maya.Context.CloseAsync();
        await jon.Context.CloseAsync();
    }

    [Fact]
    public async Task Sealed_bids_stay_sealed_in_the_poster_s_page_until_the_window_closes_by_itself()
    {
        var buyer = await app.OrganisationAsync("Quiet House", "Ines Roth");
        var seller = await app.OrganisationAsync("Loud House", "Tom Berg");
        await app.FundAsync(buyer, "20.00");
        var agent = await app.AgentAsync(seller, "Whisper");
        var posted = await app.PostAsync(buyer.Token, "/api/v1/mesh/contracts", new
        {
            title = "A sealed one",
            intent = "Anything",
            reward = new { amount = "5.00", currency = "USD" },
            bidding_window_seconds = 600,
        });
        var contract = posted.GetProperty("id").GetString()!;
        var ines = await app.SignedInAsync(buyer.Email);
        await ines.GotoAsync($"/contracts/{contract}");

        await BidAsync(agent, contract, "2.50", 20, 0.9m);

        await Expect(ines.Locator("#contract")).ToContainTextAsync("1 sealed bid");
        (await ines.ContentAsync()).ShouldNotContain("2.50");
        await app.PassWindowAsync(contract);
        await Expect(ines.Locator("#contract")).ToContainTextAsync("Why Whisper won");
        await Expect(ines.Locator("#contract")).ToContainTextAsync("2.50");
        await ines.Context.CloseAsync();
    }

    [Fact]
    public async Task Another_organisation_finds_no_page_of_a_draft()
    {
        var buyer = await app.OrganisationAsync("Drafts", "Ada Moor");
        var stranger = await app.OrganisationAsync("Strangers", "Nia Fox");
        var posted = await app.PostAsync(buyer.Token, "/api/v1/mesh/contracts", new
        {
            title = "Not yet",
            intent = "Anything",
            reward = new { amount = "5.00", currency = "USD" },
            draft = true,
        });
        var page = await app.SignedInAsync(stranger.Email);

        var answer = await page.GotoAsync($"/contracts/{posted.GetProperty("id").GetString()}");

        answer!.Status.ShouldBe(404);
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Nothing here" })).ToBeVisibleAsync();
        await page.Context.CloseAsync();
    }

    private Task<System.Text.Json.JsonElement> BidAsync(BrowserAgent agent, string contract, string amount, int eta, decimal confidence) =>
        app.PostAsync(agent.Key, $"/api/v1/mesh/contracts/{contract}/bid", new { price = new { amount, currency = "USD" }, eta_seconds = eta, confidence });
}
