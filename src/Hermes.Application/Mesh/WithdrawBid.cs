using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Mesh;

/// <summary>Takes the acting agent's bid back while the window is open.</summary>
/// <param name="ContractId">The contract.</param>
[Requires(Permissions.ContractsBid)]
public sealed record WithdrawBid(ContractId ContractId) : ICommand<OwnBidView>;

internal sealed class WithdrawBidHandler(IMeshDb db, IOutbox outbox, IAudit audit, ICurrentActor current, TimeProvider clock)
    : IRequestHandler<WithdrawBid, Result<OwnBidView>>
{
    public async Task<Result<OwnBidView>> Handle(WithdrawBid request, CancellationToken cancellationToken)
    {
        var agent = current.Actor.RequiredAgent;
        if (await db.Contracts.AsNoTracking().SingleOrDefaultAsync(c => c.Id == request.ContractId, cancellationToken) is not { } contract)
            return MeshErrors.ContractNotFound;
        if (await db.Bids.SingleOrDefaultAsync(b => b.ContractId == contract.Id && b.AgentId == agent, cancellationToken) is not { } bid)
            return MeshErrors.BidNotFound;
        if (bid.Withdraw(contract, clock.GetUtcNow()).Error is { } refusal)
            return refusal;
        audit.Record("bid.withdraw", "bid", bid.Id.Value, null, new { bid.ContractId, bid.State });
        outbox.Add(MeshAnnouncements.BidsChanged(contract));
        return OwnBidView.Of(bid, contract, null);
    }
}
