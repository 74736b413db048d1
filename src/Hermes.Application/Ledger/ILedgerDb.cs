using Hermes.Domain.Ledger;
using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Shared;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Ledger;

/// <summary>The ledger's tables, for reading; <see cref="Public.ILedger"/> writes.</summary>
public interface ILedgerDb
{
    /// <summary>Accounts of the current tenant.</summary>
    DbSet<Account> LedgerAccounts { get; }

    /// <summary>Entries on accounts of the current tenant.</summary>
    DbSet<Entry> LedgerEntries { get; }

    /// <summary>Mandates of the current tenant.</summary>
    DbSet<Mandate> Mandates { get; }

    /// <summary>What was paid by them; the ledger writes.</summary>
    DbSet<MandateUse> MandateUses { get; }

    /// <summary>The current tenant's rules for its agents' spending.</summary>
    DbSet<SpendPolicy> SpendPolicies { get; }

    /// <summary>Promotional credits that were given; the ledger writes.</summary>
    DbSet<CreditGrant> CreditGrants { get; }

    /// <summary>Who brought whom.</summary>
    DbSet<Referral> Referrals { get; }

    /// <summary>Stored rates; everybody's.</summary>
    DbSet<ExchangeRate> ExchangeRates { get; }

    /// <summary>Conversions of the current tenant.</summary>
    DbSet<Conversion> Conversions { get; }

    /// <summary>What the reconciliation found; operators'.</summary>
    DbSet<ReconciliationCase> ReconciliationCases { get; }

    /// <summary>Its runs; operators'.</summary>
    DbSet<ReconciliationRun> ReconciliationRuns { get; }

    /// <summary>Names of those of the agents that are the tenant's own.</summary>
    Task<IReadOnlyDictionary<AgentId, string>> OwnAgentsAsync(TenantId tenant, IReadOnlyCollection<AgentId> agents, CancellationToken ct);

    /// <summary>What organisations settled about the split of their agents' income.</summary>
    DbSet<SplitSettings> SplitSettings { get; }

    /// <summary>What moved a tenant's wallet in one currency since the start of a month, by month, account and purpose.</summary>
    Task<IReadOnlyList<MonthlySum>> MonthlySumsAsync(TenantId tenant, Currency currency, DateTimeOffset since, CancellationToken ct);

    /// <summary>A tenant's shares of settlements in one currency since the start of a month, by month.</summary>
    Task<IReadOnlyList<MonthlyShares>> MonthlySharesAsync(TenantId tenant, Currency currency, DateTimeOffset since, CancellationToken ct);

    /// <summary>Operators' acts that wait or waited for a second operator.</summary>
    DbSet<Proposal> Proposals { get; }

    /// <summary>Entries before this instant are archived; null when none are.</summary>
    Task<DateTimeOffset?> ArchivedBeforeAsync(CancellationToken ct);

    /// <summary>Saves what changed.</summary>
    Task<int> SaveChangesAsync(CancellationToken cancellationToken = default);

    /// <summary>The number of the account's last entry before an instant; 0 when there is none. Costs the same for old and new accounts.</summary>
    Task<long> SeqBeforeAsync(Account account, DateTimeOffset instant, CancellationToken ct);

    /// <summary>The account's balance in micro-units just before each instant, in the same order.</summary>
    Task<IReadOnlyList<long>> BalancesBeforeAsync(Account account, IReadOnlyList<DateTimeOffset> instants, CancellationToken ct);

    /// <summary>The rules that the books break, with the number of violations; empty when all is right.</summary>
    Task<IReadOnlyList<BrokenRule>> CheckAsync(CancellationToken ct);
}

/// <summary>What moved an account in a month for one purpose.</summary>
/// <param name="Month">The month's first instant, UTC.</param>
/// <param name="Kind">The account.</param>
/// <param name="Purpose">The purpose.</param>
/// <param name="Amount">The sum, in micro-units; negative when more went than came.</param>
public sealed record MonthlySum(DateTimeOffset Month, AccountKind Kind, string Purpose, long Amount);

/// <summary>A month's shares of settlements, in micro-units.</summary>
/// <param name="Month">The month's first instant, UTC.</param>
/// <param name="Income">All that the tenant got: for its agents' work, its own share of it, as a referrer, as royalties.</param>
/// <param name="Organisation">The part of it that is the organisation's own share, which went to what it may spend.</param>
/// <param name="Fees">The platform's shares of what its agents' work released.</param>
public sealed record MonthlyShares(DateTimeOffset Month, long Income, long Organisation, long Fees);

/// <summary>A rule of the books that does not hold.</summary>
/// <param name="Rule">The rule, as a sentence.</param>
/// <param name="Violations">How often it is broken, from 1.</param>
public sealed record BrokenRule(string Rule, long Violations);
