using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Mesh;

/// <summary>The acting agent's bid on a contract, after the award with its own components and the winner's total.</summary>
/// <param name="ContractId">The contract.</param>
[Requires(Permissions.ContractsBid)]
public sealed record GetOwnBid(ContractId ContractId) : IQuery<OwnBidView>;

internal sealed class GetOwnBidHandler(IMeshDb db, ICurrentActor current) : IRequestHandler<GetOwnBid, Result<OwnBidView>>
{
    public async Task<Result<OwnBidView>> Handle(GetOwnBid request, CancellationToken cancellationToken)
    {
        var agent = current.Actor.RequiredAgent;
        var found = await db.Bids.AsNoTracking().Where(b => b.ContractId == request.ContractId && b.AgentId == agent)
            .Select(b => new
            {
                Bid = b,
                Contract = db.Contracts.First(c => c.Id == b.ContractId),
                WinnerTotal = db.AwardOutcomes.Where(o => o.ContractId == b.ContractId).OrderByDescending(o => o.Round).Select(o => (decimal?)o.TotalScore).FirstOrDefault(),
            })
            .SingleOrDefaultAsync(cancellationToken);
        return found is null ? MeshErrors.BidNotFound : OwnBidView.Of(found.Bid, found.Contract, found.WinnerTotal);
    }
}
