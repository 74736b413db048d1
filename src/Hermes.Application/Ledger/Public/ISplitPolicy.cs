using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Shared;

namespace Hermes.Application.Ledger.Public;

/// <summary>Work whose price is to be split.</summary>
/// <param name="Earner">The agent's owner.</param>
/// <param name="Agent">The agent.</param>
/// <param name="Payer">Who pays.</param>
public sealed record SplitQuery(TenantId Earner, AgentId Agent, TenantId Payer);

/// <summary>Who gets what of what is released: platform (by the owner's plan), the agent's organisation, its referrer, and those the agent derives from.</summary>
public interface ISplitPolicy
{
    /// <summary>The terms of each query, in the same order, by two statements however many there are; plans are remembered for a few seconds.</summary>
    Task<IReadOnlyList<SplitTerms>> OfAsync(IReadOnlyList<SplitQuery> queries, CancellationToken cancellationToken);
}

/// <summary>The shares of settlements: who got what.</summary>
public interface IShares
{
    /// <summary>Stores a settlement's shares with the open transaction; nothing where nothing was released. For the engine's role.</summary>
    /// <param name="subjectType">What was settled: <c>contract</c>, <c>milestone</c>, <c>call</c>.</param>
    /// <param name="subjectId">Which one.</param>
    /// <param name="of">Whose work, who pays.</param>
    /// <param name="split">The split.</param>
    /// <param name="transferId">The transfer that moves it.</param>
    void Record(string subjectType, Guid subjectId, SplitQuery of, SettlementSplit split, Guid transferId);

    /// <summary>
    /// What of the shares concerns the acting tenant: all of them for the owner of the agent that did the work, its own for
    /// a referrer or an origin's owner, the platform's for who paid. Oldest first.
    /// </summary>
    Task<IReadOnlyList<ShareView>> OfAsync(string subjectType, IReadOnlyCollection<Guid> subjectIds, CancellationToken cancellationToken);

    /// <summary>What an agent of the acting tenant earned, by currency: its own shares, its organisation's, and royalties.</summary>
    Task<IReadOnlyList<EarningsTotal>> TotalsOfAsync(AgentId agent, TenantId owner, CancellationToken cancellationToken);

    /// <summary>The same by month (UTC), latest first, at most <paramref name="months"/> of them that have any.</summary>
    Task<IReadOnlyList<EarningsMonth>> MonthsOfAsync(AgentId agent, TenantId owner, int months, CancellationToken cancellationToken);

    /// <summary>The agent's single shares, latest first.</summary>
    /// <param name="agent">The agent.</param>
    /// <param name="owner">Its owner.</param>
    /// <param name="before">The last share of the page before; null for the first page.</param>
    /// <param name="limit">Most rows.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    Task<IReadOnlyList<ShareView>> ListAsync(AgentId agent, TenantId owner, Guid? before, int limit, CancellationToken cancellationToken);
}

/// <summary>One party's share of a settlement.</summary>
/// <param name="Id">Its id; grows with time.</param>
/// <param name="SubjectType">What was settled.</param>
/// <param name="SubjectId">Which one.</param>
/// <param name="Party">Who.</param>
/// <param name="TenantId">Whose account it went to.</param>
/// <param name="AgentId">The agent that earned it; null for platform and referrer.</param>
/// <param name="Percent">Of what was released; the agent's is what the others leave.</param>
/// <param name="Amount">How much.</param>
/// <param name="At">When.</param>
public sealed record ShareView(
    Guid Id, string SubjectType, Guid SubjectId, ShareParty Party, TenantId TenantId, AgentId? AgentId, decimal Percent, Money Amount, DateTimeOffset At);

/// <summary>What an agent earned in one currency.</summary>
/// <param name="Work">For its own work.</param>
/// <param name="Organisation">Its organisation's shares of that.</param>
/// <param name="Royalties">From agents that derive from it.</param>
/// <param name="Settlements">How many shares it had in settlements.</param>
public sealed record EarningsTotal(Money Work, Money Organisation, Money Royalties, long Settlements)
{
    /// <summary>All of it.</summary>
    public Money Total => Work + Organisation + Royalties;
}

/// <summary>What an agent earned in a month and currency.</summary>
/// <param name="Month">The month's first day, UTC.</param>
/// <param name="Total">All of it.</param>
/// <param name="Settlements">How many shares it had in settlements.</param>
public sealed record EarningsMonth(DateOnly Month, Money Total, long Settlements);
