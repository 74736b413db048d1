using System.Text.Json;
using Hermes.Application.Mesh;
using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using Hermes.IntegrationTests.Shared;
using Microsoft.Extensions.DependencyInjection;

namespace Hermes.IntegrationTests.Mesh;

/// <summary>A contract in parts: each delivered, accepted and paid on its own; its end weighs once.</summary>
public sealed class MilestoneTests(MeshApp app) : IClassFixture<MeshApp>
{
    private sealed record Case(Actor Poster, Actor Agent, ContractId Contract);

    [Fact]
    public async Task Each_part_is_paid_by_its_score_and_the_end_weighs_once()
    {
        var c = await AwardedAsync(10m, (50, null), (30, null), (20, null));
        (await app.SendAsync(c.Agent, new DeliverContract(c.Contract, Json("{}")))).Error.ShouldBe(MilestoneErrors.HasMilestones);
        (await app.SendAsync(c.Poster, new ReleaseEscrow(c.Contract, null, 10))).Error.ShouldBe(MilestoneErrors.HasMilestones);

        (await DeliverAsync(c, 2)).Error.ShouldBe(MilestoneErrors.EarlierOpen);
        (await DeliverAsync(c, 9)).Error.ShouldBe(MilestoneErrors.NotFound);
        (await DeliverAsync(c, 1)).Value.State.ShouldBe(MilestoneState.Delivered);
        (await DeliverAsync(c, 1)).Error!.Code.ShouldBe("mesh.illegal_milestone");
        var view = (await app.SendAsync(c.Poster, new ListMilestones(c.Contract))).Value;
        (view.MayValidate, view.MayDeliver, view.MayCancelRest).ShouldBe((1, null, false));
        (await AcceptAsync(c, 1)).Value.Agent.ShouldBe(Money.Usd(4.25m));
        (await app.HeldAsync(c.Contract)).ShouldBe(5_000_000);
        (await app.ViewAsync(c.Poster, c.Contract)).State.ShouldBe(ContractState.InProgress);
        (await app.SqlAsync<long>($"SELECT count(*) FROM trust.outcomes WHERE contract_id = '{c.Contract}'")).ShouldBe(0);

        await DeliverAsync(c, 2);
        (await AcceptAsync(c, 2, 0.85m)).Value.Refunded.ShouldBe(Money.Usd(0.3m));
        await DeliverAsync(c, 3);
        (await AcceptAsync(c, 3)).Value.State.ShouldBe(MilestoneState.Paid);

        (await app.ViewAsync(c.Poster, c.Contract)).State.ShouldBe(ContractState.Settled);
        (await app.HeldAsync(c.Contract)).ShouldBe(0);
        (await app.SumOfEntriesAsync()).ShouldBe(0m);
        var settlement = (await app.SendAsync(c.Poster, new GetDelivery(c.Contract))).Value.Settlement!;
        (settlement.Agent + settlement.Platform, settlement.Refunded, settlement.ReleasedPercent).ShouldBe((Money.Usd(9.7m), Money.Usd(0.3m), 97));
        (await app.SqlAsync<string>($"SELECT concat_ws(' ', success::text, on_time::text, quality::text, lost_in_dispute::text) FROM trust.outcomes WHERE contract_id = '{c.Contract}'")).ShouldBe("true true 0.9550 false");
        (await app.SqlAsync<long>($"SELECT count(*) FROM trust.outcomes WHERE contract_id = '{c.Contract}'")).ShouldBe(1);
    }

    [Fact]
    public async Task Rules_of_a_milestone_pay_it_at_once()
    {
        var poster = await app.PosterAsync();
        var agent = await app.AgentAsync();
        var contract = await app.PostAsync(poster, MeshApp.Input() with
        {
            Milestones = [new MilestoneInput("Draft", null, Money.Usd(2), 60, new ValidationInput(null, ["title"])), new MilestoneInput("Final", null, Money.Usd(3))],
        });
        await app.BidAsync(agent, contract, 4m);
        await app.CloseAsync(contract);

        var first = (await app.SendAsync(agent, new DeliverMilestone(contract, 1, Json("""{"title":"T"}""")))).Value;

        (first.State, first.Amount, first.Score).ShouldBe((MilestoneState.Paid, Money.Usd(1.6m), 1m));
        (await app.HeldAsync(contract)).ShouldBe(2_400_000);
    }

    [Fact]
    public async Task A_rejected_milestone_is_disputed_about_its_part_and_the_contract_goes_on()
    {
        var c = await AwardedAsync(10m, (40, null), (60, null));
        await DeliverAsync(c, 1);
        (await app.SendAsync(c.Poster, new ValidateMilestone(c.Contract, 1, false))).Error.ShouldBe(DeliveryErrors.ReasonNeeded);
        (await app.SendAsync(c.Poster, new ValidateMilestone(c.Contract, 1, true, 0.3m))).Error.ShouldBe(DeliveryErrors.ScoreContradicts);
        (await app.SendAsync(c.Poster, new ValidateMilestone(c.Contract, 1, false, null, "Half of it."))).Value.State.ShouldBe(MilestoneState.Disputed);
        (await app.HeldAsync(c.Contract)).ShouldBe(10_000_000);
        (await DeliverAsync(c, 2)).Error.ShouldNotBeNull();
        (await app.SendAsync(c.Agent, new GetOwnDispute(c.Contract))).Value.Held.ShouldBe(Money.Usd(4));

        (await app.SendAsync(Actors.Operator(), new ResolveDispute(c.Contract, DisputeDecision.Split, 50, "Half."))).Error.ShouldBeNull();

        (await app.HeldAsync(c.Contract)).ShouldBe(6_000_000);
        (await app.ViewAsync(c.Poster, c.Contract)).State.ShouldBe(ContractState.InProgress);
        await DeliverAsync(c, 2);
        (await AcceptAsync(c, 2)).Error.ShouldBeNull();
        (await app.ViewAsync(c.Poster, c.Contract)).State.ShouldBe(ContractState.Settled);
        (await app.SendAsync(c.Poster, new GetDelivery(c.Contract))).Value.Settlement!.Refunded.ShouldBe(Money.Usd(2));
        (await app.SumOfEntriesAsync()).ShouldBe(0m);
    }

    [Fact]
    public async Task A_dispute_about_the_whole_contract_holds_what_was_delivered_too()
    {
        var c = await AwardedAsync(10m, (40, null), (60, null));
        await DeliverAsync(c, 1);
        await app.SqlAsync<int>($"UPDATE mesh.milestones SET accept_by = now() + interval '1 hour' WHERE contract_id = '{c.Contract}'");
        await app.SqlAsync<int>($"UPDATE mesh.contracts SET deliver_by = now() + interval '1 hour' WHERE id = '{c.Contract}'");
        (await app.SendAsync(c.Poster, new OpenDispute(c.Contract, "It goes the wrong way."))).Error.ShouldBeNull();

        // Neither a late word nor silence pays, or ends the dispute.
        (await AcceptAsync(c, 1)).Error!.Code.ShouldBe("mesh.illegal_transition");
        (await app.SendAsync(c.Poster, new ValidateMilestone(c.Contract, 1, false, null, "Empty."))).Error!.Code.ShouldBe("mesh.illegal_transition");
        await app.SqlAsync<int>($"UPDATE mesh.milestones SET accept_by = now() - interval '1 minute' WHERE contract_id = '{c.Contract}' AND place = 1");
        (await app.SendAsync(Actors.System(), new AcceptMilestone(c.Contract))).Error!.Code.ShouldBe("mesh.illegal_transition");
        (await DueAsync("AcceptMilestones")).ShouldNotContain(c.Contract);
        (await app.HeldAsync(c.Contract)).ShouldBe(10_000_000);
        (await app.ViewAsync(c.Poster, c.Contract)).State.ShouldBe(ContractState.Disputed);

        (await app.SendAsync(Actors.Operator(), new ResolveDispute(c.Contract, DisputeDecision.Split, 50, "Half."))).Error.ShouldBeNull();

        (await app.ViewAsync(c.Poster, c.Contract)).State.ShouldBe(ContractState.Settled);
        (await app.HeldAsync(c.Contract)).ShouldBe(0);
        (await app.SendAsync(c.Poster, new GetDelivery(c.Contract))).Value.Settlement!.Refunded.ShouldBe(Money.Usd(5));
        (await app.SendAsync(c.Poster, new ListMilestones(c.Contract))).Value.Items.ShouldAllBe(m => m.State == MilestoneState.Cancelled);
        (await app.SumOfEntriesAsync()).ShouldBe(0m);
    }

    [Fact]
    public async Task A_decision_may_have_as_long_a_reason_as_it_is_allowed()
    {
        var c = await AwardedAsync(10m, (40, null), (60, null));
        var reasons = new string('x', Dispute.MaxText);
        (await app.SendAsync(c.Poster, new OpenDispute(c.Contract, "Wrong"))).Error.ShouldBeNull();

        (await app.SendAsync(Actors.Operator(), new ResolveDispute(c.Contract, DisputeDecision.Refund, null, reasons + "x"))).Error!.Code.ShouldBe("request.invalid");
        (await app.SendAsync(Actors.Operator(), new ResolveDispute(c.Contract, DisputeDecision.Refund, null, reasons))).Error.ShouldBeNull();

        (await app.ViewAsync(c.Poster, c.Contract)).Reason.ShouldBe(reasons);
        (await app.HeldAsync(c.Contract)).ShouldBe(0);
    }

    [Fact]
    public async Task The_last_one_lost_in_dispute_ends_the_contract()
    {
        var c = await AwardedAsync(10m, (20, null), (80, null));
        await DeliverAsync(c, 1);
        await AcceptAsync(c, 1);
        await DeliverAsync(c, 2);
        await app.SendAsync(c.Poster, new ValidateMilestone(c.Contract, 2, false, null, "Empty."));

        (await app.SendAsync(Actors.Operator(), new ResolveDispute(c.Contract, DisputeDecision.Refund, null, "It is."))).Error.ShouldBeNull();

        (await app.ViewAsync(c.Poster, c.Contract)).State.ShouldBe(ContractState.Settled);
        (await app.HeldAsync(c.Contract)).ShouldBe(0);
        (await app.SqlAsync<string>($"SELECT concat_ws(' ', success::text, lost_in_dispute::text) FROM trust.outcomes WHERE contract_id = '{c.Contract}'")).ShouldBe("false true");
        (await app.SumOfEntriesAsync()).ShouldBe(0m);
    }

    [Fact]
    public async Task Between_two_milestones_the_rest_is_called_off()
    {
        var c = await AwardedAsync(10m, (40, null), (60, null));
        (await app.SendAsync(c.Poster, new CancelRest(c.Contract))).Error!.Code.ShouldBe("mesh.illegal_transition");
        await DeliverAsync(c, 1);
        (await app.SendAsync(c.Poster, new CancelRest(c.Contract))).Error.ShouldBe(MilestoneErrors.Between);
        await AcceptAsync(c, 1);

        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => app.SendAsync(c.Poster, new CancelRest(c.Contract, "Enough"))));

        answers.Count(r => r.Succeeded).ShouldBe(1);
        (await app.HeldAsync(c.Contract)).ShouldBe(0);
        (await app.SqlAsync<long>($"SELECT balance FROM ledger.accounts WHERE kind = 'available' AND owner_id = '{c.Poster.RequiredTenant}'")).ShouldBe(96_000_000);
        (await app.SendAsync(c.Poster, new ListMilestones(c.Contract))).Value.Items.Select(m => m.State).ShouldBe([MilestoneState.Paid, MilestoneState.Cancelled]);
        (await app.SqlAsync<string>($"SELECT success::text FROM trust.outcomes WHERE contract_id = '{c.Contract}'")).ShouldBe("true");
        (await app.SumOfEntriesAsync()).ShouldBe(0m);
    }

    [Fact]
    public async Task Silence_accepts_and_lateness_gives_the_rest_back()
    {
        var c = await AwardedAsync(10m, (40, null), (60, 60));
        await DeliverAsync(c, 1);
        await app.SqlAsync<int>($"UPDATE mesh.milestones SET accept_by = now() - interval '1 minute' WHERE contract_id = '{c.Contract}' AND place = 1");
        await Eventually.IsAsync(() => app.HeldAsync(c.Contract), 6_000_000L);

        await app.SqlAsync<int>($"UPDATE mesh.contracts SET deliver_by = now() - interval '1 minute' WHERE id = '{c.Contract}'");
        await Eventually.IsAsync(() => app.HeldAsync(c.Contract), 0L);

        (await app.ViewAsync(c.Poster, c.Contract)).State.ShouldBe(ContractState.Refunded);
        (await app.SendAsync(c.Poster, new GetDelivery(c.Contract))).Value.Settlement!.Refunded.ShouldBe(Money.Usd(6));
        (await app.SendAsync(c.Poster, new ListMilestones(c.Contract))).Value.Items[1].State.ShouldBe(MilestoneState.Cancelled);
        (await app.SumOfEntriesAsync()).ShouldBe(0m);
    }

    [Fact]
    public async Task Accepting_at_once_pays_once()
    {
        var c = await AwardedAsync(10m, (40, null), (60, null));
        var delivered = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => DeliverAsync(c, 1)));
        delivered.Count(r => r.Succeeded).ShouldBe(1);
        var accepted = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => AcceptAsync(c, 1)));

        accepted.Count(r => r.Succeeded).ShouldBe(1);
        (await app.HeldAsync(c.Contract)).ShouldBe(6_000_000);
    }

    [Fact]
    public async Task Plans_that_do_not_add_up_are_refused()
    {
        var poster = await app.PosterAsync();
        foreach (var plan in new IReadOnlyList<MilestoneInput>[]
        {
            [new("One", 50), new("Two", 49)], [new("One", 100)], [new("One", 50.001m), new("Two", 49.999m)], [new("One", null, Money.Usd(1)), new("Two", null, Money.Usd(1))],
            [new("One", 50), new("Two", null, Money.Usd(2.5m))], [new("", 50), new("Two", 50)], [new("One", 50, null, 0), new("Two", 50)], [new("One", 0), new("Two", 100)],
            [new("One", 50), null!], [null!, null!], [new("One", decimal.MaxValue), new("Two", decimal.MaxValue)],
            [new("One", 50, null, null, new ValidationInput(null, [null!])), new("Two", 50)], [new("One", 50, null, null, new ValidationInput(null, [new string('f', 201)])), new("Two", 50)],
        })
            (await app.SendAsync(poster, new PostContract(MeshApp.Input() with { Milestones = plan }))).Error!.Code.ShouldBe("request.invalid");
        (await app.SendAsync(poster, new PostContract(MeshApp.Input() with { Milestones = [new("One", 50), new("Two", 50)], Validation = new ValidationInput(null, ["x"]) }))).Error!.Code.ShouldBe("request.invalid");
    }

    [Fact]
    public async Task A_draft_is_replanned_and_bidders_see_the_plan_but_no_results()
    {
        var poster = await app.PosterAsync();
        var draft = await app.PostAsync(poster, MeshApp.Input() with { Draft = true, Milestones = [new("One", 50), new("Two", 50)] });
        (await app.SendAsync(poster, new EditDraft(draft, MeshApp.Input() with { Milestones = [new("A", 10), new("B", 20), new("C", 70)] }))).Error.ShouldBeNull();
        (await app.SendAsync(poster, new PublishDraft(draft))).Error.ShouldBeNull();
        var bidder = await app.AgentAsync();

        var seen = (await app.SendAsync(bidder, new ListMilestones(draft))).Value.Items;

        seen.Select(m => (m.Title, m.Percent, m.Amount)).ShouldBe([("A", 10m, null), ("B", 20m, null), ("C", 70m, null)]);
        (await app.SendAsync(bidder, new DeliverMilestone(draft, 1, Json("{}")))).Error.ShouldBe(DeliveryErrors.NotTheWinner);
    }

    [Fact]
    public async Task Strangers_find_nothing_and_the_missing_permission_is_refused()
    {
        var c = await AwardedAsync(10m, (40, null), (60, null));
        await DeliverAsync(c, 1);
        var stranger = Actors.Person(new TenantId(Guid.CreateVersion7()));
        (await app.SendAsync(stranger, new ListMilestones(c.Contract))).Error!.Kind.ShouldBe(ErrorKind.NotFound);
        (await app.SendAsync(stranger, new ValidateMilestone(c.Contract, 1, true))).Error!.Kind.ShouldBe(ErrorKind.NotFound);
        (await app.SendAsync(stranger, new CancelRest(c.Contract))).Error!.Kind.ShouldBe(ErrorKind.NotFound);
        (await app.SendAsync(Actors.Person(c.Agent.RequiredTenant), new ValidateMilestone(c.Contract, 1, true))).Error!.Kind.ShouldBe(ErrorKind.NotFound);
        (await app.SendAsync(await app.AgentAsync(c.Agent.Tenant), new DeliverMilestone(c.Contract, 2, Json("{}")))).Error!.Kind.ShouldBeOneOf(ErrorKind.NotFound, ErrorKind.Forbidden);
        var reader = Actors.Person(c.Poster.RequiredTenant, Permissions.ContractsRead);
        (await app.SendAsync(reader, new ValidateMilestone(c.Contract, 1, true))).Error!.Code.ShouldBe("access.permission_missing");
        (await app.SendAsync(reader, new CancelRest(c.Contract))).Error!.Code.ShouldBe("access.permission_missing");
        (await app.SendAsync(c.Poster, new AcceptMilestone(c.Contract))).Error!.Kind.ShouldBe(ErrorKind.Forbidden);
        foreach (var (tenant, rows) in new[] { (c.Poster.RequiredTenant, 1L), (c.Agent.RequiredTenant, 1L), (stranger.RequiredTenant, 0L) })
            (await app.SqlAsync<long>($"SET ROLE hermes_app; SET app.tenant = '{tenant}'; SELECT count(*) FROM mesh.milestone_deliveries d JOIN mesh.milestones m ON m.id = d.milestone_id WHERE m.contract_id = '{c.Contract}'")).ShouldBe(rows);
    }

    private async Task<Case> AwardedAsync(decimal price, params (decimal Percent, int? Due)[] milestones)
    {
        var poster = await app.PosterAsync();
        var agent = await app.AgentAsync();
        var contract = await app.PostAsync(poster, MeshApp.Input(price) with { Milestones = [.. milestones.Select((m, i) => new MilestoneInput($"Part {i + 1}", m.Percent, null, m.Due))] });
        await app.BidAsync(agent, contract, price);
        await app.CloseAsync(contract);
        return new Case(poster, agent, contract);
    }

    private async Task<IReadOnlyList<ContractId>> DueAsync(string sweep)
    {
        await using var look = app.Services.GetRequiredService<ISystemScopes>().Begin("test");
        return await app.Services.GetServices<ISweep>().Single(s => s.GetType().Name == sweep).DueAsync(look.Services, app.Clock.GetUtcNow(), [], CancellationToken.None);
    }

    private Task<Result<MilestoneView>> DeliverAsync(Case c, int place) => app.SendAsync(c.Agent, new DeliverMilestone(c.Contract, place, Json("{}")));

    private Task<Result<MilestoneView>> AcceptAsync(Case c, int place, decimal? score = null) => app.SendAsync(c.Poster, new ValidateMilestone(c.Contract, place, true, score));

    private static JsonElement Json(string text) => JsonElement.Parse(text);
}
