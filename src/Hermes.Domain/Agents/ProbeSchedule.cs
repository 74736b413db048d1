using Hermes.Domain.Shared;

namespace Hermes.Domain.Agents;

/// <summary>
/// When an agent's endpoint is probed next, and how it has done. A node that probes takes a lease first, so that no two
/// probe the same agent; the lease of a node that died runs out.
/// </summary>
public sealed class ProbeSchedule : ITenantOwned
{
    /// <summary>Shortest interval.</summary>
    public const int MinIntervalSeconds = 60;

    /// <summary>Longest interval.</summary>
    public const int MaxIntervalSeconds = 86_400;

    /// <summary>Failures in a row that take an agent off the list.</summary>
    public const int FailuresToDelist = 3;

    /// <summary>Least time between two probes that somebody asked for.</summary>
    public static readonly TimeSpan AskAgainAfter = TimeSpan.FromSeconds(10);

    /// <summary>How long an agent that lives behind a socket and is not connected is left alone: its next connection asks for a probe.</summary>
    public static readonly TimeSpan Away = TimeSpan.FromDays(1);

    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(30);

    private ProbeSchedule() { }

    /// <summary>The agent.</summary>
    public AgentId AgentId { get; private set; }

    /// <inheritdoc />
    public TenantId TenantId { get; private set; }

    /// <summary>Seconds between two probes while all is well.</summary>
    public int IntervalSeconds { get; private set; }

    /// <summary>Not before.</summary>
    public DateTimeOffset NextAt { get; private set; }

    /// <summary>When somebody last asked for a probe; null for never.</summary>
    public DateTimeOffset? AskedAt { get; private set; }

    /// <summary>Whose turn it is; null while nobody probes.</summary>
    public Guid? Lease { get; private set; }

    /// <summary>When the lease runs out; null while nobody probes.</summary>
    public DateTimeOffset? LeasedUntil { get; private set; }

    /// <summary>Failures since it last passed, or since it began.</summary>
    public int FailuresInRow { get; private set; }

    /// <summary>When the last probe ended; null before the first.</summary>
    public DateTimeOffset? ProbedAt { get; private set; }

    /// <summary>When it last passed; null before the first time.</summary>
    public DateTimeOffset? PassedAt { get; private set; }

    /// <summary>Whether it takes calls.</summary>
    /// <param name="hasEndpoint">False for an agent behind a socket: while it has answered nothing it may be one that is hired by contract only, and fails at nothing.</param>
    public CallableState Callable(bool hasEndpoint) =>
        PassedAt is null && (FailuresInRow == 0 || !hasEndpoint) ? CallableState.Unproved : FailuresInRow > 0 ? CallableState.Failing : CallableState.Proved;

    /// <summary>A schedule that begins at once, or with the agent's first connection.</summary>
    public static ProbeSchedule Begin(Agent agent, int intervalSeconds, TimeProvider clock) => new()
    {
        AgentId = agent.Id,
        TenantId = agent.TenantId,
        IntervalSeconds = intervalSeconds,
        NextAt = clock.GetUtcNow() + (agent.Endpoint is null ? Away : TimeSpan.Zero),
    };

    /// <summary>Begins anew, for another endpoint: what a probe that is under way finds no longer counts.</summary>
    public void Restart(TimeProvider clock) => (NextAt, Lease, LeasedUntil, FailuresInRow, PassedAt) = (clock.GetUtcNow(), null, null, 0, null);

    /// <summary>Sets the interval.</summary>
    public Result<Done> Every(int intervalSeconds, TimeProvider clock)
    {
        if (intervalSeconds is < MinIntervalSeconds or > MaxIntervalSeconds)
            return AgentErrors.Member("interval_seconds", $"From {MinIntervalSeconds} to {MaxIntervalSeconds}.");
        IntervalSeconds = intervalSeconds;
        var latest = clock.GetUtcNow().AddSeconds(intervalSeconds);
        if (NextAt > latest)
            NextAt = latest;
        return Done.Ok;
    }

    /// <summary>Asks for a probe as soon as possible; refused so shortly after the last time.</summary>
    public Result<Done> Ask(TimeProvider clock)
    {
        var now = clock.GetUtcNow();
        if (AskedAt is { } last && now - last < AskAgainAfter && now >= last)
            return AgentErrors.ProbedJustNow;
        (AskedAt, NextAt) = (now, now);
        return Done.Ok;
    }

    /// <summary>
    /// Takes a probe's result: after a success the interval, after failures 30 seconds, doubled each time up to the
    /// interval; a fifth is added or taken away at random, so that agents that began together drift apart.
    /// </summary>
    /// <param name="passed">Whether it passed.</param>
    /// <param name="chance">0–1, for the jitter.</param>
    /// <param name="clock">The time.</param>
    public void Take(bool passed, double chance, TimeProvider clock)
    {
        var now = clock.GetUtcNow();
        FailuresInRow = passed ? 0 : FailuresInRow + 1;
        (ProbedAt, Lease, LeasedUntil) = (now, null, null);
        if (passed)
            PassedAt = now;
        var wait = passed ? IntervalSeconds : Math.Min(IntervalSeconds, FirstRetry.TotalSeconds * Math.Pow(2, Math.Min(FailuresInRow - 1, 12)));
        NextAt = now.AddSeconds(wait * (0.8 + (0.4 * chance)));
    }
}
