using Hermes.Domain.Shared;

namespace Hermes.Domain.Mesh;

/// <summary>Who opened a dispute.</summary>
public enum DisputeOpener
{
    /// <summary>The poster's people, also by rejecting the result.</summary>
    Poster,
    /// <summary>The winner or its owner's people.</summary>
    Agent,
    /// <summary>Hermes, because the result scored too low.</summary>
    Validation,
}

/// <summary>The two sides of a dispute.</summary>
public enum DisputeSide
{
    /// <summary>Who pays.</summary>
    Poster,
    /// <summary>Who worked: the agent and its owner's people.</summary>
    Agent,
}

/// <summary>Where a dispute is.</summary>
public enum DisputeState
{
    /// <summary>The other side may answer until its deadline.</summary>
    AwaitingResponse,
    /// <summary>Answered, or the time to answer is over: an operator decides.</summary>
    InReview,
    /// <summary>Decided once; either side may appeal until the window closes, then the money moves.</summary>
    Decided,
    /// <summary>Appealed: another operator decides for good.</summary>
    Appealed,
    /// <summary>Final: the money has moved.</summary>
    Closed,
}

/// <summary>What an operator decided.</summary>
public enum DisputeDecision
{
    /// <summary>The whole price is released.</summary>
    Release,
    /// <summary>The whole price goes back.</summary>
    Refund,
    /// <summary>A percentage is released and the rest goes back.</summary>
    Split,
}

/// <summary>What Hermes found by itself when a dispute was opened.</summary>
/// <param name="Check"><c>on_time</c>, <c>rules</c> or <c>original</c>.</param>
/// <param name="Passed">True when all is well, false when not; null where it can't be said.</param>
/// <param name="Detail">In a sentence.</param>
public sealed record DisputeFinding(string Check, bool? Passed, string Detail);

/// <summary>How long the sides have.</summary>
/// <param name="Response">To answer; zero: nobody is waited for.</param>
/// <param name="Appeal">To appeal; zero: a decision is final at once.</param>
public readonly record struct DisputeTimes(TimeSpan Response, TimeSpan Appeal);

/// <summary>A decision with who made it.</summary>
/// <param name="Decision">What.</param>
/// <param name="Percent">Of what is held, to the agent: 1–99 for a split, else null.</param>
/// <param name="Note">The reasons, told to both sides, 1–2,000 characters.</param>
/// <param name="By">The operator.</param>
/// <param name="ConfirmedBy">The second operator where one was needed; else null.</param>
public sealed record DisputeRuling(DisputeDecision Decision, int? Percent, string Note, PersonId By, PersonId? ConfirmedBy = null);

/// <summary>
/// A disagreement about a contract: opened by a side or by the validation, answered by the other, decided by an operator,
/// appealed once, decided for good by another operator. The money stays held until the decision is final. A contract has
/// one that is not closed at most.
/// </summary>
public sealed class Dispute : IVersioned
{
    /// <summary>Released percent from which on the agent has not lost: the larger part or half.</summary>
    public const int NotLostFrom = 50;

    /// <summary>Longest reason, response and note.</summary>
    public const int MaxText = 2_000;

    private Dispute()
    {
    }

    /// <summary>Its id.</summary>
    public DisputeId Id { get; private set; }

    /// <summary>The contract.</summary>
    public ContractId ContractId { get; private set; }

    /// <summary>The milestone that it is about; null for the contract as a whole.</summary>
    public MilestoneId? MilestoneId { get; private set; }

    /// <summary>Whose money is held.</summary>
    public TenantId PosterTenantId { get; private set; }

    /// <summary>The winner's owner.</summary>
    public TenantId WinnerTenantId { get; private set; }

    /// <summary>The winner.</summary>
    public AgentId AgentId { get; private set; }

    /// <summary>Who opened it.</summary>
    public DisputeOpener OpenedBy { get; private set; }

    /// <summary>Why, at most 1,000 characters.</summary>
    public string Reason { get; private set; } = "";

    /// <summary>When it was opened.</summary>
    public DateTimeOffset OpenedAt { get; private set; }

    /// <summary>Where it is.</summary>
    public DisputeState State { get; private set; }

    /// <summary>What Hermes found by itself.</summary>
    public IReadOnlyList<DisputeFinding> Findings { get; private set; } = [];

    /// <summary>Until when the other side may answer.</summary>
    public DateTimeOffset RespondBy { get; private set; }

    /// <summary>How long an appeal may take, as it was when the dispute was opened, in seconds.</summary>
    public int AppealSeconds { get; private set; }

    /// <summary>The other side's answer; null while there is none.</summary>
    public string? Response { get; private set; }

    /// <summary>When it came; null while there is none.</summary>
    public DateTimeOffset? RespondedAt { get; private set; }

    /// <summary>When it was first decided; null before.</summary>
    public DateTimeOffset? DecidedAt { get; private set; }

    /// <summary>What was decided first; null before.</summary>
    public DisputeDecision? Decision { get; private set; }

    /// <summary>Percent of what was held that the first decision releases; null before.</summary>
    public int? ReleasedPercent { get; private set; }

    /// <summary>The operator's reasons; null before.</summary>
    public string? Note { get; private set; }

    /// <summary>The operator; null before.</summary>
    public PersonId? DecidedBy { get; private set; }

    /// <summary>The second operator; null where none was needed.</summary>
    public PersonId? ConfirmedBy { get; private set; }

    /// <summary>Until when either side may appeal; null before the first decision.</summary>
    public DateTimeOffset? AppealBy { get; private set; }

    /// <summary>When it was appealed; null when it was not.</summary>
    public DateTimeOffset? AppealedAt { get; private set; }

    /// <summary>Who appealed; null when nobody did.</summary>
    public DisputeSide? AppealedBy { get; private set; }

    /// <summary>Why; null when nobody appealed.</summary>
    public string? AppealReason { get; private set; }

    /// <summary>What was decided on the appeal; null without or before.</summary>
    public DisputeDecision? AppealDecision { get; private set; }

    /// <summary>Percent that the appeal's decision releases; null without or before.</summary>
    public int? AppealPercent { get; private set; }

    /// <summary>The second operator's reasons; null without or before.</summary>
    public string? AppealNote { get; private set; }

    /// <summary>Who decided the appeal; null without or before.</summary>
    public PersonId? AppealDecidedBy { get; private set; }

    /// <summary>When it was final and the money moved; null before.</summary>
    public DateTimeOffset? ClosedAt { get; private set; }

    /// <inheritdoc />
    public uint Version { get; private set; }

    /// <summary>Percent that is released in the end: the appeal's where there was one; null before a decision.</summary>
    public int? FinalPercent => AppealPercent ?? ReleasedPercent;

    /// <summary>The side whose answer is waited for.</summary>
    public DisputeSide Respondent => OpenedBy == DisputeOpener.Agent ? DisputeSide.Poster : DisputeSide.Agent;

    /// <summary>True while evidence is taken: before a decision, and again while an appeal waits for its own.</summary>
    public bool TakesEvidence => State is DisputeState.AwaitingResponse or DisputeState.InReview or DisputeState.Appealed;

    /// <summary>True while an operator is to decide.</summary>
    public bool AwaitsDecision(DateTimeOffset now) =>
        State is DisputeState.InReview or DisputeState.Appealed || (State == DisputeState.AwaitingResponse && now >= RespondBy);

    /// <summary>Opens a dispute about a contract that has a winner.</summary>
    public static Dispute Open(
        DisputeId id, Contract contract, DisputeOpener by, string reason, IReadOnlyList<DisputeFinding> findings, DisputeTimes times, DateTimeOffset now, MilestoneId? milestone = null) => new()
        {
            Id = id,
            ContractId = contract.Id,
            MilestoneId = milestone,
            PosterTenantId = contract.TenantId,
            WinnerTenantId = contract.WinnerTenantId!.Value,
            AgentId = contract.WinnerAgentId!.Value,
            OpenedBy = by,
            Reason = reason,
            OpenedAt = now,
            State = times.Response > TimeSpan.Zero ? DisputeState.AwaitingResponse : DisputeState.InReview,
            Findings = findings,
            RespondBy = now + times.Response,
            AppealSeconds = (int)times.Appeal.TotalSeconds,
        };

    /// <summary>The other side answers, once and in time.</summary>
    public Result<Done> Respond(DisputeSide side, string text, DateTimeOffset now)
    {
        if (side != Respondent)
            return DisputeErrors.NotTheRespondent;
        if (Response is not null)
            return DisputeErrors.AnsweredAlready;
        if (State != DisputeState.AwaitingResponse || now >= RespondBy)
            return DisputeErrors.ResponseOver;
        (Response, RespondedAt, State) = (text, now, DisputeState.InReview);
        return Done.Ok;
    }

    /// <summary>The time to answer is over: it is decided on what there is.</summary>
    public Result<Done> CloseResponse(DateTimeOffset now)
    {
        if (State != DisputeState.AwaitingResponse)
            return DisputeErrors.ResponseOver;
        if (now < RespondBy)
            return DisputeErrors.ResponseAwaited;
        State = DisputeState.InReview;
        return Done.Ok;
    }

    /// <summary>
    /// An operator decides: first, or on the appeal, for good. The same operators never decide both. True when the decision
    /// is final at once.
    /// </summary>
    public Result<bool> Decide(DisputeRuling ruling, DateTimeOffset now)
    {
        if (CheckRuling(ruling, now) is { } refusal)
            return refusal;
        var percent = PercentOf(ruling);
        if (State == DisputeState.Appealed)
        {
            (AppealDecision, AppealPercent, AppealNote, AppealDecidedBy) = (ruling.Decision, percent, ruling.Note, ruling.By);
            return true;
        }
        (Decision, ReleasedPercent, Note, DecidedBy, ConfirmedBy, DecidedAt) = (ruling.Decision, percent, ruling.Note, ruling.By, ruling.ConfirmedBy, now);
        AppealBy = now.AddSeconds(AppealSeconds);
        State = DisputeState.Decided;
        return AppealSeconds == 0;
    }

    /// <summary>Null when the ruling may be made now, else the first rule that refuses it.</summary>
    public Error? CheckRuling(DisputeRuling ruling, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(ruling);
        if (State is DisputeState.Decided or DisputeState.Closed)
            return DeliveryErrors.DisputeDecided;
        if (!AwaitsDecision(now))
            return DisputeErrors.ResponseAwaited;
        if (ruling.Decision == DisputeDecision.Split ? ruling.Percent is not (>= 1 and <= 99) : ruling.Percent is not null)
            return DeliveryErrors.SplitPercent;
        return State == DisputeState.Appealed && new[] { ruling.By, ruling.ConfirmedBy }.Any(p => p is not null && (p == DecidedBy || p == ConfirmedBy))
            ? DisputeErrors.SameOperator
            : null;
    }

    /// <summary>Either side appeals, once, while the window is open.</summary>
    public Result<Done> Appeal(DisputeSide side, string reason, DateTimeOffset now)
    {
        if (AppealedAt is not null)
            return DisputeErrors.AppealedAlready;
        if (State != DisputeState.Decided)
            return DisputeErrors.NothingToAppeal;
        if (now >= AppealBy)
            return DisputeErrors.AppealOver;
        (AppealedAt, AppealedBy, AppealReason, State) = (now, side, reason, DisputeState.Appealed);
        return Done.Ok;
    }

    /// <summary>Final: the appeal's decision was made, or the window to appeal has closed. The caller moves the money in the same transaction.</summary>
    public Result<Done> Close(DateTimeOffset now)
    {
        var final = State == DisputeState.Appealed ? AppealPercent is not null : State == DisputeState.Decided && now >= AppealBy;
        if (!final)
            return State == DisputeState.Closed ? DeliveryErrors.DisputeDecided : DisputeErrors.NotFinal;
        (State, ClosedAt) = (DisputeState.Closed, now);
        return Done.Ok;
    }

    private static int PercentOf(DisputeRuling ruling) => ruling.Decision switch { DisputeDecision.Release => 100, DisputeDecision.Refund => 0, _ => ruling.Percent!.Value };
}

/// <summary>Refusals about disputes.</summary>
public static class DisputeErrors
{
    /// <summary>Only the side that did not open the dispute answers.</summary>
    public static readonly Error NotTheRespondent = Error.Forbidden("mesh.not_the_respondent", "The other side answers; add evidence instead.");

    /// <summary>There is an answer.</summary>
    public static readonly Error AnsweredAlready = Error.Conflict("mesh.answered_already", "This dispute has been answered; add evidence instead.");

    /// <summary>The time to answer is over.</summary>
    public static readonly Error ResponseOver = Error.Conflict("mesh.response_over", "The time to answer is over.");

    /// <summary>The other side still has time to answer.</summary>
    public static readonly Error ResponseAwaited = Error.Conflict("mesh.response_awaited", "The other side still has time to answer.");

    /// <summary>It was appealed before.</summary>
    public static readonly Error AppealedAlready = Error.Conflict("mesh.appealed_already", "There is one appeal, and it was made.");

    /// <summary>There is no decision that could be appealed.</summary>
    public static readonly Error NothingToAppeal = Error.Conflict("mesh.nothing_to_appeal", "There is no decision to appeal against.");

    /// <summary>The window to appeal has closed.</summary>
    public static readonly Error AppealOver = Error.Conflict("mesh.appeal_over", "The time to appeal is over.");

    /// <summary>The operator decided the first time.</summary>
    public static readonly Error SameOperator = Error.Forbidden("mesh.same_operator", "An appeal is decided by somebody who had no part in the first decision.");

    /// <summary>The decision is not final yet.</summary>
    public static readonly Error NotFinal = Error.Conflict("mesh.decision_not_final", "The decision is not final yet.");

    /// <summary>Evidence is not taken any more.</summary>
    public static readonly Error EvidenceOver = Error.Conflict("mesh.evidence_over", "This dispute takes no evidence at the moment.");

    /// <summary>A side has given as much evidence as it may.</summary>
    public static readonly Error TooMuchEvidence = Error.Conflict("mesh.too_much_evidence", $"Each side gives at most {DisputeEvidence.MaxPerSide} pieces of evidence.");

    /// <summary>There is nothing in it.</summary>
    public static readonly Error EvidenceEmpty = Error.Invalid("mesh.evidence_empty", "Evidence is a text, a file or both.");

    /// <summary>The file is too large.</summary>
    public static readonly Error FileTooLarge = Error.Invalid("mesh.file_too_large", $"A file has at most {DisputeEvidence.MaxFileBytes} bytes.");

    /// <summary>The file's content is none of those that are taken.</summary>
    public static readonly Error FileTypeRefused = Error.Invalid("mesh.file_type_refused", "Files are PNG, JPEG, GIF, WebP, PDF or plain text; the content decides, not the name.");

    /// <summary>No such evidence for this caller.</summary>
    public static readonly Error EvidenceNotFound = Error.NotFound("mesh.evidence_not_found", "There is no such evidence.");
}
