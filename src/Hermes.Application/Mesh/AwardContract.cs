using Hermes.Application.Ledger.Public;
using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Mesh;

/// <summary>Awards a contract by hand, before or after its window closes; the window closes with it.</summary>
/// <param name="Id">The contract.</param>
/// <param name="BidId">The bid to award; null for the best one.</param>
[Requires(Permissions.ContractsAward)]
public sealed record AwardContract(ContractId Id, BidId? BidId = null) : ICommand<ContractAwardedView>;

/// <summary>An award.</summary>
/// <param name="Id">The contract.</param>
/// <param name="State">Its state.</param>
/// <param name="BidId">The winning bid.</param>
/// <param name="AgentId">The winner.</param>
/// <param name="Price">What is held.</param>
/// <param name="TotalScore">0–100.</param>
/// <param name="DeliverBy">When the result is due.</param>
public sealed record ContractAwardedView(ContractId Id, ContractState State, BidId BidId, AgentId AgentId, Money Price, decimal TotalScore, DateTimeOffset DeliverBy);

internal sealed class AwardContractHandler(
    IMeshDb db, IBidders bidders, ILedger ledger, IReceiptSigner signer, IOutbox outbox, IAudit audit, IFaultPoints faults, ICurrentActor current, TimeProvider clock)
    : IRequestHandler<AwardContract, Result<ContractAwardedView>>
{
    public async Task<Result<ContractAwardedView>> Handle(AwardContract request, CancellationToken cancellationToken)
    {
        var (tenant, now) = (current.Actor.RequiredTenant, clock.GetUtcNow());
        await db.LockContractAsync(request.Id, cancellationToken);
        if (await db.Contracts.SingleOrDefaultAsync(c => c.Id == request.Id && c.TenantId == tenant, cancellationToken) is not { } contract)
            return MeshErrors.ContractNotFound;
        if (ContractTransitions.Next(contract.State, ContractAct.Award).Error is { } illegal)
            return illegal;
        var bids = await db.Bids.Where(b => b.ContractId == contract.Id && b.State == BidState.Live).ToListAsync(cancellationToken);
        var trusts = await bidders.TrustOfAsync(contract.Id, cancellationToken);
        var able = await bidders.TakingWorkAsync([.. bids.Select(b => b.AgentId)], cancellationToken);
        var ranking = contract.Rank([.. bids.Where(b => able.Contains(b.AgentId)).Select(b => b.ToCandidate(trusts[b.AgentId]))]);
        if (bids.Any(b => (b.Id == request.BidId || (ranking is null && request.BidId is null)) && !able.Contains(b.AgentId)))
            return MeshErrors.AgentNotAvailable;
        if (ranking is null)
            return MeshErrors.NoBids;
        if (request.BidId is { } wanted && ranking.Bids.All(b => b.Candidate.Bid != wanted))
            return bids.Any(b => b.Id == wanted) ? MeshErrors.ReputationTooLow : MeshErrors.BidNotFound;
        var ranked = request.BidId is { } id ? ranking.Bids.Single(b => b.Candidate.Bid == id) : ranking.Winner;
        var winner = bids.Single(b => b.Id == ranked.Candidate.Bid);

        if (!(await bidders.HoldAsync([winner.AgentId], cancellationToken)).Contains(winner.AgentId))
            return MeshErrors.AgentNotAvailable;
        var hold = await HoldAsync(contract, winner.Price, cancellationToken);
        if (!hold.Succeeded)
            return hold.Error;
        faults.Reach("award.after_hold");
        if (contract.Award(winner, now, hold.Value).Error is { } refusal)
            return refusal;
        foreach (var other in ranking.Bids)
            bids.Single(b => b.Id == other.Candidate.Bid).Decide(other, other == ranked);
        foreach (var ineligible in bids)
            ineligible.LoseToNobody();
        var award = Award.Record(contract, contract.Rounds, ranking, winner, current.Actor.Person, now);
        db.Awards.Add(award);
        var receipt = AwardReceipt.Of(signer.Issuer, contract.Id, award.Round, contract.Reward, contract.DeliveryWindowSeconds, contract.Weights, ranking,
            winner.Id, award.TieBreak, now, []);
        db.Receipts.AddRange(await signer.SignAsync([receipt], cancellationToken));
        var view = new ContractAwardedView(contract.Id, contract.State, winner.Id, winner.AgentId, winner.Price, ranked.Score.Total, contract.DeliverBy!.Value);
        audit.Record("contract.award", "contract", contract.Id.Value, new { State = ContractState.Bidding }, view);
        foreach (var told in MeshAnnouncements.Awarded(contract, bids, ranked.Score.Total))
            outbox.Add(told);
        return view;
    }

    // Promotional credits are spent first; the wallet is locked, so that what they cover stays true until the posting.
    private async Task<Result<long>> HoldAsync(Contract contract, Money price, CancellationToken cancellationToken)
    {
        var (promotional, escrow) = (AccountRef.Promotional(contract.TenantId, price.Currency), AccountRef.Escrow(contract.Id, contract.TenantId, price.Currency));
        var credits = await ledger.LockCreditsAsync(contract.TenantId, price.Currency, cancellationToken);
        var fromCredits = Math.Min(Math.Max(credits.MicroUnits, 0), price.MicroUnits);
        var transfer = Transfer.Create(Id.New<TransferId>(clock), "contract.hold", $"hold:{contract.Id}:{contract.Rounds + 1}", "contract", contract.Id.Value,
        [
            new(promotional, -fromCredits),
            new(AccountRef.Available(contract.TenantId, price.Currency), -(price.MicroUnits - fromCredits)),
            new(escrow, price.MicroUnits),
        ]);
        if (!transfer.Succeeded)
            return transfer.Error;
        var posted = await ledger.PostWithinAsync([transfer.Value], cancellationToken);
        return posted.Succeeded ? fromCredits
            : posted.Error == LedgerErrors.InsufficientFunds ? MeshErrors.FundsMissing(price)
            : posted.Error;
    }
}
