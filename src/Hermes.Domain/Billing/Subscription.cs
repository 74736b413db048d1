using Hermes.Domain.Shared;

namespace Hermes.Domain.Billing;

/// <summary>How a subscription stands.</summary>
public enum SubscriptionState
{
    /// <summary>Bought, not yet paid.</summary>
    Incomplete,
    /// <summary>Paid.</summary>
    Active,
    /// <summary>A payment failed; the provider tries again.</summary>
    PastDue,
    /// <summary>The provider gave up; the invoice is open.</summary>
    Unpaid,
    /// <summary>Over.</summary>
    Ended,
}

/// <summary>What the provider says of a subscription.</summary>
/// <param name="Id">Its id there.</param>
/// <param name="Plan">What is charged at the next renewal; null when Hermes does not know the price.</param>
/// <param name="State">How it stands.</param>
/// <param name="PeriodStart">The paid period's start.</param>
/// <param name="PeriodEnd">The paid period's end.</param>
/// <param name="CancelAtPeriodEnd">Whether it ends then.</param>
public sealed record SubscriptionFacts(string Id, TenantPlan? Plan, SubscriptionState State, DateTimeOffset PeriodStart, DateTimeOffset PeriodEnd, bool CancelAtPeriodEnd);

/// <summary>A tenant's plan. Through a provider, or (without one) by agreement with the operator.</summary>
public sealed class Subscription : ITenantOwned, IVersioned
{
    private Subscription() { }

    /// <inheritdoc />
    public TenantId TenantId { get; private set; }

    /// <summary>What it may use until <see cref="PeriodEnd"/>.</summary>
    public TenantPlan Plan { get; private set; }

    /// <summary>What follows at <see cref="PeriodEnd"/>; null when nothing changes.</summary>
    public TenantPlan? NextPlan { get; private set; }

    /// <summary>How it stands.</summary>
    public SubscriptionState State { get; private set; }

    /// <summary>Through whom; null: by agreement.</summary>
    public string? Provider { get; private set; }

    /// <summary>Its id there; null by agreement.</summary>
    public string? ProviderId { get; private set; }

    /// <summary>The paid period's start; null by agreement.</summary>
    public DateTimeOffset? PeriodStart { get; private set; }

    /// <summary>The paid period's end; null by agreement.</summary>
    public DateTimeOffset? PeriodEnd { get; private set; }

    /// <summary>Whether it ends with the period.</summary>
    public bool CancelAtPeriodEnd { get; private set; }

    /// <summary>Since when a payment is overdue; null when none is.</summary>
    public DateTimeOffset? PastDueSince { get; private set; }

    /// <summary>The last standing that the tenant was told about: 0 good, 1 grace, 2 limited, 3 suspended.</summary>
    public int ToldStanding { get; private set; }

    /// <summary>When it began.</summary>
    public DateTimeOffset StartedAt { get; private set; }

    /// <summary>When it was last changed.</summary>
    public DateTimeOffset ChangedAt { get; private set; }

    /// <inheritdoc />
    public uint Version { get; private set; }

    /// <summary>True while the provider charges for it.</summary>
    public bool IsCharged => ProviderId is not null && State is SubscriptionState.Active or SubscriptionState.PastDue or SubscriptionState.Unpaid;

    /// <summary>By agreement with the operator.</summary>
    public static Subscription Agree(TenantId tenant, TenantPlan plan, TimeProvider clock)
    {
        var subscription = new Subscription { TenantId = tenant, StartedAt = clock.GetUtcNow() };
        subscription.AgreeOn(plan, clock);
        return subscription;
    }

    /// <summary>As the provider says.</summary>
    public static Subscription Of(TenantId tenant, string provider, SubscriptionFacts facts, TimeProvider clock)
    {
        var subscription = new Subscription { TenantId = tenant, StartedAt = clock.GetUtcNow() };
        subscription.Become(provider, facts, clock);
        return subscription;
    }

    /// <summary>Makes it one by agreement.</summary>
    public void AgreeOn(TenantPlan plan, TimeProvider clock)
    {
        (Plan, NextPlan, State, Provider, ProviderId, PeriodStart, PeriodEnd, CancelAtPeriodEnd, PastDueSince, ToldStanding) =
            (plan, null, SubscriptionState.Active, null, null, null, null, false, null, 0);
        ChangedAt = clock.GetUtcNow();
    }

    /// <summary>
    /// Takes what the provider says. A lower price that waits for the period's end leaves the plan until then; another
    /// subscription's end does nothing to a newer one.
    /// </summary>
    public void Become(string provider, SubscriptionFacts facts, TimeProvider clock)
    {
        var same = provider == Provider && facts.Id == ProviderId;
        if (!same && facts.State is SubscriptionState.Ended or SubscriptionState.Incomplete && State != SubscriptionState.Ended && ProviderId is not null)
            return;
        var now = clock.GetUtcNow();
        if (!same)
            (Provider, ProviderId, NextPlan, StartedAt) = (provider, facts.Id, null, now);
        if (facts.Plan is { } priced)
        {
            // Within the period both prices may be read, before and after the change was made there.
            var waits = same && NextPlan is not null && (priced == NextPlan || priced == Plan) && PeriodEnd is { } until && facts.PeriodStart < until;
            if (!waits)
                (Plan, NextPlan) = (priced, null);
        }
        (State, PeriodStart, PeriodEnd, CancelAtPeriodEnd) = (facts.State, facts.PeriodStart, facts.PeriodEnd, facts.CancelAtPeriodEnd);
        PastDueSince = State is SubscriptionState.PastDue or SubscriptionState.Unpaid ? PastDueSince ?? now : null;
        if (PastDueSince is null)
            ToldStanding = 0;
        ChangedAt = now;
    }

    /// <summary>A smaller plan follows at the period's end; the present one takes that back.</summary>
    public void DowngradeTo(TenantPlan plan, TimeProvider clock) => (NextPlan, ChangedAt) = (plan == Plan ? null : plan, clock.GetUtcNow());

    /// <summary>Remembers which standing the tenant was told about.</summary>
    public void Told(int standing) => ToldStanding = standing;
}
