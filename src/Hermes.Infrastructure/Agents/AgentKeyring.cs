using System.Collections.Concurrent;
using Hermes.Application.Agents;
using Hermes.Application.Agents.Public;
using Hermes.Domain.Agents;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Notifications.Public;
using Hermes.Infrastructure.Persistence;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Hermes.Infrastructure.Agents;

/// <summary>
/// Proves keys. A key that was found is remembered for a few seconds under its hash, so that a busy agent costs one
/// look-up now and then, and forgotten when an event says that a key of the agent ended. Unknown keys
/// are not remembered: guessing must not fill memory.
/// </summary>
internal sealed class AgentKeyring([FromKeyedServices(DataSources.Engine)] NpgsqlDataSource engine, TimeProvider clock) : IAgentKeys, IEventObserver
{
    private const int Most = 50_000;
    private static readonly TimeSpan Remembered = TimeSpan.FromSeconds(5);
    private readonly ConcurrentDictionary<string, (AgentPrincipal Principal, long At)> _known = new(StringComparer.Ordinal);

    public async Task<AgentPrincipal?> FindAsync(string key, CancellationToken cancellationToken)
    {
        if (!AgentKey.LooksLikeKey(key))
            return null;
        var hash = AgentKey.HashOf(key);
        var name = Convert.ToBase64String(hash);
        if (_known.TryGetValue(name, out var known) && clock.GetElapsedTime(known.At) < Remembered &&
            (known.Principal.ExpiresAt is null || clock.GetUtcNow() < known.Principal.ExpiresAt))
            return known.Principal;
        if (await ReadAsync(hash, cancellationToken) is not { } principal)
        {
            _known.TryRemove(name, out _);
            return null;
        }
        if (_known.Count >= Most)
            _known.Clear();
        _known[name] = (principal, clock.GetTimestamp());
        return principal;
    }

    public async Task<(bool IsLive, DateTimeOffset? ExpiresAt)> CheckAsync(Guid key, CancellationToken cancellationToken)
    {
        await using var command = engine.CreateCommand("""
            SELECT k.expires_at FROM agents.agent_keys k JOIN agents.agents a ON a.id = k.agent_id
            WHERE k.id = $1 AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > $2) AND a.status <> 'retired'
            """);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = key });
        command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = clock.GetUtcNow() });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken))
            return (false, null);
        return (true, await reader.IsDBNullAsync(0, cancellationToken) ? null : reader.GetFieldValue<DateTimeOffset>(0));
    }

    /// <summary>Reads the agent's keys anew when they are next used.</summary>
    public void Seen(LiveFrame frame)
    {
        if (frame.Type is AgentEvents.KeyRevoked)
            Forget(new AgentId(frame.SubjectId));
    }

    private void Forget(AgentId agent)
    {
        foreach (var (name, known) in _known)
        {
            if (known.Principal.Agent == agent)
                _known.TryRemove(name, out _);
        }
    }

    private async Task<AgentPrincipal?> ReadAsync(byte[] hash, CancellationToken cancellationToken)
    {
        await using var command = engine.CreateCommand("""
            SELECT a.id, a.tenant_id, a.name, k.id, k.scopes, k.expires_at
            FROM agents.agent_keys k JOIN agents.agents a ON a.id = k.agent_id
            WHERE k.hash = $1 AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > $2) AND a.status <> 'retired'
            """);
        command.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = hash });
        command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = clock.GetUtcNow() });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken))
            return null;
        var scopes = reader.GetFieldValue<string[]>(4);
        return new AgentPrincipal(new AgentId(reader.GetGuid(0)), new TenantId(reader.GetGuid(1)), reader.GetString(2), reader.GetGuid(3),
            scopes.Length == 0 ? [.. Permissions.ForAgents] : scopes,
            await reader.IsDBNullAsync(5, cancellationToken) ? null : reader.GetFieldValue<DateTimeOffset>(5));
    }
}
