using Hermes.Domain.Ledger.Public;
using Npgsql;
using NpgsqlTypes;

namespace Hermes.Infrastructure.Ledger;

/// <summary>What <c>ledger.post_batch</c> decided about one transfer; the numbers are the function's.</summary>
internal enum Outcome : short
{
    Posted = 0,
    Replayed = 1,
    InsufficientFunds = 2,
    KeyReused = 3,
    OutOfRange = 4,
}

/// <summary>Instants that come back from the database as they went in.</summary>
internal static class PostingInstants
{
    /// <summary>Now, in whole microseconds.</summary>
    public static DateTimeOffset Instant(this TimeProvider clock)
    {
        var now = clock.GetUtcNow();
        return now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMicrosecond));
    }
}

/// <summary>
/// Transfers as the arrays that <c>ledger.post_batch</c> takes: each account once, by its id where that is known and by
/// its name where it isn't, and postings that point to it by position.
/// </summary>
internal sealed class PostingBatch
{
    private const int Parameters = 16;

    private readonly List<AccountRef> _named = [];

    /// <summary>The prepared statement's text.</summary>
    public const string Sql = "SELECT outcomes, ids, ats, opened FROM ledger.post_batch($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16)";

    private readonly object[] _values;

    /// <param name="transfers">At least one.</param>
    /// <param name="at">The posting's instant.</param>
    /// <param name="known">Account ids by name; may lack any.</param>
    public PostingBatch(IReadOnlyList<Transfer> transfers, DateTimeOffset at, IReadOnlyDictionary<AccountRef, Guid> known)
    {
        var count = transfers.Count;
        Guid[] ids = new Guid[count], subjectIds = new Guid[count];
        string[] keys = new string[count], purposes = new string[count], subjectTypes = new string[count];
        var notes = new string?[count];
        var postings = 0;
        for (var i = 0; i < count; i++)
            postings += transfers[i].Postings.Count;
        int[] toTransfer = new int[postings], toAccount = new int[postings];
        var amounts = new long[postings];
        var positions = new Dictionary<AccountRef, int>(postings);
        var accounts = new List<Guid?>(postings);
        var open = new List<int>();
        var p = 0;
        for (var i = 0; i < count; i++)
        {
            var transfer = transfers[i];
            ids[i] = transfer.Id.Value;
            keys[i] = transfer.IdempotencyKey;
            purposes[i] = transfer.Purpose;
            subjectTypes[i] = transfer.SubjectType;
            subjectIds[i] = transfer.SubjectId;
            notes[i] = transfer.Note;
            foreach (var posting in transfer.Postings)
            {
                if (!positions.TryGetValue(posting.Account, out var position))
                {
                    var isKnown = known.TryGetValue(posting.Account, out var id);
                    accounts.Add(isKnown ? id : null);
                    positions[posting.Account] = position = accounts.Count;
                    if (!isKnown)
                    {
                        open.Add(position);
                        _named.Add(posting.Account);
                    }
                }
                toTransfer[p] = i + 1;
                toAccount[p] = position;
                amounts[p++] = posting.MicroUnits;
            }
        }
        _values =
        [
            at.ToUniversalTime(), ids, keys, purposes, subjectTypes, subjectIds, notes,
            accounts.ToArray(), open.ToArray(),
            _named.ConvertAll(a => a.Kind.ToText()).ToArray(), _named.ConvertAll(a => a.OwnerId).ToArray(),
            _named.ConvertAll(a => a.TenantId.Value).ToArray(), _named.ConvertAll(a => a.Currency.Code).ToArray(),
            toTransfer, toAccount, amounts,
        ];
    }

    /// <summary>The accounts that were sent by name, in the order in which the function answers their ids.</summary>
    public IReadOnlyList<AccountRef> Named => _named;

    /// <summary>A command with the statement's parameters, without values.</summary>
    public static NpgsqlCommand Command(NpgsqlConnection connection)
    {
        const NpgsqlDbType Array = NpgsqlDbType.Array;
        NpgsqlDbType[] types =
        [
            NpgsqlDbType.TimestampTz, Array | NpgsqlDbType.Uuid, Array | NpgsqlDbType.Text, Array | NpgsqlDbType.Text,
            Array | NpgsqlDbType.Text, Array | NpgsqlDbType.Uuid, Array | NpgsqlDbType.Text, Array | NpgsqlDbType.Uuid,
            Array | NpgsqlDbType.Integer, Array | NpgsqlDbType.Text, Array | NpgsqlDbType.Uuid, Array | NpgsqlDbType.Uuid,
            Array | NpgsqlDbType.Text, Array | NpgsqlDbType.Integer, Array | NpgsqlDbType.Integer, Array | NpgsqlDbType.Bigint,
        ];
        var command = new NpgsqlCommand(Sql, connection);
        for (var i = 0; i < Parameters; i++)
            command.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = types[i] });
        return command;
    }

    /// <summary>Fills a command made by <see cref="Command"/>.</summary>
    public void Fill(NpgsqlCommand command)
    {
        for (var i = 0; i < Parameters; i++)
            command.Parameters[i].Value = _values[i];
    }
}
