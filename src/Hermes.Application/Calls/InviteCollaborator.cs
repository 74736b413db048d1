using FluentValidation;
using Hermes.Application.Shared;
using Hermes.Domain.Calls;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Calls;

/// <summary>
/// Invites another agent to work with an own one by preference. Between two agents of one owner nobody needs to be asked.
/// The other agent must be one that the inviting one can find: public, own, or allowed to be called.
/// </summary>
/// <param name="AgentId">The own agent.</param>
/// <param name="OtherAgentId">The other one.</param>
/// <param name="Note">A line to its owner; may be empty.</param>
[Requires(Permissions.AgentsUpdate)]
public sealed record InviteCollaborator(AgentId AgentId, AgentId OtherAgentId, string Note = "") : ICommand<CollaboratorView>, IAcrossTenants;

internal sealed class InviteCollaboratorValidator : AbstractValidator<InviteCollaborator>
{
    public InviteCollaboratorValidator() => RuleFor(r => r.Note).NotNull().MaximumLength(Collaboration.MaxNote);
}

internal sealed class InviteCollaboratorHandler(ICallsDb db, ICallDirectory directory, IOutbox outbox, IAudit audit, ICurrentActor current, TimeProvider clock)
    : IRequestHandler<InviteCollaborator, Result<CollaboratorView>>
{
    public async Task<Result<CollaboratorView>> Handle(InviteCollaborator request, CancellationToken cancellationToken)
    {
        var (tenant, own, other) = (current.Actor.RequiredTenant, request.AgentId, request.OtherAgentId);
        if (await directory.FindAsync(own, tenant, null, cancellationToken) is not { Facts.SameTenant: true, IsRetired: false })
            return CallErrors.AgentNotFound;
        if (await directory.FindAsync(other, tenant, own, cancellationToken) is not { IsRetired: false } found || !found.Access.IsAllowed)
            return CallErrors.AgentNotFound;
        if (await db.Collaborations.AnyAsync(c => (c.State == CollaborationState.Invited || c.State == CollaborationState.Accepted)
            && ((c.AgentId == own && c.OtherAgentId == other) || (c.AgentId == other && c.OtherAgentId == own)), cancellationToken))
            return CallErrors.AlreadyCollaborators;
        var made = Collaboration.Invite(tenant, own, found.TenantId, other, request.Note, clock);
        if (!made.Succeeded)
            return made.Error;
        var collaboration = made.Value;
        db.Collaborations.Add(collaboration);
        if (found.TenantId == tenant && collaboration.Answer(true, clock).Error is { } refusal)
            return refusal;
        audit.Record("agent.invite_collaborator", "agent", own.Value, null, new { OtherAgentId = other, request.Note, collaboration.State });
        outbox.Add(new LiveEvent("agent.collaboration", "agent", other.Value, tenant, new { collaboration.Id, AgentId = own, OtherAgentId = other, collaboration.State }, Audience.Of(tenant, found.TenantId)));
        return CollaboratorView.Of(collaboration, own, new Dictionary<AgentId, string> { [other] = found.Name });
    }
}
