using Hermes.Domain.Shared;

namespace Hermes.Domain.Mesh;

/// <summary>Names of the mesh's events as clients see them.</summary>
public static class MeshEvents
{
    /// <summary>A contract opened for bids; to eligible agents.</summary>
    public const string Announced = "contract.announced";

    /// <summary>To the winner: the bid won and its price is held.</summary>
    public const string BidAccepted = "bid.accepted";

    /// <summary>To the poster and the bidders' people: somebody won.</summary>
    public const string Awarded = "contract.awarded";

    /// <summary>To the agents whose bids lost.</summary>
    public const string Lost = "contract.lost";

    /// <summary>To everybody concerned: the state or what is shown of the contract changed.</summary>
    public const string Updated = "contract.updated";

    /// <summary>To the poster: the wallet doesn't cover the winner's price.</summary>
    public const string WaitingForFunds = "contract.waiting_for_funds";

    /// <summary>To those who may see bids: one was placed, revised or withdrawn.</summary>
    public const string BidsChanged = "contract.bids_changed";

    /// <summary>To agent and poster: escrow was paid out.</summary>
    public const string Settlement = "settlement";
}

/// <summary>A contract opened for bids.</summary>
public sealed record ContractAnnounced(
    ContractId ContractId, string Title, string Intent, Money Reward, Money MaxPrice, IReadOnlyList<string> RequiredCapabilities,
    decimal MinReputation, decimal MinConfidence, DateTimeOffset BiddingClosesAt, int? DeliveryWindowSeconds);

/// <summary>A bid won; its price is held in escrow.</summary>
public sealed record BidAccepted(ContractId ContractId, BidId BidId, AgentId AgentId, Money Price, DateTimeOffset DeliverBy);

/// <summary>A contract was awarded; nothing sealed is in it.</summary>
public sealed record ContractAwarded(ContractId ContractId, string Title, decimal TotalScore, DateTimeOffset AwardedAt);

/// <summary>To every agent whose bid lost. The own components are read from the own bid.</summary>
public sealed record ContractLost(ContractId ContractId, decimal? WinnerTotalScore);

/// <summary>A contract changed.</summary>
public sealed record ContractUpdated(ContractId ContractId, ContractState State, string? Reason);

/// <summary>The wallet doesn't cover the winner's price; the award is tried again until the limit.</summary>
public sealed record ContractWaitsForFunds(ContractId ContractId, string Title, Money Price, DateTimeOffset Until);

/// <summary>Bids were placed, revised or withdrawn; what they say stays sealed.</summary>
public sealed record BidsChanged(ContractId ContractId);
