using Hermes.Application.Ledger.Public;
using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Mesh;

/// <summary>
/// Calls a contract off: before it is awarded, when nothing is held, and after it until the winner begins, when the whole
/// price goes back. It counts neither for nor against the winner.
/// </summary>
/// <param name="Id">The contract.</param>
/// <param name="Reason">A line to the bidders; null for none.</param>
[Requires(Permissions.ContractsCreate)]
public sealed record CancelContract(ContractId Id, string? Reason = null) : ICommand<ContractStateView>;

/// <summary>Where a contract is after an act.</summary>
/// <param name="Id">The contract.</param>
/// <param name="State">Its state.</param>
public sealed record ContractStateView(ContractId Id, ContractState State);

internal sealed class CancelContractValidator : AbstractValidator<CancelContract>
{
    public CancelContractValidator() => RuleFor(r => r.Reason).MaximumLength(500);
}

internal sealed class CancelContractHandler(
    IMeshDb db, IDeliveryDb deliveries, ILedger ledger, MilestoneDesk milestones, IOutbox outbox, IAudit audit, ICurrentActor current, TimeProvider clock)
    : IRequestHandler<CancelContract, Result<ContractStateView>>
{
    public async Task<Result<ContractStateView>> Handle(CancelContract request, CancellationToken cancellationToken)
    {
        var tenant = current.Actor.RequiredTenant;
        await db.LockContractAsync(request.Id, cancellationToken);
        if (await db.Contracts.SingleOrDefaultAsync(c => c.Id == request.Id && c.TenantId == tenant, cancellationToken) is not { } contract)
            return MeshErrors.ContractNotFound;
        var before = contract.State;
        if (ContractTransitions.AtWork.Contains(before))
            return await CallOffAsync(contract, request.Reason, cancellationToken);
        if (contract.Cancel(clock.GetUtcNow(), request.Reason).Error is { } refusal)
            return refusal;
        var bids = await db.Bids.Where(b => b.ContractId == contract.Id).ToListAsync(cancellationToken);
        foreach (var bid in bids)
            bid.LoseToNobody();
        audit.Record("contract.cancel", "contract", contract.Id.Value, new { State = before }, new { contract.State, contract.Reason });
        outbox.Add(MeshAnnouncements.Updated(contract, bids));
        return new ContractStateView(contract.Id, contract.State);
    }

    private async Task<Result<ContractStateView>> CallOffAsync(Contract contract, string? reason, CancellationToken cancellationToken)
    {
        if (contract.State != ContractState.Awarded)
            return DeliveryErrors.WorkHasBegun;
        if (contract.EarlyReleased.IsPositive)
            return EscrowErrors.ReleasedInPart;
        var now = clock.GetUtcNow();
        var everything = EscrowTransfers.Everything(contract);
        var back = EscrowTransfers.Split(contract, everything, clock);
        if (!back.Succeeded)
            return back.Error;
        var posted = await ledger.PostWithinAsync([back.Value], cancellationToken);
        if (!posted.Succeeded)
            return posted.Error;
        if (contract.Refund(now, reason ?? "The poster called it off.").Error is { } refusal)
            return refusal;
        var settlement = Settlement.Record(contract, SettlementCause.CalledOff, everything, back.Value.Id.Value, now);
        deliveries.Settlements.Add(settlement);
        await milestones.DropAsync(contract, cancellationToken);
        audit.Record("contract.cancel", "contract", contract.Id.Value, new { State = ContractState.Awarded }, new { contract.State, contract.Reason });
        foreach (var told in DeliveryAnnouncements.Settled(contract, settlement))
            outbox.Add(told);
        return new ContractStateView(contract.Id, contract.State);
    }
}
