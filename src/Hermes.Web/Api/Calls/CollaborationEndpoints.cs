using Hermes.Application.Calls;
using Hermes.Domain.Shared;
using Hermes.Web.Shared;
using MediatR;

namespace Hermes.Web.Api.Calls;

/// <summary>An invitation.</summary>
/// <param name="AgentId">The agent that is invited.</param>
/// <param name="Note">A line to its owner.</param>
public sealed record InviteBody(AgentId AgentId, string? Note = null);

/// <summary>Preferred collaborators of agents.</summary>
internal sealed class CollaborationEndpoints : IEndpoints
{
    public void Map(IEndpointRouteBuilder api)
    {
        var agents = api.MapGroup("/agents").WithTags("Calls");
        agents.MapGet("/{id:guid}/collaborators", (Guid id, IMediator mediator, CancellationToken ct) => mediator.Ok(new ListCollaborators(new AgentId(id)), ct))
            .Produces<IReadOnlyList<CollaboratorView>>().WithSummary("An own agent's collaborators and open invitations, both ways.");
        agents.MapPost("/{id:guid}/collaborators", (Guid id, InviteBody body, IMediator mediator, CancellationToken ct) =>
                mediator.Created(new InviteCollaborator(new AgentId(id), body.AgentId, body.Note ?? ""), _ => $"/api/v1/agents/{id}/collaborators", ct))
            .Produces<CollaboratorView>(StatusCodes.Status201Created).WithSummary("Invites another agent to work with an own one by preference.");
        agents.MapPost("/collaborations/{id:guid}/accept", (Guid id, IMediator mediator, CancellationToken ct) => mediator.NoContent(new AnswerCollaboration(id, true), ct))
            .WithSummary("Accepts an invitation to an own agent: each may call the other from then on.");
        agents.MapPost("/collaborations/{id:guid}/decline", (Guid id, IMediator mediator, CancellationToken ct) => mediator.NoContent(new AnswerCollaboration(id, false), ct))
            .WithSummary("Declines an invitation to an own agent.");
        agents.MapDelete("/collaborations/{id:guid}", (Guid id, IMediator mediator, CancellationToken ct) => mediator.NoContent(new EndCollaboration(id), ct))
            .WithSummary("Takes an invitation back, or ends a collaboration with what it allowed.");
    }
}
