using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;

namespace Hermes.Application.Mesh;

/// <summary>A dispute as both sides and operators see it; who of the operators decided is not told.</summary>
public sealed record DisputeView
{
    /// <summary>Its id.</summary>
    public required DisputeId Id { get; init; }

    /// <summary>The contract.</summary>
    public required ContractId ContractId { get; init; }

    /// <summary>The milestone that it is about; null for the contract as a whole.</summary>
    public MilestoneId? MilestoneId { get; init; }

    /// <summary>Where it is.</summary>
    public required DisputeState State { get; init; }

    /// <summary>Who opened it.</summary>
    public required DisputeOpener OpenedBy { get; init; }

    /// <summary>Why.</summary>
    public required string Reason { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset OpenedAt { get; init; }

    /// <summary>What Hermes found by itself.</summary>
    public required IReadOnlyList<DisputeFinding> Findings { get; init; }

    /// <summary>The side that may answer.</summary>
    public required DisputeSide Respondent { get; init; }

    /// <summary>Until when.</summary>
    public required DateTimeOffset RespondBy { get; init; }

    /// <summary>The answer; null while there is none.</summary>
    public string? Response { get; init; }

    /// <summary>When it came; null while there is none.</summary>
    public DateTimeOffset? RespondedAt { get; init; }

    /// <summary>What was decided first; null before, like what follows.</summary>
    public DisputeDecision? Decision { get; init; }

    /// <summary>Percent of what was held that it releases.</summary>
    public int? ReleasedPercent { get; init; }

    /// <summary>The operator's reasons.</summary>
    public string? Note { get; init; }

    /// <summary>When.</summary>
    public DateTimeOffset? DecidedAt { get; init; }

    /// <summary>Until when either side may appeal.</summary>
    public DateTimeOffset? AppealBy { get; init; }

    /// <summary>Who appealed; null when nobody did, like what follows.</summary>
    public DisputeSide? AppealedBy { get; init; }

    /// <summary>When.</summary>
    public DateTimeOffset? AppealedAt { get; init; }

    /// <summary>Why.</summary>
    public string? AppealReason { get; init; }

    /// <summary>What was decided on the appeal; null before.</summary>
    public DisputeDecision? AppealDecision { get; init; }

    /// <summary>Percent that it releases; null before.</summary>
    public int? AppealPercent { get; init; }

    /// <summary>The second operator's reasons; null before.</summary>
    public string? AppealNote { get; init; }

    /// <summary>When the money moved; null before.</summary>
    public DateTimeOffset? ClosedAt { get; init; }

    /// <summary>Percent that is or was released in the end; null before a decision.</summary>
    public int? FinalPercent => AppealPercent ?? ReleasedPercent;

    internal static DisputeView Of(Dispute d) => new()
    {
        Id = d.Id,
        ContractId = d.ContractId,
        MilestoneId = d.MilestoneId,
        State = d.State,
        OpenedBy = d.OpenedBy,
        Reason = d.Reason,
        OpenedAt = d.OpenedAt,
        Findings = d.Findings,
        Respondent = d.Respondent,
        RespondBy = d.RespondBy,
        Response = d.Response,
        RespondedAt = d.RespondedAt,
        Decision = d.Decision,
        ReleasedPercent = d.ReleasedPercent,
        Note = d.Note,
        DecidedAt = d.DecidedAt,
        AppealBy = d.AppealBy,
        AppealedBy = d.AppealedBy,
        AppealedAt = d.AppealedAt,
        AppealReason = d.AppealReason,
        AppealDecision = d.AppealDecision,
        AppealPercent = d.AppealPercent,
        AppealNote = d.AppealNote,
        ClosedAt = d.ClosedAt,
    };
}

/// <summary>A piece of evidence; a file is read on its own.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Side">Who gave it.</param>
/// <param name="Text">The text; null for none.</param>
/// <param name="FileName">The file's name; null without a file, like what follows.</param>
/// <param name="ContentType">What the file is by its content.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Sha256">Of the file, lower-case hex.</param>
/// <param name="At">When it was given.</param>
public sealed record EvidenceView(Guid Id, DisputeSide Side, string? Text, string? FileName, string? ContentType, int? Bytes, string? Sha256, DateTimeOffset At)
{
    internal static EvidenceView Of(DisputeEvidence e) => new(e.Id, e.Side, e.Text, e.FileName, e.ContentType, e.Bytes, e.Sha256, e.At);
}
