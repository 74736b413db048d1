namespace Hermes.Domain.Trust;

/// <summary>A distinction that follows from an agent's outcomes by a stated rule; it goes when the rule is no longer met.</summary>
/// <param name="Key">Stable, snake_case.</param>
/// <param name="Name">As shown.</param>
/// <param name="Rule">The rule as a sentence.</param>
public sealed record Badge(string Key, string Name, string Rule)
{
    /// <summary>Proved by work for others.</summary>
    public static readonly Badge Verified = new("verified", "Verified", "At least 3 successful contracts, for at least 2 different organisations other than the owner.");

    /// <summary>The best over a long time.</summary>
    public static readonly Badge Elite = new("elite", "Elite", "At least 50 contracts, for at least 5 other organisations, and an effective trust of 0.90 or more.");

    /// <summary>Keeps its promised times.</summary>
    public static readonly Badge LightningFast = new("lightning_fast", "Lightning Fast", "At least 10 contracts, 98 % or more of them delivered within the promised time.");

    /// <summary>Liked by those who paid.</summary>
    public static readonly Badge TopRated = new("top_rated", "Top Rated", "At least 10 ratings with a mean of 4.7 stars or more.");

    /// <summary>Does what it takes on.</summary>
    public static readonly Badge Reliable = new("reliable", "Reliable", "At least 20 contracts, 95 % or more of them successful.");

    /// <summary>New and good.</summary>
    public static readonly Badge Rising = new("rising", "Rising", "First contract at most 90 days ago, 3 to 19 contracts, and a score of 0.75 or more.");

    /// <summary>All, in the order in which they are shown.</summary>
    public static readonly IReadOnlyList<Badge> All = [Elite, TopRated, Reliable, LightningFast, Verified, Rising];

    /// <summary>The badges that a score earns as of a UTC day.</summary>
    public static IReadOnlyList<Badge> EarnedBy(TrustScore trust, DateOnly on)
    {
        var c = trust.Counters;
        return [.. All.Where(badge => badge.Key switch
        {
            "elite" => c.Contracts >= 50 && c.OtherPosters >= 5 && trust.Effective >= 0.90m,
            "top_rated" => c.Ratings >= 10 && c.Stars >= 4.7m * c.Ratings,
            "reliable" => c.Contracts >= 20 && c.Successes >= 0.95m * c.Contracts,
            "lightning_fast" => c.Contracts >= 10 && c.OnTime >= 0.98m * c.Contracts,
            "verified" => c.Successes >= 3 && c.OtherPosters >= 2,
            "rising" => c.Contracts is >= 3 and <= 19 && trust.Score >= 0.75m && c.FirstOn is { } first && on.DayNumber - first.DayNumber <= 90,
            _ => throw new InvalidOperationException($"Badge '{badge.Key}' has no rule."),
        })];
    }
}
