using Hermes.Application.Ledger.Public;
using Hermes.Application.Shared;
using Hermes.Application.Shared.Settings;
using Hermes.Application.Trust.Public;
using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Mesh;

/// <summary>Finds deliveries that are the same as another.</summary>
public interface IDeliveryTwins
{
    /// <summary>How many other contracts were delivered with exactly the same result; across tenants, and nothing but the number.</summary>
    /// <param name="contract">The contract whose delivery it is.</param>
    /// <param name="resultHash">The result's <see cref="Delivery.ResultHash"/>.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    Task<int> CountAsync(ContractId contract, string resultHash, CancellationToken cancellationToken);
}

/// <summary>What every dispute has in common: how it is opened with its findings, decided, and closed with the money. The caller holds the contract's lock.</summary>
public sealed class DisputeDesk(
    IMeshDb db, IDeliveryDb deliveries, IDeliveryTwins twins, ILedger ledger, ISplitPolicy policy, IShares shares, ITrust trust, MilestoneDesk milestones, DisputeSettings settings,
    IUnitOfWork work, IFaultPoints faults, IOutbox outbox, IAudit audit, TimeProvider clock)
{
    /// <summary>To people of both sides and the agent: a dispute was opened, answered, decided, appealed or closed.</summary>
    public const string Updated = "dispute.updated";

    /// <summary>Opens a dispute about a contract that has just become disputed, with what Hermes finds by itself.</summary>
    /// <param name="contract">The contract.</param>
    /// <param name="by">Who opens it.</param>
    /// <param name="reason">Why.</param>
    /// <param name="delivery">The delivery; null where there is none.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public async Task<Dispute> OpenAsync(Contract contract, DisputeOpener by, string reason, Delivery? delivery, CancellationToken cancellationToken)
    {
        var copies = delivery is { Bytes: >= Delivery.TellingBytes } ? await twins.CountAsync(contract.Id, delivery.ResultHash, cancellationToken) : (int?)null;
        var promised = contract.AwardedAt!.Value.AddSeconds(contract.PromisedSeconds ?? 0);
        var late = delivery is null ? clock.GetUtcNow() > contract.DeliverBy : delivery.DeliveredAt > promised;
        return Open(contract, by, reason, Findings(delivery is not null, late, delivery?.Checks ?? [], copies), null);
    }

    /// <summary>Opens a dispute about a milestone.</summary>
    /// <param name="contract">Its contract, disputed.</param>
    /// <param name="by">Who opens it.</param>
    /// <param name="reason">Why.</param>
    /// <param name="milestone">The milestone.</param>
    /// <param name="delivery">Its result.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public async Task<Dispute> OpenAsync(Contract contract, DisputeOpener by, string reason, Milestone milestone, MilestoneDelivery? delivery, CancellationToken cancellationToken)
    {
        var copies = delivery is { Bytes: >= Delivery.TellingBytes } ? await twins.CountAsync(contract.Id, delivery.ResultHash, cancellationToken) : (int?)null;
        return Open(contract, by, reason, Findings(delivery is not null, milestone.OnTime == false, delivery?.Checks ?? [], copies), milestone.Id);
    }

    private Dispute Open(Contract contract, DisputeOpener by, string reason, IReadOnlyList<DisputeFinding> findings, MilestoneId? milestone)
    {
        var dispute = Dispute.Open(Id.New<DisputeId>(clock), contract, by, reason, findings,
            new DisputeTimes(TimeSpan.FromHours(settings.ResponseHours), TimeSpan.FromHours(settings.AppealHours)), clock.GetUtcNow(), milestone);
        deliveries.Disputes.Add(dispute);
        DeliveryTelemetry.Disputed.Add(1);
        Tell(contract, dispute);
        return dispute;
    }

    /// <summary>What a decision moves: the milestone's part, or all that is held.</summary>
    public async Task<Money> AtStakeAsync(Contract contract, Dispute dispute, CancellationToken cancellationToken)
    {
        if (dispute.MilestoneId is not { } about || contract.Price is null)
            return dispute.ClosedAt is null ? contract.Held : contract.Price ?? contract.Held;
        var all = await milestones.OfAsync(contract.Id, cancellationToken);
        return MilestoneDesk.PartOf(contract, all, all.Single(m => m.Id == about));
    }

    /// <summary>The contract's latest dispute; null when it never had one.</summary>
    public Task<Dispute?> LatestAsync(ContractId contract, CancellationToken cancellationToken) =>
        deliveries.Disputes.Where(d => d.ContractId == contract).OrderByDescending(d => d.OpenedAt).ThenByDescending(d => d.Id).FirstOrDefaultAsync(cancellationToken);

    /// <summary>Decides; the settlement when the decision is final at once, else null.</summary>
    public async Task<Result<Settlement?>> DecideAsync(Contract contract, Dispute dispute, DisputeRuling ruling, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var appeal = dispute.State == DisputeState.Appealed;
        var decided = dispute.Decide(ruling, now);
        if (!decided.Succeeded)
            return decided.Error;
        foreach (var tenant in new[] { contract.TenantId, dispute.WinnerTenantId }.Distinct())
            audit.Record(appeal ? "dispute.decide_appeal" : "dispute.decide", "contract", contract.Id.Value, null, new { ruling.Decision, ruling.Percent, ruling.Note }, tenant);
        if (decided.Value)
            return await CloseAsync(contract, dispute, cancellationToken);
        faults.Reach("dispute.decided");
        Tell(contract, dispute);
        return (Settlement?)null;
    }

    /// <summary>The decision is final: the money moves, and trust with it.</summary>
    public async Task<Result<Settlement?>> CloseAsync(Contract contract, Dispute dispute, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if (dispute.Close(now).Error is { } notFinal)
            return notFinal;
        if (dispute.MilestoneId is { } about)
            return await CloseMilestoneAsync(contract, dispute, about, cancellationToken);
        var terms = await policy.OfAsync([EscrowTransfers.Work(contract)], cancellationToken);
        var split = SettlementSplit.Of(contract.Held, contract.HeldCredits, dispute.FinalPercent!.Value, terms[0]);
        var transfer = EscrowTransfers.Split(contract, split, clock);
        if (!transfer.Succeeded)
            return transfer.Error;
        var posted = await ledger.PostWithinAsync([transfer.Value], cancellationToken);
        if (!posted.Succeeded)
            return posted.Error;
        faults.Reach("resolve.after_ledger");
        var note = dispute.AppealNote ?? dispute.Note;
        var moved = split.ReleasedPercent > 0 || contract.EarlyReleased.IsPositive ? contract.Release(now, note) : contract.Refund(now, note);
        if (moved.Error is { } illegal)
            return illegal;
        await milestones.DropAsync(contract, cancellationToken);
        await trust.RecordOutcomesAsync([Outcomes.Decided(contract, split.ReleasedPercent, split.Agent, now)], cancellationToken);
        var settlement = Settlement.Record(contract, SettlementCause.Dispute, split, transfer.Value.Id.Value, now);
        deliveries.Settlements.Add(settlement);
        shares.Record("contract", contract.Id.Value, EscrowTransfers.Work(contract), split, transfer.Value.Id.Value);
        foreach (var tenant in new[] { contract.TenantId, contract.WinnerTenantId!.Value }.Distinct())
            audit.Record("contract.resolve", "contract", contract.Id.Value, new { State = ContractState.Disputed },
                new { contract.State, Note = note, Settlement = SettlementView.Of(settlement) }, tenant);
        foreach (var told in DeliveryAnnouncements.Settled(contract, settlement))
            outbox.Add(told);
        Tell(contract, dispute);
        work.AfterCommit(() => DeliveryTelemetry.Settled.Add(1, new KeyValuePair<string, object?>("cause", "dispute")));
        return settlement;
    }

    // Its part moves by the decision and the contract goes on, or ends with its last milestone.
    private async Task<Result<Settlement?>> CloseMilestoneAsync(Contract contract, Dispute dispute, MilestoneId about, CancellationToken cancellationToken)
    {
        var all = await milestones.OfAsync(contract.Id, cancellationToken);
        var percent = dispute.FinalPercent!.Value;
        if ((await milestones.PayAsync(contract, all, all.Single(m => m.Id == about), percent, percent / 100m, cancellationToken)).Error is { } refusal)
            return refusal;
        faults.Reach("resolve.after_ledger");
        Tell(contract, dispute);
        return (Settlement?)null;
    }

    /// <summary>Tells both sides that the dispute changed.</summary>
    public void Tell(Contract contract, Dispute dispute) => outbox.Add(new LiveEvent(Updated, "contract", contract.Id.Value, contract.TenantId,
        new { ContractId = contract.Id, DisputeId = dispute.Id, dispute.State, dispute.RespondBy, dispute.AppealBy },
        new Audience([.. new[] { dispute.PosterTenantId, dispute.WinnerTenantId }.Distinct()], [dispute.AgentId])));

    /// <summary>The contract with its latest dispute, locked; not found where there is none.</summary>
    public async Task<Result<(Contract Contract, Dispute Dispute)>> LockAsync(IDueContracts due, ContractId id, CancellationToken cancellationToken)
    {
        if (!await due.LockOneAsync(id, cancellationToken) || await db.Contracts.SingleOrDefaultAsync(c => c.Id == id, cancellationToken) is not { } contract)
            return MeshErrors.ContractNotFound;
        return await LatestAsync(id, cancellationToken) is { } dispute ? (contract, dispute) : DeliveryErrors.NoDispute;
    }

    private static List<DisputeFinding> Findings(bool delivered, bool late, IReadOnlyList<ValidationCheck> checks, int? copies)
    {
        var failed = checks.Where(c => c.Score < 1).ToList();
        return
        [
            !delivered
                ? new("on_time", late ? false : null, late ? "Nothing was delivered, and it was due." : "Nothing was delivered yet; it is not due.")
                : new("on_time", !late, late ? "Delivered later than the bid promised." : "Delivered within the time that the bid promised."),
            checks.Count == 0
                ? new("rules", null, !delivered ? "There is no result to check." : "The contract has no rules for the result.")
                : new("rules", failed.Count == 0, failed.Count == 0 ? "The result satisfies the contract's rules." : string.Join(" ", failed.SelectMany(c => c.Problems.DefaultIfEmpty(c.Rule)).Take(5))),
            copies is null
                ? new("original", null, !delivered ? "There is no result to compare." : "The result is too short to say whether it was copied.")
                : new("original", copies == 0, copies == 0 ? "No other delivery is the same." : $"The same result was delivered for {copies} other contract{(copies == 1 ? "" : "s")}."),
        ];
    }
}

/// <summary>Which side of a contract somebody is on.</summary>
internal static class Sides
{
    /// <summary>The side; null for those whom it does not concern. An agent is on its own contracts' side only.</summary>
    public static DisputeSide? Of(Actor actor, TenantId poster, TenantId? winnerTenant, AgentId? winner) =>
        actor.Agent is { } agent ? agent == winner ? DisputeSide.Agent : null
        : actor.Tenant == poster ? DisputeSide.Poster
        : actor.Tenant is { } tenant && tenant == winnerTenant ? DisputeSide.Agent
        : null;

    /// <summary>The side in a dispute.</summary>
    public static DisputeSide? Of(Actor actor, Dispute dispute) => Of(actor, dispute.PosterTenantId, dispute.WinnerTenantId, dispute.AgentId);
}
