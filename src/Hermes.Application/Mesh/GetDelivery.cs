using System.Text.Json;
using Hermes.Application.Ledger.Public;
using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Mesh;

/// <summary>What became of an awarded contract: result, checks, settlement, dispute. For poster and winner only.</summary>
/// <param name="Id">The contract.</param>
[Requires(Permissions.ContractsRead)]
public sealed record GetDelivery(ContractId Id) : IQuery<DeliveryView>;

/// <summary>A delivery with what followed.</summary>
/// <param name="ContractId">The contract.</param>
/// <param name="State">Its state.</param>
/// <param name="Result">The result; null before the delivery.</param>
/// <param name="Bytes">Its size; null before the delivery.</param>
/// <param name="DeliveredAt">When it came; null before.</param>
/// <param name="AcceptBy">Until when the poster may decide; null unless it is to decide.</param>
/// <param name="Score">0–1; null before validation.</param>
/// <param name="Checks">What the rules found; empty without rules.</param>
/// <param name="Settlement">How the escrow was split; null before.</param>
/// <param name="Dispute">The dispute; null without one.</param>
/// <param name="Stars">The poster's rating, 1–5; null before.</param>
/// <param name="Shares">Of what was released, as far as they concern the viewer: all for the winner's side, the platform's for the poster.</param>
public sealed record DeliveryView(
    ContractId ContractId, ContractState State, JsonElement? Result, int? Bytes, DateTimeOffset? DeliveredAt, DateTimeOffset? AcceptBy,
    decimal? Score, IReadOnlyList<ValidationCheck> Checks, SettlementView? Settlement, DisputeView? Dispute, int? Stars,
    IReadOnlyList<ShareView> Shares);

internal sealed class GetDeliveryHandler(IMeshDb db, IDeliveryDb deliveries, IShares shares, ICurrentActor current) : IRequestHandler<GetDelivery, Result<DeliveryView>>
{
    public async Task<Result<DeliveryView>> Handle(GetDelivery request, CancellationToken cancellationToken)
    {
        var (id, actor) = (request.Id, current.Actor);
        var contract = await db.Contracts.AsNoTracking().SingleOrDefaultAsync(c => c.Id == id, cancellationToken);
        // An agent sees what it won itself, not what its owner's other agents did.
        var concerned = contract is not null && (contract.TenantId == actor.Tenant || contract.WinnerTenantId == actor.Tenant)
            && (actor.Agent is null || contract.WinnerAgentId == actor.Agent);
        if (!concerned || contract!.WinnerBidId is null)
            return DeliveryErrors.NoDelivery;
        var delivery = await deliveries.Deliveries.AsNoTracking().SingleOrDefaultAsync(d => d.ContractId == id, cancellationToken);
        var settlement = await deliveries.Settlements.AsNoTracking().SingleOrDefaultAsync(s => s.ContractId == id, cancellationToken);
        var dispute = await deliveries.Disputes.AsNoTracking().Where(d => d.ContractId == id).OrderByDescending(d => d.OpenedAt).FirstOrDefaultAsync(cancellationToken);
        return new DeliveryView(id, contract.State, delivery is null ? null : JsonSerializer.Deserialize<JsonElement>(delivery.Result), delivery?.Bytes, delivery?.DeliveredAt,
            contract.State == ContractState.Delivered ? contract.AcceptBy : null, contract.ValidationScore, delivery?.Checks ?? [],
            settlement is null ? null : SettlementView.Of(settlement), dispute is null ? null : DisputeView.Of(dispute), contract.Stars,
            settlement is null ? [] : await shares.OfAsync("contract", [id.Value], cancellationToken));
    }
}
