using System.Globalization;
using System.Text;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;

namespace Hermes.UnitTests.Mesh;

/// <summary>The win model on a market whose rule is known: the house's own ranking over random bidders.</summary>
public sealed class BidModelTests
{
    private static readonly BidWeights[] Weights = [BidWeights.Equal, BidWeights.Of(70, 10, 10, 10).Value, BidWeights.Of(10, 40, 10, 40).Value];
    private static readonly string[] Capabilities = ["text.summarize", "csv.profile", "image.label"];

    private static readonly Lazy<List<DecidedBid>> History = new(() => Market(6_000, 7));
    private static readonly Lazy<BidModel> Fitted = new(() => BidModel.Fit(History.Value));
    private static readonly Lazy<List<DecidedBid>> Future = new(() => Market(3_000, 8));

    /// <summary>The same people bid in history and future, each with habits of their own.</summary>
    private static (Guid Id, double Trust, double Greed, double Haste)[] Bidders()
    {
        var random = new Random(1);
        return [.. Enumerable.Range(0, 25).Select(_ => (NewId(random), 0.4 + (0.5 * random.NextDouble()), 0.5 + (0.4 * random.NextDouble()), random.NextDouble()))];
    }

    private static Guid NewId(Random random)
    {
        var bytes = new byte[16];
        random.NextBytes(bytes);
        return new Guid(bytes);
    }

    /// <summary>Contracts with 1–6 bidders whose offers vary with who they are; the award decides as it does in production.</summary>
    private static List<DecidedBid> Market(int contracts, int seed)
    {
        var (random, bidders) = (new Random(seed), Bidders());
        var decided = new List<DecidedBid>();
        for (var c = 0; c < contracts; c++)
        {
            var (contract, weights, capability, reward) = (NewId(random), Weights[random.Next(3)], Capabilities[random.Next(3)], Money.Usd(5m));
            var taking = random.GetItems(bidders, random.Next(1, 7)).DistinctBy(b => b.Id).ToArray();
            var candidates = taking.Select(b => new Candidate(new BidId(NewId(random)),
                new Money((long)(5_000_000 * Math.Clamp(b.Greed + (0.3 * (random.NextDouble() - 0.5)), 0.05, 1)), Currency.Usd),
                (int)Math.Clamp(3_600 * (0.2 + (0.6 * b.Haste) + (0.3 * random.NextDouble())), 1, 3_600),
                Math.Round((decimal)(0.5 + (0.5 * random.NextDouble())), 4), Math.Round((decimal)b.Trust, 4), DateTimeOffset.UnixEpoch)).ToArray();
            var ranking = Ranking.Of(candidates, reward, 3_600, weights)!;
            foreach (var ranked in ranking.Bids)
            {
                var who = taking[Array.FindIndex(candidates, x => x.Bid == ranked.Candidate.Bid)];
                decided.Add(new DecidedBid(contract, capability, who.Id, BidFeatures.Of(ranked.Score, weights, candidates.Length - 1), ranked.Rank == 1));
            }
        }
        return decided;
    }

    private static List<(double Said, bool Won)> Check(BidModel model, IEnumerable<DecidedBid> bids) => [.. bids.Select(b => (model.Predict(b.Features, b.Capability), b.Won))];

    private static double ErrorOf(List<(double Said, bool Won)> checks) =>
        BidModel.Diagram(checks).Sum(t => t.Bids * Math.Abs(t.Predicted - t.Observed)) / checks.Count;

    [Fact]
    public void On_contracts_that_it_never_saw_it_is_right_as_often_as_it_says()
    {
        var checks = Check(Fitted.Value, Future.Value);
        ErrorOf(checks).ShouldBeLessThan(0.03);
        Fitted.Value.CalibrationError!.Value.ShouldBeLessThan(0.05);
        var rate = checks.Average(c => c.Won ? 1.0 : 0);
        checks.Average(c => Math.Pow(c.Said - (c.Won ? 1 : 0), 2)).ShouldBeLessThan(0.8 * rate * (1 - rate));
    }

    [Fact]
    public void The_diagram_in_the_documentation_is_this_markets()
    {
        var table = new StringBuilder("| predicted | bids | mean prediction | won | |\n|---|---:|---:|---:|---|\n");
        foreach (var bin in BidModel.Diagram(Check(Fitted.Value, Future.Value)))
            table.Append(CultureInfo.InvariantCulture, $"| {bin.From:0.0}–{bin.To:0.0} | {bin.Bids} | {bin.Predicted:0.00} | {bin.Observed:0.00} | {new string('█', (int)Math.Round(bin.Observed * 20))} |\n");
        table.Append(CultureInfo.InvariantCulture, $"\nCalibration error: {ErrorOf(Check(Fitted.Value, Future.Value)):0.000}.\n");
        Documentation().ShouldContain(table.ToString(), customMessage: $"docs/pricing.md shall hold:\n{table}");
    }

    [Fact]
    public void A_lower_price_never_lowers_the_chance_nor_do_fewer_rivals()
    {
        foreach (var bid in Future.Value.Take(500))
        {
            var said = Fitted.Value.Predict(bid.Features, bid.Capability);
            Fitted.Value.Predict(bid.Features with { Cheapness = bid.Features.Cheapness + 0.02 }, bid.Capability).ShouldBeGreaterThanOrEqualTo(said);
            Fitted.Value.Predict(bid.Features with { Rivals = bid.Features.Rivals + 1 }, bid.Capability).ShouldBeLessThanOrEqualTo(said);
            said.ShouldBeInRange(0, 1);
        }
    }

    [Fact]
    public void The_order_of_the_history_makes_no_difference()
    {
        var shuffled = History.Value.Take(2_000).ToArray();
        new Random(3).Shuffle(shuffled);
        BidModel.Fit(shuffled).Coefficients.Zip(BidModel.Fit([.. History.Value.Take(2_000)]).Coefficients, (a, b) => Math.Abs(a - b)).Max().ShouldBeLessThan(1e-9);
    }

    [Fact]
    public void Without_history_it_says_one_in_as_many_as_bid_and_says_that_it_is_a_prior()
    {
        BidModel.Unfitted.IsPrior.ShouldBeTrue();
        BidModel.Unfitted.Predict(new BidFeatures(0.15, 0.15, 0.15, 0.15, 3), "new").ShouldBe(0.25, 0.02);
        BidModel.Fit([.. History.Value.Take(100)]).ShouldSatisfyAllConditions(m => m.IsPrior.ShouldBeTrue(), m => m.CalibrationError.ShouldBeNull());
    }

    [Fact]
    public void A_little_history_moves_it_little()
    {
        var features = new BidFeatures(0.15, 0.15, 0.15, 0.15, 3);
        Math.Abs(BidModel.Fit([.. History.Value.Take(12)]).Predict(features, "x") - BidModel.Unfitted.Predict(features, "x")).ShouldBeLessThan(0.15);
    }

    [Fact]
    public void Nothing_is_told_of_a_capability_that_few_bid_on()
    {
        var two = History.Value.Select(b => b.Bidder).Distinct().Take(2).ToArray();
        var lonely = History.Value.Take(300).Select((b, i) => b with { Capability = "secret.craft", Bidder = two[i % 2] });
        BidModel.Fit([.. History.Value.Skip(300), .. lonely]).Capabilities.Keys.ShouldBe(Capabilities, ignoreOrder: true);
    }

    private static BidCase Case(Money? least = null, decimal cost = 1m, decimal free = 0.5m) => new(
        Money.Usd(5m), Money.Usd(5m), least, Weights[1], 3_600, 1_200, 0.9m, 0.7m, "text.summarize", Money.Usd(cost), 8_500, free);

    [Theory]
    [InlineData(BidGoal.Profit)]
    [InlineData(BidGoal.Revenue)]
    [InlineData(BidGoal.WinRate)]
    [InlineData(BidGoal.Utilisation)]
    public void Suggestions_keep_reserve_and_budget_and_name_one_best(BidGoal goal)
    {
        var points = BidAdvice.For(Fitted.Value, Case(Money.Usd(2m)), goal);
        points.ShouldAllBe(p => p.Price >= Money.Usd(2m) && p.Price <= Money.Usd(5m));
        points.Count.ShouldBeInRange(5, 10);
        points.Count(p => p.IsBest).ShouldBe(1);
        points.Select(p => p.Price).ShouldBeInOrder();
        points.Select(p => p.WinProbability).ShouldBeInOrder(SortDirection.Descending);
        var best = points.Single(p => p.IsBest);
        if (goal == BidGoal.Profit)
            best.ExpectedProfit.ShouldBe(points.Max(p => p.ExpectedProfit));
        if (goal == BidGoal.Revenue)
            best.ExpectedRevenue.ShouldBe(points.Max(p => p.ExpectedRevenue));
    }

    [Fact]
    public void Dearer_work_is_offered_dearer_and_an_idle_agent_cheaper()
    {
        Money Best(BidCase of, BidGoal goal) => BidAdvice.For(Fitted.Value, of, goal).Single(p => p.IsBest).Price;
        Best(Case(cost: 3m), BidGoal.Profit).ShouldBeGreaterThan(Best(Case(cost: 0.5m), BidGoal.Profit));
        Best(Case(cost: 0, free: 0.9m), BidGoal.Utilisation).ShouldBeLessThan(Best(Case(cost: 0, free: 0.05m), BidGoal.Utilisation));
        // Never below what it costs: 85 % of the price stay.
        Best(Case(cost: 1.7m), BidGoal.WinRate).ShouldBeGreaterThanOrEqualTo(Money.Usd(2m));
    }

    [Fact]
    public void A_reserve_above_the_budget_leaves_nothing_to_suggest() =>
        BidAdvice.For(Fitted.Value, Case(Money.Usd(5.01m)), BidGoal.Profit).ShouldBeEmpty();

    private static string Documentation()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Hermes.sln")))
            folder = folder.Parent!;
        return File.ReadAllText(Path.Combine(folder.FullName, "docs", "pricing.md"));
    }
}
