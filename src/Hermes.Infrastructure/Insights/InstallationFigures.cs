using Hermes.Application.Insights;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Persistence;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Hermes.Infrastructure.Insights;

internal sealed class InstallationFigures([FromKeyedServices(DataSources.Engine)] NpgsqlDataSource engine) : IInstallationFigures
{
    private const string Sql = """
        SELECT
          (SELECT count(*) FROM tenancy.tenants WHERE status = 'active' AND id <> @platform),
          (SELECT count(*) FROM tenancy.tenants WHERE status <> 'active' AND id <> @platform),
          (SELECT count(*) FROM identity.people),
          (SELECT count(*) FROM agents.agents WHERE status = 'active'),
          (SELECT count(DISTINCT p.agent_id) FROM agents.presence p JOIN notifications.nodes n ON n.id = p.node_id AND n.seen_at > clock_timestamp() - interval '20 seconds'),
          (SELECT count(*) FROM mesh.disputes WHERE state IN ('awaiting_response', 'in_review', 'appealed')),
          (SELECT count(*) FROM notifications.outbox WHERE position IS NULL),
          (SELECT min(created_at) FROM notifications.outbox WHERE position IS NULL),
          coalesce((SELECT max(last_position) FROM notifications.dispatch_state), 0),
          (SELECT count(*) FROM notifications.outbox WHERE created_at > @now - interval '1 hour');

        SELECT state, count(*) FROM mesh.contracts GROUP BY state ORDER BY state;

        SELECT d.day::date, coalesce(p.n, 0), coalesce(s.n, 0)
        FROM generate_series((@now AT TIME ZONE 'UTC')::date - 29, (@now AT TIME ZONE 'UTC')::date, interval '1 day') AS d(day)
        LEFT JOIN (SELECT (created_at AT TIME ZONE 'UTC')::date AS day, count(*) AS n FROM mesh.contracts WHERE created_at > @now - interval '31 days' GROUP BY 1) p ON p.day = d.day::date
        LEFT JOIN (SELECT (ended_at AT TIME ZONE 'UTC')::date AS day, count(*) AS n FROM mesh.contracts WHERE state = 'settled' AND ended_at > @now - interval '31 days' GROUP BY 1) s ON s.day = d.day::date
        ORDER BY d.day;

        SELECT name, started_at, seen_at, seen_at > clock_timestamp() - interval '20 seconds' FROM notifications.nodes ORDER BY started_at DESC LIMIT 20;

        SELECT trigger_group, count(*) FILTER (WHERE trigger_state <> 'ERROR'), count(*) FILTER (WHERE trigger_state = 'WAITING' AND next_fire_time < @late),
          count(*) FILTER (WHERE trigger_state = 'ERROR'), min(next_fire_time) FILTER (WHERE next_fire_time > 0)
        FROM quartz.qrtz_triggers GROUP BY trigger_group ORDER BY trigger_group;
        """;

    public async Task<InstallationView> ReadAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = engine.CreateCommand(Sql);
        command.Parameters.AddWithValue("platform", TenantId.Platform.Value);
        command.Parameters.AddWithValue("now", now.UtcDateTime);
        // The scheduler keeps instants as .NET ticks of UTC.
        command.Parameters.AddWithValue("late", now.AddSeconds(-10).UtcTicks);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var counts = Enumerable.Range(0, 6).Select(i => (int)reader.GetInt64(i)).ToArray();
        var outbox = new OutboxFigures(reader.GetInt64(6), Instant(reader, 7), reader.GetInt64(8), reader.GetInt64(9));
        var states = await reader.NextRowsAsync(r => new StateCount(r.GetString(0), r.GetInt64(1)), cancellationToken);
        var days = await reader.NextRowsAsync(r => new InstallationDay(r.GetFieldValue<DateOnly>(0), r.GetInt64(1), r.GetInt64(2)), cancellationToken);
        var nodes = await reader.NextRowsAsync(r => new NodeView(r.GetString(0), Instant(r, 1)!.Value, Instant(r, 2)!.Value, r.GetBoolean(3)), cancellationToken);
        var jobs = await reader.NextRowsAsync(r => new JobGroupView(r.GetString(0), r.GetInt64(1), r.GetInt64(2), r.GetInt64(3),
            r.IsDBNull(4) ? null : new DateTimeOffset(r.GetInt64(4), TimeSpan.Zero)), cancellationToken);
        return new InstallationView(counts[0], counts[1], counts[2], counts[3], counts[4], counts[5], states, days, outbox, nodes, jobs);
    }

    private static DateTimeOffset? Instant(NpgsqlDataReader reader, int column) =>
        reader.IsDBNull(column) ? null : reader.GetFieldValue<DateTimeOffset>(column);
}
