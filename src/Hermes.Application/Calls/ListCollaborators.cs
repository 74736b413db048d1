using Hermes.Application.Shared;
using Hermes.Domain.Calls;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Calls;

/// <summary>An own agent's collaborators and open invitations, both ways, newest first; at most 200.</summary>
/// <param name="AgentId">The agent.</param>
[Requires(Permissions.AgentsRead)]
public sealed record ListCollaborators(AgentId AgentId) : IQuery<IReadOnlyList<CollaboratorView>>;

/// <summary>A collaborator as the agent's owner sees it.</summary>
/// <param name="Id">The collaboration's id.</param>
/// <param name="AgentId">The other agent.</param>
/// <param name="Name">Its name.</param>
/// <param name="State">Where it stands.</param>
/// <param name="ByUs">True when the own agent invited.</param>
/// <param name="Note">The line that came with the invitation; may be empty.</param>
/// <param name="InvitedAt">When it was offered.</param>
/// <param name="AnsweredAt">When it was answered; null before.</param>
public sealed record CollaboratorView(Guid Id, AgentId AgentId, string Name, CollaborationState State, bool ByUs, string Note, DateTimeOffset InvitedAt, DateTimeOffset? AnsweredAt)
{
    internal static CollaboratorView Of(Collaboration c, AgentId own, IReadOnlyDictionary<AgentId, string> names)
    {
        var byUs = c.AgentId == own;
        var other = byUs ? c.OtherAgentId : c.AgentId;
        return new(c.Id, other, names.GetValueOrDefault(other, ""), c.State, byUs, c.Note, c.InvitedAt, c.AnsweredAt);
    }
}

internal sealed class ListCollaboratorsHandler(ICallsDb db, ICallDirectory directory, ICurrentActor current)
    : IRequestHandler<ListCollaborators, Result<IReadOnlyList<CollaboratorView>>>
{
    public async Task<Result<IReadOnlyList<CollaboratorView>>> Handle(ListCollaborators request, CancellationToken cancellationToken)
    {
        var agent = request.AgentId;
        if (await directory.FindAsync(agent, current.Actor.RequiredTenant, null, cancellationToken) is not { Facts.SameTenant: true })
            return CallErrors.AgentNotFound;
        var found = await db.Collaborations.AsNoTracking()
            .Where(c => (c.AgentId == agent || c.OtherAgentId == agent) && (c.State == CollaborationState.Invited || c.State == CollaborationState.Accepted))
            .OrderByDescending(c => c.InvitedAt).Take(200).ToListAsync(cancellationToken);
        var names = await directory.NamesAsync([.. found.SelectMany(c => new[] { c.AgentId, c.OtherAgentId }).Distinct()], cancellationToken);
        return found.ConvertAll(c => CollaboratorView.Of(c, agent, names));
    }
}
