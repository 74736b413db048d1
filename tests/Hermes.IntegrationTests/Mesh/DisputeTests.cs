using System.Text;
using System.Text.Json;
using Hermes.Application.Ledger;
using Hermes.Application.Mesh;
using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Ledger;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using Hermes.IntegrationTests.Shared;

namespace Hermes.IntegrationTests.Mesh;

/// <summary>The app where sides have time to answer and to appeal, and where much money needs two operators.</summary>
public sealed class DisputeApp : MeshApp
{
    public DisputeApp()
    {
        Set("Hermes:Disputes:ResponseHours", "72");
        Set("Hermes:Disputes:AppealHours", "72");
        Set("Hermes:Operators:SecondAbove:0", "USD=100");
    }
}

/// <summary>A dispute from its opening to the money: both sides, operators, deadlines.</summary>
public sealed class DisputeTests(DisputeApp app) : IClassFixture<DisputeApp>
{
    private const string LongResult = """{"summary":"This is a result that is long enough to say whether somebody copied it."}""";

    private sealed record Case(Actor Poster, Actor Agent, ContractId Contract);

    // ---------------------------------------------------------------- the whole way

    [Fact]
    public async Task Answered_decided_appealed_and_decided_for_good()
    {
        var c = await RejectedAsync();
        var opened = (await app.SendAsync(c.Agent, new GetOwnDispute(c.Contract))).Value;
        (opened.Side, opened.MayRespond, opened.MayGiveEvidence, opened.MayAppeal).ShouldBe((DisputeSide.Agent, true, true, false));
        (await app.SendAsync(c.Poster, new GetOwnDispute(c.Contract))).Value.MayRespond.ShouldBeFalse();
        var (first, second) = (Actors.Operator(), Actors.Operator());
        (await DecideAsync(first, c, DisputeDecision.Refund)).Error.ShouldBe(DisputeErrors.ResponseAwaited);

        // The owner's people answer for their agent.
        (await app.SendAsync(Actors.Person(c.Agent.RequiredTenant), new RespondToDispute(c.Contract, "It is what was asked for."))).Value.State.ShouldBe(DisputeState.InReview);
        (await DecideAsync(first, c, DisputeDecision.Refund, note: "Nothing of use.")).Value.Settlement.ShouldBeNull();
        (await app.HeldAsync(c.Contract)).ShouldBe(4_000_000, "funds are held until the decision is final");
        (await app.SendAsync(c.Agent, new GetOwnDispute(c.Contract))).Value.MayAppeal.ShouldBeTrue();

        (await app.SendAsync(c.Agent, new AppealDispute(c.Contract, "The summary has ten sentences."))).Value.State.ShouldBe(DisputeState.Appealed);
        (await app.SendAsync(c.Poster, new AppealDispute(c.Contract, "Me too"))).Error.ShouldBe(DisputeErrors.AppealedAlready);
        (await DecideAsync(first, c, DisputeDecision.Refund)).Error.ShouldBe(DisputeErrors.SameOperator);
        var final = (await DecideAsync(second, c, DisputeDecision.Split, 75, "Most of it is there.")).Value;

        final.Dispute.State.ShouldBe(DisputeState.Closed);
        final.Dispute.FinalPercent.ShouldBe(75);
        final.Settlement!.Agent.ShouldBe(Money.Usd(2.55m));
        final.Settlement.Refunded.ShouldBe(Money.Usd(1m));
        (await app.HeldAsync(c.Contract)).ShouldBe(0);
        (await app.SumOfEntriesAsync()).ShouldBe(0m);
        (await OutcomeAsync(c)).ShouldBe("true true 0.7500 false");
        (await DecideAsync(Actors.Operator(), c, DisputeDecision.Refund)).Error.ShouldBe(DeliveryErrors.DisputeDecided);
        (await app.SqlAsync<string>($"SELECT string_agg(DISTINCT action, ' ' ORDER BY action) FROM compliance.audit_entries WHERE subject_id = '{c.Contract}' AND action LIKE 'dispute%'"))
            .ShouldBe("dispute.appeal dispute.decide dispute.decide_appeal dispute.respond");
    }

    [Fact]
    public async Task Deadlines_act_by_themselves()
    {
        var c = await RejectedAsync();
        await app.SqlAsync<int>($"UPDATE mesh.disputes SET respond_by = now() - interval '1 minute' WHERE contract_id = '{c.Contract}'");
        await BecomesAsync(c, "in_review");
        (await app.SendAsync(c.Agent, new RespondToDispute(c.Contract, "Too late"))).Error.ShouldBe(DisputeErrors.ResponseOver);

        (await DecideAsync(Actors.Operator(), c, DisputeDecision.Release)).Error.ShouldBeNull();
        await app.SqlAsync<int>($"UPDATE mesh.disputes SET appeal_by = now() - interval '1 minute' WHERE contract_id = '{c.Contract}'");
        await BecomesAsync(c, "closed");

        (await app.StateAsync(c.Contract)).ShouldBe("settled");
        (await app.HeldAsync(c.Contract)).ShouldBe(0);
        (await app.SendAsync(c.Poster, new AppealDispute(c.Contract, "Late"))).Error!.Code.ShouldBeOneOf("mesh.appeal_over", "mesh.nothing_to_appeal");
        (await OutcomeAsync(c)).ShouldBe("true true 1.0000 false");
    }

    [Fact]
    public async Task Two_nodes_and_many_turns_close_it_once()
    {
        var c = await RejectedAsync();
        await app.SendAsync(c.Agent, new RespondToDispute(c.Contract, "No"));
        await using var other = app.NewNode();
        _ = other.Server;
        (await DecideAsync(Actors.Operator(), c, DisputeDecision.Split, 50)).Error.ShouldBeNull();
        await app.SqlAsync<int>($"UPDATE mesh.disputes SET appeal_by = now() - interval '1 minute' WHERE contract_id = '{c.Contract}'");
        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => app.SendAsync(Actors.System(), new AdvanceDispute(c.Contract))));
        await BecomesAsync(c, "closed");

        (await app.SqlAsync<long>($"SELECT count(*) FROM mesh.settlements WHERE contract_id = '{c.Contract}'")).ShouldBe(1);
        (await app.SqlAsync<long>($"SELECT balance FROM ledger.accounts WHERE kind = 'available' AND owner_id = '{c.Poster.RequiredTenant}'")).ShouldBe(98_000_000);
        (await app.SumOfEntriesAsync()).ShouldBe(0m);
    }

    [Fact]
    public async Task Appeals_and_answers_at_once_count_once()
    {
        var c = await RejectedAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(i => app.SendAsync(c.Agent, new RespondToDispute(c.Contract, $"Answer {i}"))));
        answers.Count(r => r.Succeeded).ShouldBe(1);
        var decisions = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => DecideAsync(Actors.Operator(), c, DisputeDecision.Refund)));
        decisions.Count(r => r.Succeeded).ShouldBe(1);

        var appeals = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => app.SendAsync(i % 2 == 0 ? c.Agent : c.Poster, new AppealDispute(c.Contract, "Not right"))));

        appeals.Count(r => r.Succeeded).ShouldBe(1);
        appeals.Where(r => !r.Succeeded).ShouldAllBe(r => r.Error == DisputeErrors.AppealedAlready);
    }

    // ---------------------------------------------------------------- findings

    [Fact]
    public async Task Findings_say_late_failed_and_copied()
    {
        var original = await AwardedAsync();
        (await app.SendAsync(original.Agent, new DeliverContract(original.Contract, JsonElement.Parse(LongResult)))).Error.ShouldBeNull();
        var copy = await AwardedAsync(MeshApp.Input() with { Validation = new ValidationInput(null, ["title"], null) });
        await app.SqlAsync<int>($"UPDATE mesh.contracts SET promised_seconds = 1, awarded_at = now() - interval '1 hour' WHERE id = '{copy.Contract}'");

        (await app.SendAsync(copy.Agent, new DeliverContract(copy.Contract, JsonElement.Parse(LongResult)))).Value.State.ShouldBe(ContractState.Disputed);

        var findings = (await app.SendAsync(copy.Poster, new GetOwnDispute(copy.Contract))).Value.Dispute.Findings.ToDictionary(f => f.Check);
        findings["on_time"].Passed.ShouldBe(false);
        findings["rules"].Passed.ShouldBe(false);
        findings["rules"].Detail.ShouldContain("title");
        findings["original"].Passed.ShouldBe(false);
        findings["original"].Detail.ShouldContain("1 other contract");
        (await app.SendAsync(copy.Poster, new GetOwnDispute(copy.Contract))).Value.Dispute.OpenedBy.ShouldBe(DisputeOpener.Validation);
    }

    [Fact]
    public async Task Without_a_result_findings_say_that_it_cannot_be_said()
    {
        var c = await AwardedAsync();
        (await app.SendAsync(Actors.Person(c.Agent.RequiredTenant), new OpenDispute(c.Contract, "The input is missing."))).Value.OpenedBy.ShouldBe(DisputeOpener.Agent);

        var own = (await app.SendAsync(c.Poster, new GetOwnDispute(c.Contract))).Value;
        own.Dispute.Findings.ShouldAllBe(f => f.Passed == null);
        own.MayRespond.ShouldBeTrue();
        (await app.SendAsync(c.Agent, new RespondToDispute(c.Contract, "Mine"))).Error.ShouldBe(DisputeErrors.NotTheRespondent);
    }

    // ---------------------------------------------------------------- evidence

    [Fact]
    public async Task Evidence_is_text_or_a_file_of_a_kind_that_its_bytes_prove()
    {
        var c = await RejectedAsync();
        byte[] png = [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A, 1, 2, 3];
        var given = (await app.SendAsync(c.Poster, new GiveEvidence(c.Contract, "See the picture.", "../../etc/what;is\"this.exe", png))).Value;
        (given.ContentType, given.FileName, given.Bytes).ShouldBe(("image/png", "whatisthis.exe", 11));
        (await app.SendAsync(c.Agent, new GiveEvidence(c.Contract, null, "log.txt", Encoding.UTF8.GetBytes("12:00 delivered ü")))).Value.ContentType.ShouldBe("text/plain");
        (await app.SendAsync(c.Agent, new GiveEvidence(c.Contract, "Only words", null, default))).Value.FileName.ShouldBeNull();

        (await app.SendAsync(c.Agent, new GiveEvidence(c.Contract, " ", null, default))).Error.ShouldBe(DisputeErrors.EvidenceEmpty);
        (await app.SendAsync(c.Agent, new GiveEvidence(c.Contract, null, "photo.png", new byte[] { (byte)'M', (byte)'Z', 0, 1 }))).Error.ShouldBe(DisputeErrors.FileTypeRefused);
        (await app.SendAsync(c.Agent, new GiveEvidence(c.Contract, null, "a.txt", new byte[] { 0xC3, 0x28 }))).Error.ShouldBe(DisputeErrors.FileTypeRefused);
        (await app.SendAsync(c.Agent, new GiveEvidence(c.Contract, null, "a.txt", new byte[DisputeEvidence.MaxFileBytes + 1]))).Error.ShouldBe(DisputeErrors.FileTooLarge);
        (await app.SendAsync(c.Agent, new GiveEvidence(c.Contract, new string('x', DisputeEvidence.MaxText + 1), null, default))).Error!.Code.ShouldBe("request.invalid");

        var both = (await app.SendAsync(c.Agent, new GetOwnDispute(c.Contract))).Value.Evidence;
        both.Count.ShouldBe(3);
        (await app.SendAsync(c.Agent, new GetEvidenceFile(c.Contract, given.Id))).Value.Content.ShouldBe(png);
        (await app.SendAsync(Actors.Operator(), new ReadEvidenceFile(c.Contract, given.Id))).Value.Content.ShouldBe(png);
        (await app.SendAsync(Actors.Operator(), new GetDispute(c.Contract))).Value.Evidence.Count.ShouldBe(3);

        for (var i = 0; i < DisputeEvidence.MaxPerSide - 2; i++)
            (await app.SendAsync(c.Agent, new GiveEvidence(c.Contract, $"More {i}", null, default))).Error.ShouldBeNull();
        (await app.SendAsync(c.Agent, new GiveEvidence(c.Contract, "One too many", null, default))).Error.ShouldBe(DisputeErrors.TooMuchEvidence);
        (await app.SendAsync(c.Agent, new RespondToDispute(c.Contract, "Look at the evidence."))).Error.ShouldBeNull();
        (await DecideAsync(Actors.Operator(), c, DisputeDecision.Refund)).Error.ShouldBeNull();
        (await app.SendAsync(c.Poster, new GiveEvidence(c.Contract, "After the decision", null, default))).Error.ShouldBe(DisputeErrors.EvidenceOver);
    }

    // ---------------------------------------------------------------- who

    [Fact]
    public async Task Strangers_find_nothing_and_the_missing_permission_is_refused()
    {
        var c = await RejectedAsync();
        var evidence = (await app.SendAsync(c.Poster, new GiveEvidence(c.Contract, null, "a.txt", "words"u8.ToArray()))).Value;
        foreach (var stranger in new[] { Actors.Person(new TenantId(Guid.CreateVersion7())), await app.AgentAsync(), await app.AgentAsync(c.Agent.Tenant) })
        {
            (await app.SendAsync(stranger, new GetOwnDispute(c.Contract))).Error!.Kind.ShouldBe(ErrorKind.NotFound);
            (await app.SendAsync(stranger, new RespondToDispute(c.Contract, "Hello"))).Error!.Kind.ShouldBe(ErrorKind.NotFound);
            (await app.SendAsync(stranger, new GiveEvidence(c.Contract, "Hello", null, default))).Error!.Kind.ShouldBe(ErrorKind.NotFound);
            (await app.SendAsync(stranger, new AppealDispute(c.Contract, "Hello"))).Error!.Kind.ShouldBe(ErrorKind.NotFound);
            (await app.SendAsync(stranger, new GetEvidenceFile(c.Contract, evidence.Id))).Error!.Kind.ShouldBe(ErrorKind.NotFound);
            (await app.SendAsync(stranger, new OpenDispute(c.Contract, "Hello"))).Error!.Kind.ShouldBe(ErrorKind.NotFound);
        }
        var reader = Actors.Person(c.Poster.RequiredTenant, Permissions.ContractsRead);
        (await app.SendAsync(reader, new GetOwnDispute(c.Contract))).Value.MayGiveEvidence.ShouldBeFalse();
        (await app.SendAsync(reader, new RespondToDispute(c.Contract, "No"))).Error!.Code.ShouldBe("access.permission_missing");
        (await app.SendAsync(reader, new GiveEvidence(c.Contract, "No", null, default))).Error!.Code.ShouldBe("access.permission_missing");
        (await app.SendAsync(reader, new AppealDispute(c.Contract, "No"))).Error!.Code.ShouldBe("access.permission_missing");
        (await app.SendAsync(c.Poster, new AdvanceDispute(c.Contract))).Error!.Kind.ShouldBe(ErrorKind.Forbidden);
        (await app.SendAsync(c.Poster, new ReadEvidenceFile(c.Contract, evidence.Id))).Error.ShouldBe(AccessErrors.OperatorsOnly);
        (await app.SendAsync(c.Agent, new AppealDispute(c.Contract, "Nothing decided"))).Error.ShouldBe(DisputeErrors.NothingToAppeal);
        (await DecideAsync(Actors.Operator(), c, DisputeDecision.Refund, note: " ")).Error!.Code.ShouldBe("request.invalid");
    }

    [Fact]
    public async Task The_database_shows_evidence_to_the_two_sides_only_and_lets_nobody_change_it()
    {
        var c = await RejectedAsync();
        await app.SendAsync(c.Poster, new GiveEvidence(c.Contract, null, "a.txt", "words"u8.ToArray()));
        foreach (var (tenant, rows) in new[] { (c.Poster.RequiredTenant, 1L), (c.Agent.RequiredTenant, 1L), (new TenantId(Guid.CreateVersion7()), 0L) })
            (await app.SqlAsync<long>($"SET ROLE hermes_app; SET app.tenant = '{tenant}'; SELECT count(*) FROM mesh.evidence_files f JOIN mesh.dispute_evidence e ON e.id = f.evidence_id JOIN mesh.disputes d ON d.id = e.dispute_id WHERE d.contract_id = '{c.Contract}'")).ShouldBe(rows);
        foreach (var statement in new[] { "UPDATE mesh.dispute_evidence SET text = 'x'", "DELETE FROM mesh.evidence_files", "UPDATE mesh.evidence_files SET content = 'x'" })
            foreach (var role in new[] { "hermes_app", "hermes_engine" })
                (await Should.ThrowAsync<Npgsql.PostgresException>(() => app.SqlAsync<object>($"SET ROLE {role}; {statement}"))).SqlState.ShouldBe("42501");
    }

    [Fact]
    public async Task The_queue_shows_the_oldest_first_by_state_and_age()
    {
        var (old, young) = (await RejectedAsync(), await RejectedAsync());
        await app.SqlAsync<int>($"UPDATE mesh.disputes SET opened_at = now() - interval '5 days', state = 'in_review' WHERE contract_id = '{old.Contract}'");
        var desk = Actors.Operator();

        (await app.SendAsync(desk, new ListDisputes(Limit: 1))).Value.Items.Single().ContractId.ShouldBe(old.Contract);
        var aged = (await app.SendAsync(desk, new ListDisputes(Limit: 100, MinHours: 72))).Value.Items;
        aged.ShouldContain(d => d.ContractId == old.Contract);
        aged.ShouldNotContain(d => d.ContractId == young.Contract);
        (await app.SendAsync(desk, new ListDisputes(Limit: 100, State: DisputeState.InReview))).Value.Items.ShouldAllBe(d => d.Dispute.State == DisputeState.InReview);
        var all = new List<ContractId>();
        for (string? cursor = null; ;)
        {
            var page = (await app.SendAsync(desk, new ListDisputes(Limit: 2, Cursor: cursor))).Value;
            all.AddRange(page.Items.Select(d => d.ContractId));
            if ((cursor = page.NextCursor) is null)
                break;
        }
        all.Distinct().Count().ShouldBe(all.Count);
        all.ShouldContain(young.Contract);
    }

    // ---------------------------------------------------------------- the second operator

    [Fact]
    public async Task Much_money_needs_another_operator_who_confirms()
    {
        var c = await RejectedAsync(price: 200m);
        await app.SendAsync(c.Agent, new RespondToDispute(c.Contract, "No"));
        var (first, second, third) = (Actors.Operator(), Actors.Operator(), Actors.Operator());

        var proposed = (await DecideAsync(first, c, DisputeDecision.Split, 50, "Half of it is there.")).Value;
        proposed.Proposal!.State.ShouldBe("open");
        proposed.Dispute.State.ShouldBe(DisputeState.InReview);
        (await DecideAsync(third, c, DisputeDecision.Refund)).Error.ShouldBe(ProposalErrors.OpenAlready);
        (await app.SendAsync(first, new ConfirmProposal(proposed.Proposal.Id))).Error.ShouldBe(ProposalErrors.OwnProposal);
        (await app.SendAsync(c.Poster, new ConfirmProposal(proposed.Proposal.Id))).Error.ShouldBe(AccessErrors.OperatorsOnly);
        (await app.SendAsync(c.Poster, new ListProposals())).Error.ShouldBe(AccessErrors.OperatorsOnly);
        (await app.SendAsync(second, new ConfirmProposal(Guid.CreateVersion7()))).Error.ShouldBe(ProposalErrors.NotFound);
        (await app.SendAsync(first, new ListProposals())).Value.Items.Single(p => p.Id == proposed.Proposal.Id).Own.ShouldBeTrue();

        var confirmed = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => app.SendAsync(second, new ConfirmProposal(proposed.Proposal.Id))));
        confirmed.Count(r => r.Succeeded).ShouldBe(1);
        (await app.SendAsync(c.Poster, new GetOwnDispute(c.Contract))).Value.Dispute.State.ShouldBe(DisputeState.Decided);

        // Neither of the two decides the appeal.
        (await app.SendAsync(c.Poster, new AppealDispute(c.Contract, "Nothing is there."))).Error.ShouldBeNull();
        (await DecideAsync(second, c, DisputeDecision.Refund)).Error.ShouldBe(DisputeErrors.SameOperator);
        var again = (await DecideAsync(third, c, DisputeDecision.Refund)).Value.Proposal!;
        (await app.SendAsync(first, new ConfirmProposal(again.Id))).Error.ShouldBe(DisputeErrors.SameOperator);
        (await app.SendAsync(Actors.Operator(), new ConfirmProposal(again.Id))).Error.ShouldBeNull();

        (await app.HeldAsync(c.Contract)).ShouldBe(0);
        (await app.StateAsync(c.Contract)).ShouldBe("refunded");
        (await app.SqlAsync<long>($"SELECT count(*) FROM compliance.audit_entries WHERE action IN ('proposal.make', 'proposal.confirm') AND subject_id IN ('{again.Id}', '{proposed.Proposal.Id}')")).ShouldBe(4);
    }

    [Fact]
    public async Task A_proposal_is_declined_or_taken_back_or_expires()
    {
        var c = await RejectedAsync(price: 200m);
        await app.SendAsync(c.Agent, new RespondToDispute(c.Contract, "No"));
        var (first, second) = (Actors.Operator(), Actors.Operator());
        var declined = (await DecideAsync(first, c, DisputeDecision.Release)).Value.Proposal!;
        (await app.SendAsync(second, new DeclineProposal(declined.Id, " "))).Error!.Code.ShouldBe("request.invalid");
        (await app.SendAsync(second, new DeclineProposal(declined.Id, "Not so."))).Value.State.ShouldBe("declined");
        (await app.SendAsync(second, new ConfirmProposal(declined.Id))).Error.ShouldBe(ProposalErrors.NotOpen);

        var expired = (await DecideAsync(first, c, DisputeDecision.Release)).Value.Proposal!;
        await app.SqlAsync<int>($"UPDATE ledger.proposals SET expires_at = now() - interval '1 minute' WHERE id = '{expired.Id}'");
        (await app.SendAsync(second, new ConfirmProposal(expired.Id))).Error.ShouldBe(ProposalErrors.NotOpen);
        (await app.SendAsync(second, new ListProposals(false))).Value.Items.Single(p => p.Id == expired.Id).State.ShouldBe("expired");

        var last = (await DecideAsync(first, c, DisputeDecision.Release)).Value.Proposal!;
        (await app.SendAsync(second, new ConfirmProposal(last.Id))).Error.ShouldBeNull();
        (await app.HeldAsync(c.Contract)).ShouldBe(200_000_000);
    }

    // ---------------------------------------------------------------- escrow

    [Fact]
    public async Task An_escrow_goes_from_created_to_released_and_a_part_may_go_first()
    {
        var poster = await app.PosterAsync();
        var contract = await app.PostAsync(poster);
        (await app.SendAsync(poster, new GetEscrow(contract))).Value.State.ShouldBe(EscrowState.Created);
        (await app.SendAsync(poster, new ReleaseEscrow(contract))).Error!.Code.ShouldBe("mesh.illegal_transition");
        var agent = await app.AgentAsync();
        await app.BidAsync(agent, contract);
        await app.CloseAsync(contract);
        var locked = (await app.SendAsync(poster, new GetEscrow(contract))).Value;
        (locked.State, locked.Held, locked.Funded, locked.MayRelease).ShouldBe((EscrowState.Locked, Money.Usd(4), Money.Usd(4), true));

        (await app.SendAsync(poster, new ReleaseEscrow(contract, null, 25))).Value.Held.ShouldBe(Money.Usd(3));
        (await app.SendAsync(poster, new ReleaseEscrow(contract, Money.Usd(0.5m)))).Value.Held.ShouldBe(Money.Usd(2.5m));
        (await app.SendAsync(poster, new CancelContract(contract))).Error.ShouldBe(EscrowErrors.ReleasedInPart);
        (await app.SendAsync(poster, new ReleaseEscrow(contract, Money.Usd(2.6m)))).Error!.Code.ShouldBe("escrow.amount_out_of_range");
        (await app.SendAsync(poster, new ReleaseEscrow(contract, Money.Usd(0)))).Error!.Code.ShouldBe("escrow.amount_out_of_range");
        (await app.SendAsync(poster, new ReleaseEscrow(contract, Money.Usd(1), 10))).Error.ShouldBe(EscrowErrors.AmountOrPercent);
        (await app.SendAsync(poster, new ReleaseEscrow(contract, new Money(1, Currency.Parse("EUR"))))).Error.ShouldBe(EscrowErrors.AmountOrPercent);
        (await app.SendAsync(poster, new ReleaseEscrow(contract, null, 101))).Error.ShouldBe(EscrowErrors.AmountOrPercent);

        // The rest follows the score: 70 % of it.
        (await app.SendAsync(agent, new DeliverContract(contract, JsonElement.Parse("{}")))).Error.ShouldBeNull();
        (await app.SendAsync(poster, new ValidateContract(contract, true, 0.6m))).Error.ShouldBeNull();
        (await app.SendAsync(poster, new SettleContract(contract))).Value.ReleasedPercent.ShouldBe(81);
        var settled = (await app.SendAsync(poster, new GetDelivery(contract))).Value.Settlement!;
        (settled.Agent + settled.Platform, settled.Refunded).ShouldBe((Money.Usd(3.25m), Money.Usd(0.75m)));
        var released = (await app.SendAsync(agent, new GetEscrow(contract))).Value;
        (released.State, released.Held, released.Released, released.Refunded, released.Entries.Count).ShouldBe((EscrowState.Released, Money.Usd(0), Money.Usd(3.25m), Money.Usd(0.75m), 0));
        (await app.SendAsync(agent, new GetDelivery(contract))).Value.Shares.Count.ShouldBe(6);
        (await app.HeldAsync(contract)).ShouldBe(0);
        (await app.SumOfEntriesAsync()).ShouldBe(0m);
        (await app.SendAsync(Actors.Person(new TenantId(Guid.CreateVersion7())), new GetEscrow(contract))).Error.ShouldBe(EscrowErrors.NotFound);
    }

    [Fact]
    public async Task Releasing_all_settles_and_counts_as_success_however_often_it_is_asked()
    {
        var c = await AwardedAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => app.SendAsync(c.Poster, new ReleaseEscrow(c.Contract))));

        answers.Count(r => r.Succeeded).ShouldBe(1);
        (await app.StateAsync(c.Contract)).ShouldBe("settled");
        (await app.SendAsync(c.Agent, new GetDelivery(c.Contract))).Value.Settlement!.Cause.ShouldBe(SettlementCause.EarlyRelease);
        (await OutcomeAsync(c)).ShouldBe("true true 1.0000 false");
        (await app.SendAsync(c.Agent, new ReleaseEscrow(c.Contract))).Error!.Kind.ShouldBe(ErrorKind.Forbidden);
        (await app.SendAsync(Actors.Person(c.Agent.RequiredTenant), new ReleaseEscrow(c.Contract))).Error.ShouldBe(EscrowErrors.NotFound);
    }

    [Fact]
    public async Task Credits_are_spent_first_also_when_a_part_is_released_early()
    {
        var c = await AwardedAsync();
        await app.SqlAsync<int>($"UPDATE mesh.contracts SET promotional_micro_units = 3000000 WHERE id = '{c.Contract}'");
        (await app.SendAsync(c.Poster, new ReleaseEscrow(c.Contract, Money.Usd(1)))).Error.ShouldBeNull();
        (await app.SendAsync(Actors.Operator(), new MoveEscrow(c.Contract, true, null, "It can't be done."))).Value.Moved.ShouldBe(Money.Usd(3));

        // Of the 3 dollars that had been credits one was spent; 2 go back as credits and 1 as money.
        (await app.SqlAsync<long>($"SELECT balance FROM ledger.accounts WHERE kind = 'promotional' AND owner_id = '{c.Poster.RequiredTenant}'")).ShouldBe(2_000_000);
        (await app.SqlAsync<long>($"SELECT balance FROM ledger.accounts WHERE kind = 'available' AND owner_id = '{c.Poster.RequiredTenant}'")).ShouldBe(97_000_000);
        (await app.SumOfEntriesAsync()).ShouldBe(0m);
    }

    [Fact]
    public async Task An_operator_moves_by_hand_what_is_little_alone_and_what_is_much_with_another()
    {
        var little = await AwardedAsync();
        (await app.SendAsync(little.Poster, new MoveEscrow(little.Contract, true, null, "Mine"))).Error.ShouldBe(AccessErrors.OperatorsOnly);
        (await app.SendAsync(Actors.Operator(), new MoveEscrow(little.Contract, true))).Error!.Code.ShouldBe("request.invalid");
        (await app.SendAsync(Actors.Operator(), new MoveEscrow(little.Contract, true, Money.Usd(1), "Both"))).Error.ShouldBe(EscrowErrors.AmountOrPercent);
        (await app.SendAsync(Actors.Operator(), new MoveEscrow(little.Contract, true, null, "The agent is gone."))).Value.State.ShouldBe(ContractState.Refunded);

        var much = await AwardedAsync(price: 200m);
        var (first, second) = (Actors.Operator(), Actors.Operator());
        (await app.SendAsync(first, new MoveEscrow(much.Contract, false, Money.Usd(50), "Agreed by mail."))).Value.Held.ShouldBe(Money.Usd(150));
        var proposal = (await app.SendAsync(first, new MoveEscrow(much.Contract, false, null, "Agreed by mail."))).Value.Proposal!;
        (await app.HeldAsync(much.Contract)).ShouldBe(150_000_000);
        (await app.SendAsync(second, new ConfirmProposal(proposal.Id))).Error.ShouldBeNull();
        (await app.HeldAsync(much.Contract)).ShouldBe(0);
        (await app.StateAsync(much.Contract)).ShouldBe("settled");

        var disputed = await RejectedAsync();
        (await app.SendAsync(first, new MoveEscrow(disputed.Contract, true, null, "No"))).Error!.Code.ShouldBe("mesh.illegal_transition");
    }

    [Fact]
    public async Task Many_small_movements_by_hand_need_another_operator_as_one_large_one_does()
    {
        var c = await AwardedAsync(price: 300m);
        var (first, second) = (Actors.Operator(), Actors.Operator());
        // What the poster releases itself is no operator's doing.
        (await app.SendAsync(c.Poster, new ReleaseEscrow(c.Contract, Money.Usd(90)))).Error.ShouldBeNull();
        (await app.SendAsync(first, new MoveEscrow(c.Contract, false, Money.Usd(60), "One"))).Value.Held.ShouldBe(Money.Usd(150));

        var proposed = (await app.SendAsync(first, new MoveEscrow(c.Contract, false, null, "Two", Percent: 30))).Value;

        (proposed.Moved, proposed.Proposal!.Amount).ShouldBe((Money.Usd(0), Money.Usd(45)));
        (await app.HeldAsync(c.Contract)).ShouldBe(150_000_000);
        (await app.SendAsync(second, new ConfirmProposal(proposed.Proposal.Id))).Error.ShouldBeNull();
        (await app.HeldAsync(c.Contract)).ShouldBe(105_000_000);
        (await app.SendAsync(first, new MoveEscrow(c.Contract, false, Money.Usd(1), "Three"))).Value.Proposal.ShouldNotBeNull();
        (await app.SendAsync(first, new MoveEscrow(c.Contract, true, null, "Four", Percent: 10))).Error.ShouldBe(EscrowErrors.AmountOrPercent);
    }

    [Fact]
    public async Task A_proposed_movement_is_void_when_the_contract_was_passed_on()
    {
        var poster = await app.PosterAsync(1_000m);
        var (winner, next) = (await app.AgentAsync(), await app.AgentAsync());
        var contract = await app.PostAsync(poster, MeshApp.Input(300m));
        await app.BidAsync(winner, contract, 200m);
        await app.BidAsync(next, contract, 250m);
        await app.CloseAsync(contract);
        var proposal = (await app.SendAsync(Actors.Operator(), new MoveEscrow(contract, false, null, "Agreed by mail."))).Value.Proposal!;
        (await app.SendAsync(winner, new HandBackContract(contract))).Value.State.ShouldBe(ContractState.Awarded);

        (await app.SendAsync(Actors.Operator(), new ConfirmProposal(proposal.Id))).Error!.Code.ShouldBe("escrow.held_changed");

        (await app.HeldAsync(contract)).ShouldBe(250_000_000);
    }

    [Fact]
    public async Task A_release_from_a_page_that_is_out_of_date_is_refused()
    {
        var c = await AwardedAsync();
        (await app.SendAsync(c.Poster, new ReleaseEscrow(c.Contract, null, 25) { HeldMicroUnits = 4_000_000 })).Error.ShouldBeNull();

        (await app.SendAsync(c.Poster, new ReleaseEscrow(c.Contract, null, 25) { HeldMicroUnits = 4_000_000 })).Error!.Code.ShouldBe("escrow.held_changed");

        (await app.HeldAsync(c.Contract)).ShouldBe(3_000_000);
    }

    // ---------------------------------------------------------------- arranging

    private async Task<Case> AwardedAsync(ContractInput? input = null, decimal price = 4m)
    {
        var poster = await app.PosterAsync(Math.Max(100m, price * 2));
        var agent = await app.AgentAsync();
        var contract = await app.PostAsync(poster, input ?? MeshApp.Input(price + 1));
        await app.BidAsync(agent, contract, price);
        await app.CloseAsync(contract);
        return new Case(poster, agent, contract);
    }

    private async Task<Case> RejectedAsync(decimal price = 4m)
    {
        var c = await AwardedAsync(price: price);
        (await app.SendAsync(c.Agent, new DeliverContract(c.Contract, JsonElement.Parse("{}")))).Error.ShouldBeNull();
        (await app.SendAsync(c.Poster, new ValidateContract(c.Contract, false, null, "It is empty."))).Value.State.ShouldBe(ContractState.Disputed);
        return c;
    }

    private Task<Result<DisputeResolved>> DecideAsync(Actor desk, Case c, DisputeDecision decision, int? percent = null, string note = "Reasons") =>
        app.SendAsync(desk, new ResolveDispute(c.Contract, decision, percent, note));

    private Task BecomesAsync(Case c, string state) =>
        Eventually.IsAsync(() => app.SqlAsync<string>($"SELECT state FROM mesh.disputes WHERE contract_id = '{c.Contract}'"), state, $"the dispute is {state}");

    private Task<string?> OutcomeAsync(Case c) =>
        app.SqlAsync<string>($"SELECT concat_ws(' ', success::text, on_time::text, quality::text, lost_in_dispute::text) FROM trust.outcomes WHERE contract_id = '{c.Contract}'");
}
