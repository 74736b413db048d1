using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Mesh;

/// <summary>
/// Settles a validated contract now instead of a moment later; one that is settled answers with its settlement again.
/// Accounts and trust of other tenants move with it.
/// </summary>
/// <param name="Id">The contract.</param>
[Requires(Permissions.ContractsValidate)]
public sealed record SettleContract(ContractId Id) : ICommand<SettlementView>, IAcrossTenants;

/// <summary>How an escrow was split.</summary>
/// <param name="ContractId">The contract.</param>
/// <param name="AgentId">The winner.</param>
/// <param name="Cause">Why.</param>
/// <param name="Price">What was held.</param>
/// <param name="Score">The result's score; null without a validation.</param>
/// <param name="ReleasedPercent">Percent of the price that was released.</param>
/// <param name="PlatformPercent">The platform's share of what was released, in percent.</param>
/// <param name="Agent">To the agent's side: the agent with its organisation, its referrer and those it derives from.</param>
/// <param name="Platform">To the platform.</param>
/// <param name="Refunded">Back to the poster.</param>
/// <param name="TransferId">The ledger's transfer.</param>
/// <param name="SettledAt">When.</param>
public sealed record SettlementView(
    ContractId ContractId, AgentId AgentId, SettlementCause Cause, Money Price, decimal? Score, int ReleasedPercent, decimal PlatformPercent,
    Money Agent, Money Platform, Money Refunded, Guid TransferId, DateTimeOffset SettledAt)
{
    internal static SettlementView Of(Settlement s) => new(
        s.ContractId, s.AgentId, s.Cause, s.Price, s.Score, s.ReleasedPercent, s.PlatformBasisPoints / 100m, s.Agent, s.Platform, s.Refunded, s.TransferId, s.SettledAt);
}

internal sealed class SettleContractHandler(IMeshDb db, IDeliveryDb deliveries, IDueContracts due, SettlementDesk desk, ICurrentActor current)
    : IRequestHandler<SettleContract, Result<SettlementView>>
{
    public async Task<Result<SettlementView>> Handle(SettleContract request, CancellationToken cancellationToken)
    {
        var (id, tenant) = (request.Id, current.Actor.RequiredTenant);
        if (!await db.Contracts.AnyAsync(c => c.Id == id && c.TenantId == tenant, cancellationToken) || !await due.LockOneAsync(id, cancellationToken))
            return MeshErrors.ContractNotFound;
        var contract = await db.Contracts.SingleAsync(c => c.Id == id, cancellationToken);
        // What was released early or by milestones, to the end, has no settlement of a verdict: it can't be settled again.
        if (contract.State == ContractState.Settled &&
            await deliveries.Settlements.AsNoTracking().Where(s => s.ContractId == id).OrderByDescending(s => s.SettledAt).FirstOrDefaultAsync(cancellationToken) is { } earlier)
            return SettlementView.Of(earlier);
        var settled = await desk.SettleAsync([id], cancellationToken);
        return settled.Succeeded ? SettlementView.Of(settled.Value[0]) : settled.Error;
    }
}
