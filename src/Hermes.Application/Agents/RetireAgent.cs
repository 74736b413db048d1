using Hermes.Application.Shared;
using Hermes.Domain.Agents;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Agents;

/// <summary>Ends an agent for good: its keys are revoked, its sockets close, nobody finds it any more.</summary>
/// <param name="Id">The agent.</param>
[Requires(Permissions.AgentsDelete)]
public sealed record RetireAgent(AgentId Id) : ICommand<AgentView>;

internal sealed class RetireAgentHandler(IAgentsDb db, IAgentCatalogue catalogue, ICurrentActor current, IAudit audit, IOutbox outbox, TimeProvider clock)
    : IRequestHandler<RetireAgent, Result<AgentView>>
{
    public async Task<Result<AgentView>> Handle(RetireAgent request, CancellationToken cancellationToken)
    {
        var tenant = current.Actor.RequiredTenant;
        var agent = await db.Agents.SingleOrDefaultAsync(a => a.Id == request.Id && a.TenantId == tenant, cancellationToken);
        if (agent is null)
            return AgentErrors.NotFound;
        var before = agent.Status;
        if (agent.Retire(clock).Error is { } refusal)
            return refusal;
        foreach (var key in await db.AgentKeys.Where(k => k.AgentId == agent.Id && k.RevokedAt == null).ToListAsync(cancellationToken))
        {
            key.Revoke(clock);
            outbox.Add(AgentEvents.Revoked(key));
        }
        if (await db.ProbeSchedules.SingleOrDefaultAsync(s => s.AgentId == agent.Id, cancellationToken) is { } schedule)
            db.ProbeSchedules.Remove(schedule);
        await db.SaveChangesAsync(cancellationToken);
        audit.Record("agent.retire", "agent", agent.Id.Value, new { Status = before }, new { agent.Status });
        outbox.Add(AgentEvents.ChangeOf(agent));
        return (await catalogue.FindAsync(agent.Id, tenant, cancellationToken))!;
    }
}
