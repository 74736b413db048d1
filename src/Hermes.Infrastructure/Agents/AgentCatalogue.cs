using System.Globalization;
using System.Text;
using Hermes.Application.Agents;
using Hermes.Application.Shared;
using Hermes.Domain.Agents;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;

namespace Hermes.Infrastructure.Agents;

/// <summary>
/// One statement per read, joined with trust and presence, on the scope's own connection and transaction: row level
/// security holds, and the statement says the same again.
/// </summary>
internal sealed class AgentCatalogue(HermesDbContext db) : IAgentCatalogue
{
    private const string Columns = """
        SELECT a.id, a.tenant_id, a.name, a.description, a.capabilities, a.endpoint, a.base_price_micro_units, a.base_price_currency,
               a.visibility, a.tags, a.categories, a.capacity, a.status, agents.presence_of(a.id), coalesce(s.effective, 0.5), a.registered_at,
               a.changed_at, a.xmin::text, a.listing,
               CASE WHEN p.agent_id IS NULL THEN 'none' WHEN p.passed_at IS NULL AND (p.failures_in_row = 0 OR a.endpoint IS NULL) THEN 'unproved'
                    WHEN p.failures_in_row > 0 THEN 'failing' ELSE 'proved' END,
               p.passed_at, a.languages, a.regions, a.derived_from, a.royalty_basis_points, lower(a.name)
        FROM agents.agents a LEFT JOIN trust.scores s ON s.agent_id = a.id LEFT JOIN agents.probe_schedules p ON p.agent_id = a.id

        """;

    public async Task<AgentView?> FindAsync(AgentId id, TenantId? viewer, CancellationToken cancellationToken)
    {
        var sql = new Sql(Columns);
        sql.Add("WHERE a.id = {0}", id.Value);
        AddWall(sql, viewer);
        return (await ReadAsync(sql, viewer, cancellationToken)).Select(a => a.View).SingleOrDefault();
    }

    public async Task<Page<AgentView>> ListAsync(AgentFilter filter, TenantId? viewer, int limit, string? cursor, CancellationToken cancellationToken)
    {
        var sql = new Sql(Columns);
        sql.Add("WHERE true");
        AddWall(sql, viewer);
        if (filter.Mine)
            sql.Add("AND a.tenant_id = {0}", viewer?.Value ?? Guid.Empty);
        if (filter.Status is { } status)
            sql.Add("AND a.status = {0}", SnakeCase.Of(status.ToString()));
        else
            sql.Add("AND a.status <> 'retired'");
        if (filter.Capability is { Length: > 0 } capability)
            sql.Add("AND a.capabilities @> ARRAY[{0}]", Slugs.Normalise(capability));
        if (filter.Tag is { Length: > 0 } tag)
            sql.Add("AND {0} = ANY (a.tags)", Slugs.Normalise(tag));
        if (filter.Category is { Length: > 0 } category)
            sql.Add("AND {0} = ANY (a.categories)", Slugs.Normalise(category));
        foreach (var word in (filter.Text ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Take(8))
            sql.Add("AND concat_ws(' ', a.name, a.description, array_to_string(a.capabilities, ' '), array_to_string(a.tags, ' ')) ILIKE {0}", $"%{Escape(word)}%");
        if (filter.MaxPrice is { } most)
        {
            sql.Add("AND a.base_price_micro_units <= {0}", (long)(most * Money.MicroPerUnit));
            sql.Add("AND a.base_price_currency = {0}", filter.Currency ?? Currency.Usd.Code);
        }
        if (filter.MinReputation is { } least)
            sql.Add("AND coalesce(s.effective, 0.5) >= {0}", least);
        // To others an agent that is not listed is not there to be found; its owner sees all of its own.
        sql.Add("AND (a.listing = 'listed' OR a.tenant_id = {0})", viewer?.Value ?? Guid.Empty);
        if (filter.Available)
            sql.Add("AND agents.presence_of(a.id) <> 'offline'");
        AddOrder(sql, filter.Sort, Paging.Decode(cursor));
        sql.Add("LIMIT {0}", limit + 1);
        var page = Paging.Cut(await ReadAsync(sql, viewer, cancellationToken), limit, a => Position(a.View, a.NameKey, filter.Sort));
        return new Page<AgentView>([.. page.Items.Select(a => a.View)], page.NextCursor);
    }

    /// <summary>The query filter's rule in this statement; an engine that looks for no tenant sees public agents, too.</summary>
    private static void AddWall(Sql sql, TenantId? viewer) =>
        sql.Add("AND (a.tenant_id = {0} OR (a.visibility = 'public' AND a.status <> 'retired'))", viewer?.Value ?? Guid.Empty);

    private static void AddOrder(Sql sql, AgentSort sort, string? after)
    {
        var (column, direction) = sort switch
        {
            AgentSort.Name => ("lower(a.name) COLLATE \"C\"", "ASC"),
            AgentSort.Price => ("a.base_price_micro_units", "ASC"),
            AgentSort.Reputation => ("coalesce(s.effective, 0.5)", "DESC"),
            _ => ("a.registered_at", "DESC"),
        };
        // A cursor of another order, or one that is not ours, starts the list anew.
        if (after?.Split('|', 3) is [var order, var id, var value] && order == sort.ToString() && Guid.TryParse(id, out var last) && Read(sort, value) is { } position)
        {
            var compare = direction == "ASC" ? ">" : "<";
            sql.Add($"AND ({column}, a.id) {compare} ({{0}}, ", position);
            sql.Add("{0})", last);
        }
        sql.Add($"ORDER BY {column} {direction}, a.id {direction}");
    }

    private static object? Read(AgentSort sort, string value) => sort switch
    {
        AgentSort.Name => value,
        AgentSort.Price => long.TryParse(value, CultureInfo.InvariantCulture, out var price) ? price : null,
        AgentSort.Reputation => decimal.TryParse(value, CultureInfo.InvariantCulture, out var trust) ? trust : null,
        _ => long.TryParse(value, CultureInfo.InvariantCulture, out var ticks) && ticks is >= 0 and < 3_155_378_975_999_999_999 ? new DateTimeOffset(ticks, TimeSpan.Zero) : null,
    };

    // What the database sorts names by: its lower case is not that of .NET.
    private static string Position(AgentView agent, string nameKey, AgentSort sort) => $"{sort}|{agent.Id}|" + sort switch
    {
        AgentSort.Name => nameKey,
        AgentSort.Price => agent.BasePrice.MicroUnits.ToString(CultureInfo.InvariantCulture),
        AgentSort.Reputation => agent.Reputation.ToString(CultureInfo.InvariantCulture),
        _ => agent.RegisteredAt.UtcTicks.ToString(CultureInfo.InvariantCulture),
    };

    private static string Escape(string word) =>
        word.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal);

    private async Task<List<(AgentView View, string NameKey)>> ReadAsync(Sql sql, TenantId? viewer, CancellationToken cancellationToken)
    {
        await db.Database.OpenConnectionAsync(cancellationToken);
        try
        {
            await using var command = new NpgsqlCommand(sql.ToString(), (NpgsqlConnection)db.Database.GetDbConnection(), (NpgsqlTransaction?)db.Database.CurrentTransaction?.GetDbTransaction());
            command.Parameters.AddRange(sql.Parameters);
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            var agents = new List<(AgentView, string)>();
            while (await reader.ReadAsync(cancellationToken))
                agents.Add((Read(reader, viewer), reader.GetString(25)));
            return agents;
        }
        finally
        {
            await db.Database.CloseConnectionAsync();
        }
    }

    private static AgentView Read(NpgsqlDataReader row, TenantId? viewer)
    {
        var tenant = new TenantId(row.GetGuid(1));
        var mine = tenant == viewer;
        return new AgentView(
            new AgentId(row.GetGuid(0)), tenant, row.GetString(2), row.GetString(3), row.GetFieldValue<string[]>(4),
            mine && !row.IsDBNull(5) ? row.GetString(5) : null,
            new Money(row.GetInt64(6), Currency.Parse(row.GetString(7))),
            Enum.Parse<AgentVisibility>(row.GetString(8), ignoreCase: true),
            row.GetFieldValue<string[]>(9), row.GetFieldValue<string[]>(10), row.GetInt32(11),
            Enum.Parse<AgentStatus>(row.GetString(12), ignoreCase: true),
            Enum.Parse<Presence>(row.GetString(13), ignoreCase: true),
            row.GetDecimal(14), row.GetFieldValue<DateTimeOffset>(15), row.GetFieldValue<DateTimeOffset>(16), mine,
            uint.Parse(row.GetString(17), CultureInfo.InvariantCulture),
            Enum.Parse<ListingState>(row.GetString(18), ignoreCase: true),
            Enum.Parse<CallableState>(row.GetString(19), ignoreCase: true),
            row.IsDBNull(20) ? null : row.GetFieldValue<DateTimeOffset>(20),
            row.GetFieldValue<string[]>(21), row.GetFieldValue<string[]>(22),
            row.IsDBNull(23) ? null : new AgentId(row.GetGuid(23)), row.IsDBNull(24) ? null : row.GetInt32(24) / 100m);
    }

    /// <summary>A statement with numbered parameters; each added part may hold one value as <c>{0}</c>.</summary>
    private sealed class Sql(string start)
    {
        private readonly StringBuilder _text = new(start);
        private readonly List<NpgsqlParameter> _parameters = [];

        public NpgsqlParameter[] Parameters => [.. _parameters];

        public void Add(string part) => _text.Append(part).Append('\n');

        public void Add(string part, object value)
        {
            _parameters.Add(new NpgsqlParameter { Value = value });
            _text.Append(part.Replace("{0}", $"${_parameters.Count}", StringComparison.Ordinal)).Append('\n');
        }

        public override string ToString() => _text.ToString();
    }
}
