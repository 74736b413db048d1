using Hermes.Domain.Agents;
using Hermes.Domain.Agents.Public;
using Hermes.Domain.Shared;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Agents;

/// <summary>A version of an agent's price.</summary>
/// <param name="Id">The version; null for an agent that was made before prices were kept.</param>
/// <param name="State">Where it stands.</param>
/// <param name="Terms">What is asked for calls.</param>
/// <param name="Says">The same in a line.</param>
/// <param name="Listed">The price of a usual call.</param>
/// <param name="Reserve">The least that the agent may bid for a contract; null for any, and for everybody but its owner.</param>
/// <param name="EffectiveFrom">From when it counts.</param>
/// <param name="CreatedAt">When it was said.</param>
public sealed record PriceView(
    AgentPriceId? Id, PriceState State, PriceTerms Terms, string Says, Money Listed, Money? Reserve, DateTimeOffset EffectiveFrom, DateTimeOffset CreatedAt)
{
    internal static PriceView Of(AgentPrice p, PriceState state, bool mine) =>
        new(p.Id, state, p.Terms, p.Terms.ToString(), p.Listed, mine ? p.Reserve : null, p.EffectiveFrom, p.CreatedAt);
}

/// <summary>Where a version of a price stands.</summary>
public enum PriceState
{
    /// <summary>It begins later.</summary>
    Scheduled,
    /// <summary>It counts now.</summary>
    Current,
    /// <summary>Another has taken its place.</summary>
    Past,
}

/// <summary>Prices in their order.</summary>
internal static class AgentPricing
{
    /// <summary>An agent's versions, the one that begins last first.</summary>
    public static IQueryable<AgentPrice> Of(this IQueryable<AgentPrice> prices, AgentId agent) =>
        prices.Where(p => p.AgentId == agent).OrderByDescending(p => p.EffectiveFrom).ThenByDescending(p => p.Id);

    /// <summary>The version that counts at an instant; null for an agent that has none.</summary>
    public static Task<AgentPrice?> AtAsync(this IQueryable<AgentPrice> prices, AgentId agent, DateTimeOffset now, CancellationToken cancellationToken) =>
        prices.Of(agent).Where(p => p.EffectiveFrom <= now).FirstOrDefaultAsync(cancellationToken);

    /// <summary>For the audit log.</summary>
    public static object? Said(AgentPrice? price) => price is null ? null : new { price.Terms, price.Reserve, price.EffectiveFrom };
}
