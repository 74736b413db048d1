using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Unicode;
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
    private const NpgsqlDbType Array = NpgsqlDbType.Array;

    private static readonly NpgsqlDbType[] Types =
    [
        NpgsqlDbType.TimestampTz, Array | NpgsqlDbType.Uuid, Array | NpgsqlDbType.Text, Array | NpgsqlDbType.Uuid, Array | NpgsqlDbType.Uuid,
        Array | NpgsqlDbType.Integer, Array | NpgsqlDbType.Text, Array | NpgsqlDbType.Text, Array | NpgsqlDbType.Text,
        Array | NpgsqlDbType.Uuid, Array | NpgsqlDbType.Integer, Array | NpgsqlDbType.Text, Array | NpgsqlDbType.Uuid, Array | NpgsqlDbType.Uuid, Array | NpgsqlDbType.Text,
        Array | NpgsqlDbType.Integer, Array | NpgsqlDbType.Integer, Array | NpgsqlDbType.Bigint, Array | NpgsqlDbType.Bigint, Array | NpgsqlDbType.Integer,
    ];

    /// <summary>The prepared statement's text.</summary>
    public static readonly string Sql =
        $"SELECT outcomes, ids, ats, opened FROM ledger.post_batch({string.Join(',', Enumerable.Range(1, Types.Length).Select(i => $"${i}"))})";

    private readonly List<AccountRef> _named = [];
    private readonly object[] _values;

    /// <param name="transfers">At least one.</param>
    /// <param name="fingerprints">Of each.</param>
    /// <param name="at">The posting's instant.</param>
    /// <param name="known">Account ids by name; may lack any.</param>
    public PostingBatch(IReadOnlyList<Transfer> transfers, IReadOnlyList<Guid> fingerprints, DateTimeOffset at, IReadOnlyDictionary<AccountRef, Guid> known)
    {
        var count = transfers.Count;
        Guid[] ids = new Guid[count], subjectIds = new Guid[count];
        var keys = new string[count];
        var length = 0;
        for (var i = 0; i < count; i++)
            length += transfers[i].Postings.Count;
        int[] toTransfer = new int[length], toAccount = new int[length], nths = new int[length];
        long[] amounts = new long[length], runs = new long[length];
        var toLabel = new int[count];
        var labels = new List<(string Purpose, string SubjectType, string? Note)>();
        var labelPositions = new Dictionary<(string, string, string?), int>();
        var accounts = new List<Guid?>(length);
        var positions = new Dictionary<AccountRef, int>(length);
        var sums = new List<(long Run, int Nth)>(length);
        var open = new List<int>();
        var p = 0;
        for (var i = 0; i < count; i++)
        {
            var transfer = transfers[i];
            ids[i] = transfer.Id.Value;
            keys[i] = transfer.IdempotencyKey;
            subjectIds[i] = transfer.SubjectId;
            var label = (transfer.Purpose, transfer.SubjectType, transfer.Note);
            if (!labelPositions.TryGetValue(label, out toLabel[i]))
            {
                labels.Add(label);
                labelPositions[label] = toLabel[i] = labels.Count;
            }
            foreach (var posting in transfer.Postings)
            {
                if (!positions.TryGetValue(posting.Account, out var position))
                {
                    var isKnown = known.TryGetValue(posting.Account, out var id);
                    accounts.Add(isKnown ? id : null);
                    sums.Add(default);
                    positions[posting.Account] = position = accounts.Count;
                    if (!isKnown)
                    {
                        open.Add(position);
                        _named.Add(posting.Account);
                    }
                }
                var (run, nth) = sums[position - 1];
                // A sum that leaves the range wraps here; the database then meets the same overflow by itself and refuses.
                sums[position - 1] = (run, nth) = (unchecked(run + posting.MicroUnits), nth + 1);
                toTransfer[p] = i + 1;
                toAccount[p] = position;
                amounts[p] = posting.MicroUnits;
                runs[p] = run;
                nths[p++] = nth;
            }
        }
        _values =
        [
            at.ToUniversalTime(), ids, keys, fingerprints, subjectIds,
            toLabel, labels.ConvertAll(l => l.Purpose).ToArray(), labels.ConvertAll(l => l.SubjectType).ToArray(), labels.ConvertAll(l => l.Note).ToArray(),
            accounts.ToArray(), open.ToArray(),
            _named.ConvertAll(a => a.Kind.ToText()).ToArray(), _named.ConvertAll(a => a.OwnerId).ToArray(),
            _named.ConvertAll(a => a.TenantId.Value).ToArray(), _named.ConvertAll(a => a.Currency.Code).ToArray(),
            toTransfer, toAccount, amounts, runs, nths,
        ];
    }

    /// <summary>
    /// What makes two transfers the same, as <c>ledger.fingerprint</c> computes it: SHA-256, first half, of purpose, subject and
    /// postings, a line each, postings in byte order.
    /// </summary>
    public static Guid Fingerprint(Transfer transfer)
    {
        // A posting's line is at most 16 + 36 + 3 + 20 characters and four more, all ASCII.
        const int Line = 80;
        var count = transfer.Postings.Count;
        var head = $"{transfer.Purpose}\n{transfer.SubjectType}\n{transfer.SubjectId}";
        var size = Encoding.UTF8.GetMaxByteCount(head.Length) + (2 * count * Line);
        var rented = size > 1_024 ? ArrayPool<byte>.Shared.Rent(size) : null;
        var lengths = count <= 16 ? stackalloc int[count] : new int[count];
        var text = rented ?? stackalloc byte[1_024];
        var lines = text[^(count * Line)..];
        for (var i = 0; i < count; i++)
        {
            var (account, micro) = transfer.Postings[i];
            var into = lines.Slice(i * Line, Line);
            Utf8.TryWrite(into, CultureInfo.InvariantCulture, $"{account.Kind.ToText()} {account.OwnerId} {account.Currency.Code} {micro}", out lengths[i]);
        }
        var length = Encoding.UTF8.GetBytes(head, text);
        // The least line first, each once: a handful at most.
        for (var done = 0; done < count; done++)
        {
            var least = -1;
            for (var i = 0; i < count; i++)
            {
                if (lengths[i] > 0 && (least < 0 || Of(lines, lengths, i).SequenceCompareTo(Of(lines, lengths, least)) < 0))
                    least = i;
            }
            text[length++] = (byte)'\n';
            Of(lines, lengths, least).CopyTo(text[length..]);
            length += lengths[least];
            lengths[least] = 0;
        }
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(text[..length], hash);
        if (rented is not null)
            ArrayPool<byte>.Shared.Return(rented);
        return new Guid(hash[..16], bigEndian: true);

        static ReadOnlySpan<byte> Of(Span<byte> lines, Span<int> lengths, int i) => lines.Slice(i * Line, lengths[i]);
    }

    /// <summary>The accounts that were sent by name, in the order in which the function answers their ids.</summary>
    public IReadOnlyList<AccountRef> Named => _named;

    /// <summary>A command with the statement's parameters, without values.</summary>
    public static NpgsqlCommand Command(NpgsqlConnection connection)
    {
        var command = new NpgsqlCommand(Sql, connection);
        foreach (var type in Types)
            command.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = type });
        return command;
    }

    /// <summary>Fills a command made by <see cref="Command"/>.</summary>
    public void Fill(NpgsqlCommand command)
    {
        for (var i = 0; i < _values.Length; i++)
            command.Parameters[i].Value = _values[i];
    }
}
