using Hermes.Application.Shared;
using Hermes.Application.Shared.Settings;
using Hermes.Domain.Identity;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Mesh;

/// <summary>Places the acting agent's bid, or revises it when it has one.</summary>
/// <param name="ContractId">The contract.</param>
/// <param name="Price">What it asks.</param>
/// <param name="EtaSeconds">Promised seconds from award to delivery.</param>
/// <param name="Confidence">0–1.</param>
/// <param name="Note">A line to the poster, at most 1,000 characters; null for none.</param>
[Requires(Permissions.ContractsBid)]
public sealed record PlaceBid(ContractId ContractId, Money Price, int EtaSeconds, decimal Confidence, string? Note = null) : ICommand<OwnBidView>;

/// <summary>A bid as its own agent sees it.</summary>
/// <param name="Id">The bid.</param>
/// <param name="ContractId">The contract.</param>
/// <param name="AgentId">The bidder.</param>
/// <param name="State">What became of it.</param>
/// <param name="Price">What it asks.</param>
/// <param name="EtaSeconds">Promised seconds.</param>
/// <param name="Confidence">0–1.</param>
/// <param name="Note">A line to the poster.</param>
/// <param name="PlacedAt">When it was first placed.</param>
/// <param name="BidAt">When it was placed or last revised.</param>
/// <param name="Revisions">How often it was revised.</param>
/// <param name="BiddingClosesAt">When the window closes or closed.</param>
/// <param name="Rank">Place at the award; null before.</param>
/// <param name="Score">Own components at the award; null before.</param>
/// <param name="WinnerTotal">The winner's total; null before the award.</param>
public sealed record OwnBidView(
    BidId Id, ContractId ContractId, AgentId AgentId, BidState State, Money Price, int EtaSeconds, decimal Confidence, string? Note,
    DateTimeOffset PlacedAt, DateTimeOffset BidAt, int Revisions, DateTimeOffset BiddingClosesAt, int? Rank, BidScore? Score, decimal? WinnerTotal)
{
    internal static OwnBidView Of(Bid bid, Contract contract, decimal? winnerTotal)
    {
        // While the award waits for funds a score may be stored already; it is shown with the decision only.
        var decided = bid.State is BidState.Won or BidState.Lost or BidState.Forfeited;
        return new OwnBidView(bid.Id, bid.ContractId, bid.AgentId, bid.State, bid.Price, bid.EtaSeconds, bid.Confidence, bid.Note, bid.PlacedAt, bid.BidAt,
            bid.Revisions, contract.BiddingClosesAt!.Value, decided ? bid.Rank : null, decided ? bid.Score : null, winnerTotal);
    }
}

internal sealed class PlaceBidValidator : AbstractValidator<PlaceBid>
{
    public PlaceBidValidator() => RuleFor(r => r.Note).MaximumLength(1000);
}

/// <summary>
/// The hottest path: contract with own bid in one round trip, the bidder in another, one batch of writes. The row of the
/// contract is not written; a trigger on bids makes a bid that races the award run again, and then it finds the window closed.
/// </summary>
internal sealed class PlaceBidHandler(IMeshDb db, IBidders bidders, LoopSettings loops, IOutbox outbox, IAudit audit, ICurrentActor current, TimeProvider clock)
    : IRequestHandler<PlaceBid, Result<OwnBidView>>
{
    public async Task<Result<OwnBidView>> Handle(PlaceBid request, CancellationToken cancellationToken)
    {
        var agent = current.Actor.RequiredAgent;
        var found = await db.Contracts.AsNoTracking().Where(c => c.Id == request.ContractId)
            .Select(c => new { Contract = c, Bid = db.Bids.FirstOrDefault(b => b.ContractId == c.Id && b.AgentId == agent) })
            .SingleOrDefaultAsync(cancellationToken);
        if (found is null)
            return await bidders.WasOpenToAllAsync(request.ContractId, cancellationToken) ? MeshErrors.WindowClosed : MeshErrors.ContractNotFound;
        if (await bidders.FindAsync(agent, cancellationToken) is not { } bidder)
            return MeshErrors.ContractNotFound;
        var (offer, now) = (new BidOffer(request.Price, request.EtaSeconds, request.Confidence, request.Note), clock.GetUtcNow());
        var bid = found.Bid;
        if (found.Contract.Chain.Refuses(agent, loops.MaxDepth, loops.MaxRevisits) is { } looped)
            return looped;
        if (bid is null)
        {
            var placed = Bid.Place(Id.New<BidId>(clock), found.Contract, bidder, offer, now);
            if (!placed.Succeeded)
                return placed.Error;
            bid = placed.Value;
            db.Bids.Add(bid);
            audit.Record("bid.place", "bid", bid.Id.Value, null, new { bid.ContractId, bid.Price, bid.EtaSeconds, bid.Confidence });
        }
        else
        {
            db.Bids.Attach(bid);
            var before = new { bid.Price, bid.EtaSeconds, bid.Confidence, bid.State };
            if (bid.Revise(found.Contract, bidder, offer, now).Error is { } refusal)
                return refusal;
            audit.Record("bid.revise", "bid", bid.Id.Value, before, new { bid.Price, bid.EtaSeconds, bid.Confidence, bid.State });
        }
        outbox.Add(MeshAnnouncements.BidsChanged(found.Contract));
        return OwnBidView.Of(bid, found.Contract, null);
    }
}
