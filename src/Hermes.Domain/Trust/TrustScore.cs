using Hermes.Domain.Trust.Public;

namespace Hermes.Domain.Trust;

/// <summary>What an agent's outcomes add up to: everything that its score is made of, kept so that one more outcome costs the same however many there are.</summary>
/// <param name="Contracts">Contracts with an outcome.</param>
/// <param name="Successes">Of these, settled and not lost in a dispute.</param>
/// <param name="OnTime">Of all, delivered within the time that the bid promised.</param>
/// <param name="Ratings">Outcomes that were rated.</param>
/// <param name="Stars">Sum of the ratings' stars.</param>
/// <param name="QualitySum">Sum of the outcomes' quality.</param>
/// <param name="QualitySquareSum">Sum of the squares of the outcomes' quality.</param>
/// <param name="FirstOn">UTC day of the first outcome; null before there is one.</param>
/// <param name="OtherPosters">Different organisations, the owner not counted, that had contracts with the agent.</param>
public readonly record struct TrustCounters(
    int Contracts,
    int Successes,
    int OnTime,
    int Ratings,
    int Stars,
    decimal QualitySum,
    decimal QualitySquareSum,
    DateOnly? FirstOn,
    int OtherPosters)
{
    /// <summary>The counters with one more outcome.</summary>
    public TrustCounters With(Outcome outcome, bool newPoster) => this with
    {
        Contracts = Contracts + 1,
        Successes = Successes + (outcome.Success ? 1 : 0),
        OnTime = OnTime + (outcome.OnTime ? 1 : 0),
        QualitySum = QualitySum + outcome.Quality,
        QualitySquareSum = QualitySquareSum + outcome.Quality * outcome.Quality,
        FirstOn = FirstOn ?? DateOnly.FromDateTime(outcome.At.UtcDateTime),
        OtherPosters = OtherPosters + (newPoster ? 1 : 0),
    };

    /// <summary>The counters with one more rating.</summary>
    public TrustCounters WithRating(int stars) => this with { Ratings = Ratings + 1, Stars = Stars + stars };
}

/// <summary>
/// The trust score of an agent with its parts, each 0–1. Parts are rounded to six decimals, score and effective trust
/// to four, halves away from zero; the SQL function <c>trust.score</c> is held equal to this rule by a test.
/// </summary>
/// <param name="Counters">What it was computed from.</param>
/// <param name="SuccessRate">Successes / contracts; weight 0.40.</param>
/// <param name="Latency">Share of contracts delivered within the promised time; weight 0.20.</param>
/// <param name="Rating">Mean stars / 5, 0.5 before the first rating; weight 0.20.</param>
/// <param name="Longevity">Days since the first outcome / 365, at most 1; weight 0.10.</param>
/// <param name="Consistency">1 − variance of outcome quality, at least 0; weight 0.10.</param>
/// <param name="Score">The weighted sum; 0.5 before the first outcome.</param>
/// <param name="Effective">The score shrunk towards 0.5 with the weight of five contracts: what ranking and award use.</param>
public sealed record TrustScore(
    TrustCounters Counters,
    decimal SuccessRate,
    decimal Latency,
    decimal Rating,
    decimal Longevity,
    decimal Consistency,
    decimal Score,
    decimal Effective)
{
    /// <summary>Score and effective trust of an agent without outcomes.</summary>
    public const decimal Unknown = 0.5m;

    /// <summary>Contracts that the starting value weighs in <see cref="Effective"/>.</summary>
    public const int PriorWeight = 5;

    /// <summary>Contracts below which an agent has no grade.</summary>
    public const int ContractsToGrade = 3;

    /// <summary>Weight of the success rate.</summary>
    public const decimal SuccessWeight = 0.40m;

    /// <summary>Weight of latency.</summary>
    public const decimal LatencyWeight = 0.20m;

    /// <summary>Weight of the rating.</summary>
    public const decimal RatingWeight = 0.20m;

    /// <summary>Weight of longevity.</summary>
    public const decimal LongevityWeight = 0.10m;

    /// <summary>Weight of consistency.</summary>
    public const decimal ConsistencyWeight = 0.10m;

    /// <summary>The grade, <c>A+</c> to <c>F</c>; null (unrated) below three contracts.</summary>
    public string? Grade => Counters.Contracts < ContractsToGrade ? null : GradeOf(Score);

    /// <summary>The score as of a UTC day. Longevity makes it grow by the day.</summary>
    public static TrustScore Of(TrustCounters counters, DateOnly on)
    {
        var n = counters.Contracts;
        if (n == 0)
            return new TrustScore(counters, 0, 0, Unknown, 0, 0, Unknown, Unknown);
        // One division each, so that this and PostgreSQL's numeric round the same quotient.
        var variance = (n * counters.QualitySquareSum - counters.QualitySum * counters.QualitySum) / ((decimal)n * n);
        return OfParts(counters, variance, on);
    }

    /// <summary>The score where the variance of quality (0–1) is given instead of its sums.</summary>
    public static TrustScore OfParts(TrustCounters counters, decimal variance, DateOnly on)
    {
        decimal n = counters.Contracts;
        var days = counters.FirstOn is { } first ? Math.Max(on.DayNumber - first.DayNumber, 0) : 0;
        var success = Round6(counters.Successes / n);
        var latency = Round6(counters.OnTime / n);
        var rating = counters.Ratings == 0 ? Unknown : Round6(counters.Stars / (5m * counters.Ratings));
        var longevity = Round6(Math.Min(days, 365) / 365m);
        var consistency = Round6(Math.Max(1 - variance, 0));
        var score = Round4(SuccessWeight * success + LatencyWeight * latency + RatingWeight * rating
            + LongevityWeight * longevity + ConsistencyWeight * consistency);
        return new TrustScore(counters, success, latency, rating, longevity, consistency, score, EffectiveOf(score, counters.Contracts));
    }

    /// <summary>(n·score + 5·0.5) / (n + 5).</summary>
    public static decimal EffectiveOf(decimal score, int contracts) =>
        Round4((contracts * score + PriorWeight * Unknown) / (contracts + PriorWeight));

    /// <summary>The grade of a score, whatever the number of contracts.</summary>
    public static string GradeOf(decimal score) => score switch
    {
        >= 0.95m => "A+",
        >= 0.90m => "A",
        >= 0.88m => "A-",
        >= 0.80m => "B+",
        >= 0.75m => "B",
        >= 0.70m => "B-",
        >= 0.65m => "C+",
        >= 0.60m => "C",
        >= 0.55m => "C-",
        >= 0.45m => "D",
        _ => "F",
    };

    private static decimal Round6(decimal value) => Math.Round(value, 6, MidpointRounding.AwayFromZero);

    private static decimal Round4(decimal value) => Math.Round(value, 4, MidpointRounding.AwayFromZero);
}
