using Hermes.Domain.Agents.Public;
using Hermes.Domain.Shared;

namespace Hermes.Domain.Calls;

/// <summary>A subscription's id.</summary>
public readonly record struct AgentSubscriptionId(Guid Value) : IId<AgentSubscriptionId>
{
    /// <inheritdoc />
    public static AgentSubscriptionId From(Guid value) => new(value);

    /// <inheritdoc />
    public override string ToString() => Value.ToString();
}

/// <summary>Why a subscription ended.</summary>
public enum SubscriptionEnd
{
    /// <summary>The subscriber cancelled it.</summary>
    Cancelled,
    /// <summary>The wallet did not cover the next month.</summary>
    Unpaid,
    /// <summary>The agent is retired, or was paused or closed to the subscriber when the month was over.</summary>
    AgentUnavailable,
    /// <summary>The agent is no longer sold by the month, as the subscriber was told a month before.</summary>
    NoLongerSold,
}

/// <summary>An organisation's subscription of another's agent, paid month by month in advance.</summary>
public sealed class AgentSubscription : ITenantOwned
{
    private AgentSubscription() { }

    /// <summary>Its id.</summary>
    public AgentSubscriptionId Id { get; private set; }

    /// <summary>Who subscribes and pays.</summary>
    public TenantId TenantId { get; private set; }

    /// <summary>The agent.</summary>
    public AgentId AgentId { get; private set; }

    /// <summary>The agent's owner.</summary>
    public TenantId AgentTenantId { get; private set; }

    /// <summary>What was agreed for this month.</summary>
    public PriceTerms Terms { get; private set; } = null!;

    /// <summary>What counts from the next month, as the subscriber was told; null for the same.</summary>
    public PriceTerms? NextTerms { get; private set; }

    /// <summary>The month's number, from 1.</summary>
    public int Period { get; private set; }

    /// <summary>When the first month began.</summary>
    public DateTimeOffset StartedAt { get; private set; }

    /// <summary>When this month began.</summary>
    public DateTimeOffset PeriodStartsAt { get; private set; }

    /// <summary>When it is over.</summary>
    public DateTimeOffset PeriodEndsAt { get; private set; }

    /// <summary>Included calls that were made in this month.</summary>
    public long UsedCalls { get; private set; }

    /// <summary>When it was cancelled, for the month's end; null while it renews itself.</summary>
    public DateTimeOffset? CancelledAt { get; private set; }

    /// <summary>When it ended; null while it runs.</summary>
    public DateTimeOffset? EndedAt { get; private set; }

    /// <summary>Why it ended; null while it runs.</summary>
    public SubscriptionEnd? EndReason { get; private set; }

    /// <summary>What the next month goes by.</summary>
    public PriceTerms TermsOfNextPeriod => NextTerms ?? Terms;

    /// <summary>A new one, from now on.</summary>
    /// <param name="tenant">Who subscribes.</param>
    /// <param name="agent">The agent.</param>
    /// <param name="owner">Its owner.</param>
    /// <param name="terms">By subscription.</param>
    /// <param name="clock">For the id and the time.</param>
    public static AgentSubscription Begin(TenantId tenant, AgentId agent, TenantId owner, PriceTerms terms, TimeProvider clock)
    {
        var now = clock.GetUtcNow();
        return new AgentSubscription
        {
            Id = Domain.Shared.Id.New<AgentSubscriptionId>(clock),
            TenantId = tenant,
            AgentId = agent,
            AgentTenantId = owner,
            Terms = terms,
            Period = 1,
            StartedAt = now,
            PeriodStartsAt = now,
            PeriodEndsAt = now.AddMonths(1),
        };
    }

    /// <summary>One of the included calls is made; see that there is one left, under its lock.</summary>
    public void Use() => UsedCalls++;

    /// <summary>Ends when the month is over.</summary>
    public void Cancel(TimeProvider clock) => CancelledAt ??= clock.GetUtcNow();

    /// <summary>Renews itself after all.</summary>
    public void Resume() => CancelledAt = null;

    /// <summary>The next month begins, paid, by what the subscriber was told; what the owner asks now counts from the month after it.</summary>
    /// <param name="asked">What the owner asks now.</param>
    public void Renew(PriceTerms asked)
    {
        Terms = TermsOfNextPeriod;
        NextTerms = asked == Terms ? null : asked;
        // From the first day, so that the 31st stays the 31st.
        (Period, PeriodStartsAt, PeriodEndsAt, UsedCalls) = (Period + 1, PeriodEndsAt, StartedAt.AddMonths(Period + 1), 0);
    }

    /// <summary>It is over.</summary>
    public void End(SubscriptionEnd reason, TimeProvider clock) => (EndedAt, EndReason) = (clock.GetUtcNow(), reason);
}
