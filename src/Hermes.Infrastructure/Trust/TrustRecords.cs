using System.Data;
using System.Globalization;
using System.Runtime.CompilerServices;
using Hermes.Application.Shared;
using Hermes.Application.Trust;
using Hermes.Domain.Shared;
using Hermes.Domain.Trust;
using Hermes.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;
using NpgsqlTypes;

namespace Hermes.Infrastructure.Trust;

/// <summary>Trust's reads as one statement each, over the agents that the viewer sees.</summary>
internal sealed class TrustRecords(HermesDbContext db) : ITrustRecords
{
    // The first wall; row level security is the second.
    private const string Visible = "(a.tenant_id = $1 OR (a.visibility = 'public' AND a.status <> 'retired'))";

    private const string Counters = "s.contracts, s.successes, s.on_time, s.ratings, s.stars, s.quality_sum, s.quality_square_sum, s.first_on, s.other_posters";

    public async Task<TrustRecord?> FindAsync(AgentId agent, TenantId? viewer, CancellationToken cancellationToken)
    {
        await using var command = await CommandAsync($"""
            SELECT {Counters}, s.last_sequence, s.last_hash, a.name,
                (SELECT coalesce(array_agg(e.currency::text ORDER BY e.currency), ARRAY[]::text[]) FROM trust.earnings e WHERE e.agent_id = a.id),
                (SELECT coalesce(array_agg(e.micro_units ORDER BY e.currency), ARRAY[]::bigint[]) FROM trust.earnings e WHERE e.agent_id = a.id)
            FROM agents.agents a LEFT JOIN trust.scores s ON s.agent_id = a.id
            WHERE a.id = $2 AND {Visible}
            """, cancellationToken, Viewer(viewer), agent.Value);
        await using var reader = await command.ExecuteReaderAsync(CommandBehavior.SingleRow, cancellationToken);
        if (!await reader.ReadAsync(cancellationToken))
            return null;
        var known = !reader.IsDBNull(0);
        var currencies = reader.GetFieldValue<string[]>(12);
        var amounts = reader.GetFieldValue<long[]>(13);
        return new TrustRecord(agent, reader.GetString(11), known ? ReadCounters(reader) : default, known ? reader.GetInt32(9) : 0,
            known ? reader.GetString(10) : OutcomeLog.Start, [.. currencies.Zip(amounts, (c, m) => new Money(m, Currency.Parse(c)))]);
    }

    public async Task<IReadOnlyList<TrustPoint>> HistoryAsync(AgentId agent, DateOnly from, CancellationToken cancellationToken)
    {
        await using var command = await CommandAsync("""
            SELECT on_date, score, effective, contracts FROM trust.score_history WHERE agent_id = $1 AND on_date >= $2 ORDER BY on_date
            """, cancellationToken, agent.Value, from);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var points = new List<TrustPoint>();
        while (await reader.ReadAsync(cancellationToken))
            points.Add(new TrustPoint(reader.GetFieldValue<DateOnly>(0), reader.GetDecimal(1), reader.GetDecimal(2), reader.GetInt32(3)));
        return points;
    }

    public async IAsyncEnumerable<OutcomeLogLine> LogAsync(AgentId agent, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // A line's content without its hash never changes, so the log is read without a transaction: a rating that comes
        // meanwhile has the highest sequence and is either in it or not.
        await using var command = await CommandAsync("""
            SELECT sequence, 'outcome', contract_id, at, hash, poster, success, on_time, quality, lost_in_dispute, NULL::smallint
            FROM trust.outcomes WHERE agent_id = $1
            UNION ALL
            SELECT rating_sequence, 'rating', contract_id, rated_at, rating_hash, NULL, NULL, NULL, NULL, NULL, stars
            FROM trust.outcomes WHERE agent_id = $1 AND stars IS NOT NULL
            ORDER BY 1
            """, cancellationToken, agent.Value);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var line = new OutcomeLogLine
            {
                Sequence = reader.GetInt32(0),
                Kind = reader.GetString(1),
                AgentId = agent.Value,
                ContractId = reader.GetGuid(2),
                At = reader.GetFieldValue<DateTimeOffset>(3),
                Hash = reader.GetString(4),
            };
            yield return reader.IsDBNull(5)
                ? line with { Stars = reader.GetInt16(10) }
                : line with
                {
                    Poster = reader.GetInt32(5),
                    Success = reader.GetBoolean(6),
                    OnTime = reader.GetBoolean(7),
                    Quality = reader.GetDecimal(8),
                    LostInDispute = reader.GetBoolean(9),
                };
        }
    }

    public async Task<Page<LeaderboardPlace>> LeaderboardAsync(ListLeaderboard query, TenantId? viewer, DateOnly on, CancellationToken cancellationToken)
    {
        var currency = query.Currency ?? Currency.Usd.Code;
        var limit = Paging.Clamp(query.Limit);
        var (rank, value, after) = PlaceOf(query.Cursor);
        var key = query.Sort switch
        {
            LeaderboardOrder.Contracts => "s.contracts",
            LeaderboardOrder.Success => "s.success_rate",
            LeaderboardOrder.Earnings => "e.micro_units",
            _ => "s.effective",
        };
        await using var command = await CommandAsync($"""
            SELECT {Counters}, a.id, a.name, a.capabilities, s.score, s.effective, s.grade, s.success_rate, coalesce(e.micro_units, 0),
                coalesce(a.tenant_id = $1, false), {key}::numeric
            FROM trust.scores s JOIN agents.agents a ON a.id = s.agent_id
            {(query.Sort == LeaderboardOrder.Earnings ? "" : "LEFT ")}JOIN trust.earnings e ON e.agent_id = s.agent_id AND e.currency = $2
            WHERE {Visible} AND a.status <> 'retired' AND ($3::text IS NULL OR a.capabilities @> ARRAY[$3::text])
                AND ($4::numeric IS NULL OR ({key}, s.agent_id) < ($4, $5))
            ORDER BY {key} DESC, s.agent_id DESC LIMIT $6
            """, cancellationToken, Viewer(viewer), currency, Nullable(query.Capability?.Trim().ToLowerInvariant(), NpgsqlDbType.Text),
            Nullable(value, NpgsqlDbType.Numeric), Nullable(after, NpgsqlDbType.Uuid), limit + 1);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var places = new List<(LeaderboardPlace Place, decimal Key)>();
        while (await reader.ReadAsync(cancellationToken))
        {
            var trust = TrustScore.Of(ReadCounters(reader), on);
            places.Add((new LeaderboardPlace(++rank, AgentId.From(reader.GetGuid(9)), reader.GetString(10), reader.GetFieldValue<string[]>(11),
                reader.GetDecimal(12), reader.GetDecimal(13), reader.IsDBNull(14) ? null : reader.GetString(14), reader.GetInt32(0), reader.GetDecimal(15),
                new Money(reader.GetInt64(16), Currency.Parse(currency)), [.. Badge.EarnedBy(trust, on).Select(b => b.Key)], reader.GetBoolean(17)), reader.GetDecimal(18)));
        }
        var page = Paging.Cut(places, limit, p => string.Create(CultureInfo.InvariantCulture, $"{p.Place.Rank}|{p.Key}|{p.Place.AgentId}"));
        return new Page<LeaderboardPlace>([.. page.Items.Select(p => p.Place)], page.NextCursor);
    }

    public async Task<long> RecalculateAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = await CommandAsync("SELECT trust.recalculate($1)", cancellationToken, now.ToUniversalTime());
        command.CommandTimeout = 600;
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private async Task<NpgsqlCommand> CommandAsync(string sql, CancellationToken cancellationToken, params object[] values)
    {
        // Opened once for the scope; the context closes it.
        if (db.Database.GetDbConnection().State != ConnectionState.Open)
            await db.Database.OpenConnectionAsync(cancellationToken);
        var command = new NpgsqlCommand(sql, (NpgsqlConnection)db.Database.GetDbConnection(), (NpgsqlTransaction?)db.Database.CurrentTransaction?.GetDbTransaction());
        foreach (var value in values)
            command.Parameters.Add(value as NpgsqlParameter ?? new NpgsqlParameter { Value = value });
        return command;
    }

    private static NpgsqlParameter Viewer(TenantId? viewer) => Nullable(viewer?.Value, NpgsqlDbType.Uuid);

    private static NpgsqlParameter Nullable(object? value, NpgsqlDbType type) => new() { Value = value ?? DBNull.Value, NpgsqlDbType = type };

    private static TrustCounters ReadCounters(NpgsqlDataReader reader) => new(
        reader.GetInt32(0), reader.GetInt32(1), reader.GetInt32(2), reader.GetInt32(3), reader.GetInt32(4), reader.GetDecimal(5),
        reader.GetDecimal(6), reader.IsDBNull(7) ? null : reader.GetFieldValue<DateOnly>(7), reader.GetInt32(8));

    private static (int Rank, decimal? Value, Guid? After) PlaceOf(string? cursor)
    {
        var parts = Paging.Decode(cursor)?.Split('|');
        return parts is [var rank, var value, var agent] && int.TryParse(rank, CultureInfo.InvariantCulture, out var place)
            && decimal.TryParse(value, CultureInfo.InvariantCulture, out var key) && Guid.TryParse(agent, out var id)
                ? (place, key, id)
                : (0, null, null);
    }
}
