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
internal sealed class AwardBook(HermesDbContext db, IReceiptSigner signer, IUnitOfWork work, IOutboxSignal signal) : IAwardBook
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

    public async Task<DateTimeOffset?> NextDueAsync(CancellationToken cancellationToken) =>
        await db.Database.SqlQuery<DateTimeOffset?>($"""
            SELECT least(
                (SELECT coalesce(funds_retry_at, bidding_closes_at) FROM mesh.contracts WHERE state = 'bidding' ORDER BY coalesce(funds_retry_at, bidding_closes_at), id LIMIT 1),
                (SELECT starts_at FROM mesh.contracts WHERE state = 'scheduled' ORDER BY starts_at LIMIT 1)) AS "Value"
            """).SingleAsync(cancellationToken);

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
