using System.Text.Json;
using Hermes.Application.Mesh;
using Hermes.Domain.Agents;
using Hermes.Domain.Identity;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using Hermes.IntegrationTests.Shared;

namespace Hermes.IntegrationTests.Mesh;

public sealed class PostContractTests(MeshApp app) : IClassFixture<MeshApp>
{
    [Fact]
    public async Task Posted_at_once_it_is_announced_with_who_is_eligible_and_its_wake_up_is_planned()
    {
        var poster = await app.PosterAsync();
        var contract = await app.PostAsync(poster, MeshApp.Input() with { MinReputation = 0.4m, Context = JsonSerializer.SerializeToElement(new { text = "long" }) });

        var view = await app.ViewAsync(poster, contract);
        view.State.ShouldBe(ContractState.Bidding);
        view.Mine.ShouldBeTrue();
        view.Context.GetProperty("text").GetString().ShouldBe("long");
        view.May.Cancel.ShouldBeTrue();
        view.May.Award.ShouldBeFalse();
        (await app.SqlAsync<string>($"SELECT audience_eligible->>'min_reputation' || ' ' || (audience_eligible->'capabilities'->>0) FROM notifications.outbox WHERE subject_id = '{contract}'"))
            .ShouldBe("0.4 summarise");
        (await app.SqlAsync<long>($"SELECT count(*) FROM quartz.qrtz_triggers WHERE trigger_name LIKE '{contract}:%'")).ShouldBe(1);
        (await app.SqlAsync<string>($"SELECT string_agg(action, ' ') FROM compliance.audit_entries WHERE subject_id = '{contract}'")).ShouldBe("contract.post");
    }

    [Fact]
    public async Task A_refused_posting_leaves_no_wake_up_behind()
    {
        var poster = await app.PosterAsync();
        var before = await app.SqlAsync<long>("SELECT count(*) FROM quartz.qrtz_triggers");
        (await app.SendAsync(poster, new PostContract(MeshApp.Input() with { Title = "" }))).Error!.Members!.Keys.ShouldBe(["title"]);
        (await app.SqlAsync<long>("SELECT count(*) FROM quartz.qrtz_triggers")).ShouldBe(before);
    }

    [Theory]
    [InlineData("required_capabilities", "validation.required_fields", null)]
    [InlineData("required_capabilities", "validation.required_fields", "")]
    [InlineData("required_capabilities", "validation.required_fields", 201)]
    public async Task A_name_that_is_none_is_refused_before_anybody_depends_on_it(string capabilities, string fields, object? name)
    {
        var poster = await app.PosterAsync();
        var wrong = name is int length ? new string('f', length) : (string)name!;

        var refused = await app.SendAsync(poster, new PostContract(MeshApp.Input() with { RequiredCapabilities = ["summarise", wrong], Validation = new ValidationInput(null, ["summary", wrong]) }));

        refused.Error!.Members!.Keys.ShouldBe([capabilities, fields], ignoreOrder: true);
    }

    [Fact]
    public async Task A_draft_is_seen_by_its_tenant_only_edited_and_published()
    {
        var poster = await app.PosterAsync();
        var stranger = await app.PosterAsync(0);
        var contract = await app.PostAsync(poster, MeshApp.Input() with { Draft = true });
        (await app.SendAsync(stranger, new GetContract(contract))).Error.ShouldBe(MeshErrors.ContractNotFound);
        (await app.EventsAsync(contract)).ShouldBeNull();

        var version = (await app.ViewAsync(poster, contract)).Version;
        (await app.SendAsync(poster, new EditDraft(contract, MeshApp.Input(reward: 7m), version + 1))).Error.ShouldBe(MeshErrors.Changed);
        (await app.SendAsync(stranger, new EditDraft(contract, MeshApp.Input()))).Error.ShouldBe(MeshErrors.ContractNotFound);
        (await app.SendAsync(poster, new EditDraft(contract, MeshApp.Input(reward: 7m), version))).Value.Reward.ShouldBe(Money.Usd(7m));

        (await app.SendAsync(stranger, new PublishDraft(contract))).Error.ShouldBe(MeshErrors.ContractNotFound);
        (await app.SendAsync(poster, new PublishDraft(contract))).Value.State.ShouldBe(ContractState.Bidding);
        (await app.SendAsync(poster, new PublishDraft(contract))).Error!.Code.ShouldBe("mesh.illegal_transition");
        (await app.SendAsync(poster, new EditDraft(contract, MeshApp.Input()))).Error!.Code.ShouldBe("mesh.illegal_transition");
        (await app.EventsAsync(contract)).ShouldBe("contract.announced");
    }

    [Fact]
    public async Task A_planned_contract_opens_when_its_start_has_come()
    {
        var poster = await app.PosterAsync();
        var contract = await app.PostAsync(poster, MeshApp.Input() with { StartsAt = app.Clock.GetUtcNow().AddHours(1) });
        (await app.ViewAsync(poster, contract)).State.ShouldBe(ContractState.Scheduled);
        (await app.EventsAsync(contract)).ShouldBeNull();
        (await app.SendAsync(await app.AgentAsync(), new PlaceBid(contract, Money.Usd(1m), 1, 1m))).Error.ShouldBe(MeshErrors.ContractNotFound);

        await app.SqlAsync<object>($"UPDATE mesh.contracts SET starts_at = created_at WHERE id = '{contract}'");
        await app.BecomesAsync(contract, "bidding");

        var view = await app.ViewAsync(poster, contract);
        (view.Times.BiddingClosesAt - view.Times.OpenedAt).ShouldBe(TimeSpan.FromSeconds(600));
        (await app.EventsAsync(contract)).ShouldBe("contract.announced");
        await app.BidAsync(await app.AgentAsync(), contract);
    }

    [Fact]
    public async Task What_is_left_out_comes_from_the_poster_s_preferences()
    {
        var poster = await app.PosterAsync();
        (await app.SendAsync(poster, new SetPreferences(null, "cheapest", Money.Usd(3m), 0.2m, 0.3m))).Error.ShouldBeNull();

        var view = await app.ViewAsync(poster, await app.PostAsync(poster));
        view.Weights.ShouldBe(new WeightsInput(70, 10, 10, 10));
        view.MaxPrice.ShouldBe(Money.Usd(3m));
        view.MinConfidence.ShouldBe(0.2m);
        view.MinReputation.ShouldBe(0.3m);

        var own = await app.ViewAsync(poster, await app.PostAsync(poster, MeshApp.Input() with { Weights = new WeightsInput(25, 25, 25, 25), MaxPrice = Money.Usd(8m), MinConfidence = 0m, MinReputation = 0m }));
        own.Weights.ShouldBe(new WeightsInput(25, 25, 25, 25));
        own.MaxPrice.ShouldBe(Money.Usd(8m));
    }

    private static readonly Dictionary<string, ContractInput> Wrong = new()
    {
        ["title"] = MeshApp.Input() with { Title = null },
        ["intent"] = MeshApp.Input() with { Intent = new string('x', 8_001) },
        ["reward"] = MeshApp.Input() with { Reward = Money.Usd(0m) },
        ["max_price"] = MeshApp.Input() with { MaxPrice = Money.Of(1m, Currency.Parse("EUR")) },
        ["bidding_window_seconds"] = MeshApp.Input() with { BiddingWindowSeconds = 604_801 },
        ["delivery_window_seconds"] = MeshApp.Input() with { DeliveryWindowSeconds = 0 },
        ["acceptance_window_seconds"] = MeshApp.Input() with { AcceptanceWindowSeconds = -1 },
        ["context"] = MeshApp.Input() with { Context = JsonSerializer.SerializeToElement(new[] { 1 }) },
        ["weights"] = MeshApp.Input() with { Weights = new WeightsInput(25, 25, 25, 24) },
        ["min_reputation"] = MeshApp.Input() with { MinReputation = 1.1m },
        ["min_confidence"] = MeshApp.Input() with { MinConfidence = -0.1m },
        ["invited_agent_ids"] = MeshApp.Input() with { Visibility = Visibility.Invited },
        ["validation.json_schema"] = MeshApp.Input() with { Validation = new ValidationInput(JsonSerializer.SerializeToElement(new { type = "no such type" })) },
        ["starts_at"] = MeshApp.Input() with { StartsAt = DateTimeOffset.MaxValue },
    };

    public static TheoryData<string> Members() => new(Wrong.Keys);

    [Theory]
    [MemberData(nameof(Members))]
    public async Task A_wrong_member_is_named(string member)
    {
        var poster = await app.PosterAsync(0);
        (await app.SendAsync(poster, new PostContract(Wrong[member]))).Error!.Members.ShouldNotBeNull().Keys.ShouldBe([member]);
    }

    [Fact]
    public async Task An_agent_that_the_poster_can_t_see_can_t_be_invited()
    {
        var poster = await app.PosterAsync(0);
        var hidden = await app.AgentAsync(visibility: AgentVisibility.Tenant);
        foreach (var id in new[] { hidden.RequiredAgent, new AgentId(Guid.CreateVersion7()) })
            (await app.SendAsync(poster, new PostContract(MeshApp.Input() with { Visibility = Visibility.Invited, InvitedAgentIds = [id] }))).Error.ShouldBe(MeshErrors.InvitedAgentUnknown);
    }

    [Fact]
    public async Task Without_the_permission_nothing_is_posted_edited_published_or_cancelled()
    {
        var poster = await app.PosterAsync(0);
        var contract = await app.PostAsync(poster, MeshApp.Input() with { Draft = true });
        var reader = Actors.Person(poster.RequiredTenant, Permissions.ContractsRead);
        (await app.SendAsync(reader, new PostContract(MeshApp.Input()))).Error!.Code.ShouldBe("access.permission_missing");
        (await app.SendAsync(reader, new EditDraft(contract, MeshApp.Input()))).Error!.Code.ShouldBe("access.permission_missing");
        (await app.SendAsync(reader, new PublishDraft(contract))).Error!.Code.ShouldBe("access.permission_missing");
        (await app.SendAsync(reader, new CancelContract(contract))).Error!.Code.ShouldBe("access.permission_missing");
        (await app.ViewAsync(reader, contract)).May.Edit.ShouldBeFalse();
    }

    [Fact]
    public async Task Cancelled_it_tells_its_bidders_and_takes_no_more_bids()
    {
        var poster = await app.PosterAsync();
        var contract = await app.PostAsync(poster);
        var agent = await app.AgentAsync();
        await app.BidAsync(agent, contract);
        (await app.SendAsync(await app.PosterAsync(0), new CancelContract(contract))).Error.ShouldBe(MeshErrors.ContractNotFound);

        (await app.SendAsync(poster, new CancelContract(contract, "No longer needed."))).Value.State.ShouldBe(ContractState.Cancelled);

        (await app.SendAsync(agent, new GetOwnBid(contract))).Value.State.ShouldBe(BidState.Lost);
        (await app.SendAsync(agent, new PlaceBid(contract, Money.Usd(1m), 1, 1m))).Error.ShouldBe(MeshErrors.WindowClosed);
        (await app.SendAsync(poster, new CancelContract(contract))).Error!.Code.ShouldBe("mesh.illegal_transition");
        (await app.SqlAsync<bool>($"SELECT '{agent.RequiredAgent}' = ANY (audience_agents) FROM notifications.outbox WHERE subject_id = '{contract}' AND type = 'contract.updated'")).ShouldBeTrue();
    }
}
