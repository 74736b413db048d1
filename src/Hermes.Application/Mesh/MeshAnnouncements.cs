using Hermes.Application.Shared;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;

namespace Hermes.Application.Mesh;

/// <summary>The mesh's events with their audiences, so that who hears what is said in one place.</summary>
internal static class MeshAnnouncements
{
    private const string Subject = "contract";

    /// <summary>Tells eligible agents that the contract is open, and the poster's people too.</summary>
    public static LiveEvent Opened(Contract contract) => Of(MeshEvents.Announced, contract,
        new ContractAnnounced(contract.Id, contract.Title, contract.Intent, contract.Reward, contract.MaxPrice, contract.RequiredCapabilities,
            contract.MinReputation, contract.MinConfidence, contract.BiddingClosesAt!.Value, contract.DeliveryWindowSeconds),
        contract.Visibility == Visibility.Invited
            ? new Audience([contract.TenantId], [.. contract.InvitedAgents.Select(a => new AgentId(a))])
            : new Audience([contract.TenantId], [], new EligibilityTerms(contract.RequiredCapabilities, contract.MinReputation,
                contract.Visibility == Visibility.Tenant ? contract.TenantId : null, [])));

    /// <summary>Tells the poster that bids changed.</summary>
    public static LiveEvent BidsChanged(Contract contract) =>
        Of(MeshEvents.BidsChanged, contract, new BidsChanged(contract.Id), Audience.Of(contract.TenantId));

    /// <summary>Tells poster, bidders and their agents that the contract changed.</summary>
    public static LiveEvent Updated(Contract contract, IReadOnlyCollection<Bid> bids) =>
        Of(MeshEvents.Updated, contract, new ContractUpdated(contract.Id, contract.State, contract.Reason), new Audience(
            [contract.TenantId, .. bids.Select(b => b.TenantId)],
            [.. bids.Where(b => b.State != BidState.Withdrawn).Select(b => b.AgentId)]));

    /// <summary>The award's three events: to the winner, to poster and bidders, to the losers.</summary>
    public static IEnumerable<LiveEvent> Awarded(Contract contract, IReadOnlyCollection<Bid> bids, decimal winnerTotal)
    {
        var winner = contract.WinnerAgentId!.Value;
        yield return Of(MeshEvents.BidAccepted, contract,
            new BidAccepted(contract.Id, contract.WinnerBidId!.Value, winner, contract.Price!.Value, contract.DeliverBy!.Value),
            new Audience([contract.WinnerTenantId!.Value], [winner]));
        yield return Of(MeshEvents.Awarded, contract,
            new ContractAwarded(contract.Id, contract.Title, winnerTotal, contract.AwardedAt!.Value),
            new Audience([contract.TenantId, .. bids.Select(b => b.TenantId)], [winner]));
        var losers = bids.Where(b => b.State == BidState.Lost).Select(b => b.AgentId).ToList();
        if (losers.Count > 0)
            yield return Of(MeshEvents.Lost, contract, new ContractLost(contract.Id, winnerTotal), new Audience([], losers));
    }

    private static LiveEvent Of(string type, Contract contract, object data, Audience audience) =>
        new(type, Subject, contract.Id.Value, contract.TenantId, data, audience);
}
