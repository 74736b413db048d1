using Hermes.Application.Shared;
using Hermes.Domain.Agents;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Agents;

/// <summary>An agent of the own tenant or a public one.</summary>
/// <param name="Id">The agent.</param>
[Requires(Permissions.AgentsRead)]
public sealed record GetAgent(AgentId Id) : IQuery<AgentView>;

/// <summary>A public agent, as anybody may see it on the marketplace; the own tenant's ones too for people who may read them.</summary>
/// <param name="Id">The agent.</param>
[AllowsAnyone("public agents are on the marketplace; others are found by their own tenant only")]
public sealed record GetListedAgent(AgentId Id) : IQuery<AgentView>;

internal sealed class GetAgentHandler(IAgentCatalogue catalogue, ICurrentActor current)
    : IRequestHandler<GetAgent, Result<AgentView>>, IRequestHandler<GetListedAgent, Result<AgentView>>
{
    public async Task<Result<AgentView>> Handle(GetAgent request, CancellationToken cancellationToken) =>
        await catalogue.FindAsync(request.Id, current.Actor.Tenant, cancellationToken) is { } agent ? agent : AgentErrors.NotFound;

    public async Task<Result<AgentView>> Handle(GetListedAgent request, CancellationToken cancellationToken) =>
        await catalogue.FindAsync(request.Id, current.Actor.Has(Permissions.AgentsRead) ? current.Actor.Tenant : null, cancellationToken) is { } agent
            ? agent
            : AgentErrors.NotFound;
}
