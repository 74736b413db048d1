using Hermes.Application.Agents.Public;
using Hermes.Application.Ledger.Public;
using Hermes.Application.Shared;
using Hermes.Application.Trust.Public;
using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Mesh;

/// <summary>Why a winner loses its contract.</summary>
public enum ForfeitCause
{
    /// <summary>The result is due and has not come.</summary>
    MissedDeadline,
    /// <summary>The agent gave up.</summary>
    HandedBack,
}

/// <summary>
/// Takes a contract from its winner: the price goes back to the poster, the winner's trust falls, and, where the contract
/// says so, the next best bid whose agent is still active and whose price the wallet covers is awarded; else the contract
/// is refunded. All in the open transaction of an actor that reaches across tenants.
/// </summary>
public sealed class Forfeiture(
    IDueContracts due, IMeshDb db, IDeliveryDb deliveries, ILedger ledger, ITrust trust, IAgents agents, IBidders bidders, MilestoneDesk milestones, IReceiptSigner signer, IUnitOfWork work,
    IFaultPoints faults, IOutbox outbox, IAudit audit, TimeProvider clock)
{
    /// <summary>Takes it.</summary>
    /// <param name="id">The contract.</param>
    /// <param name="cause">Why.</param>
    /// <param name="words">The agent's words; null for none.</param>
    /// <param name="from">The winner that is meant, so that a repeated call does not hit the next one; null for whoever it is.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public async Task<Result<ContractStateView>> TakeAsync(ContractId id, ForfeitCause cause, string? words, AgentId? from, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if (!await due.LockOneAsync(id, cancellationToken)
            || await db.Contracts.SingleOrDefaultAsync(c => c.Id == id, cancellationToken) is not { } contract)
            return MeshErrors.ContractNotFound;
        if (ContractTransitions.Next(contract.State, ContractAct.PassOn).Error is { } illegal)
            return illegal;
        if (from is not null && from != contract.WinnerAgentId)
            return DeliveryErrors.NotTheWinner;
        // Delivered, or awarded to somebody else in time, while this waited for the lock.
        if (cause == ForfeitCause.MissedDeadline && !contract.IsLate(now))
            return MeshErrors.DeadlineNotPassed;
        var bids = await db.Bids.Where(b => b.ContractId == contract.Id).ToListAsync(cancellationToken);
        var former = bids.Single(b => b.Id == contract.WinnerBidId);
        if (former.Forfeit().Error is { } notWon)
            return notWon;
        // Whoever goes on after a milestone would be paid for another's work: the rest goes back instead.
        var passes = contract.Reaward && contract.EarlyReleases == 0 && contract.DeliveredAt is null;
        // Agents before the ledger, as in every award. A few of the next best are enough to find one with room.
        var able = passes
            ? await bidders.HoldAsync([.. bids.Where(b => b is { State: BidState.Lost, Rank: not null }).OrderBy(b => b.Rank).Take(10).Select(b => b.AgentId)], cancellationToken)
            : (IReadOnlySet<AgentId>)new HashSet<AgentId>();
        var outcome = Outcomes.Forfeited(contract, now);
        var before = new { contract.State, contract.WinnerAgentId };
        var everything = EscrowTransfers.Everything(contract);
        var back = EscrowTransfers.Split(contract, everything, clock);
        if (!back.Succeeded)
            return back.Error;
        var posted = await ledger.PostWithinAsync([back.Value], cancellationToken);
        if (!posted.Succeeded)
            return posted.Error;
        faults.Reach("forfeit.after_refund");

        var formerAgent = (Agent: former.AgentId, Owner: former.TenantId);
        var (next, refused) = passes ? await HoldNextAsync(contract, bids, able, cancellationToken) : default;
        if (next is var (bid, credits))
        {
            if (await PassOnAsync(contract, bids, bid, credits, now, cancellationToken) is { } refusal)
                return refusal;
        }
        else
        {
            var reason = cause == ForfeitCause.HandedBack ? words ?? "The winner handed the contract back." : "The winner missed its deadline.";
            var settlement = Settlement.Record(contract, cause == ForfeitCause.HandedBack ? SettlementCause.HandedBack : SettlementCause.MissedDeadline,
                everything, back.Value.Id.Value, now);
            if (contract.Refund(now, reason).Error is { } refusal)
                return refusal;
            await milestones.DropAsync(contract, cancellationToken);
            deliveries.Settlements.Add(settlement);
            foreach (var told in DeliveryAnnouncements.Settled(contract, settlement))
                outbox.Add(told);
        }
        // Ledger before trust, as in every settlement: two transactions never wait for each other in a circle.
        await trust.RecordOutcomesAsync([outcome], cancellationToken);
        audit.Record(cause == ForfeitCause.HandedBack ? "contract.hand_back" : "contract.miss_deadline", "contract", contract.Id.Value,
            before, new { contract.State, contract.WinnerAgentId, Reason = words, HoldRefused = refused?.Code }, contract.TenantId);
        if (contract.WinnerAgentId != formerAgent.Agent)
            outbox.Add(new LiveEvent(MeshEvents.Updated, "contract", contract.Id.Value, contract.TenantId,
                new ContractUpdated(contract.Id, contract.State, "The contract was passed on to the next best bid."),
                new Audience([formerAgent.Owner], [formerAgent.Agent])));
        work.AfterCommit(() =>
        {
            faults.Reach("forfeit.after_commit");
            if (cause == ForfeitCause.MissedDeadline)
                DeliveryTelemetry.DeadlinesMissed.Add(1);
        });
        return new ContractStateView(contract.Id, contract.State);
    }

    /// <summary>
    /// Holds the price of the best bid left whose agent still takes work and whose price is covered; with it the part that credits
    /// cover. A mandate that was revoked, ended or spent since the award, or whose ceiling is lower, refuses a hold and nothing else:
    /// a cheaper bid may still do, else the contract ends with the refund.
    /// </summary>
    private async Task<((Bid Bid, long Credits)? Next, Error? Refused)> HoldNextAsync(Contract contract, List<Bid> bids, IReadOnlySet<AgentId> able, CancellationToken cancellationToken)
    {
        var left = bids.Where(b => b is { State: BidState.Lost, Rank: not null } && able.Contains(b.AgentId)).OrderBy(b => b.Rank).ToList();
        if (left.Count == 0)
            return default;
        var listings = await agents.FindAsync([.. left.Select(b => b.AgentId)], cancellationToken);
        var credits = (await ledger.LockCreditsAsync(contract.TenantId, contract.Currency, cancellationToken)).MicroUnits;
        var money = (await ledger.BalanceAsync(AccountRef.Available(contract.TenantId, contract.Currency), cancellationToken)).MicroUnits;
        Error? refused = null;
        foreach (var bid in left.Where(b => listings.TryGetValue(b.AgentId, out var agent) && agent.TakesWork && b.Price.MicroUnits <= credits + money))
        {
            var fromCredits = Math.Min(credits, bid.Price.MicroUnits);
            var hold = EscrowTransfers.Hold(contract, bid.Price, fromCredits, clock);
            var held = hold.Succeeded ? (await ledger.PostWithinAsync([hold.Value], cancellationToken)).Error : hold.Error;
            if (held is null)
                return ((bid, fromCredits), null);
            refused ??= held;
        }
        return (null, refused);
    }

    private async Task<Error?> PassOnAsync(Contract contract, List<Bid> bids, Bid next, long credits, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if ((contract.PassOn(next, now, credits).Error ?? next.WinAfterAll().Error) is { } refusal)
            return refusal;
        var former = await db.Awards.Where(a => a.ContractId == contract.Id).OrderByDescending(a => a.Round).FirstAsync(cancellationToken);
        var award = Award.PassedOn(former, next, now);
        db.Awards.Add(award);
        // The scores are those of the first round; the bids that rank higher and did not get it are named as out.
        var ranking = contract.Rank([.. bids.Where(b => b.Rank is not null).Select(b => b.ToCandidate(b.ReputationScore!.Value))])!;
        var receipt = AwardReceipt.Of(signer.Issuer, contract.Id, award.Round, contract.Reward, contract.DeliveryWindowSeconds, contract.Weights, ranking, next.Id, award.TieBreak, now,
            [.. bids.Where(b => b.Rank < next.Rank || b.State == BidState.Forfeited).Select(b => b.Id.Value)]);
        db.Receipts.AddRange(await signer.SignAsync([receipt], cancellationToken));
        foreach (var told in MeshAnnouncements.Awarded(contract, [next], award.TotalScore))
            outbox.Add(told);
        outbox.Add(DeliveryAnnouncements.Updated(contract));
        outbox.Add(DeliveryAnnouncements.Wallet(contract.TenantId, contract.Currency));
        work.AfterCommit(() => DeliveryTelemetry.PassedOn.Add(1));
        return null;
    }
}
