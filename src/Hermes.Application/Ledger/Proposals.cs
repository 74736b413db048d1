using System.Text.Json;
using FluentValidation;
using Hermes.Application.Ledger.Public;
using Hermes.Application.Shared;
using Hermes.Application.Shared.Settings;
using Hermes.Domain.Ledger;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Ledger;

/// <summary>Proposals of operators, latest first.</summary>
/// <param name="Open">True for those that wait, false for the others, null for all.</param>
/// <param name="Limit">Rows; null for the default.</param>
/// <param name="Cursor">Where the previous page ended.</param>
[RequiresOperator]
public sealed record ListProposals(bool? Open = true, int? Limit = null, string? Cursor = null) : IQuery<Page<ProposalView>>, IAcrossTenants;

/// <summary>Another operator confirms a proposal, which is carried out with it.</summary>
/// <param name="Id">The proposal.</param>
[RequiresOperator]
public sealed record ConfirmProposal(Guid Id) : ICommand<ProposalView>, IAcrossTenants;

/// <summary>An operator declines a proposal, or takes its own back.</summary>
/// <param name="Id">The proposal.</param>
/// <param name="Reason">Why, 1–1,000 characters.</param>
[RequiresOperator]
public sealed record DeclineProposal(Guid Id, string? Reason) : ICommand<ProposalView>, IAcrossTenants;

internal sealed class DeclineProposalValidator : AbstractValidator<DeclineProposal>
{
    public DeclineProposalValidator() => RuleFor(r => r.Reason).NotEmpty().MaximumLength(1000);
}

internal sealed class ProposalHandlers(ILedgerDb db, IEnumerable<IProposedAct> acts, IFaultPoints faults, IAudit audit, ICurrentActor current, TimeProvider clock)
    : IRequestHandler<ListProposals, Result<Page<ProposalView>>>, IRequestHandler<ConfirmProposal, Result<ProposalView>>, IRequestHandler<DeclineProposal, Result<ProposalView>>
{
    public async Task<Result<Page<ProposalView>>> Handle(ListProposals request, CancellationToken cancellationToken)
    {
        var (limit, now) = (Paging.Clamp(request.Limit), clock.GetUtcNow());
        var query = db.Proposals.AsNoTracking();
        if (request.Open is { } open)
            query = query.Where(p => (p.State == ProposalState.Open && p.ExpiresAt > now) == open);
        if (Guid.TryParse(Paging.Decode(request.Cursor), out var last))
            query = query.Where(p => p.Id < last);
        var page = Paging.Cut(await query.OrderByDescending(p => p.Id).Take(limit + 1).ToListAsync(cancellationToken), limit, p => p.Id.ToString());
        return new Page<ProposalView>([.. page.Items.Select(p => View(p, current.Actor, now))], page.NextCursor);
    }

    public async Task<Result<ProposalView>> Handle(ConfirmProposal request, CancellationToken cancellationToken)
    {
        var (actor, now) = (current.Actor, clock.GetUtcNow());
        if (actor.Person is not { } person)
            return ProposalErrors.PersonsOnly;
        if (await db.Proposals.SingleOrDefaultAsync(p => p.Id == request.Id, cancellationToken) is not { } proposal)
            return ProposalErrors.NotFound;
        if (proposal.Confirm(person, actor.Name, now).Error is { } refusal)
            return refusal;
        var act = acts.Single(a => a.Kind == proposal.Kind);
        if ((await act.ExecuteAsync(JsonSerializer.Deserialize<JsonElement>(proposal.Act), proposal.ProposedBy, person, cancellationToken)).Error is { } undone)
            return undone;
        faults.Reach("proposal.before_commit");
        audit.Record("proposal.confirm", "proposal", proposal.Id, new { State = ProposalState.Open }, new { proposal.State, proposal.Kind, proposal.What, proposal.SubjectId }, TenantId.Platform);
        return View(proposal, actor, now);
    }

    public async Task<Result<ProposalView>> Handle(DeclineProposal request, CancellationToken cancellationToken)
    {
        var (actor, now) = (current.Actor, clock.GetUtcNow());
        if (actor.Person is not { } person)
            return ProposalErrors.PersonsOnly;
        if (await db.Proposals.SingleOrDefaultAsync(p => p.Id == request.Id, cancellationToken) is not { } proposal)
            return ProposalErrors.NotFound;
        if (proposal.Decline(person, actor.Name, request.Reason!.Trim(), now).Error is { } refusal)
            return refusal;
        audit.Record("proposal.decline", "proposal", proposal.Id, new { State = ProposalState.Open }, new { proposal.State, proposal.DeclineReason, proposal.SubjectId }, TenantId.Platform);
        return View(proposal, actor, now);
    }

    internal static ProposalView View(Proposal p, Actor viewer, DateTimeOffset now) => new(
        p.Id, p.Kind, p.SubjectType, p.SubjectId, p.Amount, p.What, p.Why, SnakeCase.Of(p.StateAt(now).ToString()), p.ProposedByName, p.ProposedAt, p.ExpiresAt,
        p.DecidedByName, p.DecidedAt, p.DeclineReason, p.ProposedBy == viewer.Person);
}

/// <summary>Keeps proposals.</summary>
public sealed class SecondOperator(ILedgerDb db, OperatorSettings settings, IAudit audit, ICurrentActor current, TimeProvider clock) : ISecondOperator
{
    /// <inheritdoc />
    public bool IsNeededFor(Money amount) => amount.Units > settings.SecondAbove;

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
        return ProposalHandlers.View(proposal, actor, now);
    }
}
