using System.Text.Json;
using Hermes.Application.Shared;
using Hermes.Domain.Agents;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Agents;

/// <summary>How an own agent's endpoint does: its states, its card, and its probes, latest first.</summary>
/// <param name="Agent">The agent.</param>
/// <param name="Limit">Probes of a page, 1–100; null for 25.</param>
/// <param name="Cursor">Where the previous page ended; null for the first.</param>
[Requires(Permissions.AgentsRead)]
public sealed record ListProbes(AgentId Agent, int? Limit = null, string? Cursor = null) : IQuery<ProbeReport>;

/// <summary>How an agent does when it is called.</summary>
/// <param name="AgentId">The agent.</param>
/// <param name="Listing">Whether others find it.</param>
/// <param name="Callable">Whether it answers, at its endpoint or down its socket.</param>
/// <param name="IntervalSeconds">Seconds between probes; null when there is nothing to probe.</param>
/// <param name="NextAt">Not before; null when there is nothing to probe.</param>
/// <param name="UnderWay">True while a node probes.</param>
/// <param name="FailuresInRow">Since it last passed.</param>
/// <param name="LastWorkedAt">When a probe last passed; null for never.</param>
/// <param name="Card">The card as last fetched; null for none.</param>
/// <param name="Items">Probes, latest first.</param>
/// <param name="NextCursor">Null at the end.</param>
public sealed record ProbeReport(
    AgentId AgentId, ListingState Listing, CallableState Callable, int? IntervalSeconds, DateTimeOffset? NextAt, bool UnderWay, int FailuresInRow,
    DateTimeOffset? LastWorkedAt, CardView? Card, IReadOnlyList<ProbeView> Items, string? NextCursor)
{
    internal static ProbeReport Of(Agent agent, ProbeSchedule? schedule, CardView? card, IReadOnlyList<ProbeView> probes, string? cursor) => new(
        agent.Id, agent.Listing,
        schedule?.Callable(agent.Endpoint is not null) ?? CallableState.None,
        schedule?.IntervalSeconds, schedule?.NextAt, schedule?.Lease is not null, schedule?.FailuresInRow ?? 0, schedule?.PassedAt, card, probes, cursor);
}

/// <summary>A probe.</summary>
/// <param name="Id">Its id.</param>
/// <param name="At">When it began.</param>
/// <param name="Endpoint">What was probed: an address, or <c>socket</c>.</param>
/// <param name="Passed">True when every step passed.</param>
/// <param name="Failure">What kind of failure; null when it passed.</param>
/// <param name="Milliseconds">From the first step to the last.</param>
/// <param name="Steps">In order.</param>
/// <param name="CardVersion">Version of the card as it was then; null when it couldn't be read.</param>
public sealed record ProbeView(ProbeId Id, DateTimeOffset At, string Endpoint, bool Passed, string? Failure, int Milliseconds, IReadOnlyList<ProbeStep> Steps, string? CardVersion);

/// <summary>A card as it was fetched.</summary>
/// <param name="Version">The version that it names.</param>
/// <param name="Url">Where it lies.</param>
/// <param name="FirstSeenAt">When this text was first seen.</param>
/// <param name="LastSeenAt">When it was last seen.</param>
/// <param name="Versions">How many different texts were seen in all.</param>
/// <param name="Content">The card.</param>
public sealed record CardView(string Version, string Url, DateTimeOffset FirstSeenAt, DateTimeOffset LastSeenAt, int Versions, JsonElement Content);

internal sealed class ListProbesHandler(IAgentsDb db, ICurrentActor current) : IRequestHandler<ListProbes, Result<ProbeReport>>
{
    public async Task<Result<ProbeReport>> Handle(ListProbes request, CancellationToken cancellationToken)
    {
        var tenant = current.Actor.RequiredTenant;
        var limit = Paging.Clamp(request.Limit);
        var probes = db.Probes.AsNoTracking().Where(p => p.AgentId == request.Agent && p.TenantId == tenant);
        if (Guid.TryParse(Paging.Decode(request.Cursor), out var after) && await probes.SingleOrDefaultAsync(p => p.Id == new ProbeId(after), cancellationToken) is { } last)
            probes = probes.Where(p => p.At < last.At);
        // In one statement: a probe that ends meanwhile is in all of it or in none.
        var found = await db.Agents.AsNoTracking().Where(a => a.Id == request.Agent && a.TenantId == tenant).Select(a => new
        {
            Agent = a,
            Schedule = db.ProbeSchedules.SingleOrDefault(s => s.AgentId == a.Id),
            Probes = probes.OrderByDescending(p => p.At).Take(limit + 1).ToList(),
        }).SingleOrDefaultAsync(cancellationToken);
        if (found is null)
            return AgentErrors.NotFound;
        var (agent, schedule) = (found.Agent, found.Schedule);
        var page = Paging.Cut(found.Probes.ConvertAll(p => new ProbeView(p.Id, p.At, p.Endpoint, p.Passed, p.Failure, p.Milliseconds, p.Steps, p.CardVersion)), limit, p => p.Id.ToString());
        var cards = db.Cards.AsNoTracking().Where(c => c.AgentId == agent.Id);
        var card = await cards.OrderByDescending(c => c.LastSeenAt).FirstOrDefaultAsync(cancellationToken);
        return ProbeReport.Of(agent, schedule, card is null ? null : new CardView(card.Version, card.Url, card.FirstSeenAt, card.LastSeenAt,
            await cards.CountAsync(cancellationToken), JsonElement.Parse(card.Json)), page.Items, page.NextCursor);
    }
}
