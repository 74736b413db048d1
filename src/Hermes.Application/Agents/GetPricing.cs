using Hermes.Application.Shared;
using Hermes.Domain.Agents;
using Hermes.Domain.Agents.Public;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Agents;

/// <summary>What an agent asks now, will ask and asked before.</summary>
/// <param name="Agent">The agent.</param>
/// <param name="Limit">Versions of a page, 1–100; null for 25.</param>
/// <param name="Cursor">Where the previous page ended; null for the first.</param>
[AllowsAnyone("what public agents ask is public; others are found by their own organisation")]
public sealed record GetPricing(AgentId Agent, int? Limit = null, string? Cursor = null) : IQuery<PricingView>;

/// <summary>An agent's prices.</summary>
/// <param name="AgentId">The agent.</param>
/// <param name="IsMine">True for its owner.</param>
/// <param name="Version">The agent's version, the API's <c>ETag</c>.</param>
/// <param name="Current">What counts now.</param>
/// <param name="Items">All versions, the one that begins last first: scheduled ones, the current one, past ones.</param>
/// <param name="NextCursor">Null at the end.</param>
public sealed record PricingView(AgentId AgentId, bool IsMine, uint Version, PriceView Current, IReadOnlyList<PriceView> Items, string? NextCursor);

internal sealed class GetPricingHandler(IAgentsDb db, ICurrentActor current, TimeProvider clock) : IRequestHandler<GetPricing, Result<PricingView>>
{
    public async Task<Result<PricingView>> Handle(GetPricing request, CancellationToken cancellationToken)
    {
        if (await db.Agents.AsNoTracking().SingleOrDefaultAsync(a => a.Id == request.Agent, cancellationToken) is not { } agent)
            return AgentErrors.NotFound;
        var (now, mine) = (clock.GetUtcNow(), agent.TenantId == current.Actor.Tenant && current.Actor.Has(Permissions.AgentsRead));
        if (!mine && agent is not { Visibility: AgentVisibility.Public, Status: not AgentStatus.Retired })
            return AgentErrors.NotFound;
        var counts = await db.Prices.AsNoTracking().AtAsync(agent.Id, now, cancellationToken);
        var versions = db.Prices.AsNoTracking().Of(agent.Id).AsQueryable();
        if (Guid.TryParse(Paging.Decode(request.Cursor), out var after) && await db.Prices.AsNoTracking().SingleOrDefaultAsync(p => p.Id == new AgentPriceId(after), cancellationToken) is { } last)
            versions = versions.Where(p => p.EffectiveFrom < last.EffectiveFrom || (p.EffectiveFrom == last.EffectiveFrom && ((Guid)(object)p.Id).CompareTo(after) < 0));
        var limit = Paging.Clamp(request.Limit);
        var rows = await versions.Take(limit + 1).ToListAsync(cancellationToken);
        var page = Paging.Cut(rows.ConvertAll(p => PriceView.Of(p, p.Id == counts?.Id ? PriceState.Current : p.EffectiveFrom > now ? PriceState.Scheduled : PriceState.Past, mine)), limit, p => p.Id.ToString()!);
        var terms = PriceTerms.PerCall(agent.BasePrice);
        return new PricingView(agent.Id, mine, agent.Version,
            counts is null
                ? new PriceView(null, PriceState.Current, terms, terms.ToString(), agent.BasePrice, null, agent.RegisteredAt, agent.RegisteredAt)
                : PriceView.Of(counts, PriceState.Current, mine),
            page.Items, page.NextCursor);
    }
}
