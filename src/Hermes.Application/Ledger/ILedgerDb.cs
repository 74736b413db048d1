using Hermes.Domain.Ledger;
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

    /// <summary>Names of those of the agents that are the tenant's own.</summary>
    Task<IReadOnlyDictionary<AgentId, string>> OwnAgentsAsync(TenantId tenant, IReadOnlyCollection<AgentId> agents, CancellationToken ct);

    /// <summary>What organisations settled about the split of their agents' income.</summary>
    DbSet<SplitSettings> SplitSettings { get; }

    /// <summary>The number of the account's last entry before an instant; 0 when there is none. Costs the same for old and new accounts.</summary>
    Task<long> SeqBeforeAsync(Account account, DateTimeOffset instant, CancellationToken ct);

    /// <summary>The account's balance in micro-units just before each instant, in the same order.</summary>
    Task<IReadOnlyList<long>> BalancesBeforeAsync(Account account, IReadOnlyList<DateTimeOffset> instants, CancellationToken ct);

    /// <summary>The rules that the books break, with the number of violations; empty when all is right.</summary>
    Task<IReadOnlyList<BrokenRule>> CheckAsync(CancellationToken ct);
}

/// <summary>A rule of the books that does not hold.</summary>
/// <param name="Rule">The rule, as a sentence.</param>
/// <param name="Violations">How often it is broken, from 1.</param>
public sealed record BrokenRule(string Rule, long Violations);
