using Hermes.Domain.Agents.Public;
using Hermes.Domain.Shared;

namespace Hermes.Domain.Agents;

/// <summary>A version of an agent's price.</summary>
public readonly record struct AgentPriceId(Guid Value) : IId<AgentPriceId>
{
    /// <inheritdoc />
    public static AgentPriceId From(Guid value) => new(value);

    /// <inheritdoc />
    public override string ToString() => Value.ToString();
}

/// <summary>
/// A version of an agent's price, kept for good. At any instant the version counts that began last; of two that begin together
/// the one that was said later.
/// </summary>
public sealed class AgentPrice : ITenantOwned
{
    /// <summary>How far ahead a price may be said.</summary>
    public const int MaxDaysAhead = 731;

    private AgentPrice() { }

    /// <summary>Its id; ids rise with time.</summary>
    public AgentPriceId Id { get; private set; }

    /// <summary>The agent.</summary>
    public AgentId AgentId { get; private set; }

    /// <inheritdoc />
    public TenantId TenantId { get; private set; }

    /// <summary>What is asked for calls.</summary>
    public PriceTerms Terms { get; private set; } = null!;

    /// <summary>The price of a usual call.</summary>
    public Money Listed { get; private set; }

    /// <summary>The least that the agent may bid for a contract, in micro-units of the listed price's currency; null for any price. The owner's secret.</summary>
    public long? ReserveMicroUnits { get; private set; }

    /// <summary>From when it counts.</summary>
    public DateTimeOffset EffectiveFrom { get; private set; }

    /// <summary>When it was said.</summary>
    public DateTimeOffset CreatedAt { get; private set; }

    /// <summary>When it became the agent's listed price, or would have; null until then.</summary>
    public DateTimeOffset? ListedAt { get; private set; }

    /// <summary>The reserve; null for none.</summary>
    public Money? Reserve => ReserveMicroUnits is { } micro ? new Money(micro, Listed.Currency) : null;

    /// <summary>
    /// A new version. Errors: what <see cref="PriceTerms.Wrong"/> says, <see cref="PriceErrors.InThePast"/>,
    /// <see cref="PriceErrors.TooFarAhead"/>, <see cref="PriceErrors.ReserveCurrency"/>.
    /// </summary>
    /// <param name="agent">Whose.</param>
    /// <param name="terms">What is asked.</param>
    /// <param name="reserve">The least that it may bid; null for any price.</param>
    /// <param name="from">From when; null for now.</param>
    /// <param name="clock">The time.</param>
    public static Result<AgentPrice> Say(Agent agent, PriceTerms terms, Money? reserve, DateTimeOffset? from, TimeProvider clock)
    {
        var now = clock.GetUtcNow();
        if (terms.Wrong() is { } wrong)
            return wrong;
        if (reserve is { } least && least.Currency != terms.Amount.Currency)
            return PriceErrors.ReserveCurrency;
        if (reserve is { } amount && amount.MicroUnits is <= 0 or > Money.MaxAmountMicroUnits)
            return PriceErrors.Member("reserve", "Above zero; none when left out.");
        if (from < now)
            return PriceErrors.InThePast;
        if (from > now.AddDays(MaxDaysAhead))
            return PriceErrors.TooFarAhead;
        return new AgentPrice
        {
            Id = Domain.Shared.Id.New<AgentPriceId>(clock),
            AgentId = agent.Id,
            TenantId = agent.TenantId,
            Terms = terms,
            Listed = terms.Listed,
            ReserveMicroUnits = reserve?.MicroUnits,
            EffectiveFrom = from ?? now,
            CreatedAt = now,
            ListedAt = from is null || from == now ? now : null,
        };
    }

    /// <summary>Its time has come.</summary>
    public void List(DateTimeOffset now) => ListedAt = now;
}
