using Hermes.Application.Ledger.Public;
using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Mesh;

/// <summary>What is and was held for a contract: for its poster with the entries, for the winner's side without.</summary>
/// <param name="Contract">The contract.</param>
[Requires(Permissions.ContractsRead)]
public sealed record GetEscrow(ContractId Contract) : IQuery<EscrowView>;

/// <summary>An escrow.</summary>
/// <param name="ContractId">For which contract.</param>
/// <param name="State">How it stands.</param>
/// <param name="Held">What is in it now.</param>
/// <param name="Funded">What was ever put into it; null for the winner's side.</param>
/// <param name="Released">What of the winner's price was paid: agent's side and platform.</param>
/// <param name="Refunded">What of the winner's price went back to the poster.</param>
/// <param name="Entries">The poster's entries, oldest first; empty for the winner's side and for those who may not see the books.</param>
/// <param name="MayRelease">The viewer may release it early.</param>
/// <param name="MayDispute">The viewer may open a dispute.</param>
public sealed record EscrowView(
    ContractId ContractId, EscrowState State, Money Held, Money? Funded, Money Released, Money Refunded, IReadOnlyList<EntryView> Entries, bool MayRelease, bool MayDispute);

internal sealed class GetEscrowHandler(IMeshDb db, IDeliveryDb deliveries, IEscrows escrows, ICurrentActor current) : IRequestHandler<GetEscrow, Result<EscrowView>>
{
    public async Task<Result<EscrowView>> Handle(GetEscrow request, CancellationToken cancellationToken)
    {
        var (id, actor) = (request.Contract, current.Actor);
        if (await db.Contracts.AsNoTracking().SingleOrDefaultAsync(c => c.Id == id, cancellationToken) is not { } contract
            || Sides.Of(actor, contract.TenantId, contract.WinnerTenantId, contract.WinnerAgentId) is not { } side)
            return EscrowErrors.NotFound;
        var over = await deliveries.Settlements.AsNoTracking().SingleOrDefaultAsync(s => s.ContractId == id, cancellationToken);
        var (released, refunded) = over is null ? (contract.EarlyReleased, contract.EarlyRefunded) : (over.Agent + over.Platform, over.Refunded);
        var money = side == DisputeSide.Poster && actor.Has(Permissions.BillingView) ? await escrows.OfAsync(id, contract.TenantId, cancellationToken) : null;
        var acts = actor.Has(actor.Agent is null ? Permissions.ContractsValidate : Permissions.ContractsDeliver);
        return new EscrowView(
            id, EscrowStates.Of(contract.State, released.IsPositive), over is null ? contract.Held : Money.Zero(contract.Currency), money?.Funded, released, refunded, money?.Entries ?? [],
            side == DisputeSide.Poster && actor.Has(Permissions.ContractsValidate) && !contract.HasMilestones && ContractTransitions.Allows(contract.State, ContractAct.PayOut),
            acts && ContractTransitions.Allows(contract.State, ContractAct.Dispute));
    }
}
