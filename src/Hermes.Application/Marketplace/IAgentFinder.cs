using Hermes.Application.Shared;
using Hermes.Domain.Shared;

namespace Hermes.Application.Marketplace;

/// <summary>What is looked for; null and empty members don't filter.</summary>
public sealed record AgentSearch
{
    /// <summary>Free text, at most 500 characters; empty lists all that pass the filters.</summary>
    public string? Query { get; init; }

    /// <summary>Slugs that an agent must have, all of them.</summary>
    public IReadOnlyList<string> Capabilities { get; init; } = [];

    /// <summary>A category.</summary>
    public string? Category { get; init; }

    /// <summary>A language that it works in.</summary>
    public string? Language { get; init; }

    /// <summary>A region that it works in.</summary>
    public string? Region { get; init; }

    /// <summary>Highest base price; agents that ask in another currency are left out.</summary>
    public Money? MaxPrice { get; init; }

    /// <summary>Least effective trust, 0–1.</summary>
    public decimal? MinReputation { get; init; }

    /// <summary>One organisation's agents only.</summary>
    public TenantId? Organisation { get; init; }

    /// <summary>True for those that are connected and not busy, or have an endpoint that works.</summary>
    public bool AvailableNow { get; init; }

    /// <summary>Longest measured latency in milliseconds; agents without a measurement are left out.</summary>
    public int? MaxLatencyMs { get; init; }

    /// <summary>The order.</summary>
    public SearchOrder Order { get; init; }

    /// <summary>One visibility only: <c>public</c>, <c>tenant</c> or <c>permissioned</c>.</summary>
    public string? Visibility { get; init; }
}

/// <summary>Orders of what is found; the older agent comes first where they tie.</summary>
public enum SearchOrder
{
    /// <summary>Highest score first.</summary>
    Score,
    /// <summary>Highest effective trust first.</summary>
    Trust,
    /// <summary>Cheapest first; currencies are not converted.</summary>
    Price,
    /// <summary>Latest registered first.</summary>
    Newest,
    /// <summary>By name.</summary>
    Name,
}

/// <summary>Who looks: what they find is what they may call.</summary>
/// <param name="Tenant">Their organisation; null for visitors.</param>
/// <param name="Agent">The agent that looks; null for people and visitors.</param>
public sealed record Viewer(TenantId? Tenant, AgentId? Agent = null)
{
    /// <summary>Nobody in particular.</summary>
    public static Viewer Visitor { get; } = new((TenantId?)null);
}

/// <summary>An agent that was found.</summary>
/// <param name="Id">The agent.</param>
/// <param name="TenantId">Its owner.</param>
/// <param name="Name">Its name.</param>
/// <param name="Description">What it does; may be empty.</param>
/// <param name="Capabilities">Sorted slugs.</param>
/// <param name="BasePrice">What it usually asks.</param>
/// <param name="Visibility"><c>public</c>, <c>tenant</c> or <c>permissioned</c>.</param>
/// <param name="Tags">Sorted slugs.</param>
/// <param name="Categories">Sorted slugs.</param>
/// <param name="Languages">Sorted slugs.</param>
/// <param name="Regions">Sorted slugs.</param>
/// <param name="Presence"><c>online</c>, <c>busy</c> or <c>offline</c>.</param>
/// <param name="Reputation">Effective trust, 0–1.</param>
/// <param name="RegisteredAt">When it was registered.</param>
/// <param name="IsMine">True for the caller's own tenant.</param>
/// <param name="Score">0–1, four decimals: relevance × (0.80 + 0.10 trust + 0.05 price + 0.05 availability).</param>
/// <param name="Components">What the score is made of.</param>
public sealed record FoundAgent(
    AgentId Id,
    TenantId TenantId,
    string Name,
    string Description,
    IReadOnlyList<string> Capabilities,
    Money BasePrice,
    string Visibility,
    IReadOnlyList<string> Tags,
    IReadOnlyList<string> Categories,
    IReadOnlyList<string> Languages,
    IReadOnlyList<string> Regions,
    string Presence,
    decimal Reputation,
    DateTimeOffset RegisteredAt,
    bool IsMine,
    decimal Score,
    ScoreComponents Components)
{
    /// <summary>When its profile, status or listing last changed.</summary>
    public DateTimeOffset ChangedAt { get; init; }

    /// <summary>
    /// Milliseconds from a call to its answer: the median of the last 50 completed calls of a week, else what the last passed
    /// probe's message took; null when nothing was measured.
    /// </summary>
    public int? LatencyMs { get; init; }
}

/// <summary>What a score is made of, each 0–1 with four decimals.</summary>
/// <param name="Relevance">How well it meets the text, both ways fused; 1 when no text was given.</param>
/// <param name="Lexical">By its words; null when no text was given.</param>
/// <param name="Semantic">By meaning; null when no text was given.</param>
/// <param name="Trust">Effective trust.</param>
/// <param name="Price">1 − price / (2 × the highest price asked for, else the usual price of what was found), not below 0.</param>
/// <param name="Availability">1 online, 0.5 busy, 0 offline.</param>
public sealed record ScoreComponents(decimal Relevance, decimal? Lexical, decimal? Semantic, decimal Trust, decimal Price, decimal Availability);

/// <summary>A way to complete what is being typed.</summary>
/// <param name="Text">What to search for.</param>
/// <param name="Kind"><c>agent</c> or <c>capability</c>.</param>
/// <param name="AgentId">For an agent.</param>
public sealed record Suggestion(string Text, string Kind, AgentId? AgentId);

/// <summary>Values that agents have, by name.</summary>
/// <param name="Categories">Slugs.</param>
/// <param name="Languages">Slugs.</param>
/// <param name="Regions">Slugs.</param>
/// <param name="Organisations">Owners.</param>
public sealed record UsedValues(IReadOnlyList<string> Categories, IReadOnlyList<string> Languages, IReadOnlyList<string> Regions, IReadOnlyCollection<TenantId> Organisations);

/// <summary>Refusals of the marketplace.</summary>
public static class MarketplaceErrors
{
    /// <summary>No such agent for the viewer, or it is not listed.</summary>
    public static readonly Error NotFound = Error.NotFound("marketplace.agent_not_found", "There is no such agent on the marketplace.");

    /// <summary>The node has just started and is still filling its index.</summary>
    public static readonly Error Filling = new("marketplace.index_filling", "The search index of this node is still being filled. Try again in a few seconds.", ErrorKind.Unavailable);
}

/// <summary>How far this node's index is.</summary>
/// <param name="Indexed">Agents that are in it.</param>
/// <param name="Expected">Agents there were when filling began.</param>
/// <param name="IsReady">True when it was filled and follows changes.</param>
/// <param name="Model">Whose vectors it uses.</param>
/// <param name="Embedded">Agents that have a vector of that model.</param>
public sealed record IndexProgress(int Indexed, int Expected, bool IsReady, string Model, int Embedded);

/// <summary>
/// Finds listed agents in this node's memory. Everything answers for one viewer and by the order in which calls are permitted:
/// what the viewer may not call is not there.
/// </summary>
public interface IAgentFinder
{
    /// <summary>How far the index is.</summary>
    IndexProgress Progress { get; }

    /// <summary>A page of agents, best first; of a text search at most the best 300.</summary>
    /// <param name="search">What is looked for.</param>
    /// <param name="viewer">Who looks.</param>
    /// <param name="limit">Most rows.</param>
    /// <param name="cursor">Where the previous page ended; null for the first.</param>
    /// <param name="cancellationToken">Gives up waiting for an index that is being filled.</param>
    Task<Result<Page<FoundAgent>>> FindAsync(AgentSearch search, Viewer viewer, int limit, string? cursor, CancellationToken cancellationToken);

    /// <summary>One agent; null when it is not there for the viewer.</summary>
    Task<FoundAgent?> FindOneAsync(AgentId agent, Viewer viewer, CancellationToken cancellationToken);

    /// <summary>Ways to complete a text, best first.</summary>
    Task<IReadOnlyList<Suggestion>> SuggestAsync(string text, Viewer viewer, int count, CancellationToken cancellationToken);

    /// <summary>What the agents that are there for the viewer say in fields that can be filtered by.</summary>
    /// <param name="viewer">Who looks.</param>
    /// <param name="count">Most values of each field: the most used ones.</param>
    /// <param name="cancellationToken">Ends it.</param>
    Task<UsedValues> ChoicesAsync(Viewer viewer, int count, CancellationToken cancellationToken);

    /// <summary>Agents that do nearly the same, nearest first; null when the agent is not there for the viewer.</summary>
    Task<IReadOnlyList<FoundAgent>?> SimilarAsync(AgentId agent, Viewer viewer, int count, CancellationToken cancellationToken);
}
