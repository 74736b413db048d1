using Hermes.Domain.Ledger;
using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Shared;

namespace Hermes.Application.Ledger;

/// <summary>A mandate's terms as its giver writes them.</summary>
public sealed record MandateInput
{
    /// <summary>For people, 1–80 characters.</summary>
    public string? Name { get; init; }

    /// <summary>The most in one period.</summary>
    public Money? Amount { get; init; }

    /// <summary>How often the amount is there anew.</summary>
    public MandatePeriod Period { get; init; } = MandatePeriod.Once;

    /// <summary>The most for one call or contract; null for the amount.</summary>
    public Money? PerCall { get; init; }

    /// <summary>Agents that may be paid.</summary>
    public IReadOnlyList<AgentId>? PayeeAgentIds { get; init; }

    /// <summary>Organisations whose agents may be paid; with no payees of either kind anybody may.</summary>
    public IReadOnlyList<TenantId>? PayeeTenantIds { get; init; }

    /// <summary>What may be paid for; null or empty for anything.</summary>
    public IReadOnlyList<string>? Capabilities { get; init; }

    /// <summary>A label that payments must name; null for none.</summary>
    public string? Project { get; init; }

    /// <summary>Not before; null for at once.</summary>
    public DateTimeOffset? StartsAt { get; init; }

    /// <summary>Not from then on; null for no end.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    internal MandateTerms ToTerms() => new(Name ?? "", Amount ?? default, Period, PerCall, PayeeAgentIds ?? [], PayeeTenantIds ?? [], Capabilities ?? [],
        string.IsNullOrWhiteSpace(Project) ? null : Project, StartsAt, ExpiresAt);
}

/// <summary>Where a mandate stands.</summary>
public enum MandateState
{
    /// <summary>It may be spent by.</summary>
    Live,
    /// <summary>Its time has not begun.</summary>
    Waiting,
    /// <summary>Its time is over.</summary>
    Expired,
    /// <summary>It was taken back.</summary>
    Revoked,
}

/// <summary>A mandate as its giver sees it.</summary>
/// <param name="Id">Its id, which the agent may name.</param>
/// <param name="Name">For people.</param>
/// <param name="AgentId">Who may spend.</param>
/// <param name="AgentName">Its name; null when it is gone.</param>
/// <param name="State">Where it stands.</param>
/// <param name="Amount">The most in one period.</param>
/// <param name="Period">How often it is there anew.</param>
/// <param name="PerCall">The most for one call or contract; null for the amount.</param>
/// <param name="Spent">Spent or held in the present period, less what came back.</param>
/// <param name="Left">What is left in it; zero while it is not live.</param>
/// <param name="SpentInAll">Since it was given.</param>
/// <param name="PeriodStartedAt">Beginning of the present period; null for the whole time.</param>
/// <param name="PayeeAgentIds">Agents that may be paid.</param>
/// <param name="PayeeTenantIds">Organisations that may be paid.</param>
/// <param name="Capabilities">What may be paid for; empty for anything.</param>
/// <param name="Project">A label that payments must name; null for none.</param>
/// <param name="StartsAt">Not before.</param>
/// <param name="ExpiresAt">Not from then on; null for no end.</param>
/// <param name="RevokedAt">When it was taken back; null while it was not.</param>
/// <param name="CreatedAt">When it was given.</param>
/// <param name="Revision">Counts edits; the ETag.</param>
public sealed record MandateView(
    MandateId Id, string Name, AgentId AgentId, string? AgentName, MandateState State, Money Amount, MandatePeriod Period, Money? PerCall, Money Spent, Money Left,
    Money SpentInAll, DateTimeOffset? PeriodStartedAt, IReadOnlyList<AgentId> PayeeAgentIds, IReadOnlyList<TenantId> PayeeTenantIds, IReadOnlyList<string> Capabilities,
    string? Project, DateTimeOffset StartsAt, DateTimeOffset? ExpiresAt, DateTimeOffset? RevokedAt, DateTimeOffset CreatedAt, int Revision)
{
    /// <summary>At an instant.</summary>
    public static MandateView Of(Mandate m, string? agentName, DateTimeOffset now)
    {
        var period = Mandate.PeriodAt(m.Period, now);
        var spent = m.Period == MandatePeriod.Once ? m.SpentInAll : m.PeriodStartedAt == period ? m.Spent : 0;
        var state = m.RevokedAt is not null ? MandateState.Revoked : m.ExpiresAt <= now ? MandateState.Expired : m.StartsAt > now ? MandateState.Waiting : MandateState.Live;
        Money Of(long micro) => new(micro, m.Currency);
        return new MandateView(m.Id, m.Name, m.AgentId, agentName, state, Of(m.Amount), m.Period, m.PerCall is { } ceiling ? Of(ceiling) : null, Of(spent),
            Of(state == MandateState.Live ? Math.Max(0, m.Amount - spent) : 0), Of(m.SpentInAll), m.Period == MandatePeriod.Once ? null : period,
            [.. m.PayeeAgents.Select(a => new AgentId(a))], [.. m.PayeeTenants.Select(t => new TenantId(t))], m.Capabilities, m.Project, m.StartsAt, m.ExpiresAt, m.RevokedAt, m.CreatedAt, m.Revision);
    }
}
