using System.Text.Json;
using Hermes.Domain.Shared;

namespace Hermes.Application.Ledger.Public;

/// <summary>Operators' acts on much money: proposed by one, confirmed by another.</summary>
public interface ISecondOperator
{
    /// <summary>True when an operator may not move so much alone (<c>Hermes:Operators:SecondAbove</c>, by currency).</summary>
    bool IsNeededFor(Money amount);

    /// <summary>
    /// Proposes an act in the acting operator's name with the open transaction, in a scope across tenants. Refused with
    /// <c>ledger.proposal_open</c> while another proposal of the kind waits for the same subject.
    /// </summary>
    /// <param name="kind">Of the <see cref="IProposedAct"/> that will carry it out.</param>
    /// <param name="act">What it needs to know; kept as JSON.</param>
    /// <param name="subjectType">What kind of thing it is about.</param>
    /// <param name="subjectId">Which one.</param>
    /// <param name="amount">How much it moves at most.</param>
    /// <param name="what">What is to happen, in a sentence.</param>
    /// <param name="why">Why, in the operator's words.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    Task<Result<ProposalView>> ProposeAsync<T>(
        string kind, T act, string subjectType, Guid subjectId, Money amount, string what, string why, CancellationToken cancellationToken);
}

/// <summary>Carries out what was proposed and confirmed, in the confirming operator's transaction and across tenants.</summary>
public interface IProposedAct
{
    /// <summary>Of which kind of proposals.</summary>
    string Kind { get; }

    /// <summary>Does it; a refusal leaves the proposal open.</summary>
    /// <param name="act">As it was proposed.</param>
    /// <param name="proposedBy">Who proposed it.</param>
    /// <param name="confirmedBy">Who confirmed it.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    Task<Result<Done>> ExecuteAsync(JsonElement act, PersonId proposedBy, PersonId confirmedBy, CancellationToken cancellationToken);
}

/// <summary>A proposal as operators see it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Kind">What kind of act.</param>
/// <param name="SubjectType">What kind of thing it is about.</param>
/// <param name="SubjectId">Which one.</param>
/// <param name="Amount">How much it moves at most.</param>
/// <param name="What">What is to happen.</param>
/// <param name="Why">Why.</param>
/// <param name="State"><c>open</c>, <c>confirmed</c>, <c>declined</c> or <c>expired</c>.</param>
/// <param name="ProposedBy">Who proposed it.</param>
/// <param name="ProposedAt">When.</param>
/// <param name="ExpiresAt">When it is void.</param>
/// <param name="DecidedBy">Who confirmed or declined it; null while it is open or when it expired.</param>
/// <param name="DecidedAt">When; null likewise.</param>
/// <param name="DeclineReason">Why it was declined; null otherwise.</param>
/// <param name="Own">True for the viewer's own, which it can't confirm.</param>
public sealed record ProposalView(
    Guid Id, string Kind, string SubjectType, Guid SubjectId, Money Amount, string What, string Why, string State, string ProposedBy, DateTimeOffset ProposedAt,
    DateTimeOffset ExpiresAt, string? DecidedBy, DateTimeOffset? DecidedAt, string? DeclineReason, bool Own);
