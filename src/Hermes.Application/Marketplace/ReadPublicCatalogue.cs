using FluentValidation;
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

/// <summary>Public listed agents that meet a text, best first: the best 300.</summary>
/// <param name="Text">What is looked for, 1–500 characters.</param>
[AllowsAnyone("the feed holds public agents only, whoever asks")]
public sealed record SearchPublicAgents(string Text) : IQuery<Page<FoundAgent>>;

/// <summary>One public listed agent.</summary>
/// <param name="Agent">The agent.</param>
[AllowsAnyone("the feed holds public agents only, whoever asks")]
public sealed record GetPublicAgent(AgentId Agent) : IQuery<FoundAgent>;

internal sealed class SearchPublicAgentsValidator : AbstractValidator<SearchPublicAgents>
{
    public SearchPublicAgentsValidator() => RuleFor(r => r.Text).NotEmpty().MaximumLength(500);
}

internal sealed class PublicCatalogueHandler(IAgentFinder finder) : IRequestHandler<ListPublicAgents, Result<Page<FoundAgent>>>,
    IRequestHandler<SearchPublicAgents, Result<Page<FoundAgent>>>, IRequestHandler<GetPublicAgent, Result<FoundAgent>>
{
    private const int Best = 300;

    public Task<Result<Page<FoundAgent>>> Handle(ListPublicAgents request, CancellationToken cancellationToken) =>
        finder.FindAsync(new AgentSearch { Order = request.ByName ? SearchOrder.Name : SearchOrder.Newest }, Viewer.Visitor, Math.Clamp(request.Limit, 1, Paging.MaxLimit), request.Cursor, cancellationToken);

    public Task<Result<Page<FoundAgent>>> Handle(SearchPublicAgents request, CancellationToken cancellationToken) =>
        finder.FindAsync(new AgentSearch { Query = request.Text }, Viewer.Visitor, Best, null, cancellationToken);

    public async Task<Result<FoundAgent>> Handle(GetPublicAgent request, CancellationToken cancellationToken) =>
        await finder.FindOneAsync(request.Agent, Viewer.Visitor, cancellationToken) is { } agent ? agent : MarketplaceErrors.NotFound;
}
