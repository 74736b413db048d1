using Hermes.Application.Agents.Public;
using Hermes.Application.Identity;
using Hermes.Application.Identity.Public;
using Hermes.Application.Shared;
using Hermes.Application.Tenancy.Public;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Notifications.Public;
using Hermes.Infrastructure.Persistence;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Security.Cryptography;

namespace Hermes.Infrastructure.Identity;

/// <summary>
/// One round trip by the engine's role for each recognised credential. A token that was found is remembered for a few seconds
/// under its hash, as agents' keys are, and dropped when an event says that the person's rights changed; what was read while
/// such an event came is used once and not kept. Whether the tenant is suspended is asked each time. Unknown tokens are not remembered.
/// </summary>
internal sealed class ActorLookup(
    [FromKeyedServices(DataSources.Engine)] NpgsqlDataSource engine, IAgentKeys keys, ITenants tenants, IEventFeed feed, TimeProvider clock) : IActors, IEventObserver
{
    private const int Most = 50_000;
    private static readonly TimeSpan Remembered = TimeSpan.FromSeconds(5);
    private readonly ConcurrentDictionary<string, (Actor Actor, DateTimeOffset? ExpiresAt, long At)> _known = new(StringComparer.Ordinal);
    private int _changes;

    private static readonly TimeSpan UseResolution = TimeSpan.FromMinutes(1);

    public async Task<Recognised?> OfSessionAsync(PersonId person, string stamp, TenantId? tenant, CancellationToken cancellationToken)
    {
        await using var command = engine.CreateCommand("""
            SELECT p.email, p.security_stamp, m.role, t.status, o.role
            FROM identity.people p
            LEFT JOIN identity.members m ON m.person_id = p.id AND m.tenant_id = $2
            LEFT JOIN tenancy.tenants t ON t.id = m.tenant_id
            LEFT JOIN identity.members o ON o.person_id = p.id AND o.tenant_id = $3
            WHERE p.id = $1
            """);
        Add(command, person.Value, tenant?.Value ?? Guid.Empty, TenantId.Platform.Value);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        if (!await row.ReadAsync(cancellationToken) || !SameText(row.GetString(1), stamp))
            return null;
        var role = await row.IsDBNullAsync(2, cancellationToken) ? null : row.GetString(2);
        var active = role is not null && row.GetString(3) == "active";
        return new Recognised(
            new Actor
            {
                Kind = ActorKind.Person,
                Name = row.GetString(0),
                Person = person,
                Tenant = active ? tenant : null,
                Permissions = active ? BuiltInRoles.PermissionsOf(role) : [],
                IsOperator = !await row.IsDBNullAsync(4, cancellationToken) && row.GetString(4) == BuiltInRoles.Operator,
            },
            role is not null && !active ? TenantRules.Suspended : null);
    }

    public async Task<Recognised?> OfTokenAsync(string token, CancellationToken cancellationToken)
    {
        if (!Secret.LooksLike(token, Secret.TokenPrefix))
            return null;
        var now = clock.GetUtcNow();
        var hash = Secret.HashOf(token);
        var name = Convert.ToBase64String(hash);
        if (_known.TryGetValue(name, out var known) && clock.GetElapsedTime(known.At) < Remembered && (known.ExpiresAt is null || now < known.ExpiresAt))
            return await StandingAsync(known.Actor, cancellationToken);
        var (changes, at) = (Volatile.Read(ref _changes), clock.GetTimestamp());
        if (await FindTokenAsync(hash, now, cancellationToken) is not { } found)
        {
            _known.TryRemove(name, out _);
            return null;
        }
        if (found.LastUsed is null || now - found.LastUsed >= UseResolution)
            await RememberUseAsync(found.Id, now, cancellationToken);
        // Before the node follows the log it would not hear of changes.
        if (feed.Started.IsCompletedSuccessfully)
        {
            if (_known.Count >= Most)
                _known.Clear();
            _known[name] = (found.Actor, found.ExpiresAt, at);
            if (Volatile.Read(ref _changes) != changes)
                _known.TryRemove(name, out _);
        }
        return await StandingAsync(found.Actor, cancellationToken);
    }

    public void Forget(PersonId person)
    {
        Interlocked.Increment(ref _changes);
        foreach (var (name, known) in _known)
        {
            if (known.Actor.Person == person)
                _known.TryRemove(name, out _);
        }
    }

    public void Seen(LiveFrame frame)
    {
        if (frame.Type == RightsChanges.Changed)
            Forget(new PersonId(frame.SubjectId));
        else if (frame.SubjectType == "tenant")
            tenants.Forget(new TenantId(frame.SubjectId));
    }

    // The reader goes back to its connection once, at the end of this method: whoever closes one a second time closes that of the
    // connection's next user.
    private async Task<(Guid Id, DateTimeOffset? LastUsed, DateTimeOffset? ExpiresAt, Actor Actor)?> FindTokenAsync(byte[] hash, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = engine.CreateCommand("""
            SELECT k.id, k.person_id, k.tenant_id, k.scopes, k.last_used_at, p.email, m.role, k.expires_at
            FROM identity.personal_access_tokens k
            JOIN identity.people p ON p.id = k.person_id
            JOIN identity.members m ON m.person_id = k.person_id AND m.tenant_id = k.tenant_id
            WHERE k.token_hash = $1 AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > $2)
            """);
        Add(command, hash, now);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        if (!await row.ReadAsync(cancellationToken))
            return null;
        var (id, tenant, role) = (row.GetGuid(0), new TenantId(row.GetGuid(2)), row.GetString(6));
        var scopes = row.GetFieldValue<string[]>(3);
        var lastUsed = await row.IsDBNullAsync(4, cancellationToken) ? (DateTimeOffset?)null : row.GetFieldValue<DateTimeOffset>(4);
        var expires = await row.IsDBNullAsync(7, cancellationToken) ? (DateTimeOffset?)null : row.GetFieldValue<DateTimeOffset>(7);
        var granted = BuiltInRoles.PermissionsOf(role);
        return (id, lastUsed, expires, new Actor
        {
            Kind = ActorKind.Person,
            Name = row.GetString(5),
            Person = new PersonId(row.GetGuid(1)),
            Tenant = tenant,
            Permissions = scopes.Length == 0 ? granted : granted.Intersect(scopes).ToFrozenSet(StringComparer.Ordinal),
            // A token of one's own organisation is no key to the back office, nor is a limited one.
            IsOperator = tenant == TenantId.Platform && role == BuiltInRoles.Operator && scopes.Length == 0,
            Credential = id,
        });
    }

    public async Task<Recognised?> OfAgentKeyAsync(string key, CancellationToken cancellationToken)
    {
        if (!Secret.LooksLike(key, Secret.AgentKeyPrefix) || await keys.FindAsync(key, cancellationToken) is not { } agent)
            return null;
        return await StandingAsync(new Actor
        {
            Kind = ActorKind.Agent,
            Name = agent.Name,
            Agent = agent.Agent,
            Tenant = agent.Tenant,
            Permissions = agent.Permissions.ToFrozenSet(StringComparer.Ordinal),
            Credential = agent.Key,
        }, cancellationToken);
    }

    private async Task<Recognised> StandingAsync(Actor actor, CancellationToken cancellationToken) =>
        new(actor, await tenants.FindAsync(actor.RequiredTenant, cancellationToken) is { IsActive: true } ? null : TenantRules.Suspended);

    private async Task RememberUseAsync(Guid id, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = engine.CreateCommand(
            "UPDATE identity.personal_access_tokens SET last_used_at = $2 WHERE id = $1 AND (last_used_at IS NULL OR last_used_at <= $2 - interval '1 minute')");
        Add(command, id, now);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static void Add(NpgsqlCommand command, params object[] values)
    {
        foreach (var value in values)
            command.Parameters.Add(new NpgsqlParameter { Value = value });
    }

    private static bool SameText(string left, string right) =>
        CryptographicOperations.FixedTimeEquals(System.Text.Encoding.UTF8.GetBytes(left), System.Text.Encoding.UTF8.GetBytes(right));
}
