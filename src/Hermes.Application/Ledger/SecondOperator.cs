using System.Text.Json;
using Hermes.Application.Ledger.Public;
using Hermes.Application.Shared;
using Hermes.Application.Shared.Settings;
using Hermes.Domain.Ledger;
using Hermes.Domain.Shared;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Ledger;

/// <summary>Keeps proposals.</summary>
public sealed class SecondOperator(ILedgerDb db, OperatorSettings settings, IAudit audit, ICurrentActor current, TimeProvider clock) : ISecondOperator
{
    /// <inheritdoc />
    public bool IsNeededFor(Money amount) => settings.AloneUpTo(amount.Currency) is not { } most || amount > most;

    /// <inheritdoc />
    public async Task<Result<ProposalView>> ProposeAsync<T>(
        string kind, T act, string subjectType, Guid subjectId, Money amount, string what, string why, CancellationToken cancellationToken)
    {
        var (actor, now) = (current.Actor, clock.GetUtcNow());
        if (actor.Person is not { } person)
            return ProposalErrors.PersonsOnly;
        // The subject is locked by the caller, so two can't both find none.
        foreach (var earlier in await db.Proposals.Where(p => p.Kind == kind && p.SubjectId == subjectId && p.State == ProposalState.Open).ToListAsync(cancellationToken))
        {
            earlier.Expire(now);
            if (earlier.State == ProposalState.Open)
                return ProposalErrors.OpenAlready;
        }
        // One that is over makes room for the new one first.
        await db.SaveChangesAsync(cancellationToken);
        var proposal = Proposal.Make(kind, JsonSerializer.Serialize(act, HermesJson.Options), subjectType, subjectId, amount, what, why, person, actor.Name,
            TimeSpan.FromHours(settings.ProposalHours), clock);
        db.Proposals.Add(proposal);
        audit.Record("proposal.make", "proposal", proposal.Id, null, new { kind, what, why, amount, subjectId }, TenantId.Platform);
        return ProposalViews.Of(proposal, actor, now);
    }
}

/// <summary>A proposal as operators see it.</summary>
internal static class ProposalViews
{
    public static ProposalView Of(Proposal p, Actor viewer, DateTimeOffset now) => new(
        p.Id, p.Kind, p.SubjectType, p.SubjectId, p.Amount, p.What, p.Why, SnakeCase.Of(p.StateAt(now).ToString()), p.ProposedByName, p.ProposedAt, p.ExpiresAt,
        p.DecidedByName, p.DecidedAt, p.DeclineReason, p.ProposedBy == viewer.Person);
}
