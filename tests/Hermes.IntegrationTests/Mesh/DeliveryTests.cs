using System.Text.Json;
using Hermes.Application.Ledger;
using Hermes.Application.Mesh;
using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using Hermes.Domain.Trust;
using Hermes.IntegrationTests.Shared;

namespace Hermes.IntegrationTests.Mesh;

/// <summary>From the award to the money.</summary>
public sealed class DeliveryTests(MeshApp app) : IClassFixture<MeshApp>
{
    private const string Schema = """{"type":"object","required":["summary"],"properties":{"summary":{"type":"string"}}}""";

    private sealed record Awarded(Actor Poster, Actor Agent, ContractId Contract);

    // ---------------------------------------------------------------- the way that is hoped for

    [Fact]
    public async Task A_valid_result_is_paid_by_itself_and_every_micro_unit_is_accounted_for()
    {
        var a = await AwardedAsync(Rules(schema: Schema));

        var delivered = await app.SendAsync(a.Agent, new DeliverContract(a.Contract, Json("""{"summary":"short"}""")));
        delivered.Error.ShouldBeNull();
        delivered.Value.State.ShouldBe(ContractState.Validated);
        delivered.Value.Score.ShouldBe(1m);
        await app.BecomesAsync(a.Contract, "settled");

        var settlement = (await app.SendAsync(a.Poster, new GetDelivery(a.Contract))).Value.Settlement!;
        settlement.Agent.ShouldBe(Money.Usd(3.4m));
        settlement.Platform.ShouldBe(Money.Usd(0.6m));
        settlement.Refunded.ShouldBe(Money.Usd(0));
        (await BalanceAsync("earnings", a.Agent)).ShouldBe(3_400_000);
        (await BalanceAsync("available", a.Poster)).ShouldBe(96_000_000);
        (await app.HeldAsync(a.Contract)).ShouldBe(0);
        (await app.SumOfEntriesAsync()).ShouldBe(0m);
        (await OutcomeAsync(a)).ShouldBe("true true 1.0000 false");
        (await app.EventsAsync(a.Contract))!.ShouldContain("settlement");
        (await app.SqlAsync<string>($"SELECT string_agg(action, ' ' ORDER BY at, id) FROM compliance.audit_entries WHERE subject_id = '{a.Contract}'"))!.ShouldContain("contract.deliver contract.settle");
        var own = await app.SendAsync(a.Agent, new GetDelivery(a.Contract));
        own.Value.Result!.Value.GetProperty("summary").GetString().ShouldBe("short");
    }

    [Fact]
    public async Task Without_rules_the_poster_accepts_and_the_money_follows()
    {
        var a = await AwardedAsync();
        (await DeliverAsync(a)).Value.State.ShouldBe(ContractState.Delivered);
        (await app.HeldAsync(a.Contract)).ShouldBe(4_000_000);

        (await app.SendAsync(a.Poster, new ValidateContract(a.Contract, true))).Error.ShouldBeNull();

        await app.BecomesAsync(a.Contract, "settled");
        (await app.SendAsync(a.Poster, new ValidateContract(a.Contract, true))).Error!.Code.ShouldBe("mesh.illegal_transition");
    }

    [Theory]
    [InlineData("0.85", 3_600_000, 400_000)]
    [InlineData("0.6", 2_800_000, 1_200_000)]
    public async Task A_lower_score_releases_a_part_and_the_rest_goes_back(string score, long released, long refunded)
    {
        var a = await AwardedAsync();
        await DeliverAsync(a);

        (await app.SendAsync(a.Poster, new ValidateContract(a.Contract, true, Decimal(score)))).Error.ShouldBeNull();
        await app.BecomesAsync(a.Contract, "settled");

        var s = (await app.SendAsync(a.Agent, new GetDelivery(a.Contract))).Value.Settlement!;
        (s.Agent.MicroUnits + s.Platform.MicroUnits).ShouldBe(released);
        s.Refunded.MicroUnits.ShouldBe(refunded);
        (await BalanceAsync("available", a.Poster)).ShouldBe(96_000_000 + refunded);
        (await OutcomeAsync(a))!.ShouldStartWith("true true");
    }

    [Fact]
    public async Task Credits_that_were_held_and_not_spent_go_back_as_credits()
    {
        var a = await AwardedAsync();
        // 3 of the 4 dollars had come from credits: only what is released, 2.80, has spent them.
        await app.SqlAsync<int>($"UPDATE mesh.contracts SET promotional_micro_units = 3000000 WHERE id = '{a.Contract}'");
        await DeliverAsync(a);
        await app.SendAsync(a.Poster, new ValidateContract(a.Contract, true, 0.6m));
        await app.BecomesAsync(a.Contract, "settled");

        (await BalanceAsync("promotional", a.Poster)).ShouldBe(200_000);
        (await BalanceAsync("available", a.Poster)).ShouldBe(97_000_000);
        (await app.SumOfEntriesAsync()).ShouldBe(0m);
    }

    [Fact]
    public async Task Required_fields_score_by_the_share_that_is_there()
    {
        var a = await AwardedAsync(Rules(fields: ["title", "body.text", "tags", "source", "language"]));

        var delivered = await app.SendAsync(a.Agent, new DeliverContract(a.Contract, Json("""{"title":"t","body":{"text":"x"},"tags":["a"],"source":"s","language":" "}""")));

        delivered.Value.Score.ShouldBe(0.8m);
        delivered.Value.Checks[0].Problems.ShouldBe(["'language' is missing or empty."]);
        await app.BecomesAsync(a.Contract, "settled");
        (await app.SendAsync(a.Poster, new GetDelivery(a.Contract))).Value.Settlement!.ReleasedPercent.ShouldBe(90);
    }

    [Fact]
    public async Task A_result_that_fails_the_schema_is_held_in_dispute()
    {
        var a = await AwardedAsync(Rules(schema: Schema));

        var delivered = await app.SendAsync(a.Agent, new DeliverContract(a.Contract, Json("""{"text":"?"}""")));

        delivered.Value.State.ShouldBe(ContractState.Disputed);
        delivered.Value.Checks[0].Problems.ShouldBe(["$: lacks 'summary'"]);
        (await app.HeldAsync(a.Contract)).ShouldBe(4_000_000);
        (await app.SendAsync(a.Poster, new GetDelivery(a.Contract))).Value.Dispute!.OpenedBy.ShouldBe(DisputeOpener.Validation);
    }

    [Fact]
    public async Task A_result_above_the_contracts_own_size_scores_nothing()
    {
        var a = await AwardedAsync(Rules(bytes: 10));

        (await app.SendAsync(a.Agent, new DeliverContract(a.Contract, Json("\"0123456789\"")))).Value.Score.ShouldBe(0m);
    }

    [Fact]
    public async Task Settling_twice_answers_with_the_same_settlement_and_pays_once()
    {
        var a = await AwardedAsync();
        await DeliverAsync(a);
        await app.SendAsync(a.Poster, new ValidateContract(a.Contract, true));

        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => app.SendAsync(a.Poster, new SettleContract(a.Contract))));

        answers.ShouldAllBe(r => r.Succeeded);
        answers.Select(r => r.Value.TransferId).Distinct().Count().ShouldBe(1);
        (await BalanceAsync("earnings", a.Agent)).ShouldBe(3_400_000);
    }

    [Fact]
    public async Task Silence_accepts_when_the_acceptance_window_is_over()
    {
        var a = await AwardedAsync(MeshApp.Input() with { AcceptanceWindowSeconds = 3600 });
        await DeliverAsync(a);
        (await app.StateAsync(a.Contract)).ShouldBe("delivered");

        await app.SqlAsync<int>($"UPDATE mesh.contracts SET accept_by = now() - interval '1 minute' WHERE id = '{a.Contract}'");

        await app.BecomesAsync(a.Contract, "settled");
        (await app.SendAsync(a.Poster, new GetDelivery(a.Contract))).Value.Score.ShouldBe(1m);
    }

    // ---------------------------------------------------------------- refusals

    [Fact]
    public async Task Only_the_winner_starts_and_delivers()
    {
        var a = await AwardedAsync();
        var sibling = await app.AgentAsync(a.Agent.Tenant);
        var stranger = await app.AgentAsync();

        (await app.SendAsync(sibling, new DeliverContract(a.Contract, Json("1")))).Error!.Kind.ShouldBeOneOf(ErrorKind.Forbidden, ErrorKind.NotFound);
        (await app.SendAsync(stranger, new DeliverContract(a.Contract, Json("1")))).Error!.Kind.ShouldBe(ErrorKind.NotFound);
        (await app.SendAsync(a.Poster, new StartWork(a.Contract))).Error!.Kind.ShouldBe(ErrorKind.Forbidden);
        (await app.SendAsync(a.Agent, new StartWork(a.Contract))).Value.State.ShouldBe(ContractState.InProgress);
        (await app.SendAsync(a.Agent, new StartWork(a.Contract))).Error!.Code.ShouldBe("mesh.illegal_transition");
    }

    [Fact]
    public async Task Another_tenant_finds_nothing()
    {
        var a = await AwardedAsync();
        await DeliverAsync(a);
        var other = Actors.Person(new TenantId(Guid.CreateVersion7()));

        (await app.SendAsync(other, new GetDelivery(a.Contract))).Error!.Kind.ShouldBe(ErrorKind.NotFound);
        (await app.SendAsync(other, new ValidateContract(a.Contract, true))).Error!.Kind.ShouldBe(ErrorKind.NotFound);
        (await app.SendAsync(other, new SettleContract(a.Contract))).Error!.Kind.ShouldBe(ErrorKind.NotFound);
        (await app.SendAsync(other, new OpenDispute(a.Contract, "Mine!"))).Error!.Kind.ShouldBe(ErrorKind.NotFound);
        (await app.SendAsync(other, new RateContract(a.Contract, 1))).Error!.Kind.ShouldBe(ErrorKind.NotFound);
        (await app.SendAsync(Actors.Person(a.Agent.RequiredTenant), new ValidateContract(a.Contract, true))).Error!.Kind.ShouldBe(ErrorKind.NotFound, "the winner's people don't accept their own work");
    }

    [Fact]
    public async Task Missing_permissions_are_refused()
    {
        var a = await AwardedAsync();
        var reader = a.Poster with { Permissions = new[] { Permissions.ContractsRead }.ToHashSet().ToFrozen() };
        var mute = a.Agent with { Permissions = new[] { Permissions.ContractsRead }.ToHashSet().ToFrozen() };

        (await app.SendAsync(mute, new StartWork(a.Contract))).Error!.Code.ShouldBe("access.permission_missing");
        (await app.SendAsync(mute, new DeliverContract(a.Contract, Json("1")))).Error!.Code.ShouldBe("access.permission_missing");
        (await app.SendAsync(mute, new HandBackContract(a.Contract))).Error!.Code.ShouldBe("access.permission_missing");
        (await app.SendAsync(mute, new OpenDispute(a.Contract, "No"))).Error!.Code.ShouldBe("access.permission_missing");
        (await app.SendAsync(reader, new ValidateContract(a.Contract, true))).Error!.Code.ShouldBe("access.permission_missing");
        (await app.SendAsync(reader, new SettleContract(a.Contract))).Error!.Code.ShouldBe("access.permission_missing");
        (await app.SendAsync(reader, new OpenDispute(a.Contract, "No"))).Error!.Code.ShouldBe("access.permission_missing");
        (await app.SendAsync(reader, new RateContract(a.Contract, 5))).Error!.Code.ShouldBe("access.permission_missing");
        (await app.SendAsync(a.Poster, new ResolveDispute(a.Contract, DisputeDecision.Refund, null, "Reasons"))).Error.ShouldBe(AccessErrors.OperatorsOnly);
        (await app.SendAsync(a.Poster, new ListDisputes())).Error.ShouldBe(AccessErrors.OperatorsOnly);
        (await app.SendAsync(a.Poster, new SettleDue())).Error!.Kind.ShouldBe(ErrorKind.Forbidden);
        (await app.SendAsync(Actor.Anonymous, new GetDelivery(a.Contract))).Error.ShouldBe(AccessErrors.SignInNeeded);
    }

    [Fact]
    public async Task A_result_that_is_too_large_is_refused_and_a_second_one_too()
    {
        var a = await AwardedAsync();

        (await app.SendAsync(a.Agent, new DeliverContract(a.Contract, Json($"\"{new string('x', ValidationRules.MostBytes)}\"")))).Error.ShouldBe(DeliveryErrors.ResultTooLarge);
        await DeliverAsync(a);
        (await DeliverAsync(a)).Error!.Code.ShouldBe("mesh.illegal_transition");
    }

    [Fact]
    public async Task Two_deliveries_at_once_leave_one()
    {
        var a = await AwardedAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => DeliverAsync(a)));

        answers.Count(r => r.Succeeded).ShouldBe(1);
        (await app.SqlAsync<long>($"SELECT count(*) FROM mesh.deliveries WHERE contract_id = '{a.Contract}'")).ShouldBe(1);
    }

    [Fact]
    public async Task Verdicts_that_contradict_themselves_are_refused()
    {
        var a = await AwardedAsync();
        await DeliverAsync(a);

        (await app.SendAsync(a.Poster, new ValidateContract(a.Contract, true, 0.5m))).Error.ShouldBe(DeliveryErrors.ScoreContradicts);
        (await app.SendAsync(a.Poster, new ValidateContract(a.Contract, false, 0.7m, "Hm"))).Error.ShouldBe(DeliveryErrors.ScoreContradicts);
        (await app.SendAsync(a.Poster, new ValidateContract(a.Contract, false))).Error.ShouldBe(DeliveryErrors.ReasonNeeded);
        (await app.SendAsync(a.Poster, new ValidateContract(a.Contract, true, 1.5m))).Error!.Code.ShouldBe("request.invalid");
        (await app.SendAsync(a.Poster, new SettleContract(a.Contract))).Error!.Code.ShouldBe("mesh.illegal_transition");
    }

    [Fact]
    public async Task A_contract_that_nobody_won_yet_is_not_settled()
    {
        var poster = await app.PosterAsync();
        var open = await app.PostAsync(poster);

        (await app.SendAsync(poster, new SettleContract(open))).Error!.Code.ShouldBe("mesh.illegal_transition");
    }

    // ---------------------------------------------------------------- deadlines

    [Fact]
    public async Task A_missed_deadline_refunds_and_counts_as_a_failure()
    {
        var a = await AwardedAsync();

        await LateAsync(a);
        await app.BecomesAsync(a.Contract, "refunded");

        (await BalanceAsync("available", a.Poster)).ShouldBe(100_000_000);
        (await OutcomeAsync(a)).ShouldBe("false false 0.0000 false");
        (await DeliverAsync(a)).Error.ShouldNotBeNull();
        (await app.SendAsync(a.Poster, new GetDelivery(a.Contract))).Value.Settlement!.Cause.ShouldBe(SettlementCause.MissedDeadline);
    }

    [Fact]
    public async Task A_late_delivery_is_refused_even_before_the_sweep()
    {
        var a = await AwardedAsync();
        // Read and delivered within one transaction's blink of the deadline: the rule itself refuses, not the sweep.
        await app.SqlAsync<int>($"UPDATE mesh.contracts SET deliver_by = now() - interval '1 second' WHERE id = '{a.Contract}'");

        (await DeliverAsync(a)).Error!.Code.ShouldBeOneOf("mesh.deadline_passed", "mesh.illegal_transition");
        await app.BecomesAsync(a.Contract, "refunded");
    }

    [Fact]
    public async Task The_next_best_bid_is_awarded_with_a_hold_of_its_own_until_bids_run_out()
    {
        var poster = await app.PosterAsync();
        var contract = await app.PostAsync(poster);
        var (first, second) = (await app.AgentAsync(), await app.AgentAsync());
        await app.BidAsync(first, contract, 3m);
        await app.BidAsync(second, contract, 4.5m);
        await app.CloseAsync(contract);

        await LateAsync(new Awarded(poster, first, contract));
        await Eventually.IsAsync(() => app.HeldAsync(contract), 4_500_000L);

        var view = await app.ViewAsync(poster, contract);
        view.State.ShouldBe(ContractState.Awarded);
        view.Award!.AgentId.ShouldBe(second.RequiredAgent);
        view.Award.Round.ShouldBe(2);
        (await OutcomeAsync(new Awarded(poster, first, contract)))!.ShouldStartWith("false");
        (await app.SendAsync(poster, new GetReceipt(contract))).Error.ShouldBeNull();

        (await app.SendAsync(second, new HandBackContract(contract, "Too much"))).Value.State.ShouldBe(ContractState.Refunded);
        (await BalanceAsync("available", poster)).ShouldBe(100_000_000);
        (await app.SumOfEntriesAsync()).ShouldBe(0m);
        (await OutcomeAsync(new Awarded(poster, second, contract)))!.ShouldStartWith("false");
    }

    [Fact]
    public async Task A_contract_that_is_not_passed_on_is_refunded()
    {
        var poster = await app.PosterAsync();
        var contract = await app.PostAsync(poster, MeshApp.Input() with { Reaward = false });
        var (first, second) = (await app.AgentAsync(), await app.AgentAsync());
        await app.BidAsync(first, contract, 3m);
        await app.BidAsync(second, contract, 4m);
        await app.CloseAsync(contract);

        (await app.SendAsync(first, new HandBackContract(contract))).Value.State.ShouldBe(ContractState.Refunded);
        (await app.SendAsync(first, new HandBackContract(contract))).Error!.Kind.ShouldBe(ErrorKind.Conflict);
    }

    [Fact]
    public async Task A_runner_up_that_the_wallet_does_not_cover_is_passed_over()
    {
        var poster = await app.PosterAsync(4m);
        var contract = await app.PostAsync(poster);
        var (first, second) = (await app.AgentAsync(), await app.AgentAsync());
        await app.BidAsync(first, contract, 3m);
        await app.BidAsync(second, contract, 5m);
        await app.CloseAsync(contract);

        (await app.SendAsync(first, new HandBackContract(contract))).Value.State.ShouldBe(ContractState.Refunded);
        (await BalanceAsync("available", poster)).ShouldBe(4_000_000);
    }

    [Fact]
    public async Task The_poster_calls_off_until_the_work_begins()
    {
        var a = await AwardedAsync();
        (await app.SendAsync(a.Poster, new CancelContract(a.Contract, "Not needed any more"))).Value.State.ShouldBe(ContractState.Refunded);
        (await BalanceAsync("available", a.Poster)).ShouldBe(100_000_000);
        (await OutcomeAsync(a)).ShouldBeNull();

        var b = await AwardedAsync();
        await app.SendAsync(b.Agent, new StartWork(b.Contract));
        (await app.SendAsync(b.Poster, new CancelContract(b.Contract))).Error.ShouldBe(DeliveryErrors.WorkHasBegun);
        (await app.HeldAsync(b.Contract)).ShouldBe(4_000_000);
    }

    // ---------------------------------------------------------------- disputes

    [Fact]
    public async Task A_rejected_result_is_disputed_and_an_operator_splits()
    {
        var a = await AwardedAsync();
        await DeliverAsync(a);
        (await app.SendAsync(a.Poster, new ValidateContract(a.Contract, false, null, "Wrong report"))).Value.State.ShouldBe(ContractState.Disputed);
        var row = (await app.SendAsync(Actors.Operator(), new ListDisputes())).Value.Items.Single(d => d.ContractId == a.Contract);
        row.Held.ShouldBe(Money.Usd(4));
        row.Dispute.Reason.ShouldBe("Wrong report");
        var read = (await app.SendAsync(Actors.Operator(), new GetDispute(a.Contract))).Value;
        (read.Row with { Dispute = row.Dispute }).ShouldBe(row);
        read.Row.Dispute.Id.ShouldBe(row.Dispute.Id);
        read.Result.ShouldNotBeNull().ValueKind.ShouldNotBe(JsonValueKind.Undefined);
        read.Intent.ShouldNotBeEmpty();
        (await app.SendAsync(a.Poster, new GetDispute(a.Contract))).Error.ShouldBe(AccessErrors.OperatorsOnly);
        (await app.SendAsync(Actors.Operator(), new GetDispute(new ContractId(Guid.CreateVersion7())))).Error.ShouldBe(DeliveryErrors.NoDispute);

        (await app.SendAsync(Actors.Operator(), new ResolveDispute(a.Contract, DisputeDecision.Split, null, "Reasons"))).Error.ShouldBe(DeliveryErrors.SplitPercent);
        var settled = await app.SendAsync(Actors.Operator(), new ResolveDispute(a.Contract, DisputeDecision.Split, 25, "Half-done"));

        settled.Error.ShouldBeNull();
        settled.Value.Settlement!.Agent.ShouldBe(Money.Usd(0.85m));
        settled.Value.Settlement.Refunded.ShouldBe(Money.Usd(3));
        (await BalanceAsync("available", a.Poster)).ShouldBe(99_000_000);
        (await OutcomeAsync(a)).ShouldBe("false true 0.2500 true");
        (await app.SendAsync(Actors.Operator(), new ResolveDispute(a.Contract, DisputeDecision.Refund, null, "Reasons"))).Error.ShouldBe(DeliveryErrors.DisputeDecided);
        (await app.SendAsync(Actors.Operator(), new ListDisputes())).Value.Items.ShouldNotContain(d => d.ContractId == a.Contract);
        (await app.SendAsync(Actors.Operator(), new ListDisputes(false, 1))).Value.Items.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData(DisputeDecision.Release, "settled", 3_400_000, "true true 1.0000 false")]
    [InlineData(DisputeDecision.Refund, "refunded", 0, "false true 0.0000 true")]
    public async Task The_winner_disputes_and_an_operator_decides(DisputeDecision decision, string state, long earned, string outcome)
    {
        var a = await AwardedAsync();
        await DeliverAsync(a);
        (await app.SendAsync(a.Agent, new OpenDispute(a.Contract, "No answer"))).Value.OpenedBy.ShouldBe(DisputeOpener.Agent);
        (await app.SendAsync(a.Poster, new OpenDispute(a.Contract, "Me too"))).Error!.Code.ShouldBe("mesh.illegal_transition");

        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => app.SendAsync(Actors.Operator(), new ResolveDispute(a.Contract, decision, null, "Reasons"))));

        answers.Count(r => r.Succeeded).ShouldBe(1);
        (await app.StateAsync(a.Contract)).ShouldBe(state);
        (await BalanceAsync("earnings", a.Agent)).ShouldBe(earned);
        (await app.HeldAsync(a.Contract)).ShouldBe(0);
        (await OutcomeAsync(a)).ShouldBe(outcome);
        (await app.SumOfEntriesAsync()).ShouldBe(0m);
    }

    [Fact]
    public async Task Disputes_need_words_and_a_contract_with_a_winner()
    {
        var poster = await app.PosterAsync();
        var open = await app.PostAsync(poster);

        (await app.SendAsync(poster, new OpenDispute(open, " "))).Error!.Code.ShouldBe("request.invalid");
        (await app.SendAsync(poster, new OpenDispute(open, "Why not"))).Error!.Code.ShouldBe("mesh.illegal_transition");
        (await app.SendAsync(Actors.Operator(), new ResolveDispute(open, DisputeDecision.Refund, null, "Reasons"))).Error.ShouldBe(DeliveryErrors.NoDispute);
    }

    // ---------------------------------------------------------------- rating

    [Fact]
    public async Task A_settled_contract_is_rated_once()
    {
        var a = await AwardedAsync();
        await DeliverAsync(a);
        (await app.SendAsync(a.Poster, new RateContract(a.Contract, 5))).Error.ShouldBe(DeliveryErrors.NotSettled);
        await app.SendAsync(a.Poster, new ValidateContract(a.Contract, true));
        await app.BecomesAsync(a.Contract, "settled");

        (await app.SendAsync(a.Poster, new RateContract(a.Contract, 6))).Error!.Code.ShouldBe("request.invalid");
        (await app.SendAsync(a.Poster, new RateContract(a.Contract, 4))).Error.ShouldBeNull();
        (await app.SendAsync(a.Poster, new RateContract(a.Contract, 5))).Error.ShouldBe(TrustErrors.RatedAlready);
        (await app.SqlAsync<int>($"SELECT stars FROM trust.scores WHERE agent_id = '{a.Agent.Agent}'")).ShouldBe(4);
        (await app.SendAsync(a.Poster, new GetDelivery(a.Contract))).Value.Stars.ShouldBe(4);
    }

    // ---------------------------------------------------------------- many at once

    [Fact]
    public async Task Many_settlements_with_two_nodes_racing_pay_each_once()
    {
        var poster = await app.PosterAsync(1000m);
        var agent = await app.AgentAsync(capacity: 100);
        var contracts = new List<ContractId>();
        for (var i = 0; i < 30; i++)
        {
            var contract = await app.PostAsync(poster, Rules(fields: ["a"]));
            await app.BidAsync(agent, contract, 1m);
            contracts.Add(contract);
            await app.SqlAsync<object>($"UPDATE mesh.contracts SET bidding_closes_at = opened_at WHERE id = '{contract}'");
        }
        await app.AwardDueAsync();
        await Eventually.IsAsync(() => CountAsync("awarded"), 30L);
        await using var second = app.NewNode();
        _ = second.Server;

        await Task.WhenAll(contracts.Select(c => app.SendAsync(agent, new DeliverContract(c, Json("""{"a":1}""")))));
        await Eventually.IsAsync(() => CountAsync("settled"), 30L);

        (await BalanceAsync("earnings", agent)).ShouldBe(30 * 850_000);
        (await BalanceAsync("available", poster)).ShouldBe(970_000_000);
        (await app.SqlAsync<int>($"SELECT contracts FROM trust.scores WHERE agent_id = '{agent.Agent}'")).ShouldBe(30);
        (await app.SendAsync(Actors.Operator(), new CheckBooks())).Value.Right.ShouldBeTrue();

        Task<long> CountAsync(string state) => app.SqlAsync<long>($"SELECT count(*) FROM mesh.contracts WHERE tenant_id = '{poster.Tenant}' AND state = '{state}'");
    }

    // ---------------------------------------------------------------- arranging

    private async Task<Awarded> AwardedAsync(ContractInput? input = null)
    {
        var poster = await app.PosterAsync();
        var agent = await app.AgentAsync();
        var contract = await app.PostAsync(poster, input);
        await app.BidAsync(agent, contract);
        await app.CloseAsync(contract);
        return new Awarded(poster, agent, contract);
    }

    private static ContractInput Rules(string? schema = null, string[]? fields = null, int? bytes = null) =>
        MeshApp.Input() with { Validation = new ValidationInput(schema is null ? null : Json(schema), fields, bytes) };

    private static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;

    private static decimal Decimal(string text) => decimal.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

    private Task<Result<DeliveryReceived>> DeliverAsync(Awarded a) => app.SendAsync(a.Agent, new DeliverContract(a.Contract, Json("""{"summary":"done"}""")));

    private Task<int> LateAsync(Awarded a) =>
        app.SqlAsync<int>($"UPDATE mesh.contracts SET deliver_by = now() - interval '1 second' WHERE id = '{a.Contract}'");

    private Task<long> BalanceAsync(string kind, Actor actor) =>
        app.SqlAsync<long>($"SELECT balance FROM ledger.accounts WHERE kind = '{kind}' AND owner_id = '{actor.Tenant}'");

    private Task<string?> OutcomeAsync(Awarded a) => app.SqlAsync<string>(
        $"SELECT concat_ws(' ', success::text, on_time::text, quality::text, lost_in_dispute::text) FROM trust.outcomes WHERE contract_id = '{a.Contract}' AND agent_id = '{a.Agent.Agent}'");
}

file static class Sets
{
    public static System.Collections.Frozen.FrozenSet<string> ToFrozen(this HashSet<string> set) => System.Collections.Frozen.FrozenSet.ToFrozenSet(set);
}
