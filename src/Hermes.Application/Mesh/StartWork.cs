using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Mesh;

/// <summary>The winner says that it has begun; from now on the poster can't call the contract off. Delivering without it is fine.</summary>
/// <param name="Id">The contract.</param>
[Requires(Permissions.ContractsDeliver)]
public sealed record StartWork(ContractId Id) : ICommand<ContractStateView>;

internal sealed class StartWorkHandler(IMeshDb db, IOutbox outbox, IAudit audit, ICurrentActor current, TimeProvider clock)
    : IRequestHandler<StartWork, Result<ContractStateView>>
{
    public async Task<Result<ContractStateView>> Handle(StartWork request, CancellationToken cancellationToken)
    {
        var won = await WonContract.FindAsync(db, request.Id, current.Actor, cancellationToken);
        if (!won.Succeeded)
            return won.Error;
        var (contract, now) = (won.Value, clock.GetUtcNow());
        if (contract.IsLate(now))
            return MeshErrors.DeadlinePassed;
        if (contract.Start(now).Error is { } refusal)
            return refusal;
        audit.Record("contract.start", "contract", contract.Id.Value, new { State = ContractState.Awarded }, new { contract.State });
        outbox.Add(DeliveryAnnouncements.Updated(contract));
        return new ContractStateView(contract.Id, contract.State);
    }
}

/// <summary>The contract of an acting winner.</summary>
internal static class WonContract
{
    /// <summary>The contract; not found where the agent may not see it, refused where somebody else won it.</summary>
    public static async Task<Result<Contract>> FindAsync(IMeshDb db, ContractId id, Actor actor, CancellationToken cancellationToken)
    {
        if (actor.Agent is not { } agent)
            return AccessErrors.AgentsOnly;
        if (await db.Contracts.SingleOrDefaultAsync(c => c.Id == id, cancellationToken) is not { } contract
            || contract.WinnerAgentId != agent && !contract.MayBid(agent, actor.RequiredTenant))
            return MeshErrors.ContractNotFound;
        return contract.WinnerAgentId == agent ? contract : DeliveryErrors.NotTheWinner;
    }
}
