using System.Text.Json;
using Hermes.Application.Ledger.Public;
using Hermes.Application.Shared;
using Hermes.Domain.Ledger;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Ledger;

/// <summary>Another operator confirms a proposal, which is carried out with it.</summary>
/// <param name="Id">The proposal.</param>
[RequiresOperator]
public sealed record ConfirmProposal(Guid Id) : ICommand<ProposalView>, IAcrossTenants;

internal sealed class ConfirmProposalHandler(ILedgerDb db, IEnumerable<IProposedAct> acts, IFaultPoints faults, IAudit audit, ICurrentActor current, TimeProvider clock)
    : IRequestHandler<ConfirmProposal, Result<ProposalView>>
{
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
        return ProposalViews.Of(proposal, actor, now);
    }
}
