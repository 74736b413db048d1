using Hermes.Domain.Shared;

namespace Hermes.Application.Agents.Public;

/// <summary>An agent that has proved its key.</summary>
/// <param name="Agent">The agent.</param>
/// <param name="Tenant">Its owner.</param>
/// <param name="Name">Its name.</param>
/// <param name="Key">The key's id.</param>
/// <param name="Permissions">The key's scopes, all agent permissions when it names none.</param>
/// <param name="ExpiresAt">When the key ends by itself; null for never.</param>
public sealed record AgentPrincipal(AgentId Agent, TenantId Tenant, string Name, Guid Key, IReadOnlyList<string> Permissions, DateTimeOffset? ExpiresAt);

/// <summary>Proves agents' keys.</summary>
public interface IAgentKeys
{
    /// <summary>
    /// Whose live key this is; null for one that is unknown, expired or revoked, or whose agent is retired. Answers are
    /// kept for a few seconds; a revocation is known on every node as soon as its event arrives.
    /// </summary>
    /// <param name="key">The whole text, <c>hk_…</c>.</param>
    /// <param name="cancellationToken">Ends the look-up.</param>
    Task<AgentPrincipal?> FindAsync(string key, CancellationToken cancellationToken);

    /// <summary>Whether a key that was proved before is still accepted, read from the database, and when it ends by itself.</summary>
    /// <param name="key">The key's id.</param>
    /// <param name="cancellationToken">Ends the look-up.</param>
    Task<(bool IsLive, DateTimeOffset? ExpiresAt)> CheckAsync(Guid key, CancellationToken cancellationToken);
}
