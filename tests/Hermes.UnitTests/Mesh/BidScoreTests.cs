using FsCheck;
using FsCheck.Fluent;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;

namespace Hermes.UnitTests.Mesh;

public sealed class BidScoreTests
{
    private static readonly Money Reward = Money.Usd(5m);

    [Fact]
    public void The_published_example_scores_74_25_and_56_25()
    {
        var a = Sample.Candidate(4.00m, 30, 0.95m, 0.92m);
        var b = Sample.Candidate(3.00m, 60, 0.80m, 0.75m);
        var ranking = Ranking.Of([b, a], Reward, null, BidWeights.Equal)!;
        ranking.HorizonSeconds.ShouldBe(60);
        ranking.Winner.Candidate.ShouldBe(a);
        ranking.Winner.Score.Total.ShouldBe(74.25m);
        ranking.Bids[1].Score.Total.ShouldBe(56.25m);
        ranking.TieBreak.ShouldBe(TieBreak.None);
    }

    [Fact]
    public void Components_have_six_decimals_rounded_half_away_from_zero()
    {
        // 1 − 1/3 = 0.6666666… and a trust that lies exactly between two.
        var score = BidScore.Of(Sample.Candidate(1m, 1, 0.5m, 0.1234565m), Money.Usd(1.5m), 3, BidWeights.Equal);
        score.Price.ShouldBe(0.666667m);
        score.Speed.ShouldBe(0.666667m);
        score.Reputation.ShouldBe(0.123457m);
    }

    [Fact]
    public void A_price_above_twice_the_reward_counts_nothing_and_not_less()
    {
        BidScore.Of(Sample.Candidate(11m, 1, 0m, 0m), Reward, 1, BidWeights.Equal).Total.ShouldBe(0m);
    }

    [Fact]
    public void Ties_go_to_the_lower_price_then_the_earlier_bid_then_the_smaller_id()
    {
        // 1 USD less of a reward of 5 is 0.1 of the price component, as is 0.1 of confidence.
        var dearer = Sample.Candidate(4m, 30, 0.8m, 0.5m, 0);
        var cheaper = Sample.Candidate(3m, 30, 0.7m, 0.5m, 9);
        var byPrice = Ranking.Of([dearer, cheaper], Reward, 60, BidWeights.Equal)!;
        byPrice.Winner.Candidate.ShouldBe(cheaper);
        byPrice.TieBreak.ShouldBe(TieBreak.LowerPrice);

        var late = Sample.Candidate(4m, 30, 0.8m, 0.5m, 5);
        var byTime = Ranking.Of([late, dearer], Reward, 60, BidWeights.Equal)!;
        byTime.Winner.Candidate.ShouldBe(dearer);
        byTime.TieBreak.ShouldBe(TieBreak.EarlierBid);

        var twins = Enumerable.Range(0, 2).Select(_ => Sample.Candidate(4m, 30, 0.8m, 0.5m)).ToList();
        var byId = Ranking.Of(twins, Reward, 60, BidWeights.Equal)!;
        byId.Winner.Candidate.ShouldBe(twins.MinBy(t => t.Bid.Value));
        byId.TieBreak.ShouldBe(TieBreak.SmallerId);
    }

    [Fact]
    public void No_bids_no_ranking() => Ranking.Of([], Reward, 60, BidWeights.Equal).ShouldBeNull();

    [Fact]
    public void Every_score_lies_between_0_and_100() => Prop.ForAll(Worlds(), world =>
        Rank(world).Bids.All(b => b.Score is { Total: >= 0 and <= 100 } s
            && new[] { s.Price, s.Performance, s.Speed, s.Reputation }.All(c => c is >= 0 and <= 1))).QuickCheckThrowOnFailure();

    [Fact]
    public void The_order_of_arrival_in_the_list_changes_nothing() => Prop.ForAll(Worlds(), world =>
    {
        var straight = Rank(world);
        var reversed = Rank(world with { Bids = [.. world.Bids.Reverse()] });
        return straight.Bids.SequenceEqual(reversed.Bids) && straight.TieBreak == reversed.TieBreak;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_instant_of_a_bid_decides_only_between_equal_scores_and_prices() => Prop.ForAll(Worlds(), world =>
    {
        var before = Rank(world);
        var after = Rank(world with { Bids = [.. world.Bids.Select((b, i) => b with { BidAt = Sample.Now.AddSeconds(-i) })] });
        return before.Winner.Candidate.Bid == after.Winner.Candidate.Bid
            || (before.Winner.Score.Total == after.Winner.Score.Total && before.Winner.Candidate.Price == after.Winner.Candidate.Price);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_better_offer_never_scores_less() => Prop.ForAll(Worlds(), world =>
    {
        var bid = world.Bids[0];
        var score = BidScore.Of(bid, world.Reward, 600, world.Weights).Total;
        return new[]
        {
            bid with { Price = bid.Price with { MicroUnits = Math.Max(1, bid.Price.MicroUnits - 10_000) } },
            bid with { EtaSeconds = Math.Max(1, bid.EtaSeconds - 1) },
            bid with { Confidence = Math.Min(1m, bid.Confidence + 0.01m) },
            bid with { EffectiveTrust = Math.Min(1m, bid.EffectiveTrust + 0.01m) },
        }.All(better => BidScore.Of(better, world.Reward, 600, world.Weights).Total >= score);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Release_never_exceeds_the_price_and_grows_with_the_score() => Prop.ForAll(
        Gen.Choose(0, 10_000).Zip(Gen.Choose(0, 10_000)).Zip(Gen.Choose(1, int.MaxValue)).ToArbitrary(),
        t =>
        {
            var ((a, b), micro) = t;
            var price = new Money(micro, Currency.Usd);
            var low = ReleaseShare.Of(price, Math.Min(a, b) / 10_000m);
            var high = ReleaseShare.Of(price, Math.Max(a, b) / 10_000m);
            return low <= high && high <= price && low.MicroUnits >= 0;
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("1", 100)]
    [InlineData("0.9999", 90)]
    [InlineData("0.8", 90)]
    [InlineData("0.7999", 70)]
    [InlineData("0.6", 70)]
    [InlineData("0.5999", 0)]
    public void Release_follows_the_stated_steps(string score, int percent) =>
        ReleaseShare.Percent(decimal.Parse(score, System.Globalization.CultureInfo.InvariantCulture)).ShouldBe(percent);

    private sealed record World(Money Reward, BidWeights Weights, int? Window, IReadOnlyList<Candidate> Bids);

    private static Ranking Rank(World world) => Ranking.Of(world.Bids, world.Reward, world.Window, world.Weights)!;

    private static Arbitrary<World> Worlds()
    {
        var weights = from a in Gen.Choose(0, 100)
                      from b in Gen.Choose(0, 100 - a)
                      from c in Gen.Choose(0, 100 - a - b)
                      select BidWeights.Of(a, b, c, 100 - a - b - c).Value;
        // Few distinct values, so that ties are common.
        var candidate = from price in Gen.Choose(1, 12)
                        from eta in Gen.Choose(1, 6)
                        from confidence in Gen.Choose(0, 5)
                        from trust in Gen.Choose(0, 5)
                        from second in Gen.Choose(0, 3)
                        select Sample.Candidate(price, eta * 10, confidence / 5m, trust / 5m, second);
        var worlds = from reward in Gen.Choose(1, 10)
                     from w in weights
                     from window in Gen.Elements<int?>(null, 30, 600)
                     from bids in candidate.NonEmptyListOf()
                     select new World(Money.Usd(reward), w, window, [.. bids]);
        return worlds.ToArbitrary();
    }
}
