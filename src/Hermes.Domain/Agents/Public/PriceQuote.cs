using Hermes.Domain.Shared;

namespace Hermes.Domain.Agents.Public;

/// <summary>What a price is made of: the call that is asked for, and how busy the agent is.</summary>
/// <param name="Characters">Of the texts of the caller's message.</param>
/// <param name="Bytes">Of the parts of the caller's message.</param>
/// <param name="AllowedSeconds">Until the call fails by itself.</param>
/// <param name="UsualSeconds">What the agent's owner allows when the caller says nothing.</param>
/// <param name="Market">How busy the agent is; matters for dynamic prices only.</param>
/// <param name="MaxUnits">The most units that the caller allows; null for as many as the terms do.</param>
/// <param name="Cover">What a subscription does for the caller; matters for prices by subscription only.</param>
public sealed record UsageFacts(
    long Characters, long Bytes, int AllowedSeconds, int UsualSeconds, MarketFacts Market, long? MaxUnits = null, SubscriptionCover Cover = SubscriptionCover.None)
{
    /// <summary>Over which usual demand is measured.</summary>
    public const int HoursOfWeek = 7 * 24;
}

/// <summary>What a subscription does for a caller's next call.</summary>
public enum SubscriptionCover
{
    /// <summary>The caller's organisation has none.</summary>
    None,
    /// <summary>The call is one of those included.</summary>
    Included,
    /// <summary>All of those included were made in this month.</summary>
    UsedUp,
    /// <summary>The agent is of the caller's own organisation, which needs none.</summary>
    Own,
}

/// <summary>How busy an agent is.</summary>
/// <param name="CallsLastHour">Calls that it took in the last hour.</param>
/// <param name="CallsLastWeek">Calls that it took in the last seven days.</param>
/// <param name="Running">Calls that run now.</param>
/// <param name="Places">Calls that may run at the same time.</param>
public sealed record MarketFacts(long CallsLastHour, long CallsLastWeek, int Running, int Places)
{
    /// <summary>Nothing is known, or nothing of it matters.</summary>
    public static readonly MarketFacts None = new(0, 0, 0, 1);
}

/// <summary>What a call costs at most.</summary>
/// <param name="Kind">How the price is made.</param>
/// <param name="Most">Held when the call starts; it can't cost more.</param>
/// <param name="Parts">What it is made of; they add up to <paramref name="Most"/>.</param>
/// <param name="Tariff">By which reported units are charged at the end; null where the price is known beforehand.</param>
/// <param name="Included">True when a subscription pays for the call and counts it.</param>
public sealed record PriceQuote(PriceKind Kind, Money Most, IReadOnlyList<PricePart> Parts, UnitTariff? Tariff = null, bool Included = false);

/// <summary>A part of a price.</summary>
/// <param name="Name">For instance <c>demand</c>.</param>
/// <param name="Why">In a few words.</param>
/// <param name="Amount">What it adds; below zero where it takes off.</param>
public sealed record PricePart(string Name, string Why, Money Amount);

/// <summary>How the units of one call are charged.</summary>
/// <param name="Unit">What one is called.</param>
/// <param name="Base">What the call costs in any case.</param>
/// <param name="Price">For every <paramref name="Per"/> units beyond the included ones.</param>
/// <param name="Per">1 or more.</param>
/// <param name="Included">Units that the base covers.</param>
/// <param name="Most">The most units that are charged.</param>
public sealed record UnitTariff(string Unit, Money Base, Money Price, long Per, long Included, long Most)
{
    /// <summary>What so many units cost, rounded down; more than <see cref="Most"/> count as <see cref="Most"/>, and none reported as none.</summary>
    public Money Charge(long? units) => Base + Price.Share(Math.Max(0, Math.Clamp(units ?? 0, 0, Most) - Included), Per);
}
