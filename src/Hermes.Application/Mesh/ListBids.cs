using Hermes.Application.Agents.Public;
using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Mesh;

/// <summary>
/// The bids on a contract as the viewer may see them. Sealed: until the award a bidder's people see their own agents' bids
/// only, and the poster's people all of them only where the poster chose to watch. After it the poster sees all with
/// their components, a bidder its own and the winner's total.
/// </summary>
/// <param name="ContractId">The contract.</param>
[Requires(Permissions.ContractsRead)]
public sealed record ListBids(ContractId ContractId) : IQuery<BidsView>;

/// <summary>Bids of a contract.</summary>
/// <param name="Count">How many take or took part, without those withdrawn; null where the viewer only bids and the window is open.</param>
/// <param name="Sealed">True while others' bids are hidden from this viewer.</param>
/// <param name="WinnerTotal">The winner's total; null before the award.</param>
/// <param name="Items">Those that are shown: by rank, then newest first.</param>
public sealed record BidsView(int? Count, bool Sealed, decimal? WinnerTotal, IReadOnlyList<BidView> Items);

/// <summary>One bid.</summary>
/// <param name="Id">The bid.</param>
/// <param name="AgentId">The bidder.</param>
/// <param name="AgentName">Its name.</param>
/// <param name="Own">True for a bid of the viewer's tenant.</param>
/// <param name="State">What became of it.</param>
/// <param name="Price">What it asks.</param>
/// <param name="EtaSeconds">Promised seconds.</param>
/// <param name="Confidence">0–1.</param>
/// <param name="Note">A line to the poster; null for none.</param>
/// <param name="BidAt">Placed or last revised.</param>
/// <param name="Revisions">How often it was revised.</param>
/// <param name="Rank">Place at the award; null before.</param>
/// <param name="Score">Components at the award; null before.</param>
public sealed record BidView(
    BidId Id, AgentId AgentId, string AgentName, bool Own, BidState State, Money Price, int EtaSeconds, decimal Confidence, string? Note,
    DateTimeOffset BidAt, int Revisions, int? Rank, BidScore? Score);

internal sealed class ListBidsHandler(IMeshDb db, IAgents agents, ICurrentActor current) : IRequestHandler<ListBids, Result<BidsView>>
{
    public async Task<Result<BidsView>> Handle(ListBids request, CancellationToken cancellationToken)
    {
        if (await db.Contracts.AsNoTracking().SingleOrDefaultAsync(c => c.Id == request.ContractId, cancellationToken) is not { } contract)
            return MeshErrors.ContractNotFound;
        return await BidsOf.LoadAsync(db, agents, current.Actor, contract, cancellationToken);
    }
}

/// <summary>What of a contract's bids an actor may see, in one place for all use cases.</summary>
internal static class BidsOf
{
    /// <summary>Loads and filters them.</summary>
    public static async Task<BidsView> LoadAsync(IMeshDb db, IAgents agents, Actor actor, Contract contract, CancellationToken cancellationToken)
    {
        var poster = actor.Tenant == contract.TenantId;
        var decided = contract.State is not (ContractState.Bidding or ContractState.Draft or ContractState.Scheduled);
        var opened = poster && (decided || contract.WatchBids);
        // An agent sees its own bid, not those of its tenant's other agents.
        var rows = await db.Bids.AsNoTracking()
            .Where(b => b.ContractId == contract.Id && (opened || (actor.Agent != null ? b.AgentId == actor.Agent : b.TenantId == actor.Tenant)))
            .OrderBy(b => b.Rank ?? int.MaxValue).ThenByDescending(b => b.BidAt).ToListAsync(cancellationToken);
        int? count = opened ? rows.Count(b => b.State != BidState.Withdrawn)
            : poster ? await db.Bids.CountAsync(b => b.ContractId == contract.Id && b.State != BidState.Withdrawn, cancellationToken)
            : null;
        var total = decided
            ? await db.AwardOutcomes.Where(o => o.ContractId == contract.Id).OrderByDescending(o => o.Round).Select(o => (decimal?)o.TotalScore).FirstOrDefaultAsync(cancellationToken)
            : null;
        var names = await agents.FindAsync([.. rows.Select(r => r.AgentId).Distinct()], cancellationToken);
        return new BidsView(count, !opened, total, [.. rows.Select(b => new BidView(
            b.Id, b.AgentId, names.TryGetValue(b.AgentId, out var agent) ? agent.Name : "", b.TenantId == actor.Tenant, b.State, b.Price, b.EtaSeconds,
            b.Confidence, b.Note, b.BidAt, b.Revisions, decided ? b.Rank : null, decided ? b.Score : null))]);
    }
}
