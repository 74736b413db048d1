using Hermes.Domain.Shared;

namespace Hermes.Domain.Mesh;

/// <summary>What is compared of a bid when the window closes.</summary>
/// <param name="Bid">The bid.</param>
/// <param name="Price">What it asks.</param>
/// <param name="EtaSeconds">What it promises, at least 1.</param>
/// <param name="Confidence">0–1.</param>
/// <param name="EffectiveTrust">The agent's effective trust at the award, 0–1.</param>
/// <param name="BidAt">When it was placed or last revised.</param>
public sealed record Candidate(BidId Bid, Money Price, int EtaSeconds, decimal Confidence, decimal EffectiveTrust, DateTimeOffset BidAt);

/// <summary>
/// The bid score: four components from 0 to 1, each rounded to 6 decimals half away from zero, and their weighted sum
/// from 0 to 100, which is then exact. Decimal arithmetic only, so that anybody recomputes the same digits.
/// </summary>
/// <param name="Price">1 − price / (2 × reward), not below 0.</param>
/// <param name="Performance">The bidder's confidence.</param>
/// <param name="Speed">max(0, 1 − eta / horizon).</param>
/// <param name="Reputation">Effective trust.</param>
/// <param name="Total">0–100.</param>
public sealed record BidScore(decimal Price, decimal Performance, decimal Speed, decimal Reputation, decimal Total)
{
    /// <summary>Decimals of every component.</summary>
    public const int Decimals = 6;

    /// <summary>Scores one bid.</summary>
    /// <param name="candidate">The bid.</param>
    /// <param name="reward">The contract's reward, above zero, in the bid's currency.</param>
    /// <param name="horizonSeconds">The delivery window where there is one, else the slowest eligible bid's eta; above zero.</param>
    /// <param name="weights">Percents.</param>
    public static BidScore Of(Candidate candidate, Money reward, int horizonSeconds, BidWeights weights)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(horizonSeconds);
        if (candidate.Price.Currency != reward.Currency)
            throw new ArgumentException("A bid is compared in the currency of the reward.", nameof(candidate));
        var price = Component(1m - candidate.Price.MicroUnits / (2m * reward.MicroUnits));
        var performance = Component(candidate.Confidence);
        var speed = Component(1m - (decimal)candidate.EtaSeconds / horizonSeconds);
        var reputation = Component(candidate.EffectiveTrust);
        var total = weights.Price * price + weights.Performance * performance + weights.Speed * speed + weights.Reputation * reputation;
        return new BidScore(price, performance, speed, reputation, total);
    }

    private static decimal Component(decimal value) => Math.Round(Math.Clamp(value, 0m, 1m), Decimals, MidpointRounding.AwayFromZero);
}

/// <summary>What decided between the best two bids.</summary>
public enum TieBreak
{
    /// <summary>The score alone, or there was only one bid.</summary>
    None,
    /// <summary>Equal scores: the lower price.</summary>
    LowerPrice,
    /// <summary>Equal scores and prices: the earlier bid.</summary>
    EarlierBid,
    /// <summary>All of that equal, to the microsecond: the smaller bid id.</summary>
    SmallerId,
    /// <summary>A person chose.</summary>
    ByHand,
}

/// <summary>A bid with its score and place.</summary>
/// <param name="Candidate">The bid.</param>
/// <param name="Score">Its score.</param>
/// <param name="Rank">1 is the best.</param>
public sealed record RankedBid(Candidate Candidate, BidScore Score, int Rank);

/// <summary>All eligible bids of a contract in order.</summary>
/// <param name="Bids">Best first; never empty.</param>
/// <param name="HorizonSeconds">The horizon that the speeds were measured by.</param>
/// <param name="TieBreak">What decided between the first two.</param>
public sealed record Ranking(IReadOnlyList<RankedBid> Bids, int HorizonSeconds, TieBreak TieBreak)
{
    /// <summary>The best bid.</summary>
    public RankedBid Winner => Bids[0];

    /// <summary>
    /// Ranks bids: higher score, then lower price, then earlier bid, then smaller id. The order in which they are
    /// passed makes no difference. Null when there are none.
    /// </summary>
    /// <param name="candidates">The eligible bids.</param>
    /// <param name="reward">The contract's reward.</param>
    /// <param name="deliveryWindowSeconds">Null where the contract has none.</param>
    /// <param name="weights">Percents.</param>
    public static Ranking? Of(IReadOnlyCollection<Candidate> candidates, Money reward, int? deliveryWindowSeconds, BidWeights weights)
    {
        if (candidates.Count == 0)
            return null;
        var horizon = deliveryWindowSeconds ?? candidates.Max(c => c.EtaSeconds);
        var ranked = candidates
            .Select(c => (Candidate: c, Score: BidScore.Of(c, reward, horizon, weights)))
            .OrderByDescending(b => b.Score.Total)
            .ThenBy(b => b.Candidate.Price.MicroUnits)
            .ThenBy(b => b.Candidate.BidAt)
            .ThenBy(b => b.Candidate.Bid.Value)
            .Select((b, i) => new RankedBid(b.Candidate, b.Score, i + 1))
            .ToList();
        return new Ranking(ranked, horizon, ranked.Count == 1 ? TieBreak.None : Between(ranked[0], ranked[1]));
    }

    private static TieBreak Between(RankedBid first, RankedBid second) =>
        first.Score.Total != second.Score.Total ? TieBreak.None
        : first.Candidate.Price != second.Candidate.Price ? TieBreak.LowerPrice
        : first.Candidate.BidAt != second.Candidate.BidAt ? TieBreak.EarlierBid
        : TieBreak.SmallerId;
}
