using Hermes.Application.Shared;
using Hermes.Domain.Agents;
using Hermes.Domain.Agents.Public;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Agents;

/// <summary>Says what an own agent asks, from now on or from a later instant. What was said before stays in its history.</summary>
/// <param name="Agent">The agent.</param>
/// <param name="Terms">What is asked for calls.</param>
/// <param name="Reserve">The least that it may bid for a contract; null for any price.</param>
/// <param name="EffectiveFrom">From when; null for now.</param>
/// <param name="ExpectedVersion">The agent's version that the caller read; null to go on from whatever is there.</param>
[Requires(Permissions.AgentsUpdate)]
public sealed record SetPrice(AgentId Agent, PriceTerms Terms, Money? Reserve = null, DateTimeOffset? EffectiveFrom = null, uint? ExpectedVersion = null) : ICommand<PriceSet>;

/// <summary>A price that was said.</summary>
/// <param name="Price">The new version.</param>
/// <param name="Version">The agent's version.</param>
public sealed record PriceSet(PriceView Price, uint Version);

internal sealed class SetPriceHandler(IAgentsDb db, ICurrentActor current, IAudit audit, IOutbox outbox, TimeProvider clock) : IRequestHandler<SetPrice, Result<PriceSet>>
{
    public async Task<Result<PriceSet>> Handle(SetPrice request, CancellationToken cancellationToken)
    {
        var (tenant, now) = (current.Actor.RequiredTenant, clock.GetUtcNow());
        if (await db.Agents.SingleOrDefaultAsync(a => a.Id == request.Agent && a.TenantId == tenant, cancellationToken) is not { } agent)
            return AgentErrors.NotFound;
        if (request.ExpectedVersion is { } expected && expected != agent.Version)
            return AgentErrors.Changed;
        if (agent.Status == AgentStatus.Retired)
            return AgentErrors.Retired;
        var said = AgentPrice.Say(agent, request.Terms, request.Reserve, request.EffectiveFrom, clock);
        if (!said.Succeeded)
            return said.Error;
        var price = said.Value;
        var before = await db.Prices.AsNoTracking().AtAsync(agent.Id, now, cancellationToken);
        db.Prices.Add(price);
        if (price.ListedAt is not null)
            agent.List(price.Listed, clock);
        else
            agent.Touch(clock);
        await db.SaveChangesAsync(cancellationToken);
        audit.Record("agent.price", "agent", agent.Id.Value, AgentPricing.Said(before), AgentPricing.Said(price));
        outbox.Add(AgentEvents.ChangeOf(agent));
        return new PriceSet(PriceView.Of(price, price.EffectiveFrom > now ? PriceState.Scheduled : PriceState.Current, true), agent.Version);
    }
}
