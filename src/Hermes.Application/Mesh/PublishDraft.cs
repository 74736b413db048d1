using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Mesh;

/// <summary>Publishes a draft: planned when its start lies ahead, else open for bids at once.</summary>
/// <param name="Id">The draft.</param>
[Requires(Permissions.ContractsCreate)]
public sealed record PublishDraft(ContractId Id) : ICommand<ContractPosted>;

internal sealed class PublishDraftHandler(IMeshDb db, IAwardTimer timer, IOutbox outbox, IAudit audit, ICurrentActor current, TimeProvider clock)
    : IRequestHandler<PublishDraft, Result<ContractPosted>>
{
    public async Task<Result<ContractPosted>> Handle(PublishDraft request, CancellationToken cancellationToken)
    {
        var tenant = current.Actor.RequiredTenant;
        if (await db.Contracts.SingleOrDefaultAsync(c => c.Id == request.Id && c.TenantId == tenant, cancellationToken) is not { } contract)
            return MeshErrors.ContractNotFound;
        if (contract.Publish(clock.GetUtcNow()).Error is { } refusal)
            return refusal;
        audit.Record("contract.publish", "contract", contract.Id.Value, null, ContractPosted.Of(contract));
        await ContractOpening.StageAsync(contract, timer, outbox, cancellationToken);
        return ContractPosted.Of(contract);
    }
}
