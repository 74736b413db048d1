using Hermes.Application.Agents;
using Hermes.Domain.Agents;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Notifications.Public;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hermes.Infrastructure.Agents;

/// <summary>
/// What this node's sockets say of their agents, written to the database in batches so that all nodes agree. The node
/// itself is kept alive by a heartbeat; when it stops, or dies and is not seen for 20 seconds, its agents count as gone.
/// </summary>
public sealed class PresenceBoard : BackgroundService
{
    private static readonly TimeSpan Flush = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(5);
    private readonly NpgsqlDataSource _engine;
    private readonly NodeIdentity _node;
    private readonly OutboxSignal _signal;
    private readonly TimeProvider _clock;
    private readonly ILogger<PresenceBoard> _logger;
    private readonly Lock _gate = new();
    private readonly Dictionary<AgentId, Dictionary<object, Presence>> _sockets = [];
    private readonly HashSet<AgentId> _dirty = [];

    internal PresenceBoard(NpgsqlDataSource engine, NodeIdentity node, OutboxSignal signal, TimeProvider clock, ILogger<PresenceBoard> logger) =>
        (_engine, _node, _signal, _clock, _logger) = (engine, node, signal, clock, logger);

    /// <summary>A socket says how its agent is; <see cref="Presence.Offline"/> when it is gone.</summary>
    /// <param name="agent">The agent.</param>
    /// <param name="socket">Which of its sockets.</param>
    /// <param name="presence">How it is.</param>
    public void Set(AgentId agent, object socket, Presence presence)
    {
        lock (_gate)
        {
            if (!_sockets.TryGetValue(agent, out var own))
                _sockets[agent] = own = [];
            var before = Best(own);
            if (presence == Presence.Offline)
                own.Remove(socket);
            else
                own[socket] = presence;
            if (Best(own) != before)
                _dirty.Add(agent);
            if (own.Count == 0)
                _sockets.Remove(agent);
        }
    }

    /// <inheritdoc />
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        try
        {
            await BuryAsync("id = $1", cancellationToken);
        }
        catch (Exception failure) when (failure is NpgsqlException or OperationCanceledException or ObjectDisposedException)
        {
            // The database is away, the time to stop is over, or the host was disposed while it stopped: the other nodes
            // notice by the missing heartbeat.
        }
    }

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        long? beaten = null;
        using var timer = new PeriodicTimer(Flush);
        do
        {
            try
            {
                if (beaten is null || _clock.GetElapsedTime(beaten.Value) >= Beat)
                {
                    await BeatAsync(stoppingToken);
                    beaten = _clock.GetTimestamp();
                }
                await FlushAsync(stoppingToken);
            }
            catch (Exception failure) when (failure is not OperationCanceledException)
            {
                _logger.LogWarning(failure, "Presence can't be written at the moment.");
                beaten = null;
            }
        }
        while (await NextAsync(timer, stoppingToken));
    }

    private static async Task<bool> NextAsync(PeriodicTimer timer, CancellationToken cancellationToken)
    {
        try
        {
            return await timer.WaitForNextTickAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private async Task BeatAsync(CancellationToken cancellationToken)
    {
        await BuryAsync("id <> $1 AND seen_at < now() - interval '20 seconds'", cancellationToken);
        await using var command = _engine.CreateCommand("""
            INSERT INTO notifications.nodes AS n (id, name, started_at, seen_at) VALUES ($1, $2, now(), now())
            ON CONFLICT (id) DO UPDATE SET seen_at = now() RETURNING n.started_at = n.seen_at
            """);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = _node.Id });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = _node.Name });
        if ((bool)(await command.ExecuteScalarAsync(cancellationToken))!)
        {
            // First beat, or the others had given this node up while it stood still: tell them all again.
            lock (_gate)
                _dirty.UnionWith(_sockets.Keys);
        }
    }

    /// <summary>Removes nodes with their presence rows, and tells of agents that no other node holds.</summary>
    private async Task BuryAsync(string which, CancellationToken cancellationToken)
    {
        await using var command = _engine.CreateCommand($"""
            WITH dead AS (DELETE FROM notifications.nodes WHERE {which} RETURNING id),
            gone AS (
                SELECT DISTINCT a.id, a.tenant_id, {Reachable} FROM dead d JOIN agents.presence p ON p.node_id = d.id JOIN agents.agents a ON a.id = p.agent_id
                WHERE NOT EXISTS (SELECT FROM agents.presence o WHERE o.agent_id = a.id AND o.node_id NOT IN (SELECT id FROM dead)))
            {ToldOf("gone", "'offline'", "$2")}
            """);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = _node.Id });
        command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = _clock.GetUtcNow() });
        if (await command.ExecuteNonQueryAsync(cancellationToken) > 0)
            _signal.Wake();
    }

    // Who leaves its socket but has a working endpoint is still there: agents.presence_of says the same.
    private const string Reachable = "a.endpoint IS NOT NULL AND a.listing = 'listed' AND a.status = 'active' AS reachable";

    private static string ToldOf(string agents, string status, string at) => $"""
        INSERT INTO notifications.outbox (type, subject_type, subject_id, source_tenant_id, data, audience_tenants, audience_agents, audience_everyone, created_at)
        SELECT '{AgentEvents.PresenceChanged}', 'agent', id, tenant_id, jsonb_build_object('agent_id', id, 'status', CASE WHEN {status} = 'offline' AND reachable THEN 'online' ELSE {status} END), ARRAY[tenant_id], ARRAY[]::uuid[], false, {at}
        FROM {agents}
        """;

    private async Task FlushAsync(CancellationToken cancellationToken)
    {
        AgentId[] agents;
        Presence[] presences;
        lock (_gate)
        {
            if (_dirty.Count == 0)
                return;
            agents = [.. _dirty];
            presences = Array.ConvertAll(agents, a => _sockets.TryGetValue(a, out var own) ? Best(own) : Presence.Offline);
            _dirty.Clear();
        }
        try
        {
            await WriteAsync(agents, presences, cancellationToken);
            _signal.Wake();
        }
        catch
        {
            lock (_gate)
                _dirty.UnionWith(agents);
            throw;
        }
    }

    private async Task WriteAsync(AgentId[] agents, Presence[] presences, CancellationToken cancellationToken)
    {
        await using var command = _engine.CreateCommand($"""
            WITH told AS (
                SELECT a.id, a.tenant_id, u.status, {Reachable} FROM unnest($1, $2) AS u(id, status) JOIN agents.agents a ON a.id = u.id),
            gone AS (
                DELETE FROM agents.presence p USING told t WHERE p.agent_id = t.id AND p.node_id = $3 AND t.status = 'offline'),
            here AS (
                INSERT INTO agents.presence AS p (agent_id, node_id, status, since)
                SELECT id, $3, status, $4 FROM told WHERE status <> 'offline'
                ON CONFLICT (agent_id, node_id) DO UPDATE SET status = excluded.status, since = excluded.since),
            unproved AS (
                -- Who connects and has no endpoint is probed down this socket.
                UPDATE agents.probe_schedules s SET next_at = $4 FROM told t JOIN agents.agents a ON a.id = t.id
                WHERE s.agent_id = t.id AND t.status <> 'offline' AND a.endpoint IS NULL AND (s.probed_at IS NULL OR s.probed_at < $4 - interval '1 minute')
                    AND NOT EXISTS (SELECT FROM agents.presence p WHERE p.agent_id = t.id AND p.node_id = $3))
            {ToldOf("told", "status", "$4")}
            """);
        command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = Array.ConvertAll(agents, a => a.Value) });
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = Array.ConvertAll(presences, p => p.ToString().ToLowerInvariant()) });
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = _node.Id });
        command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = _clock.GetUtcNow() });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static Presence Best(Dictionary<object, Presence> sockets) => sockets.Count == 0 ? Presence.Offline : sockets.Values.Max();
}
