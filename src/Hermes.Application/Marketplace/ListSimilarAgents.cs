using Hermes.Application.Shared;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Marketplace;

/// <summary>Agents that do nearly the same as one.</summary>
/// <param name="Agent">The agent.</param>
/// <param name="Limit">Most, 1–20; null for 6.</param>
[AllowsAnyone("public agents are on the marketplace; others are found by those who may call them")]
public sealed record ListSimilarAgents(AgentId Agent, int? Limit = null) : IQuery<SimilarAgents>;

/// <summary>Agents that do nearly the same.</summary>
/// <param name="Items">Nearest first; empty when none is near.</param>
public sealed record SimilarAgents(IReadOnlyList<FoundAgent> Items);

internal sealed class ListSimilarAgentsHandler(IAgentFinder finder, ICurrentActor current) : IRequestHandler<ListSimilarAgents, Result<SimilarAgents>>
{
    public async Task<Result<SimilarAgents>> Handle(ListSimilarAgents request, CancellationToken cancellationToken) =>
        await finder.SimilarAsync(request.Agent, current.Actor.Viewer(), Math.Clamp(request.Limit ?? 6, 1, 20), cancellationToken) is { } found
            ? new SimilarAgents(found)
            : MarketplaceErrors.NotFound;
}
