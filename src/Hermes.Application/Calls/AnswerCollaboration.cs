using Hermes.Application.Shared;
using Hermes.Domain.Calls;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Calls;

/// <summary>Accepts or declines an invitation to an own agent. Accepted, both owners' rules allow the two agents each other.</summary>
/// <param name="Id">The collaboration.</param>
/// <param name="Accept">Yes or no.</param>
[Requires(Permissions.AgentsUpdate)]
public sealed record AnswerCollaboration(Guid Id, bool Accept) : ICommand<Done>, IAcrossTenants;

internal sealed class AnswerCollaborationHandler(ICallsDb db, RuleChanges changes, IOutbox outbox, IAudit audit, ICurrentActor current, TimeProvider clock)
    : IRequestHandler<AnswerCollaboration, Result<Done>>
{
    public async Task<Result<Done>> Handle(AnswerCollaboration request, CancellationToken cancellationToken)
    {
        var tenant = current.Actor.RequiredTenant;
        if (await db.Collaborations.SingleOrDefaultAsync(c => c.Id == request.Id && c.OtherTenantId == tenant, cancellationToken) is not { } collaboration)
            return CallErrors.CollaborationNotFound;
        if (collaboration.Answer(request.Accept, clock).Error is { } refusal)
            return refusal;
        if (request.Accept)
        {
            await AllowAsync(collaboration.OtherTenantId, collaboration.OtherAgentId, collaboration.AgentId, cancellationToken);
            await AllowAsync(collaboration.TenantId, collaboration.AgentId, collaboration.OtherAgentId, cancellationToken);
        }
        foreach (var side in new[] { collaboration.TenantId, tenant }.Distinct())
            audit.Record("agent.answer_collaboration", "agent", collaboration.OtherAgentId.Value, null, new { collaboration.Id, collaboration.AgentId, collaboration.State }, side);
        outbox.Add(new LiveEvent("agent.collaboration", "agent", collaboration.AgentId.Value, tenant,
            new { collaboration.Id, collaboration.AgentId, collaboration.OtherAgentId, collaboration.State }, Audience.Of(collaboration.TenantId, tenant)));
        return Done.Ok;
    }

    // Inviting and accepting are both owners' own words: they replace an earlier denial of that one agent.
    private async Task AllowAsync(TenantId owner, AgentId agent, AgentId caller, CancellationToken cancellationToken)
    {
        var rule = await db.AccessRules.SingleOrDefaultAsync(r => r.TenantId == owner && r.AgentId == agent && r.CallerAgentId == caller && r.CallerTenantId == null, cancellationToken);
        if (rule is null)
            db.AccessRules.Add(rule = AccessRule.Make(owner, agent, AccessEffect.Allow, new AccessSubject(null, caller), clock));
        else
            rule.Turn(AccessEffect.Allow);
        changes.Tell(rule);
    }
}
