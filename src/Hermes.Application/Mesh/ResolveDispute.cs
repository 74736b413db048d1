using Hermes.Domain.Ledger.Public;
using FluentValidation;
using Hermes.Application.Ledger.Public;
using Hermes.Application.Shared;
using Hermes.Application.Trust.Public;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Mesh;

/// <summary>An operator decides a dispute: the money moves, and trust with it.</summary>
/// <param name="Id">The contract.</param>
/// <param name="Decision">Release, refund or split.</param>
/// <param name="Percent">Percent of the price to release, 1–99, for a split; else null.</param>
/// <param name="Note">Words to both sides, at most 1,000 characters; null for none.</param>
[RequiresOperator]
public sealed record ResolveDispute(ContractId Id, DisputeDecision Decision, int? Percent = null, string? Note = null) : ICommand<SettlementView>, IAcrossTenants;

internal sealed class ResolveDisputeValidator : AbstractValidator<ResolveDispute>
{
    public ResolveDisputeValidator()
    {
        RuleFor(r => r.Decision).IsInEnum();
        RuleFor(r => r.Note).MaximumLength(1000);
    }
}

internal sealed class ResolveDisputeHandler(
    IDueContracts due, IMeshDb db, IDeliveryDb deliveries, ILedger ledger, ISplitPolicy policy, IShares shares, ITrust trust, IUnitOfWork work, IFaultPoints faults,
    IOutbox outbox, IAudit audit, ICurrentActor current, TimeProvider clock)
    : IRequestHandler<ResolveDispute, Result<SettlementView>>
{
    public async Task<Result<SettlementView>> Handle(ResolveDispute request, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if (!await due.LockOneAsync(request.Id, cancellationToken)
            || await db.Contracts.SingleOrDefaultAsync(c => c.Id == request.Id, cancellationToken) is not { } contract)
            return MeshErrors.ContractNotFound;
        if (await deliveries.Disputes.SingleOrDefaultAsync(d => d.ContractId == contract.Id, cancellationToken) is not { } dispute)
            return DeliveryErrors.NoDispute;
        if (dispute.Decide(request.Decision, request.Percent, request.Note, current.Actor.Person, now).Error is { } refusal)
            return refusal;
        var terms = await policy.OfAsync([EscrowTransfers.Work(contract)], cancellationToken);
        var split = SettlementSplit.Of(contract.Price!.Value, new Money(contract.PromotionalMicroUnits, contract.Currency), dispute.ReleasedPercent!.Value, terms[0]);
        var transfer = EscrowTransfers.Split(contract, split, clock);
        if (!transfer.Succeeded)
            return transfer.Error;
        var posted = await ledger.PostWithinAsync([transfer.Value], cancellationToken);
        if (!posted.Succeeded)
            return posted.Error;
        faults.Reach("resolve.after_ledger");
        var moved = split.ReleasedPercent > 0 ? contract.Release(now, request.Note) : contract.Refund(now, request.Note);
        if (moved.Error is { } illegal)
            return illegal;
        await trust.RecordOutcomesAsync([Outcomes.Decided(contract, split.ReleasedPercent, split.Agent, now)], cancellationToken);
        var settlement = Settlement.Record(contract, SettlementCause.Dispute, split, transfer.Value.Id.Value, now);
        deliveries.Settlements.Add(settlement);
        shares.Record("contract", contract.Id.Value, EscrowTransfers.Work(contract), split, transfer.Value.Id.Value);
        var view = SettlementView.Of(settlement);
        foreach (var tenant in new[] { contract.TenantId, contract.WinnerTenantId!.Value }.Distinct())
            audit.Record("contract.resolve", "contract", contract.Id.Value, new { State = ContractState.Disputed },
                new { contract.State, Decision = request.Decision, request.Note, Settlement = view }, tenant);
        foreach (var told in DeliveryAnnouncements.Settled(contract, settlement))
            outbox.Add(told);
        work.AfterCommit(() => DeliveryTelemetry.Settled.Add(1, new KeyValuePair<string, object?>("cause", "dispute")));
        return view;
    }
}
