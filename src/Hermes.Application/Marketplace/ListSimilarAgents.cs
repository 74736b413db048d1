using Hermes.Application.Shared;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Marketplace;

/// <summary>Agents that do nearly the same as one.</summary>
/// <param name="Agent">The agent.</param>
/// <param name="Limit">Most, 1–20; null for 6.</param>
[AllowsAnyone("public agents are on the marketplace; others are found by their own tenant only")]
public sealed record ListSimilarAgents(AgentId Agent, int? Limit = null) : IQuery<SimilarAgents>;

/// <summary>Agents that do nearly the same.</summary>
/// <param name="Items">Nearest first; empty when none is near.</param>
public sealed record SimilarAgents(IReadOnlyList<FoundAgent> Items);

internal sealed class ListSimilarAgentsHandler(IAgentFinder finder, ICurrentActor current) : IRequestHandler<ListSimilarAgents, Result<SimilarAgents>>
{
    public Task<Result<SimilarAgents>> Handle(ListSimilarAgents request, CancellationToken cancellationToken) =>
        Task.FromResult<Result<SimilarAgents>>(finder.Similar(request.Agent, current.Actor.Viewer(), Math.Clamp(request.Limit ?? 6, 1, 20)) is { } found
            ? new SimilarAgents(found)
            : MarketplaceErrors.NotFound);
}
