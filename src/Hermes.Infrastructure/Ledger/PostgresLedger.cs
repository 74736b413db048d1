using Hermes.Application.Ledger.Public;
using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;
using NpgsqlTypes;

namespace Hermes.Infrastructure.Ledger;

/// <summary>The ledger on PostgreSQL: by the group writer, or by <c>ledger.post</c> in the unit of work's transaction.</summary>
internal sealed class PostgresLedger(GroupWriter writer, HermesDbContext db, TimeProvider clock) : ILedger
{
    private const string Sql = "SELECT transfer_id, posted_at, outcome FROM ledger.post($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13) ORDER BY ord";

    public Task<Result<PostedTransfer>> PostAsync(Transfer transfer, CancellationToken ct) => writer.PostAsync(transfer, ct);

    public async Task<Result<IReadOnlyList<PostedTransfer>>> PostWithinAsync(IReadOnlyList<Transfer> transfers, CancellationToken ct)
    {
        var transaction = db.Database.CurrentTransaction?.GetDbTransaction() as NpgsqlTransaction
            ?? throw new InvalidOperationException("Posting within needs an open transaction: send it from a command.");
        if (transfers.Count == 0)
            return Array.Empty<PostedTransfer>();
        var postings = transfers.SelectMany((transfer, i) => transfer.Postings.Select(posting => (Transfer: i + 1, posting.Account, posting.MicroUnits))).ToList();
        await using var command = new NpgsqlCommand(Sql, transaction.Connection, transaction);
        Add(command, NpgsqlDbType.TimestampTz, clock.Instant());
        AddAll(command, NpgsqlDbType.Uuid, transfers, transfer => transfer.Id.Value);
        AddAll(command, NpgsqlDbType.Text, transfers, transfer => transfer.IdempotencyKey);
        AddAll(command, NpgsqlDbType.Text, transfers, transfer => transfer.Purpose);
        AddAll(command, NpgsqlDbType.Text, transfers, transfer => transfer.SubjectType);
        AddAll(command, NpgsqlDbType.Uuid, transfers, transfer => transfer.SubjectId);
        AddAll(command, NpgsqlDbType.Text, transfers, transfer => transfer.Note);
        AddAll(command, NpgsqlDbType.Integer, postings, posting => posting.Transfer);
        AddAll(command, NpgsqlDbType.Text, postings, posting => posting.Account.Kind.ToText());
        AddAll(command, NpgsqlDbType.Uuid, postings, posting => posting.Account.OwnerId);
        AddAll(command, NpgsqlDbType.Uuid, postings, posting => posting.Account.TenantId.Value);
        AddAll(command, NpgsqlDbType.Text, postings, posting => posting.Account.Currency.Code);
        AddAll(command, NpgsqlDbType.Bigint, postings, posting => posting.MicroUnits);

        var posted = new List<PostedTransfer>(transfers.Count);
        try
        {
            await using var reader = await command.ExecuteReaderAsync(ct);
            while (await reader.ReadAsync(ct))
            {
                var outcome = reader.GetString(2);
                if (outcome is not ("posted" or "replayed"))
                    return outcome switch
                    {
                        "insufficient_funds" => LedgerErrors.InsufficientFunds,
                        "key_reused" => LedgerErrors.KeyReused,
                        _ => SpendErrors.Of(outcome) ?? LedgerErrors.OutOfRange,
                    };
                posted.Add(new PostedTransfer(TransferId.From(reader.GetGuid(0)), reader.GetFieldValue<DateTimeOffset>(1), outcome == "replayed"));
            }
        }
        catch (PostgresException failure) when (failure.SqlState == PostgresErrorCodes.InvalidParameterValue)
        {
            return LedgerErrors.Malformed;
        }
        return posted;
    }

    public async Task<Money> BalanceAsync(AccountRef account, CancellationToken ct)
    {
        var balance = await db.LedgerAccounts
            .Where(a => a.OwnerId == account.OwnerId && a.Kind == account.Kind && a.Currency == account.Currency)
            .Select(a => (long?)a.Balance)
            .SingleOrDefaultAsync(ct);
        return new Money(balance ?? 0, account.Currency);
    }

    public async Task<Money> LockCreditsAsync(TenantId payer, Currency currency, CancellationToken ct)
    {
        if (db.Database.CurrentTransaction is null)
            throw new InvalidOperationException("A lock needs an open transaction: send it from a command.");
        return new Money((await db.Database.SqlQuery<long>($"SELECT ledger.lock_credits({payer.Value}, {currency.Code}) AS \"Value\"").ToListAsync(ct))[0], currency);
    }

    private static void Add(NpgsqlCommand command, NpgsqlDbType type, object value) =>
        command.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = type, Value = value });

    private static void AddAll<TItem, T>(NpgsqlCommand command, NpgsqlDbType type, IReadOnlyList<TItem> items, Func<TItem, T> part) =>
        Add(command, NpgsqlDbType.Array | type, items.Select(part).ToArray());
}
