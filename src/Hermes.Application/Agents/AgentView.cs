using Hermes.Domain.Agents;
using Hermes.Domain.Shared;

namespace Hermes.Application.Agents;

/// <summary>An agent as it is shown.</summary>
/// <param name="Id">The agent.</param>
/// <param name="TenantId">Its owner.</param>
/// <param name="Name">Its name.</param>
/// <param name="Description">What it does; may be empty.</param>
/// <param name="Capabilities">Sorted slugs.</param>
/// <param name="Endpoint">Where it answers calls; null for none and for callers of another tenant.</param>
/// <param name="BasePrice">What it usually asks.</param>
/// <param name="Visibility">Who finds it.</param>
/// <param name="Tags">Sorted slugs.</param>
/// <param name="Categories">Sorted slugs.</param>
/// <param name="Capacity">Pieces of work at the same time.</param>
/// <param name="Status">Whether it takes work.</param>
/// <param name="Presence">Whether it can be reached.</param>
/// <param name="Reputation">Effective trust, 0–1 with four decimals; 0.5 before its first outcome.</param>
/// <param name="RegisteredAt">When it was registered.</param>
/// <param name="ChangedAt">When it was last changed.</param>
/// <param name="IsMine">True for the caller's own tenant.</param>
/// <param name="Version">The API's <c>ETag</c>.</param>
/// <param name="Listing">Whether it is found by others.</param>
/// <param name="Callable">Whether it answers calls, at its endpoint or down its socket.</param>
/// <param name="LastWorkedAt">When a probe last passed; null for never.</param>
/// <param name="Languages">Languages that it works in, sorted slugs; null for none named.</param>
/// <param name="Regions">Where it works, sorted slugs; null for none named.</param>
/// <param name="DerivedFrom">The agent that it derives from; null for none.</param>
/// <param name="RoyaltyPercent">What agents of others that derive from it owe of what they are paid; null: others may not derive from it.</param>
public sealed record AgentView(
    AgentId Id,
    TenantId TenantId,
    string Name,
    string Description,
    IReadOnlyList<string> Capabilities,
    string? Endpoint,
    Money BasePrice,
    AgentVisibility Visibility,
    IReadOnlyList<string> Tags,
    IReadOnlyList<string> Categories,
    int Capacity,
    AgentStatus Status,
    Presence Presence,
    decimal Reputation,
    DateTimeOffset RegisteredAt,
    DateTimeOffset ChangedAt,
    bool IsMine,
    uint Version,
    ListingState Listing = ListingState.Listed,
    CallableState Callable = CallableState.None,
    DateTimeOffset? LastWorkedAt = null,
    IReadOnlyList<string>? Languages = null,
    IReadOnlyList<string>? Regions = null,
    AgentId? DerivedFrom = null,
    decimal? RoyaltyPercent = null);

/// <summary>Which agents a list shows; null members don't filter.</summary>
public sealed record AgentFilter
{
    /// <summary>A slug that the agent must have.</summary>
    public string? Capability { get; init; }

    /// <summary>Words looked for in name, description, capabilities and tags; every word must be found.</summary>
    public string? Text { get; init; }

    /// <summary>A tag.</summary>
    public string? Tag { get; init; }

    /// <summary>A category.</summary>
    public string? Category { get; init; }

    /// <summary>Highest base price in units of <see cref="Currency"/>.</summary>
    public decimal? MaxPrice { get; init; }

    /// <summary>Currency of <see cref="MaxPrice"/>; USD when null.</summary>
    public string? Currency { get; init; }

    /// <summary>Least effective trust, 0–1.</summary>
    public decimal? MinReputation { get; init; }

    /// <summary>True for the own tenant's only.</summary>
    public bool Mine { get; init; }

    /// <summary>The status; null for all but retired ones.</summary>
    public AgentStatus? Status { get; init; }

    /// <summary>True for those that are connected now.</summary>
    public bool Available { get; init; }

    /// <summary>The order.</summary>
    public AgentSort Sort { get; init; }
}

/// <summary>Orders of a list of agents; the id breaks ties.</summary>
public enum AgentSort
{
    /// <summary>Latest registered first.</summary>
    Newest,
    /// <summary>By name.</summary>
    Name,
    /// <summary>Cheapest first.</summary>
    Price,
    /// <summary>Highest effective trust first.</summary>
    Reputation,
}

/// <summary>
/// Reads agents with their trust and presence in one statement. What is not visible to the acting tenant is not
/// there: both walls hold.
/// </summary>
public interface IAgentCatalogue
{
    /// <summary>The agent; null when there is none for this tenant.</summary>
    /// <param name="id">The agent.</param>
    /// <param name="viewer">The tenant that looks; null for visitors, who see public agents only.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    Task<AgentView?> FindAsync(AgentId id, TenantId? viewer, CancellationToken cancellationToken);

    /// <summary>A page of agents.</summary>
    /// <param name="filter">Which.</param>
    /// <param name="viewer">The tenant that looks; null for visitors, who see public agents only.</param>
    /// <param name="limit">Most rows.</param>
    /// <param name="cursor">Where the previous page ended; null for the first.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    Task<Shared.Page<AgentView>> ListAsync(AgentFilter filter, TenantId? viewer, int limit, string? cursor, CancellationToken cancellationToken);
}
