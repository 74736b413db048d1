using Hermes.Application.Shared;
using Hermes.Application.Shared.Settings;
using Hermes.Domain.Agents;
using Hermes.Domain.Agents.Public;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Agents;

/// <summary>Registers an agent for the acting tenant and makes its first key.</summary>
/// <param name="Profile">What is said of it.</param>
[Requires(Permissions.AgentsCreate)]
public sealed record RegisterAgent(AgentProfile Profile) : ICommand<RegisteredAgent>;

/// <summary>A registered agent with its key, which is shown this once.</summary>
/// <param name="Agent">The agent.</param>
/// <param name="Key">The whole key, <c>hk_…</c>.</param>
/// <param name="KeyId">The key's id.</param>
public sealed record RegisteredAgent(AgentView Agent, string Key, AgentKeyId KeyId)
{
    /// <summary>The agent's id, at hand for callers that need no more.</summary>
    public AgentId Id => Agent.Id;
}

internal sealed class RegisterAgentHandler(IAgentsDb db, IOrigins origins, ICurrentActor current, IAudit audit, IOutbox outbox, IPlanPlaces places, ProbeSettings probes, TimeProvider clock)
    : IRequestHandler<RegisterAgent, Result<RegisteredAgent>>
{
    public async Task<Result<RegisteredAgent>> Handle(RegisterAgent request, CancellationToken cancellationToken)
    {
        var tenant = current.Actor.RequiredTenant;
        var registered = Agent.Register(tenant, request.Profile, clock);
        if (registered.Error is { } refusal)
            return refusal;
        var agent = registered.Value;
        if (request.Profile.DerivedFrom is { } origin && agent.Derive(await origins.ChainAsync(origin, tenant, cancellationToken)).Error is { } notDerived)
            return notDerived;
        if (await db.Agents.AnyAsync(a => a.TenantId == tenant && a.Name == agent.Name && a.Status != AgentStatus.Retired, cancellationToken))
            return AgentErrors.NameTaken;
        if (await places.TakeAsync(tenant, PlanPlace.Agent, cancellationToken) is { } full)
            return full;
        var (key, text) = AgentKey.Make(agent, null, null, clock).Value;
        db.Agents.Add(agent);
        db.AgentKeys.Add(key);
        db.Prices.Add(AgentPrice.Say(agent, PriceTerms.PerCall(agent.BasePrice), null, null, clock).Value);
        db.ProbeSchedules.Add(ProbeSchedule.Begin(agent, probes.IntervalSeconds, clock));
        await db.SaveChangesAsync(cancellationToken);
        audit.Record("agent.register", "agent", agent.Id.Value, null, AgentChanges.Of(agent));
        outbox.Add(AgentEvents.NewOf(agent));
        return new RegisteredAgent(AgentChanges.View(agent), text, key.Id);
    }
}
