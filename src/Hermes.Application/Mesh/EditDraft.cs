using Hermes.Application.Agents.Public;
using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Mesh;

/// <summary>Replaces a draft's terms.</summary>
/// <param name="Id">The draft.</param>
/// <param name="Input">All of its terms anew; <see cref="ContractInput.Draft"/> is ignored.</param>
/// <param name="Version">The version that the editor read; null to overwrite whatever is there.</param>
[Requires(Permissions.ContractsCreate)]
public sealed record EditDraft(ContractId Id, ContractInput Input, uint? Version = null) : ICommand<ContractPosted>;

internal sealed class EditDraftHandler(IMeshDb db, IMilestoneDb milestones, IAgents agents, IJsonSchemaValidator schemas, IAudit audit, ICurrentActor current, TimeProvider clock)
    : IRequestHandler<EditDraft, Result<ContractPosted>>
{
    public async Task<Result<ContractPosted>> Handle(EditDraft request, CancellationToken cancellationToken)
    {
        var (actor, now) = (current.Actor, clock.GetUtcNow());
        if (await db.Contracts.SingleOrDefaultAsync(c => c.Id == request.Id && c.TenantId == actor.RequiredTenant, cancellationToken) is not { } contract)
            return MeshErrors.ContractNotFound;
        if (request.Version is { } version && version != contract.Version)
            return MeshErrors.Changed;
        var preferences = await PreferencesOf.LoadAsync(db, actor, now, cancellationToken);
        var terms = await request.Input.ToTermsAsync(preferences, actor.RequiredTenant, agents, schemas, now, cancellationToken);
        if (!terms.Succeeded)
            return terms.Error;
        var before = ContractPosted.Of(contract);
        if (contract.Edit(terms.Value).Error is { } refusal)
            return refusal;
        milestones.Milestones.RemoveRange(await milestones.Milestones.Where(m => m.ContractId == contract.Id).ToListAsync(cancellationToken));
        await db.SaveChangesAsync(cancellationToken);
        milestones.Milestones.AddRange(Milestone.Plan(contract, terms.Value.Milestones, clock));
        audit.Record("contract.edit", "contract", contract.Id.Value, before, ContractPosted.Of(contract));
        return ContractPosted.Of(contract) with { Version = contract.Version };
    }
}
