using Hermes.Domain.Shared;

namespace Hermes.Domain.Mesh;

/// <summary>What became of a bid.</summary>
public enum BidState
{
    /// <summary>It takes part in the award.</summary>
    Live,
    /// <summary>Taken back by its agent.</summary>
    Withdrawn,
    /// <summary>Awarded.</summary>
    Won,
    /// <summary>Another bid was awarded, or nobody was.</summary>
    Lost,
    /// <summary>Awarded once and lost again: the agent was late or handed the contract back.</summary>
    Forfeited,
}

/// <summary>What an agent offers.</summary>
/// <param name="Price">Above zero, in the reward's currency.</param>
/// <param name="EtaSeconds">Promised time from award to delivery, at least 1.</param>
/// <param name="Confidence">The agent's own confidence in its result, 0–1; 4 decimals are kept.</param>
/// <param name="Note">A line to the poster; null for none.</param>
public sealed record BidOffer(Money Price, int EtaSeconds, decimal Confidence, string? Note);

/// <summary>What the mesh needs to know of an agent that bids.</summary>
/// <param name="Agent">The agent.</param>
/// <param name="Tenant">Its owner.</param>
/// <param name="Active">Neither paused nor retired.</param>
/// <param name="Capabilities">What it can do, lower case.</param>
/// <param name="EffectiveTrust">0–1; 0.5 for an agent without history.</param>
/// <param name="Capacity">How many contracts it works on at once.</param>
/// <param name="AtWork">How many it works on now.</param>
/// <param name="Reserve">The least that its owner lets it bid; null for any price.</param>
public sealed record Bidder(AgentId Agent, TenantId Tenant, bool Active, IReadOnlyCollection<string> Capabilities, decimal EffectiveTrust, int Capacity, int AtWork, Money? Reserve = null);

/// <summary>An agent's sealed offer on a contract; one per agent, revised or withdrawn until the window closes.</summary>
public sealed class Bid : IVersioned
{
    private Bid()
    {
    }

    /// <summary>Its id.</summary>
    public BidId Id { get; private set; }

    /// <summary>The contract.</summary>
    public ContractId ContractId { get; private set; }

    /// <summary>The contract's poster, repeated so that the wall between tenants needs no second table.</summary>
    public TenantId PosterTenantId { get; private set; }

    /// <summary>The bidding agent.</summary>
    public AgentId AgentId { get; private set; }

    /// <summary>The agent's owner.</summary>
    public TenantId TenantId { get; private set; }

    /// <summary>What it asks.</summary>
    public Money Price { get; private set; }

    /// <summary>Promised seconds from award to delivery.</summary>
    public int EtaSeconds { get; private set; }

    /// <summary>0–1, 4 decimals.</summary>
    public decimal Confidence { get; private set; }

    /// <summary>A line to the poster; null for none.</summary>
    public string? Note { get; private set; }

    /// <summary>What became of it.</summary>
    public BidState State { get; private set; }

    /// <summary>When it was first placed.</summary>
    public DateTimeOffset PlacedAt { get; private set; }

    /// <summary>When it was placed or last revised, to the microsecond: what counts when two bids tie.</summary>
    public DateTimeOffset BidAt { get; private set; }

    /// <summary>How often it was revised.</summary>
    public int Revisions { get; private set; }

    /// <summary>Place at the award, 1 is the best; null before.</summary>
    public int? Rank { get; private set; }

    /// <summary>Price component at the award; null before, like all components.</summary>
    public decimal? PriceScore { get; private set; }

    /// <summary>Performance component at the award.</summary>
    public decimal? PerformanceScore { get; private set; }

    /// <summary>Speed component at the award.</summary>
    public decimal? SpeedScore { get; private set; }

    /// <summary>Reputation component at the award.</summary>
    public decimal? ReputationScore { get; private set; }

    /// <summary>Total at the award, 0–100.</summary>
    public decimal? TotalScore { get; private set; }

    /// <inheritdoc />
    public uint Version { get; private set; }

    /// <summary>The score at the award; null before.</summary>
    public BidScore? Score => TotalScore is { } total
        ? new BidScore(PriceScore!.Value, PerformanceScore!.Value, SpeedScore!.Value, ReputationScore!.Value, total)
        : null;

    /// <summary>Places a bid that <see cref="Contract.CheckOffer"/> has let through, or says why not.</summary>
    public static Result<Bid> Place(BidId id, Contract contract, Bidder bidder, BidOffer offer, DateTimeOffset now)
    {
        if (contract.CheckOffer(bidder, offer, now) is { } refusal)
            return refusal;
        var bid = new Bid
        {
            Id = id,
            ContractId = contract.Id,
            PosterTenantId = contract.TenantId,
            AgentId = bidder.Agent,
            TenantId = bidder.Tenant,
            PlacedAt = ToMicroseconds(now),
        };
        bid.Take(offer, now);
        return bid;
    }

    /// <summary>Replaces the offer while the window is open; a withdrawn bid becomes live again.</summary>
    public Result<Done> Revise(Contract contract, Bidder bidder, BidOffer offer, DateTimeOffset now)
    {
        if (contract.Id != ContractId)
            return MeshErrors.BidOfAnotherContract;
        if (contract.CheckOffer(bidder, offer, now) is { } refusal)
            return refusal;
        if (State is not (BidState.Live or BidState.Withdrawn))
            return MeshErrors.BidNotLive;
        Take(offer, now);
        Revisions++;
        return Done.Ok;
    }

    /// <summary>Takes the bid back while the window is open.</summary>
    public Result<Done> Withdraw(Contract contract, DateTimeOffset now)
    {
        if (contract.Id != ContractId)
            return MeshErrors.BidOfAnotherContract;
        if (!contract.TakesBids(now))
            return MeshErrors.WindowClosed;
        if (State != BidState.Live)
            return MeshErrors.BidNotLive;
        State = BidState.Withdrawn;
        return Done.Ok;
    }

    /// <summary>Stores what it scored and whether it won.</summary>
    public Result<Done> Decide(RankedBid ranked, bool won)
    {
        if (State is not (BidState.Live or BidState.Lost))
            return MeshErrors.BidNotLive;
        State = won ? BidState.Won : BidState.Lost;
        Rank = ranked.Rank;
        PriceScore = ranked.Score.Price;
        PerformanceScore = ranked.Score.Performance;
        SpeedScore = ranked.Score.Speed;
        ReputationScore = ranked.Score.Reputation;
        TotalScore = ranked.Score.Total;
        return Done.Ok;
    }

    /// <summary>Marks a live bid lost because its contract was cancelled or expired.</summary>
    public void LoseToNobody()
    {
        if (State == BidState.Live)
            State = BidState.Lost;
    }

    /// <summary>A lost bid wins after all because the winner forfeited.</summary>
    public Result<Done> WinAfterAll()
    {
        if (State != BidState.Lost)
            return MeshErrors.BidNotLive;
        State = BidState.Won;
        return Done.Ok;
    }

    /// <summary>The winner was late or handed the contract back.</summary>
    public Result<Done> Forfeit()
    {
        if (State != BidState.Won)
            return MeshErrors.BidNotLive;
        State = BidState.Forfeited;
        return Done.Ok;
    }

    /// <summary>The bid as it is compared.</summary>
    public Candidate ToCandidate(decimal effectiveTrust) => new(Id, Price, EtaSeconds, Confidence, effectiveTrust, BidAt);

    private void Take(BidOffer offer, DateTimeOffset now)
    {
        Price = offer.Price;
        EtaSeconds = offer.EtaSeconds;
        Confidence = decimal.Round(offer.Confidence, 4, MidpointRounding.AwayFromZero);
        Note = string.IsNullOrWhiteSpace(offer.Note) ? null : offer.Note.Trim();
        BidAt = ToMicroseconds(now);
        State = BidState.Live;
    }

    // PostgreSQL keeps microseconds; what is stored must compare as it was in memory.
    private static DateTimeOffset ToMicroseconds(DateTimeOffset instant) => instant.AddTicks(-(instant.Ticks % TimeSpan.TicksPerMicrosecond));
}
