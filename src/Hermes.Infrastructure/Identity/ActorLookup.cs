using Hermes.Application.Agents.Public;
using Hermes.Application.Identity.Public;
using Hermes.Application.Shared;
using Hermes.Application.Tenancy.Public;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Persistence;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using System.Collections.Frozen;
using System.Security.Cryptography;

namespace Hermes.Infrastructure.Identity;

/// <summary>One round trip by the engine's role for each recognised credential; nothing is kept, so that a revocation holds at once on every node.</summary>
internal sealed class ActorLookup(
    [FromKeyedServices(DataSources.Engine)] NpgsqlDataSource engine, IAgentKeys keys, ITenants tenants, TimeProvider clock) : IActors
{
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
        if (await FindTokenAsync(token, now, cancellationToken) is not { } found)
            return null;
        if (found.LastUsed is null || now - found.LastUsed >= UseResolution)
            await RememberUseAsync(found.Id, now, cancellationToken);
        return found.Recognised;
    }

    // The reader goes back to its connection once, at the end of this method: whoever closes one a second time closes that of the
    // connection's next user.
    private async Task<(Guid Id, DateTimeOffset? LastUsed, Recognised Recognised)?> FindTokenAsync(string token, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = engine.CreateCommand("""
            SELECT k.id, k.person_id, k.tenant_id, k.scopes, k.last_used_at, p.email, m.role, t.status
            FROM identity.personal_access_tokens k
            JOIN identity.people p ON p.id = k.person_id
            JOIN identity.members m ON m.person_id = k.person_id AND m.tenant_id = k.tenant_id
            JOIN tenancy.tenants t ON t.id = k.tenant_id
            WHERE k.token_hash = $1 AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > $2)
            """);
        Add(command, Secret.HashOf(token), now);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        if (!await row.ReadAsync(cancellationToken))
            return null;
        var (id, tenant, role) = (row.GetGuid(0), new TenantId(row.GetGuid(2)), row.GetString(6));
        var scopes = row.GetFieldValue<string[]>(3);
        var lastUsed = await row.IsDBNullAsync(4, cancellationToken) ? (DateTimeOffset?)null : row.GetFieldValue<DateTimeOffset>(4);
        var granted = BuiltInRoles.PermissionsOf(role);
        return (id, lastUsed, new Recognised(
            new Actor
            {
                Kind = ActorKind.Person,
                Name = row.GetString(5),
                Person = new PersonId(row.GetGuid(1)),
                Tenant = tenant,
                Permissions = scopes.Length == 0 ? granted : granted.Intersect(scopes).ToFrozenSet(StringComparer.Ordinal),
                // A token of one's own organisation is no key to the back office, nor is a limited one.
                IsOperator = tenant == TenantId.Platform && role == BuiltInRoles.Operator && scopes.Length == 0,
                Credential = id,
            },
            row.GetString(7) == "active" ? null : TenantRules.Suspended));
    }

    public async Task<Recognised?> OfAgentKeyAsync(string key, CancellationToken cancellationToken)
    {
        if (!Secret.LooksLike(key, Secret.AgentKeyPrefix) || await keys.FindAsync(key, cancellationToken) is not { } agent)
            return null;
        var owner = await tenants.FindAsync(agent.Tenant, cancellationToken);
        return new Recognised(
            new Actor
            {
                Kind = ActorKind.Agent,
                Name = agent.Name,
                Agent = agent.Agent,
                Tenant = agent.Tenant,
                Permissions = agent.Permissions.ToFrozenSet(StringComparer.Ordinal),
                Credential = agent.Key,
            },
            owner is { IsActive: true } ? null : TenantRules.Suspended);
    }

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
