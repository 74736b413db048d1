using Hermes.Application.Shared;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Marketplace;

/// <summary>One agent as the marketplace shows it to those who may call it.</summary>
/// <param name="Agent">The agent.</param>
[AllowsAnyone("public agents are on the marketplace; others are found by those who may call them")]
public sealed record GetFoundAgent(AgentId Agent) : IQuery<FoundAgent>;

internal sealed class GetFoundAgentHandler(IAgentFinder finder, ICurrentActor current) : IRequestHandler<GetFoundAgent, Result<FoundAgent>>
{
    public async Task<Result<FoundAgent>> Handle(GetFoundAgent request, CancellationToken cancellationToken) =>
        await finder.FindOneAsync(request.Agent, current.Actor.Viewer(), cancellationToken) is { } agent ? agent : MarketplaceErrors.NotFound;
}
