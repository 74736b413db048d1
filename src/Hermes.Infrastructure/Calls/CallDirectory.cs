using System.Collections.Concurrent;
using System.Text.Json;
using Hermes.Application.Calls;
using Hermes.Application.Shared;
using Hermes.Application.Shared.Settings;
using Hermes.Domain.Agents;
using Hermes.Domain.Agents.Public;
using Hermes.Domain.Calls;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Persistence;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Hermes.Infrastructure.Calls;

/// <summary>Reads as an engine, one statement for an agent with its owner's word about the caller.</summary>
internal sealed class CallDirectory([FromKeyedServices(DataSources.Engine)] NpgsqlDataSource engine, A2AServerSettings settings, ProbeSettings probes, TimeProvider clock) : ICallDirectory
{
    private static readonly TimeSpan Recent = TimeSpan.FromHours(1);
    private static readonly TimeSpan PastLife = TimeSpan.FromMinutes(5);

    private readonly ConcurrentDictionary<AgentId, (long Calls, DateTimeOffset Until)> _pasts = new();

    private const string Find = """
        SELECT a.id, a.tenant_id, a.name, a.description, a.capabilities, a.tags, a.status, a.endpoint,
            a.base_price_micro_units, a.base_price_currency, a.changed_at, a.endpoint IS NULL AND agents.presence_of(a.id) <> 'offline',
            coalesce(bool_or(r.effect = 'deny' AND r.agent_id IS NOT NULL), false),
            coalesce(bool_or(r.effect = 'allow' AND r.agent_id IS NOT NULL), false),
            coalesce(bool_or(r.effect = 'allow' AND r.agent_id IS NULL), false),
            a.tenant_id = $2, a.visibility = 'public',
            coalesce(p.requires_approval, false), coalesce(p.allowed_origins, '{}'), p.max_calls_per_hour,
            coalesce(p.max_parallel, $4), coalesce(p.timeout_seconds, $5), p.backup_agent_id,
            a.listing = 'listed' AND (a.endpoint IS NOT NULL OR NOT $6 OR coalesce(bool_or(s.passed_at IS NOT NULL AND s.failures_in_row < $7), false)),
            (SELECT t.terms::text FROM agents.prices t WHERE t.agent_id = a.id AND t.effective_from <= $8 ORDER BY t.effective_from DESC, t.id DESC LIMIT 1),
            b.id, b.terms::text, b.used_calls
        FROM agents.agents a
        LEFT JOIN calls.policies p ON p.agent_id = a.id
        LEFT JOIN agents.probe_schedules s ON s.agent_id = a.id
        LEFT JOIN calls.access_rules r ON r.tenant_id = a.tenant_id AND (r.agent_id = a.id OR r.agent_id IS NULL)
            AND (r.caller_tenant_id = $2 OR r.caller_agent_id = $3)
        LEFT JOIN calls.subscriptions b ON b.tenant_id = $2 AND b.agent_id = a.id AND b.ended_at IS NULL
        WHERE a.id = $1 GROUP BY a.id, p.agent_id, b.id
        """;

    public async Task<CallTarget?> FindAsync(AgentId agent, TenantId? caller, AgentId? callerAgent, CancellationToken cancellationToken)
    {
        if (BuiltInAgents.Is(agent))
            return agent == BuiltInAgents.Conformance && !settings.ConformanceAgent ? null : BuiltIn(agent);
        await using var command = engine.CreateCommand(Find);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = agent.Value });
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = caller?.Value ?? Guid.Empty });
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = callerAgent?.Value ?? Guid.Empty });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = CallPolicy.DefaultParallel });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = CallPolicy.DefaultTimeoutSeconds });
        // Where nobody probes, agents behind sockets are taken at their word.
        command.Parameters.Add(new NpgsqlParameter<bool> { TypedValue = probes.Enabled });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = ProbeSchedule.FailuresToDelist });
        command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = clock.GetUtcNow() });
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        if (!await row.ReadAsync(cancellationToken))
            return null;
        var status = row.GetString(6);
        var terms = await row.IsDBNullAsync(24, cancellationToken)
            ? PriceTerms.PerCall(new Money(row.GetInt64(8), Currency.Parse(row.GetString(9))))
            : JsonSerializer.Deserialize<PriceTerms>(row.GetString(24), HermesJson.Options)!;
        return new CallTarget(new AgentId(row.GetGuid(0)), new TenantId(row.GetGuid(1)), row.GetString(2), row.GetString(3),
            row.GetFieldValue<string[]>(4), row.GetFieldValue<string[]>(5), status == "active", status == "retired", row.GetBoolean(23),
            await row.IsDBNullAsync(7, cancellationToken) ? null : row.GetString(7), terms.Listed,
            row.GetFieldValue<DateTimeOffset>(10), row.GetBoolean(11),
            new AccessFacts(row.GetBoolean(12), row.GetBoolean(13), row.GetBoolean(14), row.GetBoolean(15), row.GetBoolean(16)),
            row.GetBoolean(17), row.GetFieldValue<string[]>(18), await row.IsDBNullAsync(19, cancellationToken) ? null : row.GetInt32(19),
            row.GetInt32(20), row.GetInt32(21), await row.IsDBNullAsync(22, cancellationToken) ? null : new AgentId(row.GetGuid(22)))
        {
            Terms = terms,
            Subscription = await row.IsDBNullAsync(25, cancellationToken) ? null : new SubscriptionFacts(
                new AgentSubscriptionId(row.GetGuid(25)), JsonSerializer.Deserialize<PriceTerms>(row.GetString(26), HermesJson.Options)!, row.GetInt64(27)),
        };
    }

    public async Task<MarketFacts> MarketOfAsync(AgentId agent, int places, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var past = await PastOfAsync(agent, now, cancellationToken);
        await using var command = engine.CreateCommand("""
            SELECT count(*) FILTER (WHERE created_at > $2 - interval '1 hour'), count(*),
                (SELECT count(*) FROM calls.calls r WHERE r.served_by = $1 AND r.ended_at IS NULL)::int
            FROM calls.calls WHERE served_by = $1 AND created_at > $3
            """);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = agent.Value });
        command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = now });
        command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = past.Until });
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        return new MarketFacts(row.GetInt64(0), past.Calls + row.GetInt64(1), row.GetInt32(2), places);
    }

    // The week but for its last hour hardly changes: a busy agent's is counted once in five minutes, not for each quote.
    private async Task<(long Calls, DateTimeOffset Until)> PastOfAsync(AgentId agent, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (_pasts.TryGetValue(agent, out var known) && now - known.Until <= Recent + PastLife && now - known.Until >= Recent)
            return known;
        await using var command = engine.CreateCommand("SELECT count(*) FROM calls.calls WHERE served_by = $1 AND created_at > $2 AND created_at <= $3");
        var until = now - Recent;
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = agent.Value });
        command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = now.AddDays(-7) });
        command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = until });
        if (_pasts.Count > 10_000)
            _pasts.Clear();
        return _pasts[agent] = ((long)(await command.ExecuteScalarAsync(cancellationToken))!, until);
    }

    public async Task<IReadOnlyDictionary<AgentId, string>> NamesAsync(IReadOnlyCollection<AgentId> agents, CancellationToken cancellationToken)
    {
        var names = agents.Where(BuiltInAgents.Is).Distinct().ToDictionary(a => a, a => BuiltIn(a).Name);
        if (agents.All(BuiltInAgents.Is))
            return names;
        await using var command = engine.CreateCommand("SELECT id, name FROM agents.agents WHERE id = ANY ($1)");
        command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = [.. agents.Select(a => a.Value)] });
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
            names[new AgentId(row.GetGuid(0))] = row.GetString(1);
        return names;
    }

    // Parts of Hermes: free, open to everybody who may call at all, never full.
    private static CallTarget BuiltIn(AgentId agent) => new(agent, TenantId.Platform,
        agent == BuiltInAgents.Mesh ? "Hermes mesh" : "Hermes conformance agent",
        agent == BuiltInAgents.Mesh
            ? "Gets things done: posts what you ask for as a contract to the mesh, awards the best bid, streams the progress and returns the delivery."
            : "Answers as the protocol's conformance kits expect, by the beginning of the message's id.",
        agent == BuiltInAgents.Mesh ? ["mesh.get-this-done"] : ["conformance"], [], true, false, true, null, Money.Zero(Currency.Usd), DateTimeOffset.UnixEpoch, true,
        new AccessFacts(false, false, false, false, true), false, [], null, int.MaxValue, agent == BuiltInAgents.Mesh ? 3_600 : 120, null);
}
