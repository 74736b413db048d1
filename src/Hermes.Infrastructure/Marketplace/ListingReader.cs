using Hermes.Domain.Shared;
using Hermes.Infrastructure.Persistence;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Hermes.Infrastructure.Marketplace;

/// <summary>Reads listed agents of all tenants, as an engine; who sees which is the finder's business.</summary>
internal sealed class ListingReader([FromKeyedServices(DataSources.Engine)] NpgsqlDataSource engine)
{
    private const string Columns = """
        SELECT a.id, a.tenant_id, a.name, a.description, a.capabilities, a.base_price_micro_units, a.base_price_currency, a.visibility, a.tags, a.categories,
               a.languages, a.regions, coalesce(s.effective, 0.5), a.registered_at, a.xmin::text, a.changed_at, a.endpoint IS NOT NULL,
               CASE WHEN a.endpoint IS NOT NULL THEN (
                   SELECT (step->>'milliseconds')::int FROM (SELECT p.steps FROM agents.probes p WHERE p.agent_id = a.id AND p.passed ORDER BY p.at DESC LIMIT 1) l,
                       jsonb_array_elements(l.steps) step WHERE step->>'name' = 'message') END
        FROM agents.agents a LEFT JOIN trust.scores s ON s.agent_id = a.id
        """ + " WHERE " + Listed;

    // An organisation that is suspended offers nothing.
    private const string Listed = """
        a.status = 'active' AND a.listing = 'listed' AND NOT EXISTS (SELECT FROM tenancy.tenants t WHERE t.id = a.tenant_id AND t.status <> 'active')

        """;

    /// <summary>How many are listed.</summary>
    public async Task<int> CountAsync(CancellationToken cancellationToken)
    {
        await using var command = engine.CreateCommand("SELECT count(*)::int FROM agents.agents a WHERE " + Listed);
        return (int)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>All of them, streamed in the order of their ids.</summary>
    public async IAsyncEnumerable<Listing> ReadAllAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (presence, calls) = (await PresencesAsync(cancellationToken), await CallLatenciesAsync(null, cancellationToken));
        await using var command = engine.CreateCommand(Columns + "ORDER BY a.id");
        command.CommandTimeout = 300;
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
            yield return Read(row, presence, calls);
    }

    /// <summary>Organisations that offer nothing at the moment.</summary>
    public async Task<HashSet<Guid>> SuspendedAsync(CancellationToken cancellationToken)
    {
        await using var command = engine.CreateCommand("SELECT id FROM tenancy.tenants WHERE status <> 'active'");
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var tenants = new HashSet<Guid>();
        while (await row.ReadAsync(cancellationToken))
            tenants.Add(row.GetGuid(0));
        return tenants;
    }

    /// <summary>All agents of the tenants, listed or not.</summary>
    public async Task<List<Guid>> AgentsOfAsync(Guid[] tenants, CancellationToken cancellationToken)
    {
        await using var command = engine.CreateCommand("SELECT id FROM agents.agents WHERE tenant_id = ANY ($1)");
        command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = tenants });
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var agents = new List<Guid>();
        while (await row.ReadAsync(cancellationToken))
            agents.Add(row.GetGuid(0));
        return agents;
    }

    /// <summary>Those among the ids that are listed.</summary>
    public async Task<List<Listing>> ReadAsync(Guid[] ids, CancellationToken cancellationToken)
    {
        var (presence, calls) = (await PresencesAsync(cancellationToken), await CallLatenciesAsync(ids, cancellationToken));
        await using var command = engine.CreateCommand(Columns + "AND a.id = ANY ($1)");
        command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = ids });
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var listings = new List<Listing>(ids.Length);
        while (await row.ReadAsync(cancellationToken))
            listings.Add(Read(row, presence, calls));
        return listings;
    }

    /// <summary>Agents that are connected to any living node.</summary>
    public async Task<Dictionary<Guid, string>> PresencesAsync(CancellationToken cancellationToken)
    {
        await using var command = engine.CreateCommand("""
            SELECT p.agent_id, CASE WHEN bool_or(p.status = 'online') THEN 'online' ELSE 'busy' END
            FROM agents.presence p JOIN notifications.nodes n ON n.id = p.node_id
            WHERE n.seen_at > now() - interval '20 seconds' AND p.status <> 'offline' GROUP BY p.agent_id
            """);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var presences = new Dictionary<Guid, string>();
        while (await row.ReadAsync(cancellationToken))
            presences[row.GetGuid(0)] = row.GetString(1);
        return presences;
    }

    /// <summary>Effective trust of those whose score changed after an instant, with the latest such instant.</summary>
    public async Task<(List<(Guid Agent, decimal Trust)> Changed, DateTimeOffset Latest)> TrustAsync(DateTimeOffset after, CancellationToken cancellationToken)
    {
        await using var command = engine.CreateCommand("SELECT agent_id, effective, changed_at FROM trust.scores WHERE changed_at > $1");
        command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = after });
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var changed = new List<(Guid, decimal)>();
        while (await row.ReadAsync(cancellationToken))
        {
            changed.Add((row.GetGuid(0), row.GetDecimal(1)));
            var at = row.GetFieldValue<DateTimeOffset>(2);
            after = at > after ? at : after;
        }
        return (changed, after);
    }

    /// <summary>Median milliseconds of each agent's last 50 completed calls of a week.</summary>
    /// <param name="agents">These only; null for all.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    public async Task<Dictionary<Guid, int>> CallLatenciesAsync(Guid[]? agents, CancellationToken cancellationToken)
    {
        await using var command = engine.CreateCommand("""
            SELECT served_by, (percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM ended_at - created_at) * 1000))::int
            FROM (SELECT served_by, created_at, ended_at, row_number() OVER (PARTITION BY served_by ORDER BY created_at DESC) AS place
                  FROM calls.calls WHERE state = 'completed' AND created_at > now() - interval '7 days' AND ($1::uuid[] IS NULL OR served_by = ANY ($1))) latest
            WHERE place <= 50 GROUP BY served_by
            """);
        command.Parameters.Add(new NpgsqlParameter { Value = (object?)agents ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Array | NpgsqlTypes.NpgsqlDbType.Uuid });
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var latencies = new Dictionary<Guid, int>();
        while (await row.ReadAsync(cancellationToken))
            latencies[row.GetGuid(0)] = row.GetInt32(1);
        return latencies;
    }

    /// <summary>Agents that completed calls after an instant, with the latest such instant.</summary>
    public async Task<(List<Guid> Agents, DateTimeOffset Latest)> CompletedAsync(DateTimeOffset after, CancellationToken cancellationToken)
    {
        await using var command = engine.CreateCommand("SELECT served_by, max(ended_at) FROM calls.calls WHERE state = 'completed' AND ended_at > $1 GROUP BY served_by");
        command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = after });
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var agents = new List<Guid>();
        while (await row.ReadAsync(cancellationToken))
        {
            agents.Add(row.GetGuid(0));
            var at = row.GetFieldValue<DateTimeOffset>(1);
            after = at > after ? at : after;
        }
        return (agents, after);
    }

    private static Listing Read(NpgsqlDataReader row, Dictionary<Guid, string> presence, Dictionary<Guid, int> calls)
    {
        var id = row.GetGuid(0);
        return new Listing(new AgentId(id), new TenantId(row.GetGuid(1)), row.GetString(2), System.Text.Encoding.UTF8.GetBytes(row.GetString(3)), Shared(row, 4),
            new Money(row.GetInt64(5), Currency.Parse(row.GetString(6))), string.Intern(row.GetString(7)), Shared(row, 8), Shared(row, 9), Shared(row, 10), Shared(row, 11),
            row.GetDecimal(12), presence.GetValueOrDefault(id, Listing.Unconnected(row.GetBoolean(16))), row.GetBoolean(16), row.GetFieldValue<DateTimeOffset>(13), uint.Parse(row.GetString(14), System.Globalization.CultureInfo.InvariantCulture),
            row.GetFieldValue<DateTimeOffset>(15), calls.TryGetValue(id, out var latency) ? latency : row.IsDBNull(17) ? null : row.GetInt32(17));
    }

    // Slugs are the same on thousands of agents: one string serves all.
    private static string[] Shared(NpgsqlDataReader row, int column)
    {
        var texts = row.GetFieldValue<string[]>(column);
        if (texts.Length == 0)
            return [];
        for (var i = 0; i < texts.Length; i++)
            texts[i] = string.Intern(texts[i]);
        return texts;
    }
}
