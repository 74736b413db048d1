using Hermes.Application.Shared;
using Hermes.Domain.Calls;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Calls;

/// <summary>Takes an invitation back, or ends a collaboration, by either owner. What the two were allowed by it ends with it.</summary>
/// <param name="Id">The collaboration.</param>
[Requires(Permissions.AgentsUpdate)]
public sealed record EndCollaboration(Guid Id) : ICommand<Done>, IAcrossTenants;

internal sealed class EndCollaborationHandler(ICallsDb db, RuleChanges changes, IOutbox outbox, IAudit audit, ICurrentActor current, TimeProvider clock)
    : IRequestHandler<EndCollaboration, Result<Done>>
{
    public async Task<Result<Done>> Handle(EndCollaboration request, CancellationToken cancellationToken)
    {
        var tenant = current.Actor.RequiredTenant;
        if (await db.Collaborations.SingleOrDefaultAsync(c => c.Id == request.Id && (c.TenantId == tenant || c.OtherTenantId == tenant), cancellationToken) is not { } collaboration)
            return CallErrors.CollaborationNotFound;
        var (own, other) = (collaboration.AgentId, collaboration.OtherAgentId);
        // An invitation allowed nothing yet, and between agents of one owner nothing had to be allowed: rules made by hand stay.
        var allowed = collaboration.State == CollaborationState.Accepted && collaboration.TenantId != collaboration.OtherTenantId;
        if (collaboration.End(clock).Error is { } refusal)
            return refusal;
        var ending = allowed
            ? await db.AccessRules.Where(r => r.Effect == AccessEffect.Allow
                && ((r.AgentId == own && r.CallerAgentId == other) || (r.AgentId == other && r.CallerAgentId == own))).ToListAsync(cancellationToken)
            : [];
        db.AccessRules.RemoveRange(ending);
        ending.ForEach(changes.Tell);
        foreach (var side in new[] { collaboration.TenantId, collaboration.OtherTenantId }.Distinct())
            audit.Record("agent.end_collaboration", "agent", own.Value, null, new { collaboration.Id, OtherAgentId = other }, side);
        outbox.Add(new LiveEvent("agent.collaboration", "agent", own.Value, tenant, new { collaboration.Id, AgentId = own, OtherAgentId = other, collaboration.State },
            Audience.Of(collaboration.TenantId, collaboration.OtherTenantId)));
        return Done.Ok;
    }
}
