using Hermes.Domain.Shared;

namespace Hermes.Domain.Ledger;

/// <summary>What became of a proposal.</summary>
public enum ProposalState
{
    /// <summary>Waits for a second operator.</summary>
    Open,
    /// <summary>Confirmed, and done with it.</summary>
    Confirmed,
    /// <summary>Declined.</summary>
    Declined,
    /// <summary>Nobody confirmed it in time.</summary>
    Expired,
}

/// <summary>An operator's act on money that another operator has to confirm before it happens.</summary>
public sealed class Proposal : IVersioned
{
    private Proposal()
    {
    }

    /// <summary>Its id.</summary>
    public Guid Id { get; private set; }

    /// <summary>What kind of act: <c>dispute.resolve</c>.</summary>
    public string Kind { get; private set; } = "";

    /// <summary>The act itself, JSON for the code that carries it out.</summary>
    public string Act { get; private set; } = "{}";

    /// <summary>What kind of thing it is about.</summary>
    public string SubjectType { get; private set; } = "";

    /// <summary>Which one.</summary>
    public Guid SubjectId { get; private set; }

    /// <summary>How much it moves at most.</summary>
    public Money Amount { get; private set; }

    /// <summary>What is to happen, in a sentence.</summary>
    public string What { get; private set; } = "";

    /// <summary>Why, in the operator's words.</summary>
    public string Why { get; private set; } = "";

    /// <summary>Who proposed it.</summary>
    public PersonId ProposedBy { get; private set; }

    /// <summary>The proposer's name.</summary>
    public string ProposedByName { get; private set; } = "";

    /// <summary>When.</summary>
    public DateTimeOffset ProposedAt { get; private set; }

    /// <summary>When it is void.</summary>
    public DateTimeOffset ExpiresAt { get; private set; }

    /// <summary>What became of it.</summary>
    public ProposalState State { get; private set; }

    /// <summary>Who confirmed or declined it; null while it is open or when it expired.</summary>
    public PersonId? DecidedBy { get; private set; }

    /// <summary>That operator's name; null likewise.</summary>
    public string? DecidedByName { get; private set; }

    /// <summary>When; null likewise.</summary>
    public DateTimeOffset? DecidedAt { get; private set; }

    /// <summary>Why it was declined; null otherwise.</summary>
    public string? DeclineReason { get; private set; }

    /// <inheritdoc />
    public uint Version { get; private set; }

    /// <summary>Makes one.</summary>
    public static Proposal Make(
        string kind, string act, string subjectType, Guid subjectId, Money amount, string what, string why, PersonId by, string byName, TimeSpan life, TimeProvider clock)
    {
        var now = clock.GetUtcNow();
        return new Proposal
        {
            Id = Guid.CreateVersion7(now),
            Kind = kind,
            Act = act,
            SubjectType = subjectType,
            SubjectId = subjectId,
            Amount = amount,
            What = what,
            Why = why,
            ProposedBy = by,
            ProposedByName = byName,
            ProposedAt = now,
            ExpiresAt = now + life,
        };
    }

    /// <summary>The state as of now: one that is over is expired, whether or not anybody noted it.</summary>
    public ProposalState StateAt(DateTimeOffset now) => State == ProposalState.Open && now >= ExpiresAt ? ProposalState.Expired : State;

    /// <summary>Another operator confirms it. The caller carries it out in the same transaction.</summary>
    public Result<Done> Confirm(PersonId by, string byName, DateTimeOffset now)
    {
        if (by == ProposedBy)
            return ProposalErrors.OwnProposal;
        return End(ProposalState.Confirmed, by, byName, now);
    }

    /// <summary>An operator declines it; its proposer takes it back.</summary>
    public Result<Done> Decline(PersonId by, string byName, string reason, DateTimeOffset now)
    {
        DeclineReason = reason;
        return End(ProposalState.Declined, by, byName, now);
    }

    /// <summary>Notes that it is over.</summary>
    public void Expire(DateTimeOffset now) => State = StateAt(now);

    private Result<Done> End(ProposalState state, PersonId by, string byName, DateTimeOffset now)
    {
        if (StateAt(now) != ProposalState.Open)
            return ProposalErrors.NotOpen;
        (State, DecidedBy, DecidedByName, DecidedAt) = (state, by, byName, now);
        return Done.Ok;
    }
}

/// <summary>Refusals about proposals.</summary>
public static class ProposalErrors
{
    /// <summary>No such proposal.</summary>
    public static readonly Error NotFound = Error.NotFound("ledger.proposal_not_found", "There is no such proposal.");

    /// <summary>It was confirmed, declined or is over.</summary>
    public static readonly Error NotOpen = Error.Conflict("ledger.proposal_not_open", "The proposal is not open any more.");

    /// <summary>Nobody confirms his own proposal.</summary>
    public static readonly Error OwnProposal = Error.Forbidden("ledger.own_proposal", "Another operator has to confirm it.");

    /// <summary>The same thing is proposed already.</summary>
    public static readonly Error OpenAlready = Error.Conflict("ledger.proposal_open", "There is an open proposal about this already.");

    /// <summary>Only a person proposes.</summary>
    public static readonly Error PersonsOnly = Error.Forbidden("ledger.proposal_by_person", "Only a person may propose or confirm.");
}
