using Hermes.Application.Ledger.Public;
using Hermes.Application.Shared;
using Hermes.Application.Trust.Public;
using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using Hermes.Domain.Trust.Public;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Mesh;

/// <summary>
/// Settles validated contracts: escrow to agent, platform and poster, trust, audit and events in one transaction. A
/// contract that a dead node left validated is settled by whichever node comes next; one that is settled is not due any
/// more, and its transfer's key could not be posted twice either.
/// </summary>
/// <param name="Limit">Most contracts in one transaction.</param>
/// <param name="Only">This contract or none; null for any.</param>
/// <param name="Except">Contracts that are left alone; null for none.</param>
[RequiresSystem]
public sealed record SettleDue(int Limit = 100, ContractId? Only = null, IReadOnlyCollection<ContractId>? Except = null) : ICommand<SettleRun>;

/// <summary>What one run did.</summary>
/// <param name="Settled">How many contracts.</param>
public sealed record SettleRun(int Settled);

internal sealed class SettleDueHandler(IDueContracts due, SettlementDesk desk, TimeProvider clock) : IRequestHandler<SettleDue, Result<SettleRun>>
{
    public async Task<Result<SettleRun>> Handle(SettleDue request, CancellationToken cancellationToken)
    {
        var ids = await due.LockAsync(DueKind.Settlement, clock.GetUtcNow(), request.Limit, request.Only, request.Except ?? [], cancellationToken);
        var settled = await desk.SettleAsync(ids, cancellationToken);
        return settled.Succeeded ? new SettleRun(settled.Value.Count) : settled.Error;
    }
}

/// <summary>Settles locked, validated contracts, all of them in the open transaction and with as few round trips as one needs.</summary>
public sealed class SettlementDesk(
    IMeshDb db, IDeliveryDb deliveries, ILedger ledger, ISplitPolicy policy, IShares shares, ITrust trust, IUnitOfWork work, IFaultPoints faults,
    IOutbox outbox, IAudit audit, TimeProvider clock)
{
    /// <summary>Settles; the first refusal is the error of all.</summary>
    /// <param name="ids">Contracts that the transaction holds.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public async Task<Result<IReadOnlyList<Settlement>>> SettleAsync(IReadOnlyList<ContractId> ids, CancellationToken cancellationToken)
    {
        if (ids.Count == 0)
            return Array.Empty<Settlement>();
        faults.Reach("settle.after_lock");
        var now = clock.GetUtcNow();
        var contracts = await db.Contracts.Where(c => ids.Contains(c.Id)).ToListAsync(cancellationToken);
        // Before anything is asked of a winner whom an open contract does not have.
        if (contracts.Select(c => ContractTransitions.Next(c.State, ContractAct.Settle).Error).FirstOrDefault(error => error is not null) is { } illegal)
            return illegal;
        var plans = new List<(Contract Contract, SettlementSplit Split, Transfer Transfer)>(contracts.Count);
        var terms = await policy.OfAsync([.. contracts.Select(EscrowTransfers.Work)], cancellationToken);
        foreach (var (contract, its) in contracts.Zip(terms))
        {
            var split = SettlementSplit.Of(contract.Held, contract.HeldCredits,
                ReleaseShare.Percent(contract.ValidationScore!.Value), its);
            var transfer = EscrowTransfers.Split(contract, split, clock);
            if (!transfer.Succeeded)
                return transfer.Error;
            plans.Add((contract, split, transfer.Value));
        }
        var posted = await ledger.PostWithinAsync([.. plans.Select(p => p.Transfer)], cancellationToken);
        if (!posted.Succeeded)
            return posted.Error;
        faults.Reach("settle.after_ledger");
        var settlements = plans.ConvertAll(p => Settlement.Record(p.Contract, SettlementCause.Validation, p.Split, p.Transfer.Id.Value, now));
        foreach (var (plan, settlement) in plans.Zip(settlements))
        {
            if (plan.Contract.Settle(now).Error is { } refusal)
                return refusal;
            audit.Record("contract.settle", "contract", plan.Contract.Id.Value, new { State = ContractState.Validated }, SettlementView.Of(settlement), plan.Contract.TenantId);
            shares.Record("contract", plan.Contract.Id.Value, EscrowTransfers.Work(plan.Contract), plan.Split, plan.Transfer.Id.Value);
            foreach (var told in DeliveryAnnouncements.Settled(plan.Contract, settlement))
                outbox.Add(told);
        }
        deliveries.Settlements.AddRange(settlements);
        await trust.RecordOutcomesAsync([.. plans.Select(p => Outcomes.Delivered(p.Contract, p.Split.Agent, now))], cancellationToken);
        faults.Reach("settle.after_trust");
        work.AfterCommit(() =>
        {
            faults.Reach("settle.after_commit");
            DeliveryTelemetry.Settled.Add(plans.Count, new KeyValuePair<string, object?>("cause", "validation"));
            foreach (var plan in plans)
                DeliveryTelemetry.SettlementDelay.Record((now - plan.Contract.ValidatedAt!.Value).TotalMilliseconds);
        });
        return settlements;
    }
}

/// <summary>What Trust hears of a contract's end.</summary>
internal static class Outcomes
{
    /// <summary>A result was delivered and paid for by its score.</summary>
    public static Outcome Delivered(Contract contract, Money earned, DateTimeOffset now) =>
        Of(contract, success: true, quality: contract.ValidationScore!.Value, lost: false, earned, now);

    /// <summary>The winner was late or gave up.</summary>
    public static Outcome Forfeited(Contract contract, DateTimeOffset now) =>
        Of(contract, success: false, quality: 0, lost: false, Money.Zero(contract.Currency), now) with { OnTime = false };

    /// <summary>A dispute was decided: below half of the price the agent lost it.</summary>
    public static Outcome Decided(Contract contract, int releasedPercent, Money earned, DateTimeOffset now) =>
        Of(contract, success: releasedPercent >= Dispute.NotLostFrom, quality: releasedPercent / 100m, lost: releasedPercent < Dispute.NotLostFrom, earned, now);

    private static Outcome Of(Contract contract, bool success, decimal quality, bool lost, Money earned, DateTimeOffset now) => new(
        contract.WinnerAgentId!.Value, contract.WinnerTenantId!.Value, contract.Id, contract.TenantId, success,
        (contract.DeliveredAt ?? (success ? now : (DateTimeOffset?)null)) is { } delivered && delivered <= contract.AwardedAt!.Value.AddSeconds(contract.PromisedSeconds!.Value),
        quality, lost, earned, now);
}
