using FsCheck;
using FsCheck.Fluent;
using Hermes.Domain.Shared;
using Hermes.Domain.Trust;

namespace Hermes.UnitTests.Trust;

public sealed class TrustScoreTests
{
    private static readonly DateOnly Today = new(2026, 3, 1);

    private static TrustCounters Counters(int contracts = 4, int successes = 3, int onTime = 3, int ratings = 4, int stars = 17, int days = 45, decimal quality = 0, decimal squares = 0, int posters = 2) =>
        new(contracts, successes, onTime, ratings, stars, quality, squares, Today.AddDays(-days), posters);

    [Fact]
    public void The_stated_test_vector_scores_0_717_and_B_minus()
    {
        var trust = TrustScore.OfParts(Counters(), 0.15m, Today);

        Math.Round(trust.Score, 3).ShouldBe(0.717m);
        Math.Round(trust.Longevity * 0.1m, 4).ShouldBe(0.0123m);
        trust.Grade.ShouldBe("B-");
        trust.Effective.ShouldBe(Math.Round((4 * trust.Score + 2.5m) / 9, 4, MidpointRounding.AwayFromZero));
    }

    [Fact]
    public void Variance_follows_from_the_sums_of_quality()
    {
        // Qualities 1, 1, 0.5, 0.5: mean 0.75, variance 0.0625.
        TrustScore.Of(Counters(quality: 3m, squares: 2.5m), Today).Consistency.ShouldBe(0.9375m);
    }

    [Fact]
    public void No_rating_counts_one_half() =>
        TrustScore.OfParts(Counters(ratings: 0, stars: 0), 0, Today).Rating.ShouldBe(0.5m);

    [Fact]
    public void An_agent_without_outcomes_is_trusted_one_half_and_unrated()
    {
        var trust = TrustScore.Of(default, Today);

        trust.Score.ShouldBe(0.5m);
        trust.Effective.ShouldBe(0.5m);
        trust.Grade.ShouldBeNull();
        Badge.EarnedBy(trust, Today).ShouldBeEmpty();
    }

    [Fact]
    public void One_success_buys_next_to_nothing()
    {
        var trust = TrustScore.Of(Counters(1, 1, 1, 1, 5, 0, 1, 1), Today);

        trust.Score.ShouldBe(0.9m);
        trust.Effective.ShouldBe(0.5667m);
        trust.Grade.ShouldBeNull();
    }

    [Fact]
    public void Longevity_is_full_after_a_year_and_not_more() =>
        TrustScore.OfParts(Counters(days: 4000), 0, Today).Longevity.ShouldBe(1m);

    [Theory]
    [InlineData("0.95", "A+")]
    [InlineData("0.9499", "A")]
    [InlineData("0.90", "A")]
    [InlineData("0.88", "A-")]
    [InlineData("0.8799", "B+")]
    [InlineData("0.80", "B+")]
    [InlineData("0.75", "B")]
    [InlineData("0.70", "B-")]
    [InlineData("0.65", "C+")]
    [InlineData("0.60", "C")]
    [InlineData("0.55", "C-")]
    [InlineData("0.45", "D")]
    [InlineData("0.4499", "F")]
    public void Grades_have_inclusive_lower_bounds(string score, string grade) =>
        TrustScore.GradeOf(decimal.Parse(score, System.Globalization.CultureInfo.InvariantCulture)).ShouldBe(grade);

    [Fact]
    public void Scores_stay_within_0_and_1_and_effective_between_score_and_one_half()
    {
        var outcomes = Gen.Choose(0, 10_000).Select(q => q / 10_000m).ArrayOf().Where(q => q.Length is > 0 and < 60).ToArbitrary();
        Prop.ForAll(outcomes, qualities =>
        {
            var counters = qualities.Aggregate(default(TrustCounters), (c, q) => c.With(An(q), false));
            var trust = TrustScore.Of(counters, Today.AddDays(700));
            return trust.Score is >= 0 and <= 1 && trust.Consistency is >= 0 and <= 1
                && Math.Abs(trust.Effective - 0.5m) <= Math.Abs(trust.Score - 0.5m) + 0.0001m;
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Every_badge_has_a_rule_and_a_best_agent_earns_all_but_rising()
    {
        var trust = TrustScore.OfParts(Counters(200, 200, 200, 50, 250, 400, posters: 9), 0, Today);

        Badge.EarnedBy(trust, Today).ShouldBe([Badge.Elite, Badge.TopRated, Badge.Reliable, Badge.LightningFast, Badge.Verified]);
    }

    [Fact]
    public void A_new_and_good_agent_is_rising_and_its_owners_own_contracts_verify_nothing()
    {
        var trust = TrustScore.OfParts(Counters(5, 5, 5, 5, 25, 10, posters: 0), 0, Today);

        Badge.EarnedBy(trust, Today).ShouldBe([Badge.Rising]);
    }

    private static Hermes.Domain.Trust.Public.Outcome An(decimal quality) => new(default, default, default, default, quality >= 0.6m, quality > 0.3m, quality, false,
        Money.Usd(1), new DateTimeOffset(2026, 3, 1, 0, 0, 0, TimeSpan.Zero));
}
