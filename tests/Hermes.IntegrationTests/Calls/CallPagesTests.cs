using System.Net;
using Hermes.Application.Agents;
using Hermes.Application.Calls;
using Hermes.Domain.Agents;
using Hermes.Domain.Shared;
using Hermes.IntegrationTests.Identity;
using Hermes.IntegrationTests.Live;
using Hermes.IntegrationTests.Shared;

namespace Hermes.IntegrationTests.Calls;

/// <summary>Pages about calls, without JavaScript.</summary>
public sealed class CallPagesTests(OperatorApp app) : IClassFixture<OperatorApp>
{
    [Fact]
    public async Task List_trace_conversation_and_permissions_show_a_call_and_change_its_terms()
    {
        var tenant = await app.TenantAsync();
        var person = Actors.Person(tenant.Id);
        var made = (await app.SendAsync(person, new RegisterAgent(new AgentProfile("Echoing agent", "Echoes.", ["echo"], null, Money.Usd(0m), AgentVisibility.Public, [], [], 5)))).Value;
        await using var agent = await SocketAgent.ConnectAsync(app, Actors.Agent(made.Agent.Id, tenant.Id), made.Key, SocketAgent.SilentAsync);
        var call = (await app.SendAsync(person, new StartCall(made.Agent.Id, CallMessage.Text("a message to be seen")))).Value;
        var browser = await app.SignedInAsync(tenant.Email);

        (await browser.TextAsync("/calls")).ShouldContain("Echoing agent");
        (await browser.TextAsync("/calls?state=Completed")).ShouldContain("No call fits these filters");
        (await browser.TextAsync("/calls?handler=Csv")).ShouldContain(call.Id.ToString());
        var page = await browser.TextAsync($"/calls/{call.Id}");
        page.ShouldContain("a message to be seen");
        page.ShouldContain("same organisation");
        (await browser.TextAsync("/conversations")).ShouldContain("Echoing agent");
        (await browser.TextAsync($"/conversations/{call.ConversationId}")).ShouldContain("a message to be seen");
        (await browser.PostAsync($"/calls/{call.Id}?handler=Cancel", [], $"/calls/{call.Id}")).StatusCode.ShouldBe(HttpStatusCode.Redirect);
        (await browser.TextAsync($"/calls/{call.Id}")).ShouldContain("called off by the caller");

        var permissions = $"/agents/{made.Agent.Id}/permissions";
        (await browser.TextAsync(permissions)).ShouldContain("everybody may call it");
        var stranger = new TenantId(Guid.CreateVersion7());
        await LiveKit.FoundAsync(app, stranger);
        (await browser.PostAsync($"{permissions}?handler=Rule", new() { ["effect"] = "Deny", ["kind"] = "organisation", ["caller"] = stranger.ToString() }, permissions)).StatusCode.ShouldBe(HttpStatusCode.Redirect);
        (await browser.TextAsync(permissions)).ShouldContain("kept out");
        (await browser.PostAsync($"{permissions}?handler=Policy", new() { ["Input.RequiresApproval"] = "true", ["Input.MaxParallel"] = "7", ["Input.TimeoutSeconds"] = "30" }, permissions)).StatusCode.ShouldBe(HttpStatusCode.Redirect);
        (await app.SendAsync(person, new GetCallPermissions(made.Agent.Id))).Value.Policy.ShouldSatisfyAllConditions(p => p.RequiresApproval.ShouldBeTrue(), p => p.MaxParallel.ShouldBe(7));
        (await browser.PostAsync($"{permissions}?handler=Policy", new() { ["Input.MaxParallel"] = "0", ["Input.TimeoutSeconds"] = "30" }, permissions)).StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);

        var other = await app.TenantAsync();
        var foreigner = await app.SignedInAsync(other.Email);
        (await foreigner.GetAsync($"/calls/{call.Id}")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await foreigner.GetAsync(permissions)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }
}
