using Hermes.Application.Shared;
using Hermes.Domain.Agents;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Agents;

/// <summary>Asks for a probe of an own agent as soon as possible; a node takes it up within a second or two.</summary>
/// <param name="Agent">The agent.</param>
[Requires(Permissions.AgentsUpdate)]
public sealed record AskForProbe(AgentId Agent) : ICommand<ProbeReport>;

/// <summary>Sets how often an own agent is probed.</summary>
/// <param name="Agent">The agent.</param>
/// <param name="IntervalSeconds">60–86,400.</param>
[Requires(Permissions.AgentsUpdate)]
public sealed record SetProbeInterval(AgentId Agent, int IntervalSeconds) : ICommand<ProbeReport>;

internal sealed class AskForProbeHandler(IAgentsDb db, ICurrentActor current, IAudit audit, TimeProvider clock)
    : IRequestHandler<AskForProbe, Result<ProbeReport>>, IRequestHandler<SetProbeInterval, Result<ProbeReport>>
{
    public Task<Result<ProbeReport>> Handle(AskForProbe request, CancellationToken cancellationToken) =>
        ChangeAsync(request.Agent, "agent.probe", schedule => schedule.Ask(clock), cancellationToken);

    public Task<Result<ProbeReport>> Handle(SetProbeInterval request, CancellationToken cancellationToken) =>
        ChangeAsync(request.Agent, "agent.probe_interval", schedule => schedule.Every(request.IntervalSeconds, clock), cancellationToken);

    private async Task<Result<ProbeReport>> ChangeAsync(AgentId id, string act, Func<ProbeSchedule, Result<Done>> change, CancellationToken cancellationToken)
    {
        var tenant = current.Actor.RequiredTenant;
        var agent = await db.Agents.AsNoTracking().SingleOrDefaultAsync(a => a.Id == id && a.TenantId == tenant, cancellationToken);
        if (agent is null)
            return AgentErrors.NotFound;
        if (agent.Status == AgentStatus.Retired)
            return AgentErrors.Retired;
        if (await db.ProbeSchedules.SingleOrDefaultAsync(s => s.AgentId == id, cancellationToken) is not { } schedule)
            return AgentErrors.NoEndpoint;
        var before = schedule.IntervalSeconds;
        if (change(schedule).Error is { } refusal)
            return refusal;
        await db.SaveChangesAsync(cancellationToken);
        audit.Record(act, "agent", id.Value, new { IntervalSeconds = before }, new { schedule.IntervalSeconds });
        return ProbeReport.Of(agent, schedule, null, [], null);
    }
}
