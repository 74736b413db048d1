using Hermes.Application.Shared;
using Hermes.Domain.Agents;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Agents;

/// <summary>The keys of an agent, latest first; never the keys themselves.</summary>
/// <param name="Agent">The agent.</param>
[Requires(Permissions.AgentsUpdate)]
public sealed record ListAgentKeys(AgentId Agent) : IQuery<IReadOnlyList<AgentKeyView>>;

/// <summary>What is kept of a key.</summary>
/// <param name="Id">The key.</param>
/// <param name="Prefix">Its first characters.</param>
/// <param name="Scopes">Empty for all.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="ExpiresAt">When it ends by itself; null for never.</param>
/// <param name="RevokedAt">When it was revoked; null while it is not.</param>
/// <param name="IsLive">True while it is accepted.</param>
public sealed record AgentKeyView(AgentKeyId Id, string Prefix, IReadOnlyList<string> Scopes, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt, DateTimeOffset? RevokedAt, bool IsLive)
{
    internal static AgentKeyView Of(AgentKey key, DateTimeOffset now) =>
        new(key.Id, key.Prefix, key.Scopes, key.CreatedAt, key.ExpiresAt, key.RevokedAt, key.IsLive(now));
}

internal sealed class ListAgentKeysHandler(IAgentsDb db, ICurrentActor current, TimeProvider clock)
    : IRequestHandler<ListAgentKeys, Result<IReadOnlyList<AgentKeyView>>>
{
    private const int MostShown = 100;

    public async Task<Result<IReadOnlyList<AgentKeyView>>> Handle(ListAgentKeys request, CancellationToken cancellationToken)
    {
        var tenant = current.Actor.RequiredTenant;
        if (!await db.Agents.AnyAsync(a => a.Id == request.Agent && a.TenantId == tenant, cancellationToken))
            return AgentErrors.NotFound;
        var keys = await db.AgentKeys.AsNoTracking().Where(k => k.AgentId == request.Agent && k.TenantId == tenant)
            .OrderByDescending(k => k.CreatedAt).ThenByDescending(k => k.Id).Take(MostShown).ToListAsync(cancellationToken);
        var now = clock.GetUtcNow();
        return keys.ConvertAll(k => AgentKeyView.Of(k, now));
    }
}
