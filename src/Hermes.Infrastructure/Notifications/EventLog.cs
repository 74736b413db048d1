using System.Collections.Frozen;
using System.Text.Json;
using Hermes.Application.Notifications;
using Hermes.Application.Shared;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Notifications.Public;
using Hermes.Infrastructure.Persistence;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Hermes.Infrastructure.Notifications;

/// <summary>Reads kept events as an engine; who may hear which is decided here, not by the database's walls.</summary>
public sealed class EventLog([FromKeyedServices(DataSources.Engine)] NpgsqlDataSource engine) : IEventLog
{
    private const string Columns =
        "SELECT position, type, subject_type, subject_id, source_tenant_id, data::text, audience_tenants, audience_agents, audience_eligible::text, audience_everyone, created_at FROM notifications.outbox ";

    /// <inheritdoc />
    public async Task<IReadOnlyList<EventView>> ReadAsync(EventReader reader, long after, int limit, CancellationToken cancellationToken)
    {
        var standing = reader.Agent is { } agent ? (await StandingsAsync([agent.Value], cancellationToken)).SingleOrDefault() : null;
        var events = new List<EventView>();
        while (events.Count < limit)
        {
            var frames = await ReadForAsync(reader, after, long.MaxValue, limit, cancellationToken);
            foreach (var frame in frames)
            {
                after = frame.Position;
                if (events.Count < limit && IsFor(frame, reader, standing))
                    events.Add(new EventView(frame.Position, frame.Type, frame.At, frame.SubjectType, frame.SubjectId, JsonElement.Parse(frame.Data)));
            }
            if (frames.Count < limit)
                break;
        }
        return events;
    }

    /// <summary>True when the event is meant for the reader.</summary>
    public static bool IsFor(LiveFrame frame, EventReader reader, AgentStanding? standing) => reader.Agent is { } agent
        ? frame.Agents.Contains(agent.Value) || (frame.Eligible is { } terms && standing is not null && standing.Meets(terms, frame.Source))
        : frame.Everyone || (reader.Tenant is { } tenant && frame.Tenants.Contains(tenant.Value) && !reader.NotAbout.Contains(frame.SubjectType));

    /// <summary>Events that may be meant for the reader, after one position and up to another, in order; see <see cref="IsFor"/>.</summary>
    public async Task<IReadOnlyList<LiveFrame>> ReadForAsync(EventReader reader, long after, long upTo, int limit, CancellationToken cancellationToken)
    {
        await using var command = engine.CreateCommand(Columns + (reader.Agent is not null
            ? "WHERE position > $1 AND position <= $2 AND (audience_agents @> ARRAY[$3] OR audience_eligible IS NOT NULL) ORDER BY position LIMIT $4"
            : "WHERE position > $1 AND position <= $2 AND (audience_everyone OR audience_tenants @> ARRAY[$3]) ORDER BY position LIMIT $4"));
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = after });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = upTo });
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = reader.Agent?.Value ?? reader.Tenant?.Value ?? Guid.Empty });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = limit });
        return await FramesAsync(command, cancellationToken);
    }

    /// <summary>Every event after a position, on the reader's own connection.</summary>
    internal static async Task<IReadOnlyList<LiveFrame>> ReadAllAsync(NpgsqlConnection connection, long after, int limit, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Columns + "WHERE position > $1 ORDER BY position LIMIT $2", connection) { CommandTimeout = 10 };
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = after });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = limit });
        return await FramesAsync(command, cancellationToken);
    }

    /// <summary>The lowest position that is kept; 0 when the log is empty.</summary>
    public async Task<long> OldestAsync(CancellationToken cancellationToken)
    {
        await using var command = engine.CreateCommand("SELECT min(position) FROM notifications.outbox");
        return await command.ExecuteScalarAsync(cancellationToken) is long oldest ? oldest : 0;
    }

    /// <summary>What decides which announcements the agents hear; those that don't exist are left out.</summary>
    public async Task<IReadOnlyList<AgentStanding>> StandingsAsync(IReadOnlyList<Guid> agents, CancellationToken cancellationToken)
    {
        await using var command = engine.CreateCommand("""
            SELECT a.id, a.tenant_id, a.capabilities, coalesce(s.effective, 0.5), mesh.takes_work(a.id), a.visibility = 'public'
            FROM agents.agents a LEFT JOIN trust.scores s ON s.agent_id = a.id WHERE a.id = ANY ($1)
            """);
        command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = [.. agents] });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var standings = new List<AgentStanding>(agents.Count);
        while (await reader.ReadAsync(cancellationToken))
        {
            standings.Add(new AgentStanding(new AgentId(reader.GetGuid(0)), new TenantId(reader.GetGuid(1)),
                reader.GetFieldValue<string[]>(2).ToFrozenSet(StringComparer.Ordinal), reader.GetDecimal(3), reader.GetBoolean(4), reader.GetBoolean(5)));
        }
        return standings;
    }

    private static async Task<IReadOnlyList<LiveFrame>> FramesAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var frames = new List<LiveFrame>();
        while (await row.ReadAsync(cancellationToken))
        {
            var eligible = await row.IsDBNullAsync(8, cancellationToken) ? null : JsonSerializer.Deserialize<EligibilityTerms>(row.GetString(8), HermesJson.Options);
            frames.Add(new LiveFrame(row.GetInt64(0), row.GetString(1), row.GetString(2), row.GetGuid(3), new TenantId(row.GetGuid(4)), row.GetString(5),
                row.GetFieldValue<Guid[]>(6), row.GetFieldValue<Guid[]>(7), eligible, row.GetBoolean(9), row.GetFieldValue<DateTimeOffset>(10)));
        }
        return frames;
    }
}
