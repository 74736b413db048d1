using Hermes.Application.Ledger.Public;
using Hermes.Application.Shared;
using Hermes.Application.Trust.Public;
using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using Hermes.Domain.Trust.Public;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Mesh;

/// <summary>
/// How milestones are paid, and how a contract with milestones ends: its trust outcome weighs once. The caller holds the
/// contract's lock and reaches across tenants.
/// </summary>
public sealed class MilestoneDesk(
    IMilestoneDb db, IDeliveryDb deliveries, ILedger ledger, ISplitPolicy policy, IShares shares, ITrust trust, IUnitOfWork work, IFaultPoints faults, IOutbox outbox, IAudit audit,
    TimeProvider clock)
{
    /// <summary>The contract's milestones in their order.</summary>
    public Task<List<Milestone>> OfAsync(ContractId contract, CancellationToken cancellationToken) =>
        db.Milestones.Where(m => m.ContractId == contract).OrderBy(m => m.Place).ToListAsync(cancellationToken);

    /// <summary>The part of the winner's price that belongs to the milestone.</summary>
    public static Money PartOf(Contract contract, IReadOnlyList<Milestone> all, Milestone milestone) =>
        Milestone.Parts(contract.Price!.Value, [.. all.Select(m => m.Weight)])[milestone.Place - 1];

    /// <summary>Releases a milestone's part by a percentage; the rest of the part goes back. With the last one the contract ends.</summary>
    /// <param name="contract">The contract.</param>
    /// <param name="all">Its milestones.</param>
    /// <param name="milestone">The one that is over.</param>
    /// <param name="percent">0–100 of its part.</param>
    /// <param name="score">What it scored, 0–1.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public async Task<Result<Done>> PayAsync(Contract contract, IReadOnlyList<Milestone> all, Milestone milestone, int percent, decimal score, CancellationToken cancellationToken)
    {
        var (now, before, end) = (clock.GetUtcNow(), milestone.State, milestone.End);
        if (ContractTransitions.Next(contract.State, end).Error is { } standsStill)
            return standsStill;
        var part = PartOf(contract, all, milestone);
        var whose = EscrowTransfers.Work(contract);
        var terms = await policy.OfAsync([whose], cancellationToken);
        var split = SettlementSplit.Of(part, contract.HeldCredits < part ? contract.HeldCredits : part, percent, terms[0]);
        var transferId = Guid.Empty;
        if (part.IsPositive)
        {
            var transfer = Transfer.Create(Id.New<TransferId>(clock), percent == 0 ? "milestone.refund" : "milestone.release", $"milestone:{milestone.Id}", "contract", contract.Id.Value,
            [
                new(AccountRef.Escrow(contract.Id, contract.TenantId, contract.Currency), -part.MicroUnits),
                .. split.Postings(contract.TenantId, contract.WinnerTenantId!.Value),
            ], milestone.Title);
            if (!transfer.Succeeded)
                return transfer.Error;
            var posted = await ledger.PostWithinAsync([transfer.Value], cancellationToken);
            if (!posted.Succeeded)
                return posted.Error;
            transferId = transfer.Value.Id.Value;
            shares.Record("milestone", milestone.Id.Value, whose, split, transferId);
        }
        faults.Reach("milestone.after_ledger");
        var ended = percent == 0 && before == MilestoneState.Disputed
            ? milestone.Refund(split.Refunded, now)
            : milestone.Pay(score, split.AgentSide, split.Platform, split.Refunded, now);
        if (ended.Error is { } illegal)
            return illegal;
        audit.Record("milestone.pay", "contract", contract.Id.Value, new { milestone.Place, State = before }, new { milestone.State, milestone.Score, split.AgentSide, split.Platform, split.Refunded }, contract.TenantId);
        if (all.FirstOrDefault(m => !m.IsOver) is { } next)
        {
            if (contract.EndMilestone(split.AgentSide, split.Platform, split.Refunded, next.DueSeconds, end, now).Error is { } refusal)
                return refusal;
            Tell(contract);
        }
        else if ((await FinishAsync(contract, all, split, transferId, SettlementCause.Validation, null, cancellationToken)).Error is { } unfinished)
        {
            return unfinished;
        }
        faults.Reach("milestone.before_commit");
        return Done.Ok;
    }

    /// <summary>Gives the rest back between two milestones; those that are left are dropped.</summary>
    public async Task<Result<Done>> CancelRestAsync(Contract contract, IReadOnlyList<Milestone> all, string? reason, CancellationToken cancellationToken)
    {
        var everything = EscrowTransfers.Everything(contract);
        var back = EscrowTransfers.Split(contract, everything, clock);
        if (!back.Succeeded)
            return back.Error;
        var posted = await ledger.PostWithinAsync([back.Value], cancellationToken);
        if (!posted.Succeeded)
            return posted.Error;
        faults.Reach("milestone.after_ledger");
        return await FinishAsync(contract, all, everything, back.Value.Id.Value, SettlementCause.CalledOff, reason ?? "The poster called the rest off.", cancellationToken);
    }

    /// <summary>Drops what is left of the milestones when the contract ends as a whole.</summary>
    public async Task DropAsync(Contract contract, CancellationToken cancellationToken)
    {
        if (!contract.HasMilestones)
            return;
        var now = clock.GetUtcNow();
        foreach (var milestone in await OfAsync(contract.Id, cancellationToken))
            milestone.Cancel(now);
    }

    /// <summary>Tells both sides that a milestone changed and that money moved.</summary>
    public void Tell(Contract contract)
    {
        outbox.Add(DeliveryAnnouncements.Updated(contract));
        outbox.Add(DeliveryAnnouncements.Wallet(contract.WinnerTenantId!.Value, contract.Currency));
        outbox.Add(DeliveryAnnouncements.Wallet(contract.TenantId, contract.Currency));
    }

    private async Task<Result<Done>> FinishAsync(
        Contract contract, IReadOnlyList<Milestone> all, SettlementSplit last, Guid transferId, SettlementCause cause, string? reason, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        foreach (var milestone in all.Where(m => !m.IsOver))
        {
            if (milestone.Cancel(now).Error is { } illegal)
                return illegal;
        }
        var parts = Milestone.Parts(contract.Price!.Value, [.. all.Select(m => m.Weight)]);
        var ended = all.Where(m => m.Score is not null && m.State != MilestoneState.Cancelled).ToList();
        var whole = ended.Sum(m => parts[m.Place - 1].Units);
        decimal? score = ended.Count == 0 ? null : whole == 0 ? ended.Average(m => m.Score!.Value) : ended.Sum(m => m.Score!.Value * parts[m.Place - 1].Units) / whole;
        var settlement = Settlement.Record(contract, cause, last, transferId, now, score);
        var paid = settlement.AgentMicroUnits + settlement.PlatformMicroUnits > 0;
        if (contract.FinishMilestones(score, paid, now, reason).Error is { } refusal)
            return refusal;
        deliveries.Settlements.Add(settlement);
        if (ended.Count > 0)
        {
            var released = whole == 0 ? 1m : (settlement.Agent + settlement.Platform).Units / whole;
            await trust.RecordOutcomesAsync([new Outcome(contract.WinnerAgentId!.Value, contract.WinnerTenantId!.Value, contract.Id, contract.TenantId,
                Success: released * 100 >= Dispute.NotLostFrom, ended.All(m => m.OnTime == true), score!.Value,
                released * 100 < Dispute.NotLostFrom, settlement.Agent, now)], cancellationToken);
        }
        audit.Record("contract.settle", "contract", contract.Id.Value, null, SettlementView.Of(settlement), contract.TenantId);
        foreach (var told in DeliveryAnnouncements.Settled(contract, settlement))
            outbox.Add(told);
        work.AfterCommit(() => DeliveryTelemetry.Settled.Add(1, new KeyValuePair<string, object?>("cause", "milestones")));
        return Done.Ok;
    }
}

/// <summary>The tables of milestones.</summary>
public interface IMilestoneDb
{
    /// <summary>Milestones of contracts that the tenant sees.</summary>
    DbSet<Milestone> Milestones { get; }

    /// <summary>Their results, for poster and winner.</summary>
    DbSet<MilestoneDelivery> MilestoneDeliveries { get; }
}
