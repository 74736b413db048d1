using Hermes.Domain.Shared;

namespace Hermes.Domain.Mesh;

/// <summary>Who opened a dispute.</summary>
public enum DisputeOpener
{
    /// <summary>The poster's people, also by rejecting the result.</summary>
    Poster,
    /// <summary>The winner.</summary>
    Agent,
    /// <summary>Hermes, because the result scored too low.</summary>
    Validation,
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

/// <summary>A disagreement about a contract; the price stays held until an operator decides. A contract has one at most.</summary>
public sealed class Dispute : IVersioned
{
    /// <summary>Released percent from which on the agent has not lost: the larger part or half.</summary>
    public const int NotLostFrom = 50;

    private Dispute()
    {
    }

    /// <summary>The contract.</summary>
    public ContractId ContractId { get; private set; }

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

    /// <summary>When it was decided; null while it is open.</summary>
    public DateTimeOffset? DecidedAt { get; private set; }

    /// <summary>What was decided; null while it is open.</summary>
    public DisputeDecision? Decision { get; private set; }

    /// <summary>Percent of the price that was released; null while it is open.</summary>
    public int? ReleasedPercent { get; private set; }

    /// <summary>The operator's words; null for none.</summary>
    public string? Note { get; private set; }

    /// <summary>The operator; null while it is open.</summary>
    public PersonId? DecidedBy { get; private set; }

    /// <inheritdoc />
    public uint Version { get; private set; }

    /// <summary>Opens a dispute about a contract that has a winner.</summary>
    public static Dispute Open(Contract contract, DisputeOpener by, string reason, DateTimeOffset now) => new()
    {
        ContractId = contract.Id,
        PosterTenantId = contract.TenantId,
        WinnerTenantId = contract.WinnerTenantId!.Value,
        AgentId = contract.WinnerAgentId!.Value,
        OpenedBy = by,
        Reason = reason,
        OpenedAt = now,
    };

    /// <summary>Decides it, once.</summary>
    /// <param name="decision">What.</param>
    /// <param name="percent">1–99 for a split, null otherwise.</param>
    /// <param name="note">The operator's words; null for none.</param>
    /// <param name="by">The operator.</param>
    /// <param name="now">When.</param>
    public Result<Done> Decide(DisputeDecision decision, int? percent, string? note, PersonId? by, DateTimeOffset now)
    {
        if (DecidedAt is not null)
            return DeliveryErrors.DisputeDecided;
        if (decision == DisputeDecision.Split ? percent is not (>= 1 and <= 99) : percent is not null)
            return DeliveryErrors.SplitPercent;
        Decision = decision;
        ReleasedPercent = decision switch { DisputeDecision.Release => 100, DisputeDecision.Refund => 0, _ => percent };
        Note = note;
        DecidedBy = by;
        DecidedAt = now;
        return Done.Ok;
    }
}
