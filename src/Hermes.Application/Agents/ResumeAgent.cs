using Hermes.Application.Shared;
using Hermes.Domain.Agents;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Agents;

/// <summary>Lets a paused agent work again.</summary>
/// <param name="Id">The agent.</param>
[Requires(Permissions.AgentsUpdate)]
public sealed record ResumeAgent(AgentId Id) : ICommand<AgentView>;

internal sealed class ResumeAgentHandler(IAgentsDb db, IAgentCatalogue catalogue, ICurrentActor current, IAudit audit, IOutbox outbox, TimeProvider clock)
    : IRequestHandler<ResumeAgent, Result<AgentView>>
{
    public async Task<Result<AgentView>> Handle(ResumeAgent request, CancellationToken cancellationToken)
    {
        var tenant = current.Actor.RequiredTenant;
        var agent = await db.Agents.SingleOrDefaultAsync(a => a.Id == request.Id && a.TenantId == tenant, cancellationToken);
        if (agent is null)
            return AgentErrors.NotFound;
        var before = agent.Status;
        if (agent.Resume(clock).Error is { } refusal)
            return refusal;
        await db.SaveChangesAsync(cancellationToken);
        audit.Record("agent.resume", "agent", agent.Id.Value, new { Status = before }, new { agent.Status });
        outbox.Add(AgentEvents.ChangeOf(agent));
        return (await catalogue.FindAsync(agent.Id, tenant, cancellationToken))!;
    }
}
