using Hermes.Application.Agents.Public;
using Hermes.Application.Shared;
using Hermes.Domain.Agents;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Agents;

/// <summary>
/// Gives an agent to another organisation of the acting person. It has to be paused and without open work; its keys end and
/// its secrets and rules about callers are dropped, because they were the former owner's. Its trust goes with it; what it
/// earned, and the contracts and calls that it did, stay with who owned it then.
/// </summary>
/// <param name="Id">An agent of the acting tenant.</param>
/// <param name="To">The organisation that takes it over; the present owner changes nothing.</param>
[Requires(Permissions.AgentsDelete)]
public sealed record AssignAgent(AgentId Id, NewOwner To) : ICommand<AgentAssigned>, IAcrossTenants;

/// <summary>Who takes an agent over: never taken for the tenant that acts.</summary>
/// <param name="Id">One of the acting person's organisations.</param>
public sealed record NewOwner(TenantId Id);

/// <summary>Whose an agent is now.</summary>
/// <param name="Id">The agent.</param>
/// <param name="OrganizationId">Its owner.</param>
/// <param name="Status">Paused after a change of owner: the new one makes a key and resumes it.</param>
public sealed record AgentAssigned(AgentId Id, TenantId OrganizationId, AgentStatus Status);

/// <summary>What a try to give an agent away came to.</summary>
public enum AgentMove
{
    /// <summary>It has the new owner.</summary>
    Done,
    /// <summary>It is not the former owner's any more.</summary>
    NotFound,
    /// <summary>It is not paused.</summary>
    NotPaused,
    /// <summary>It has live bids, contracts or calls.</summary>
    HasWork,
    /// <summary>The new owner has an agent of that name.</summary>
    NameTaken,
}

/// <summary>Changes an agent's owner in all tables that name it, in the open transaction.</summary>
public interface IAgentMoves
{
    /// <summary>Moves it under its row's lock; for requests across tenants.</summary>
    Task<AgentMove> MoveAsync(AgentId agent, TenantId from, TenantId to, DateTimeOffset at, CancellationToken cancellationToken);
}

internal sealed class AssignAgentHandler(
    IAgentsDb db, IAgentMoves moves, IAgentOwners owners, IPlanPlaces places, ICurrentActor current, IAudit audit, IOutbox outbox, TimeProvider clock)
    : IRequestHandler<AssignAgent, Result<AgentAssigned>>
{
    public async Task<Result<AgentAssigned>> Handle(AssignAgent request, CancellationToken cancellationToken)
    {
        var (from, to) = (current.Actor.RequiredTenant, request.To.Id);
        if (await db.Agents.AsNoTracking().SingleOrDefaultAsync(a => a.Id == request.Id && a.TenantId == from, cancellationToken) is not { } agent)
            return AgentErrors.NotFound;
        if (to == from)
            return new AgentAssigned(agent.Id, from, agent.Status);
        if (current.Actor.Person is not { } person || !await owners.MayRegisterAsync(person, to, cancellationToken))
            return AgentErrors.NewOwnerNotFound;
        if (agent.Status == AgentStatus.Retired)
            return AgentErrors.Retired;
        if (await places.TakeAsync(to, PlanPlace.Agent, cancellationToken) is { } full)
            return full;
        var keys = await db.AgentKeys.AsNoTracking().Where(k => k.AgentId == agent.Id && k.RevokedAt == null).ToListAsync(cancellationToken);
        switch (await moves.MoveAsync(agent.Id, from, to, clock.GetUtcNow(), cancellationToken))
        {
            case AgentMove.NotFound: return AgentErrors.NotFound;
            case AgentMove.NotPaused: return AgentErrors.PauseFirst;
            case AgentMove.HasWork: return AgentErrors.HasWork;
            case AgentMove.NameTaken: return AgentErrors.NameTaken;
        }
        foreach (var key in keys)
            outbox.Add(AgentEvents.Revoked(key));
        foreach (var side in new[] { from, to })
        {
            audit.Record("agent.assign", "agent", agent.Id.Value, new { TenantId = from }, new { TenantId = to, agent.Name }, side);
            outbox.Add(new LiveEvent(AgentEvents.Updated, "agent", agent.Id.Value, side, new { AgentId = agent.Id, agent.Name, agent.Status }, Audience.Of(side)));
        }
        return new AgentAssigned(agent.Id, to, agent.Status);
    }
}
