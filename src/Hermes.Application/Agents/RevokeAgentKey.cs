using Hermes.Application.Shared;
using Hermes.Domain.Agents;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Agents;

/// <summary>Ends a key at once; sockets that were opened with it close on every node.</summary>
/// <param name="Agent">The agent.</param>
/// <param name="Key">The key.</param>
[Requires(Permissions.AgentsUpdate)]
public sealed record RevokeAgentKey(AgentId Agent, AgentKeyId Key) : ICommand<Done>, IWhileSuspended;

internal sealed class RevokeAgentKeyHandler(IAgentsDb db, ICurrentActor current, IAudit audit, IOutbox outbox, TimeProvider clock)
    : IRequestHandler<RevokeAgentKey, Result<Done>>
{
    public async Task<Result<Done>> Handle(RevokeAgentKey request, CancellationToken cancellationToken)
    {
        var tenant = current.Actor.RequiredTenant;
        var key = await db.AgentKeys.SingleOrDefaultAsync(k => k.Id == request.Key && k.AgentId == request.Agent && k.TenantId == tenant, cancellationToken);
        if (key is null)
            return AgentErrors.KeyNotFound;
        if (key.Revoke(clock).Error is { } refusal)
            return refusal;
        await db.SaveChangesAsync(cancellationToken);
        audit.Record("agent.key_revoke", "agent", key.AgentId.Value, new { KeyId = key.Id, key.Prefix }, null);
        outbox.Add(AgentEvents.Revoked(key));
        return Done.Ok;
    }
}
