using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;

namespace Hermes.UnitTests.Mesh;

/// <summary>The steps of a dispute, each with its clock.</summary>
public sealed class DisputeTests
{
    private static readonly DateTimeOffset Start = Sample.Now.AddHours(1);
    private static readonly PersonId First = new(Guid.CreateVersion7());
    private static readonly PersonId Second = new(Guid.CreateVersion7());

    private static Dispute Opened(DisputeOpener by = DisputeOpener.Poster, int response = 72, int appeal = 72) => Dispute.Open(
        new DisputeId(Guid.CreateVersion7()), Sample.In(ContractState.Disputed), by, "Empty.", [], new DisputeTimes(TimeSpan.FromHours(response), TimeSpan.FromHours(appeal)), Start);

    private static DisputeRuling Ruling(PersonId by, DisputeDecision decision = DisputeDecision.Refund, int? percent = null) => new(decision, percent, "Reasons", by);

    [Theory]
    [InlineData(DisputeOpener.Poster, DisputeSide.Agent)]
    [InlineData(DisputeOpener.Validation, DisputeSide.Agent)]
    [InlineData(DisputeOpener.Agent, DisputeSide.Poster)]
    public void The_other_side_answers(DisputeOpener by, DisputeSide respondent)
    {
        var dispute = Opened(by);
        dispute.Respondent.ShouldBe(respondent);
        dispute.Respond(respondent == DisputeSide.Agent ? DisputeSide.Poster : DisputeSide.Agent, "No", Start).Error.ShouldBe(DisputeErrors.NotTheRespondent);
        dispute.Respond(respondent, "No", Start).Error.ShouldBeNull();
        dispute.State.ShouldBe(DisputeState.InReview);
        dispute.Respond(respondent, "No", Start).Error.ShouldBe(DisputeErrors.AnsweredAlready);
    }

    [Fact]
    public void Nobody_decides_before_the_answer_or_its_deadline()
    {
        var dispute = Opened();
        dispute.Decide(Ruling(First), Start.AddHours(71)).Error.ShouldBe(DisputeErrors.ResponseAwaited);
        dispute.CloseResponse(Start.AddHours(71)).Error.ShouldBe(DisputeErrors.ResponseAwaited);
        dispute.Respond(DisputeSide.Agent, "Late", Start.AddHours(72)).Error.ShouldBe(DisputeErrors.ResponseOver);
        dispute.Decide(Ruling(First), Start.AddHours(72)).Value.ShouldBeFalse();
        dispute.CloseResponse(Start.AddHours(73)).Error.ShouldBe(DisputeErrors.ResponseOver);
    }

    [Fact]
    public void A_decision_is_final_when_nobody_appeals_in_time()
    {
        var dispute = Opened(response: 0);
        dispute.State.ShouldBe(DisputeState.InReview);
        dispute.Close(Start).Error.ShouldBe(DisputeErrors.NotFinal);
        dispute.Decide(Ruling(First, DisputeDecision.Split, 40), Start).Value.ShouldBeFalse();
        dispute.Close(Start.AddHours(71)).Error.ShouldBe(DisputeErrors.NotFinal);
        dispute.Appeal(DisputeSide.Agent, "No", Start.AddHours(72)).Error.ShouldBe(DisputeErrors.AppealOver);
        dispute.Close(Start.AddHours(72)).Error.ShouldBeNull();
        dispute.FinalPercent.ShouldBe(40);
        dispute.Close(Start.AddHours(73)).Error.ShouldBe(DeliveryErrors.DisputeDecided);
    }

    [Fact]
    public void An_appeal_is_decided_by_somebody_else_and_for_good()
    {
        var dispute = Opened(response: 0);
        dispute.Decide(Ruling(First), Start);
        dispute.TakesEvidence.ShouldBeFalse();
        dispute.Appeal(DisputeSide.Agent, "No", Start.AddHours(1)).Error.ShouldBeNull();
        dispute.TakesEvidence.ShouldBeTrue();
        dispute.Appeal(DisputeSide.Poster, "No", Start.AddHours(1)).Error.ShouldBe(DisputeErrors.AppealedAlready);
        dispute.Close(Start.AddDays(30)).Error.ShouldBe(DisputeErrors.NotFinal);
        dispute.Decide(Ruling(First, DisputeDecision.Release), Start.AddHours(2)).Error.ShouldBe(DisputeErrors.SameOperator);
        dispute.Decide(Ruling(Second, DisputeDecision.Release) with { ConfirmedBy = First }, Start.AddHours(2)).Error.ShouldBe(DisputeErrors.SameOperator);
        dispute.Decide(Ruling(Second, DisputeDecision.Release), Start.AddHours(2)).Value.ShouldBeTrue();
        dispute.Close(Start.AddHours(2)).Error.ShouldBeNull();
        dispute.FinalPercent.ShouldBe(100);
    }

    [Theory]
    [InlineData(DisputeDecision.Split, null)]
    [InlineData(DisputeDecision.Split, 0)]
    [InlineData(DisputeDecision.Split, 100)]
    [InlineData(DisputeDecision.Release, 50)]
    public void A_ruling_that_contradicts_itself_is_refused(DisputeDecision decision, int? percent) =>
        Opened(response: 0).Decide(Ruling(First, decision, percent), Start).Error.ShouldBe(DeliveryErrors.SplitPercent);

    [Fact]
    public void Content_says_what_a_file_is()
    {
        ContentTypes.Of("%PDF-1.7"u8).ShouldBe("application/pdf");
        ContentTypes.Of("GIF89a"u8).ShouldBe("image/gif");
        ContentTypes.Of([0xFF, 0xD8, 0xFF, 0xE0]).ShouldBe("image/jpeg");
        ContentTypes.Of("RIFF\0\0\0\0WEBPVP8 "u8).ShouldBe("image/webp");
        ContentTypes.Of("a;b\r\n1;2"u8).ShouldBe("text/plain");
        ContentTypes.Of("PK\u0003\u0004"u8).ShouldBeNull();
        ContentTypes.Of([0x7F, (byte)'E', (byte)'L', (byte)'F']).ShouldBeNull();
        ContentTypes.Of([0x80, 0x81]).ShouldBeNull();
    }
}
