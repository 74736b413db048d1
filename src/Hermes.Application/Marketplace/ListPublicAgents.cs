using Hermes.Application.Shared;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Marketplace;

/// <summary>A page of all public listed agents, as catalogue feeds give them to strangers: who asks makes no difference.</summary>
/// <param name="Limit">Rows per page.</param>
/// <param name="Cursor">Where the previous page ended.</param>
/// <param name="ByName">By name; else the newest first.</param>
[AllowsAnyone("the feed holds public agents only, whoever asks")]
public sealed record ListPublicAgents(int Limit, string? Cursor = null, bool ByName = false) : IQuery<Page<FoundAgent>>;

internal sealed class ListPublicAgentsHandler(IAgentFinder finder) : IRequestHandler<ListPublicAgents, Result<Page<FoundAgent>>>
{
    public Task<Result<Page<FoundAgent>>> Handle(ListPublicAgents request, CancellationToken cancellationToken) =>
        finder.FindAsync(new AgentSearch { Order = request.ByName ? SearchOrder.Name : SearchOrder.Newest }, Viewer.Visitor, Math.Clamp(request.Limit, 1, Paging.MaxLimit), request.Cursor, cancellationToken);
}
