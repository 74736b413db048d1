using Hermes.Application.Mesh;
using Hermes.Application.Shared;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;

namespace Hermes.IntegrationTests.Mesh;

public sealed class ListContractsTests(MeshApp app) : IClassFixture<MeshApp>
{
    private async Task<List<ContractId>> IdsAsync(Actor actor, ListContracts request)
    {
        var page = await app.SendAsync(actor, request);
        page.Error.ShouldBeNull();
        return [.. page.Value.Items.Select(i => i.Id)];
    }

    [Fact]
    public async Task Scopes_show_what_they_say_to_whom_it_concerns()
    {
        var poster = await app.PosterAsync();
        var agent = await app.AgentAsync();
        var (open, bid, won, draft) = (await app.PostAsync(poster), await app.PostAsync(poster), await app.PostAsync(poster), await app.PostAsync(poster, MeshApp.Input() with { Draft = true }));
        await app.BidAsync(agent, bid);
        await app.BidAsync(agent, won);
        await app.CloseAsync(won);

        (await IdsAsync(poster, new ListContracts { Scope = ContractScope.Mine })).ShouldBe([draft, won, bid, open]);
        (await IdsAsync(poster, new ListContracts { Scope = ContractScope.Mine, State = ContractState.Awarded })).ShouldBe([won]);
        (await IdsAsync(agent, new ListContracts { Scope = ContractScope.Bid })).ShouldBe([won, bid]);
        (await IdsAsync(agent, new ListContracts { Scope = ContractScope.Won })).ShouldBe([won]);
        var toAgent = await IdsAsync(agent, new ListContracts { Scope = ContractScope.Open });
        toAgent.ShouldContain(open);
        toAgent.ShouldNotContain(draft);
        toAgent.ShouldNotContain(won);
        var toStranger = await IdsAsync(await app.PosterAsync(0), new ListContracts { Limit = 100 });
        toStranger.ShouldContain(open);
        toStranger.ShouldNotContain(won);
        toStranger.ShouldNotContain(draft);
    }

    [Fact]
    public async Task Titles_are_told_to_those_who_see_the_contract()
    {
        var poster = await app.PosterAsync();
        var (draft, open) = (await app.PostAsync(poster, MeshApp.Input() with { Title = "Secret plan", Draft = true }), await app.PostAsync(poster, MeshApp.Input() with { Title = "Open work" }));
        ContractId[] asked = [draft, open, open, new(Guid.CreateVersion7())];

        (await app.SendAsync(poster, new GetContractTitles(asked))).Value.ShouldBe(new Dictionary<Guid, string> { [draft.Value] = "Secret plan", [open.Value] = "Open work" }, ignoreOrder: true);
        (await app.SendAsync(await app.PosterAsync(0), new GetContractTitles(asked))).Value.ShouldBe(new Dictionary<Guid, string> { [open.Value] = "Open work" });
        (await app.SendAsync(poster with { Permissions = [] }, new GetContractTitles(asked))).Error!.Code.ShouldBe("access.permission_missing");
        (await app.SendAsync(poster, new GetContractTitles([.. Enumerable.Range(0, Paging.MaxLimit + 1).Select(_ => new ContractId(Guid.CreateVersion7()))]))).Error!.Code.ShouldBe("request.invalid");
    }

    [Fact]
    public async Task Filters_narrow_and_every_order_pages_without_gaps()
    {
        var poster = await app.PosterAsync();
        for (var i = 0; i < 7; i++)
            await app.PostAsync(poster, MeshApp.Input(reward: 1m + i % 3, window: 600 + i % 2) with { Title = $"Report (part {i}) 100%", RequiredCapabilities = [i % 2 == 0 ? "summarise" : "translate"] });

        (await IdsAsync(poster, new ListContracts { Scope = ContractScope.Mine, Capability = "Translate" })).Count.ShouldBe(3);
        (await IdsAsync(poster, new ListContracts { Scope = ContractScope.Mine, Text = "REPORT (part 3)" })).Count.ShouldBe(1);
        (await IdsAsync(poster, new ListContracts { Scope = ContractScope.Mine, Text = "ten sentences" })).Count.ShouldBe(7);
        (await IdsAsync(poster, new ListContracts { Scope = ContractScope.Mine, Text = ".*" })).ShouldBeEmpty();
        (await IdsAsync(poster, new ListContracts { Scope = ContractScope.Mine, MinReward = 2m, MaxReward = 2m })).Count.ShouldBe(2);
        foreach (var sort in Enum.GetValues<ContractSort>())
        {
            var whole = await IdsAsync(poster, new ListContracts { Scope = ContractScope.Mine, Sort = sort });
            whole.Count.ShouldBe(7);
            var paged = new List<ContractId>();
            for (string? cursor = null; ;)
            {
                var page = (await app.SendAsync(poster, new ListContracts { Scope = ContractScope.Mine, Sort = sort, Limit = 2, Cursor = cursor })).Value;
                paged.AddRange(page.Items.Select(i => i.Id));
                if ((cursor = page.NextCursor) is null)
                    break;
            }
            paged.ShouldBe(whole);
        }
        var rewards = (await app.SendAsync(poster, new ListContracts { Scope = ContractScope.Mine, Sort = ContractSort.Reward })).Value.Items.Select(i => i.Reward).ToList();
        rewards.ShouldBe([.. rewards.OrderByDescending(r => r)]);
        (await app.SendAsync(poster, new ExportContracts { Scope = ContractScope.Mine })).Value.Count.ShouldBe(7);
    }
}
