using FluentValidation;
using Hermes.Application.Ledger.Public;
using Hermes.Application.Shared;
using Hermes.Domain.Ledger;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Ledger;

/// <summary>An operator declines a proposal, or takes its own back.</summary>
/// <param name="Id">The proposal.</param>
/// <param name="Reason">Why, 1–1,000 characters.</param>
[RequiresOperator]
public sealed record DeclineProposal(Guid Id, string? Reason) : ICommand<ProposalView>, IAcrossTenants;

internal sealed class DeclineProposalValidator : AbstractValidator<DeclineProposal>
{
    public DeclineProposalValidator() => RuleFor(r => r.Reason).NotEmpty().MaximumLength(1000);
}

internal sealed class DeclineProposalHandler(ILedgerDb db, IAudit audit, ICurrentActor current, TimeProvider clock) : IRequestHandler<DeclineProposal, Result<ProposalView>>
{
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
        return ProposalViews.Of(proposal, actor, now);
    }
}
