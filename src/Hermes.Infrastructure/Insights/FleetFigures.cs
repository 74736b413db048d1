using Hermes.Application.Insights;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Hermes.Infrastructure.Insights;

/// <summary>On the scope's own connection, so that row level security holds; the statements name the tenant again.</summary>
internal sealed class FleetFigures(HermesDbContext db) : IFleetFigures
{
    private const string Sql = """
        SELECT
          (SELECT count(*) FROM agents.agents a WHERE a.tenant_id = @tenant AND a.status = 'active'),
          (SELECT count(*) FROM agents.agents a WHERE a.tenant_id = @tenant AND a.status = 'paused'),
          (SELECT count(*) FROM agents.agents a WHERE a.tenant_id = @tenant AND a.status <> 'retired' AND agents.presence_of(a.id) <> 'offline'),
          count(*), count(*) FILTER (WHERE o.success), count(*) FILTER (WHERE o.on_time),
          (SELECT round(avg(r.stars), 2) FROM trust.outcomes r WHERE r.tenant_id = @tenant AND r.rated_at >= @from)
        FROM trust.outcomes o WHERE o.tenant_id = @tenant AND o.at >= @from;

        SELECT d.day::date, count(o.contract_id), count(o.contract_id) FILTER (WHERE o.success)
        FROM generate_series(@from_on, @to_on, interval '1 day') AS d(day)
        LEFT JOIN trust.outcomes o ON o.tenant_id = @tenant AND o.at >= @from AND (o.at AT TIME ZONE 'UTC')::date = d.day::date
        GROUP BY d.day ORDER BY d.day;

        SELECT a.id, a.name, count(*), round(avg(o.success::int), 4), round(avg(o.on_time::int), 4), coalesce(max(s.effective), 0.5)
        FROM trust.outcomes o JOIN agents.agents a ON a.id = o.agent_id LEFT JOIN trust.scores s ON s.agent_id = a.id
        WHERE o.tenant_id = @tenant AND o.at >= @from AND a.tenant_id = @tenant
        GROUP BY a.id, a.name ORDER BY count(*) DESC, a.id LIMIT 10;

        SELECT coalesce(s.agent_id, c.served_by), e.currency::text, sum(e.amount)::bigint
        FROM ledger.accounts a JOIN ledger.entries e ON e.account_id = a.id
        LEFT JOIN mesh.settlements s ON s.contract_id = e.subject_id LEFT JOIN calls.calls c ON c.id = e.subject_id
        WHERE a.tenant_id = @tenant AND a.kind = 'earnings' AND e.amount > 0 AND e.created_at >= @from
        GROUP BY 1, 2 ORDER BY 2;
        """;

    public async Task<FleetView> ReadAsync(TenantId tenant, DateOnly from, DateOnly to, CancellationToken cancellationToken)
    {
        await db.Database.OpenConnectionAsync(cancellationToken);
        try
        {
            await using var command = new NpgsqlCommand(Sql, (NpgsqlConnection)db.Database.GetDbConnection());
            command.Parameters.AddWithValue("tenant", tenant.Value);
            command.Parameters.AddWithValue("from", from.ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc));
            command.Parameters.AddWithValue("from_on", from);
            command.Parameters.AddWithValue("to_on", to);
            await using var row = await command.ExecuteReaderAsync(cancellationToken);
            await row.ReadAsync(cancellationToken);
            var counts = Enumerable.Range(0, 6).Select(row.GetInt64).ToArray();
            var stars = await row.IsDBNullAsync(6, cancellationToken) ? (decimal?)null : row.GetDecimal(6);
            var days = await row.NextRowsAsync(r => new FleetDay(r.GetFieldValue<DateOnly>(0), r.GetInt64(1), r.GetInt64(2)), cancellationToken);
            var best = await row.NextRowsAsync(r => (Id: r.GetGuid(0), Name: r.GetString(1), Finished: r.GetInt64(2), Success: r.GetDecimal(3), OnTime: r.GetDecimal(4), Trust: r.GetDecimal(5)), cancellationToken);
            var earned = (await row.NextRowsAsync(r => (Agent: r.IsDBNull(0) ? Guid.Empty : r.GetGuid(0), Money: new Money(r.GetInt64(2), Currency.Parse(r.GetString(1)))), cancellationToken)).ToLookup(e => e.Agent, e => e.Money);
            return new FleetView(from, (int)counts[0], (int)counts[1], (int)counts[2], counts[3], counts[4], counts[5], stars,
                [.. earned.SelectMany(e => e).GroupBy(m => m.Currency, (currency, parts) => new Money(parts.Sum(p => p.MicroUnits), currency))], days,
                [.. best.Select(b => new FleetAgent(new AgentId(b.Id), b.Name, b.Finished, b.Success, b.OnTime, b.Trust, [.. earned[b.Id]]))]);
        }
        finally
        {
            await db.Database.CloseConnectionAsync();
        }
    }
}
