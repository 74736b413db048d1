using Hermes.Application.Ledger;
using Hermes.Domain.Ledger;
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
    public async Task<IReadOnlyDictionary<AgentId, string>> OwnAgentsAsync(TenantId tenant, IReadOnlyCollection<AgentId> agents, CancellationToken ct)
    {
        Guid[] ids = [.. agents.Select(agent => agent.Value)];
        return ids.Length == 0
            ? new Dictionary<AgentId, string>()
            : (await Database.SqlQuery<NamedAgent>($"SELECT id, name FROM agents.agents WHERE tenant_id = {tenant.Value} AND id = ANY ({ids})").ToListAsync(ct))
                .ToDictionary(agent => new AgentId(agent.Id), agent => agent.Name);
    }

    private sealed record NamedAgent(Guid Id, string Name);

    /// <inheritdoc />
    public DbSet<SplitSettings> SplitSettings => Set<SplitSettings>();

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
    public async Task<IReadOnlyList<BrokenRule>> CheckAsync(CancellationToken ct) =>
        await Database.SqlQuery<BrokenRule>($"SELECT rule AS \"Rule\", violations AS \"Violations\" FROM ledger.check()").ToListAsync(ct);
}
