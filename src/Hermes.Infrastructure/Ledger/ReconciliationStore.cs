using Hermes.Application.Ledger;
using Hermes.Domain.Ledger;
using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Infrastructure.Ledger;

/// <summary>The reconciliation by the database's own functions, in the engine's open transaction.</summary>
internal sealed class ReconciliationStore(HermesDbContext db) : IReconciliationDb
{
    private const long Lock = 0x4865726D65735265; // "HermesRe"

    public Task LockAsync(CancellationToken cancellationToken) => db.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock({Lock})", cancellationToken);

    public async Task<(long Accounts, long Entries, IReadOnlyList<Difference> Differences)> CheckNewEntriesAsync(CancellationToken cancellationToken)
    {
        var rows = await db.Database.SqlQuery<Row>($"SELECT kind, subject, one_side AS \"OneSide\", other_side AS \"OtherSide\", accounts, entries FROM ledger.reconcile()").ToListAsync(cancellationToken);
        return (rows.Sum(r => r.Accounts), rows.Sum(r => r.Entries), [.. rows.Where(r => r.Kind is not null).Select(r =>
            new Difference(Enum.Parse<DifferenceKind>(r.Kind!.Replace("_", "", StringComparison.Ordinal), ignoreCase: true), r.Subject!, r.OneSide!, r.OtherSide!))]);
    }

    public async Task<IReadOnlyDictionary<Guid, Money>> EscrowsAsync(CancellationToken cancellationToken) =>
        (await db.LedgerAccounts.AsNoTracking().Where(a => a.Kind == AccountKind.Escrow && !a.IsEmpty).Select(a => new { a.OwnerId, a.Balance, a.Currency }).ToListAsync(cancellationToken))
            .GroupBy(a => a.OwnerId).ToDictionary(g => g.Key, g => new Money(g.First().Balance, g.First().Currency));

    public async Task<IReadOnlyList<(string SubjectType, Guid SubjectId, Money Amount)>> ClearingAsync(
        IReadOnlyCollection<string> subjectTypes, DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken)
    {
        string[] types = [.. subjectTypes];
        return (await db.Database.SqlQuery<ClearingRow>($"""
            SELECT e.subject_type AS "SubjectType", e.subject_id AS "SubjectId", e.currency::text AS currency, sum(e.amount)::bigint AS amount
              FROM ledger.accounts a
              CROSS JOIN LATERAL (SELECT ledger.seq_before(a.id, a.entry_count, {from.ToUniversalTime()}) AS first, ledger.seq_before(a.id, a.entry_count, {to.ToUniversalTime()}) AS last) s
              JOIN ledger.entries e ON e.account_id = a.id AND e.seq > s.first AND e.seq <= s.last
             WHERE a.kind = 'payment_clearing' AND e.subject_type = ANY ({types})
             GROUP BY 1, 2, 3
            """).ToListAsync(cancellationToken)).ConvertAll(r => (r.SubjectType, r.SubjectId, new Money(r.Amount, Currency.Parse(r.Currency))));
    }

    private sealed record Row(string? Kind, string? Subject, string? OneSide, string? OtherSide, long Accounts, long Entries);

    private sealed record ClearingRow(string SubjectType, Guid SubjectId, string Currency, long Amount);
}
