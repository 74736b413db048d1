using Hermes.Application.Shared;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Marketplace;

/// <summary>One public listed agent, whoever asks.</summary>
/// <param name="Agent">The agent.</param>
[AllowsAnyone("the feed holds public agents only, whoever asks")]
public sealed record GetPublicAgent(AgentId Agent) : IQuery<FoundAgent>;

internal sealed class GetPublicAgentHandler(IAgentFinder finder) : IRequestHandler<GetPublicAgent, Result<FoundAgent>>
{
    public async Task<Result<FoundAgent>> Handle(GetPublicAgent request, CancellationToken cancellationToken) =>
        await finder.FindOneAsync(request.Agent, Viewer.Visitor, cancellationToken) is { } agent ? agent : MarketplaceErrors.NotFound;
}
