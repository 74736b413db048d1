using Hermes.Application.Shared;
using Hermes.Application.Shared.Settings;
using Hermes.Domain.Agents;
using Hermes.Domain.Agents.Public;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Agents;

/// <summary>Replaces what is said of an agent.</summary>
/// <param name="Id">The agent.</param>
/// <param name="Profile">The new profile, whole.</param>
/// <param name="ExpectedVersion">The version that the caller read; null to edit whatever is there.</param>
[Requires(Permissions.AgentsUpdate)]
public sealed record EditAgent(AgentId Id, AgentProfile Profile, uint? ExpectedVersion = null) : ICommand<AgentView>;

internal sealed class EditAgentHandler(IAgentsDb db, IOrigins origins, IAgentCatalogue catalogue, ICurrentActor current, IAudit audit, IOutbox outbox, ProbeSettings probes, TimeProvider clock)
    : IRequestHandler<EditAgent, Result<AgentView>>
{
    public async Task<Result<AgentView>> Handle(EditAgent request, CancellationToken cancellationToken)
    {
        var tenant = current.Actor.RequiredTenant;
        var agent = await db.Agents.SingleOrDefaultAsync(a => a.Id == request.Id && a.TenantId == tenant, cancellationToken);
        if (agent is null)
            return AgentErrors.NotFound;
        if (request.ExpectedVersion is { } expected && expected != agent.Version)
            return AgentErrors.Changed;
        var (before, endpoint, asked) = (AgentChanges.Of(agent), agent.Endpoint, agent.BasePrice);
        if (agent.Edit(request.Profile, clock).Error is { } refusal)
            return refusal;
        if (request.Profile.DerivedFrom is { } origin && agent.Derive(await origins.ChainAsync(origin, tenant, cancellationToken)).Error is { } notDerived)
            return notDerived;
        if (await db.Agents.AnyAsync(a => a.TenantId == tenant && a.Name == agent.Name && a.Id != agent.Id && a.Status != AgentStatus.Retired, cancellationToken))
            return AgentErrors.NameTaken;
        if (agent.BasePrice != asked && await RepriceAsync(agent, cancellationToken) is { } notPriced)
            return notPriced;
        if (agent.Endpoint != endpoint)
            await RescheduleAsync(agent, cancellationToken);
        await db.SaveChangesAsync(cancellationToken);
        audit.Record("agent.edit", "agent", agent.Id.Value, before, AgentChanges.Of(agent));
        outbox.Add(AgentEvents.ChangeOf(agent));
        return (await catalogue.FindAsync(agent.Id, tenant, cancellationToken))!;
    }

    /// <summary>The profile's price is one amount per call: it takes the place of such a one only.</summary>
    private async Task<Error?> RepriceAsync(Agent agent, CancellationToken cancellationToken)
    {
        var counts = await db.Prices.AsNoTracking().AtAsync(agent.Id, clock.GetUtcNow(), cancellationToken);
        if (counts is not null && counts.Terms.Kind != PriceKind.PerCall)
            return PriceErrors.MadeByTerms;
        // A reserve of another currency says nothing of this price.
        var reserve = counts?.Reserve is { } least && least.Currency == agent.BasePrice.Currency ? counts.Reserve : null;
        db.Prices.Add(AgentPrice.Say(agent, PriceTerms.PerCall(agent.BasePrice), reserve, null, clock).Value);
        return null;
    }

    private async Task RescheduleAsync(Agent agent, CancellationToken cancellationToken)
    {
        var schedule = await db.ProbeSchedules.SingleOrDefaultAsync(s => s.AgentId == agent.Id, cancellationToken);
        if (schedule is null)
            db.ProbeSchedules.Add(ProbeSchedule.Begin(agent, probes.IntervalSeconds, clock));
        else
            schedule.Restart(clock);
    }
}
