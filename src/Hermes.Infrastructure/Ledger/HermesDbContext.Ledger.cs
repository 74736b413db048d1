using Hermes.Application.Ledger;
using Hermes.Domain.Ledger;
using Hermes.Domain.Ledger.Public;
using Hermes.Infrastructure.Ledger;
using Hermes.Domain.Shared;
using Microsoft.EntityFrameworkCore;

// The context's part of this capability.
namespace Hermes.Infrastructure.Persistence;

public sealed partial class HermesDbContext : ILedgerDb
{
    /// <inheritdoc />
    public DbSet<Account> LedgerAccounts => Set<Account>();

    /// <inheritdoc />
    public DbSet<Entry> LedgerEntries => Set<Entry>();

    /// <inheritdoc />
    public DbSet<Mandate> Mandates => Set<Mandate>();

    /// <inheritdoc />
    public DbSet<MandateUse> MandateUses => Set<MandateUse>();

    /// <inheritdoc />
    public DbSet<SpendPolicy> SpendPolicies => Set<SpendPolicy>();

    /// <inheritdoc />
    public DbSet<CreditGrant> CreditGrants => Set<CreditGrant>();

    /// <inheritdoc />
    public DbSet<Referral> Referrals => Set<Referral>();

    /// <inheritdoc />
    public DbSet<ExchangeRate> ExchangeRates => Set<ExchangeRate>();

    /// <inheritdoc />
    public DbSet<Conversion> Conversions => Set<Conversion>();

    /// <inheritdoc />
    public DbSet<ReconciliationCase> ReconciliationCases => Set<ReconciliationCase>();

    /// <inheritdoc />
    public DbSet<ReconciliationRun> ReconciliationRuns => Set<ReconciliationRun>();

    /// <inheritdoc />
    public async Task<IReadOnlyDictionary<AgentId, string>> OwnAgentsAsync(TenantId tenant, IReadOnlyCollection<AgentId> agents, CancellationToken ct)
    {
        Guid[] ids = [.. agents.Select(agent => agent.Value)];
        return ids.Length == 0
            ? new Dictionary<AgentId, string>()
            : (await Database.SqlQuery<NamedAgent>($"SELECT id, name FROM agents.agents WHERE tenant_id = {tenant.Value} AND id = ANY ({ids})").ToListAsync(ct))
                .ToDictionary(agent => new AgentId(agent.Id), agent => agent.Name);
    }

    /// <inheritdoc />
    public async Task<IReadOnlyList<MonthlySum>> MonthlySumsAsync(TenantId tenant, Currency currency, DateTimeOffset since, CancellationToken ct) =>
        (await Database.SqlQuery<MonthlySumRow>($"""
            SELECT date_trunc('month', e.created_at, 'UTC') AS month, a.kind, e.purpose, sum(e.amount)::bigint AS amount
              FROM ledger.accounts a CROSS JOIN LATERAL (SELECT ledger.seq_before(a.id, a.entry_count, {since}) AS seq) s
              JOIN ledger.entries e ON e.account_id = a.id AND e.seq > s.seq
             WHERE a.owner_id = {tenant.Value} AND a.tenant_id = {tenant.Value} AND a.kind IN ('available', 'promotional', 'earnings') AND a.currency = {currency.Code}
             GROUP BY 1, 2, 3
            """).ToListAsync(ct)).ConvertAll(row => new MonthlySum(row.Month, Enum.GetValues<AccountKind>().Single(kind => kind.ToText() == row.Kind), row.Purpose, row.Amount));

    /// <inheritdoc />
    public async Task<IReadOnlyList<MonthlyShares>> MonthlySharesAsync(TenantId tenant, Currency currency, DateTimeOffset since, CancellationToken ct) =>
        await Database.SqlQuery<MonthlyShares>($"""
            SELECT date_trunc('month', s.at, 'UTC') AS month, coalesce(sum(s.amount_micro_units) FILTER (WHERE s.tenant_id = {tenant.Value}), 0)::bigint AS income,
                   coalesce(sum(s.amount_micro_units) FILTER (WHERE s.tenant_id = {tenant.Value} AND s.party = 'organisation'), 0)::bigint AS organisation,
                   coalesce(sum(s.amount_micro_units) FILTER (WHERE s.earner_tenant_id = {tenant.Value} AND s.party = 'platform'), 0)::bigint AS fees
              FROM ledger.shares s
             WHERE (s.tenant_id = {tenant.Value} OR s.earner_tenant_id = {tenant.Value}) AND s.currency = {currency.Code} AND s.at >= {since}
             GROUP BY 1
            """).ToListAsync(ct);

    private sealed record MonthlySumRow(DateTimeOffset Month, string Kind, string Purpose, long Amount);

    private sealed record NamedAgent(Guid Id, string Name);

    /// <inheritdoc />
    public DbSet<SplitSettings> SplitSettings => Set<SplitSettings>();

    /// <inheritdoc />
    public DbSet<Proposal> Proposals => Set<Proposal>();

    /// <inheritdoc />
    public Task<long> SeqBeforeAsync(Account account, DateTimeOffset instant, CancellationToken ct) =>
        Database.SqlQuery<long>($"SELECT ledger.seq_before({account.Id.Value}, {account.EntryCount}, {instant}) AS \"Value\"").SingleAsync(ct);

    /// <inheritdoc />
    public async Task<IReadOnlyList<long>> BalancesBeforeAsync(Account account, IReadOnlyList<DateTimeOffset> instants, CancellationToken ct)
    {
        DateTimeOffset[] asked = [.. instants];
        return await Database.SqlQuery<long>($"SELECT balance AS \"Value\" FROM ledger.balances_before({account.Id.Value}, {account.EntryCount}, {asked}) ORDER BY ord").ToListAsync(ct);
    }

    /// <inheritdoc />
    public Task<DateTimeOffset?> ArchivedBeforeAsync(CancellationToken ct) =>
        Database.SqlQuery<DateTimeOffset?>($"SELECT (max(month) AT TIME ZONE 'UTC' + interval '1 month') AT TIME ZONE 'UTC' AS \"Value\" FROM ledger.archived_months").SingleAsync(ct);

    /// <inheritdoc />
    public async Task<IReadOnlyList<BrokenRule>> CheckAsync(CancellationToken ct) =>
        await Database.SqlQuery<BrokenRule>($"SELECT rule AS \"Rule\", violations AS \"Violations\" FROM ledger.check()").ToListAsync(ct);
}
