using Hermes.Application.Shared;
using Hermes.Domain.Shared;
using Hermes.Domain.Trust;
using MediatR;

namespace Hermes.Application.Trust;

/// <summary>An agent's trust explained: every part with its weight, badges with their rules, history for a chart.</summary>
/// <param name="Agent">The agent.</param>
/// <param name="Days">Days of history, 1–1,096; null for a year.</param>
[AllowsAnyone("Public agents' trust is public; a tenant's other agents are shown to itself only.")]
public sealed record GetReputation(AgentId Agent, int? Days = null) : IQuery<ReputationView>;

/// <summary>A part of the score.</summary>
/// <param name="Name">snake_case.</param>
/// <param name="Weight">Share of the score, 0–1; the weights sum to 1.</param>
/// <param name="Value">0–1.</param>
/// <param name="Points">Weight × value.</param>
/// <param name="Explanation">What the value was made of, as a sentence.</param>
public sealed record TrustPart(string Name, decimal Weight, decimal Value, decimal Points, string Explanation);

/// <summary>A badge with its rule.</summary>
/// <param name="Key">snake_case.</param>
/// <param name="Name">As shown.</param>
/// <param name="Rule">As a sentence.</param>
/// <param name="Earned">True while the rule is met.</param>
public sealed record BadgeView(string Key, string Name, string Rule, bool Earned);

/// <summary>Trust explained.</summary>
/// <param name="AgentId">The agent.</param>
/// <param name="Name">Its name.</param>
/// <param name="Score">0–1 with four decimals.</param>
/// <param name="Effective">What ranking and award use.</param>
/// <param name="Grade">Null (unrated) below three contracts.</param>
/// <param name="Counters">What the score is made of.</param>
/// <param name="Parts">The parts, heaviest first.</param>
/// <param name="Badges">All badges, those earned first.</param>
/// <param name="Earnings">One amount per currency.</param>
/// <param name="History">Days on which the score moved, oldest first.</param>
/// <param name="LogLines">Lines of the outcome log from which the score follows.</param>
/// <param name="LogHash">Hash of its last line.</param>
public sealed record ReputationView(
    AgentId AgentId, string Name, decimal Score, decimal Effective, string? Grade, TrustCounters Counters, IReadOnlyList<TrustPart> Parts,
    IReadOnlyList<BadgeView> Badges, IReadOnlyList<Money> Earnings, IReadOnlyList<TrustPoint> History, int LogLines, string LogHash);

internal sealed class GetReputationHandler(ITrustRecords records, ICurrentActor current, TimeProvider clock)
    : IRequestHandler<GetReputation, Result<ReputationView>>
{
    public async Task<Result<ReputationView>> Handle(GetReputation request, CancellationToken cancellationToken)
    {
        if (await records.FindAsync(request.Agent, current.Actor.Tenant, cancellationToken) is not { } record)
            return TrustErrors.AgentNotFound;
        var today = DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime);
        var trust = TrustScore.Of(record.Counters, today);
        var earned = Badge.EarnedBy(trust, today).ToHashSet();
        var history = await records.HistoryAsync(record.Agent, today.AddDays(-Math.Clamp(request.Days ?? 365, 1, 1096)), cancellationToken);
        return new ReputationView(record.Agent, record.Name, trust.Score, trust.Effective, trust.Grade, record.Counters, PartsOf(trust, today),
            [.. Badge.All.OrderBy(b => !earned.Contains(b)).Select(b => new BadgeView(b.Key, b.Name, b.Rule, earned.Contains(b)))],
            record.Earnings, history, record.LastSequence, record.LastHash);
    }

    private static IReadOnlyList<TrustPart> PartsOf(TrustScore trust, DateOnly today)
    {
        var c = trust.Counters;
        var days = c.FirstOn is { } first ? Math.Max(today.DayNumber - first.DayNumber, 0) : 0;
        return
        [
            Part("success_rate", TrustScore.SuccessWeight, trust.SuccessRate, $"{c.Successes} of {c.Contracts} contracts succeeded; those lost in a dispute count as failures."),
            Part("latency", TrustScore.LatencyWeight, trust.Latency, $"{c.OnTime} of {c.Contracts} contracts were delivered within the time that the bid promised."),
            Part("rating", TrustScore.RatingWeight, trust.Rating, c.Ratings == 0
                ? "Nobody has rated a contract yet, which counts one half."
                : FormattableString.Invariant($"{c.Ratings} ratings with a mean of {(decimal)c.Stars / c.Ratings:0.00} of 5 stars.")),
            Part("longevity", TrustScore.LongevityWeight, trust.Longevity, $"{days} days since the first contract's outcome; a year counts in full."),
            Part("consistency", TrustScore.ConsistencyWeight, trust.Consistency, "1 less the variance of the quality of its deliveries."),
        ];
    }

    private static TrustPart Part(string name, decimal weight, decimal value, string explanation) => new(name, weight, value, weight * value, explanation);
}
