using System.Text.Json;
using Hermes.Application.Mesh;
using Hermes.Application.Shared;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;
using NpgsqlTypes;

namespace Hermes.Infrastructure.Mesh;

/// <summary>The award engine's statement, <c>mesh.award_due</c>.</summary>
internal sealed class AwardBook(HermesDbContext db, IReceiptSigner signer, IUnitOfWork work, IOutboxSignal signal, ICurrentActor current, TimeProvider clock) : IAwardBook
{
    public async Task<IReadOnlyList<DueContract>> AwardDueAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken)
    {
        var transaction = (NpgsqlTransaction?)db.Database.CurrentTransaction?.GetDbTransaction()
            ?? throw new InvalidOperationException("Awards happen in a transaction: send AwardDue.");
        await using var command = new NpgsqlCommand("SELECT * FROM mesh.award_due($1, $2)", transaction.Connection, transaction);
        command.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.TimestampTz, Value = now });
        command.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Integer, Value = limit });
        var due = new List<DueContract>();
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
                due.Add(Read(reader, now));
        }
        if (due.Count > 0)
            work.AfterCommit(signal.Wake);
        return due;
    }

    public async Task StoreAsync(IReadOnlyList<DueContract> handled, IReadOnlyList<Receipt> receipts, CancellationToken cancellationToken)
    {
        var transaction = (NpgsqlTransaction)db.Database.CurrentTransaction!.GetDbTransaction();
        await using var batch = new NpgsqlBatch(transaction.Connection, transaction);
        if (receipts.Count > 0)
        {
            var insert = new NpgsqlBatchCommand("INSERT INTO mesh.receipts (contract_id, round, jws, key_id, signed_at) SELECT * FROM unnest($1, $2, $3, $4, $5)");
            Add(insert, NpgsqlDbType.Uuid, receipts, r => r.ContractId.Value);
            Add(insert, NpgsqlDbType.Integer, receipts, r => r.Round);
            Add(insert, NpgsqlDbType.Text, receipts, r => r.Jws);
            Add(insert, NpgsqlDbType.Text, receipts, r => r.KeyId);
            Add(insert, NpgsqlDbType.TimestampTz, receipts, r => r.SignedAt);
            batch.BatchCommands.Add(insert);
        }
        var now = clock.GetUtcNow();
        var log = new NpgsqlBatchCommand("""
            INSERT INTO compliance.audit_entries (id, tenant_id, at, actor_kind, actor_name, action, subject_type, subject_id, after, request_id)
            SELECT u.id, u.tenant_id, $5, 'system', $6, u.action, 'contract', u.contract_id, u.after::jsonb, $7 FROM unnest($1, $2, $3, $4, $8) u(id, tenant_id, contract_id, action, after)
            """);
        Add(log, NpgsqlDbType.Uuid, handled, _ => Guid.CreateVersion7(now));
        Add(log, NpgsqlDbType.Uuid, handled, d => d.Poster.Value);
        Add(log, NpgsqlDbType.Uuid, handled, d => d.Contract.Value);
        Add(log, NpgsqlDbType.Text, handled, d => "contract." + SnakeCase.Of(d.Outcome.ToString()));
        log.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.TimestampTz, Value = now });
        log.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Text, Value = current.Actor.Name });
        log.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Text, Value = current.RequestId });
        Add(log, NpgsqlDbType.Text, handled, d => d.Receipt is { } receipt
            ? JsonSerializer.Serialize(new { receipt.Round, Bid = receipt.Winner, receipt.TieBreak }, HermesJson.Options)
            : null);
        batch.BatchCommands.Add(log);
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    public async Task<ContractId?> PostponeFirstAsync(DateTimeOffset now, DateTimeOffset until, CancellationToken cancellationToken)
    {
        var postponed = await db.Database.SqlQuery<Guid>($"""
            UPDATE mesh.contracts SET funds_retry_at = {until}
            WHERE id = (SELECT id FROM mesh.contracts WHERE state = 'bidding' AND coalesce(funds_retry_at, bidding_closes_at) <= {now}
                        ORDER BY coalesce(funds_retry_at, bidding_closes_at), id LIMIT 1 FOR UPDATE SKIP LOCKED)
            RETURNING id AS "Value"
            """).ToListAsync(cancellationToken);
        return postponed.Count == 0 ? null : new ContractId(postponed[0]);
    }

    public async Task<DateTimeOffset?> NextDueAsync(CancellationToken cancellationToken) =>
        await db.Database.SqlQuery<DateTimeOffset?>($"""
            SELECT least(
                (SELECT coalesce(funds_retry_at, bidding_closes_at) FROM mesh.contracts WHERE state = 'bidding' ORDER BY coalesce(funds_retry_at, bidding_closes_at), id LIMIT 1),
                (SELECT starts_at FROM mesh.contracts WHERE state = 'scheduled' ORDER BY starts_at LIMIT 1)) AS "Value"
            """).SingleAsync(cancellationToken);

    private static void Add<TItem, T>(NpgsqlBatchCommand command, NpgsqlDbType type, IReadOnlyList<TItem> items, Func<TItem, T> part) =>
        command.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Array | type, Value = items.Select(part).ToArray() });

    private DueContract Read(NpgsqlDataReader row, DateTimeOffset now)
    {
        var (contract, poster) = (new ContractId(row.GetGuid(0)), new TenantId(row.GetGuid(1)));
        var outcome = row.GetString(2) switch
        {
            "awarded" => DueOutcome.Awarded,
            "waits_for_funds" => DueOutcome.WaitsForFunds,
            "extended" => DueOutcome.Extended,
            "expired" => DueOutcome.Expired,
            "opened" => DueOutcome.Opened,
            var other => throw new InvalidOperationException($"mesh.award_due answered '{other}'."),
        };
        DateTimeOffset? next = row.IsDBNull(3) ? null : row.GetFieldValue<DateTimeOffset>(3);
        return new DueContract(contract, poster, outcome, next, outcome == DueOutcome.Awarded ? ReadReceipt(row, contract, now) : null);
    }

    // The domain ranks the facts once more: a receipt is never signed for a decision that doesn't follow from them.
    private AwardReceipt ReadReceipt(NpgsqlDataReader row, ContractId contract, DateTimeOffset now)
    {
        var currency = Currency.Parse(row.GetString(5));
        var weights = row.GetFieldValue<int[]>(8);
        var percents = BidWeights.Of(weights[0], weights[1], weights[2], weights[3]).Value;
        var (ids, prices, etas) = (row.GetFieldValue<Guid[]>(11), row.GetFieldValue<long[]>(12), row.GetFieldValue<int[]>(13));
        var (confidences, trusts, times) = (row.GetFieldValue<decimal[]>(14), row.GetFieldValue<decimal[]>(15), row.GetFieldValue<DateTime[]>(16));
        var candidates = ids.Select((id, i) => new Candidate(new BidId(id), new Money(prices[i], currency), etas[i], confidences[i], trusts[i], new DateTimeOffset(times[i], TimeSpan.Zero))).ToList();
        var reward = new Money(row.GetInt64(6), currency);
        int? window = row.IsDBNull(7) ? null : row.GetInt32(7);
        var ranking = Ranking.Of(candidates, reward, window, percents)!;
        var (winner, tieBreak) = (row.GetGuid(9), row.GetString(10));
        if (ranking.Winner.Candidate.Bid.Value != winner || SnakeCase.Of(ranking.TieBreak.ToString()) != tieBreak)
            throw new InvalidOperationException($"The database awarded contract {contract} to bid {winner} ({tieBreak}); by the rule it is {ranking.Winner.Candidate.Bid} ({ranking.TieBreak}).");
        return AwardReceipt.Of(signer.Issuer, contract, row.GetInt32(4), reward, window, percents, ranking, ranking.Winner.Candidate.Bid, ranking.TieBreak, now, []);
    }
}
