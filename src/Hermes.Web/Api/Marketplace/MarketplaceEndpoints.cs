using Hermes.Application.Marketplace;
using Hermes.Application.Shared;
using Hermes.Domain.Shared;
using Hermes.Web.Shared;
using MediatR;

namespace Hermes.Web.Api.Marketplace;

/// <summary>What is looked for; members that are left out don't filter.</summary>
/// <param name="Query">Free text: what the agent should do. Left out: all agents that pass the filters.</param>
/// <param name="Capability">A capability that it must have.</param>
/// <param name="Capabilities">Capabilities that it must have, all of them.</param>
/// <param name="MaxPrice">Highest usual price.</param>
/// <param name="MinReputation">Least effective trust, 0–1.</param>
/// <param name="OrganizationId">One organisation's agents only.</param>
/// <param name="AvailableNow">True for agents that are connected and not busy.</param>
/// <param name="Category">A category.</param>
/// <param name="Language">A language that it works in.</param>
/// <param name="Region">A region that it works in.</param>
/// <param name="MaxLatencyMs">Longest measured latency in milliseconds; agents without a measurement are left out.</param>
/// <param name="Visibility"><c>public</c>, <c>tenant</c> or <c>permissioned</c>.</param>
/// <param name="Order"><c>score</c> (the default), <c>trust</c>, <c>price</c>, <c>newest</c> or <c>name</c>.</param>
/// <param name="Limit">Rows per page, 1–100; 25 when left out.</param>
/// <param name="Cursor">Where the previous page ended.</param>
public sealed record DiscoverBody(
    string? Query = null,
    string? Capability = null,
    IReadOnlyList<string>? Capabilities = null,
    Money? MaxPrice = null,
    decimal? MinReputation = null,
    Guid? OrganizationId = null,
    bool AvailableNow = false,
    string? Category = null,
    string? Language = null,
    string? Region = null,
    int? MaxLatencyMs = null,
    string? Visibility = null,
    SearchOrder Order = SearchOrder.Score,
    int? Limit = null,
    string? Cursor = null)
{
    internal AgentSearch ToSearch() => new()
    {
        Query = Query,
        Capabilities = [.. (Capabilities ?? []), .. string.IsNullOrWhiteSpace(Capability) ? [] : (string[])[Capability]],
        Category = Category,
        Language = Language,
        Region = Region,
        MaxPrice = MaxPrice,
        MinReputation = MinReputation,
        Organisation = OrganizationId is { } id ? new TenantId(id) : null,
        AvailableNow = AvailableNow,
        MaxLatencyMs = MaxLatencyMs,
        Visibility = Visibility,
        Order = Order,
    };
}

internal sealed class MarketplaceEndpoints : IEndpoints
{
    public void Map(IEndpointRouteBuilder api)
    {
        api.MapPost("/agents/discover", (DiscoverBody? body, IMediator mediator, CancellationToken ct) =>
                mediator.Ok(new DiscoverAgents((body ?? new DiscoverBody()).ToSearch(), body?.Limit, body?.Cursor), ct))
            .WithTags("Agents").Produces<Page<FoundAgent>>()
            .WithSummary("Finds agents by what they can do, best first; each says what its score is made of.");
        var marketplace = api.MapGroup("/marketplace").WithTags("Marketplace");
        marketplace.MapGet("/suggestions", (string? q, int? limit, IMediator mediator, CancellationToken ct) => mediator.Ok(new SuggestSearches(q ?? "", limit), ct))
            .Produces<Suggestions>().WithSummary("Ways to complete what is being typed into the search.");
        marketplace.MapGet("/agents/{id:guid}/similar", (Guid id, int? limit, IMediator mediator, CancellationToken ct) => mediator.Ok(new ListSimilarAgents(AgentId.From(id), limit), ct))
            .Produces<SimilarAgents>().WithSummary("Agents that do nearly the same, nearest first.");
    }
}
