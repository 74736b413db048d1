using System.Text;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Hermes.BrowserTests;

/// <summary>A dispute from both sides and from the operator's desk, in three browsers.</summary>
[Collection("browser")]
public sealed class DisputeTests(BrowserApp app)
{
    [Fact]
    public async Task Rejected_answered_decided_and_appealed()
    {
        var buyer = await app.OrganisationAsync("Harbour Works", "Maya Klein");
        var seller = await app.OrganisationAsync("Pier Agents", "Jon Ade");
        await app.FundAsync(buyer, "50.00");
        var agent = await app.AgentAsync(seller, "Pier Digest");
        var posted = await app.PostAsync(buyer.Token, "/api/v1/mesh/contracts", new
        {
            title = "Summarise the harbour log",
            intent = "Ten sentences.",
            reward = new { amount = "5.00", currency = "USD" },
            bidding_window_seconds = 600,
        });
        var contract = posted.GetProperty("id").GetString()!;
        await app.PostAsync(agent.Key, $"/api/v1/mesh/contracts/{contract}/bid", new { price = new { amount = "4.00", currency = "USD" }, eta_seconds = 60, confidence = 0.9m });
        await app.PostAsync(buyer.Token, $"/api/v1/mesh/contracts/{contract}/award", new { });
        await app.PostAsync(agent.Key, $"/api/v1/mesh/contracts/{contract}/deliver", new { result = new { summary = "Nothing happened in the harbour on that day, says the log." } });
        var maya = await app.SignedInAsync(buyer.Email);
        var jon = await app.SignedInAsync(seller.Email);
        var desk = await app.SignedInAsync("operator@example.test");

        // The poster rejects; the case opens with what was found, and the price stays held.
        await maya.GotoAsync($"/contracts/{contract}");
        await Expect(maya.Locator("#contract")).ToContainTextAsync("Escrow");
        await maya.GetByText("Reject", new() { Exact = true }).First.ClickAsync();
        await maya.GetByLabel("What is wrong?").FillAsync("One sentence is not ten.");
        await maya.GetByRole(AriaRole.Button, new() { Name = "Reject", Exact = true }).ClickAsync();
        await maya.GetByRole(AriaRole.Link, new() { Name = "Answer, evidence and decision" }).ClickAsync();
        await Expect(maya.Locator("#dispute")).ToContainTextAsync("No other delivery is the same.");
        await maya.GetByLabel("Text", new() { Exact = false }).First.FillAsync("Here is the log.");
        await maya.GetByLabel("File").SetInputFilesAsync(new FilePayload { Name = "log.txt", MimeType = "text/plain", Buffer = Encoding.UTF8.GetBytes("08:00 A ship came.\n09:00 It left.") });
        await maya.GetByRole(AriaRole.Button, new() { Name = "Add", Exact = true }).ClickAsync();
        await Expect(maya.Locator("#dispute")).ToContainTextAsync("log.txt");

        // The agent's owner sees it, reads the file and answers.
        await jon.GotoAsync($"/contracts/{contract}/dispute");
        var download = await jon.RunAndWaitForDownloadAsync(() => jon.GetByText("log.txt").ClickAsync());
        (await File.ReadAllTextAsync((await download.PathAsync())!)).ShouldContain("A ship came.");
        await jon.GetByLabel("What do you say to it?").FillAsync("The log has one event; one sentence says it.");
        await jon.GetByRole(AriaRole.Button, new() { Name = "Answer", Exact = true }).ClickAsync();
        await Expect(maya.Locator("#dispute")).ToContainTextAsync("one sentence says it");

        // The operator decides with reasons; nothing moves yet, and the agent's owner appeals.
        await desk.GotoAsync("/operator/disputes");
        await desk.GetByRole(AriaRole.Link, new() { Name = "Summarise the harbour log" }).ClickAsync();
        await desk.GetByLabel("Decision").SelectOptionAsync("Refund");
        await desk.GetByLabel("Reasons, told to both sides").FillAsync("Ten were asked for.");
        await desk.GetByText("Decide …").ClickAsync();
        await desk.GetByRole(AriaRole.Button, new() { Name = "Decide now" }).ClickAsync();
        await Expect(desk.Locator("main")).ToContainTextAsync("The money moves when nobody appeals in time.");
        await Expect(jon.Locator("#dispute")).ToContainTextAsync("Ten were asked for.");
        await jon.GetByText("Appeal …").ClickAsync();
        await jon.GetByLabel("What is wrong with the decision?").FillAsync("There were not ten events.");
        await jon.GetByRole(AriaRole.Button, new() { Name = "Appeal now" }).ClickAsync();
        await Expect(jon.Locator("#dispute")).ToContainTextAsync("Appealed");
        await Expect(maya.Locator("#dispute")).ToContainTextAsync("There were not ten events.");

        // Who decided first does not decide the appeal.
        await desk.ReloadAsync();
        await Expect(desk.Locator("main")).ToContainTextAsync("another operator decides the appeal");
        foreach (var page in new[] { maya, jon, desk })
            await page.Context.CloseAsync();
    }
}
