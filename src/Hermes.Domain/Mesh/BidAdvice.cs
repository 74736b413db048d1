using Hermes.Domain.Shared;

namespace Hermes.Domain.Mesh;

/// <summary>What an owner wants of a bid's price.</summary>
public enum BidGoal
{
    /// <summary>The most expected profit: chance × (what the agent's side gets − cost).</summary>
    Profit,
    /// <summary>The most expected revenue: chance × price.</summary>
    Revenue,
    /// <summary>The best chance at no loss.</summary>
    WinRate,
    /// <summary>The highest price whose chance is at least the share of the agent's places that are free: an idle agent wants to win.</summary>
    Utilisation,
}

/// <summary>A contract as one agent would bid for it.</summary>
/// <param name="Reward">The contract's reward.</param>
/// <param name="Most">The most that a bid may ask.</param>
/// <param name="Least">The agent's reserve; null for none.</param>
/// <param name="Weights">The poster's weights.</param>
/// <param name="DeliveryWindowSeconds">Null where the contract has none: then the speed component counts as one half.</param>
/// <param name="EtaSeconds">What the agent promises.</param>
/// <param name="Confidence">What the agent states.</param>
/// <param name="Trust">Its effective trust.</param>
/// <param name="Capability">What is required, as one text.</param>
/// <param name="Cost">What the work costs the owner.</param>
/// <param name="KeptBasisPoints">What of a payment stays with the agent's side, in hundredths of a percent.</param>
/// <param name="FreeShare">Free places of the agent's, 0–1.</param>
public sealed record BidCase(
    Money Reward, Money Most, Money? Least, BidWeights Weights, int? DeliveryWindowSeconds, int EtaSeconds, decimal Confidence, decimal Trust, string Capability,
    Money Cost, int KeptBasisPoints, decimal FreeShare);

/// <summary>A price with what it promises.</summary>
/// <param name="Price">What the bid asks.</param>
/// <param name="WinProbability">0–1, three decimals.</param>
/// <param name="ExpectedRevenue">Chance × price.</param>
/// <param name="ExpectedProfit">Chance × (what the agent's side gets − cost); below zero for a loss.</param>
/// <param name="IsBest">The best for the owner's goal.</param>
public sealed record BidSuggestion(Money Price, decimal WinProbability, Money ExpectedRevenue, Money ExpectedProfit, bool IsBest);

/// <summary>Prices for a bid, with their chances, and the best one for a goal.</summary>
public static class BidAdvice
{
    private const int Steps = 60;

    /// <summary>
    /// Up to <paramref name="points"/> prices from the least to the most that may be asked, rising, the best one among them;
    /// empty when the reserve is above what may be asked.
    /// </summary>
    public static IReadOnlyList<BidSuggestion> For(BidModel model, BidCase of, BidGoal goal, int points = 7)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(of);
        var least = of.Least?.MicroUnits ?? Math.Max(1, of.Most.MicroUnits / 20);
        if (least > of.Most.MicroUnits)
            return [];
        var all = Enumerable.Range(0, Steps + 1)
            .Select(i => new Money(least + (long)((Int128)(of.Most.MicroUnits - least) * i / Steps), of.Most.Currency))
            .Distinct().Select(price => At(model, of, price)).ToList();
        var best = Best(all, of, goal);
        var step = Math.Max(1, (all.Count - 1) / Math.Max(1, points - 1));
        return [.. all.Where((s, i) => i % step == 0 || s == best).Select(s => s with { IsBest = s == best })];
    }

    private static BidSuggestion At(BidModel model, BidCase of, Money price)
    {
        var candidate = new Candidate(default, price, of.EtaSeconds, of.Confidence, of.Trust, default);
        // Without a delivery window speeds are compared with the slowest bid, which is sealed: twice the own promise makes one half.
        var score = BidScore.Of(candidate, of.Reward, of.DeliveryWindowSeconds ?? of.EtaSeconds * 2, of.Weights);
        var chance = decimal.Round((decimal)model.Predict(BidFeatures.Of(score, of.Weights, model.ExpectedRivals(of.Capability)), of.Capability), 3);
        var kept = price.Share(of.KeptBasisPoints, 10_000) - of.Cost;
        return new BidSuggestion(price, chance, Times(price, chance), Times(kept, chance), false);
    }

    private static BidSuggestion Best(List<BidSuggestion> all, BidCase of, BidGoal goal)
    {
        var worthwhile = all.Where(s => s.Price.Share(of.KeptBasisPoints, 10_000) >= of.Cost).DefaultIfEmpty(all[^1]).ToList();
        return goal switch
        {
            BidGoal.Profit => all.MaxBy(s => s.ExpectedProfit.MicroUnits)!,
            BidGoal.Revenue => all.MaxBy(s => s.ExpectedRevenue.MicroUnits)!,
            BidGoal.WinRate => worthwhile[0],
            _ => worthwhile.LastOrDefault(s => s.WinProbability >= of.FreeShare) ?? worthwhile[0],
        };
    }

    private static Money Times(Money amount, decimal chance) => amount with { MicroUnits = (long)(amount.MicroUnits * chance) };
}
