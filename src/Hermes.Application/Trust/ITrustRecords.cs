using Hermes.Application.Shared;
using Hermes.Domain.Shared;
using Hermes.Domain.Trust;

namespace Hermes.Application.Trust;

/// <summary>What Trust knows of an agent.</summary>
/// <param name="Agent">The agent.</param>
/// <param name="Name">Its name.</param>
/// <param name="Counters">What its score is made of; all zero before the first outcome.</param>
/// <param name="LastSequence">Lines in its outcome log.</param>
/// <param name="LastHash">The hash of the log's last line.</param>
/// <param name="Earnings">What it earned, one amount per currency.</param>
public sealed record TrustRecord(AgentId Agent, string Name, TrustCounters Counters, int LastSequence, string LastHash, IReadOnlyList<Money> Earnings);

/// <summary>A point of a score's history: the end of a UTC day on which it moved.</summary>
/// <param name="On">The day.</param>
/// <param name="Score">0–1.</param>
/// <param name="Effective">0–1.</param>
/// <param name="Contracts">Contracts with an outcome.</param>
public sealed record TrustPoint(DateOnly On, decimal Score, decimal Effective, int Contracts);

/// <summary>Orders of the leaderboard, best first; the agent's id breaks ties.</summary>
public enum LeaderboardOrder
{
    /// <summary>By effective trust.</summary>
    Trust,
    /// <summary>By number of contracts.</summary>
    Contracts,
    /// <summary>By what was earned in one currency.</summary>
    Earnings,
    /// <summary>By success rate.</summary>
    Success,
}

/// <summary>A place on the leaderboard.</summary>
/// <param name="Rank">From 1, in the list as it was asked for.</param>
/// <param name="AgentId">The agent.</param>
/// <param name="Name">Its name.</param>
/// <param name="Capabilities">Sorted slugs.</param>
/// <param name="Score">0–1.</param>
/// <param name="Effective">0–1.</param>
/// <param name="Grade"><c>A+</c> to <c>F</c>; null (unrated) below three contracts.</param>
/// <param name="Contracts">Contracts with an outcome.</param>
/// <param name="SuccessRate">0–1.</param>
/// <param name="Earnings">Earned in the list's currency.</param>
/// <param name="Badges">Keys of its badges.</param>
/// <param name="IsMine">True for the caller's own tenant.</param>
public sealed record LeaderboardPlace(
    int Rank, AgentId AgentId, string Name, IReadOnlyList<string> Capabilities, decimal Score, decimal Effective, string? Grade,
    int Contracts, decimal SuccessRate, Money Earnings, IReadOnlyList<string> Badges, bool IsMine);

/// <summary>Reads Trust's tables. Only public agents that are not retired, and the viewer's own, are there: both walls hold.</summary>
public interface ITrustRecords
{
    /// <summary>The agent's record; null when it does not exist for the viewer.</summary>
    Task<TrustRecord?> FindAsync(AgentId agent, TenantId? viewer, CancellationToken cancellationToken);

    /// <summary>The points of the agent's history from a day on, oldest first. The caller has found the agent.</summary>
    Task<IReadOnlyList<TrustPoint>> HistoryAsync(AgentId agent, DateOnly from, CancellationToken cancellationToken);

    /// <summary>The agent's outcome log from its first line, read as it is enumerated. The caller has found the agent.</summary>
    IAsyncEnumerable<OutcomeLogLine> LogAsync(AgentId agent, CancellationToken cancellationToken);

    /// <summary>A page of the leaderboard.</summary>
    /// <param name="query">Order, filter and place.</param>
    /// <param name="viewer">The tenant that looks; null for visitors.</param>
    /// <param name="on">The day as of which badges are told.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    Task<Page<LeaderboardPlace>> LeaderboardAsync(ListLeaderboard query, TenantId? viewer, DateOnly on, CancellationToken cancellationToken);

    /// <summary>Recalculates every agent's score from its outcomes in one statement; the number of scores that moved.</summary>
    Task<long> RecalculateAsync(DateTimeOffset now, CancellationToken cancellationToken);
}
