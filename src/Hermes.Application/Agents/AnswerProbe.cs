using Hermes.Application.Shared;
using Hermes.Application.Shared.Settings;
using Hermes.Domain.Agents;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Agents;

/// <summary>Takes an agent's answer to a probe down its socket: any word of it proves that it takes calls. Refused when none of its probes is under way by this id.</summary>
/// <param name="Agent">The agent.</param>
/// <param name="Lease">The probe's lease, which the agent knows as the call.</param>
/// <param name="State">What it said, as the API writes it: <c>completed</c>.</param>
[RequiresSystem]
public sealed record AnswerProbe(AgentId Agent, Guid Lease, string State) : ICommand<RecordedProbe>;

internal sealed class AnswerProbeHandler(IAgentsDb db, IRequestHandler<RecordProbe, Result<RecordedProbe>> record, ProbeSettings settings, TimeProvider clock)
    : IRequestHandler<AnswerProbe, Result<RecordedProbe>>
{
    public async Task<Result<RecordedProbe>> Handle(AnswerProbe request, CancellationToken cancellationToken)
    {
        var schedule = await db.ProbeSchedules.SingleOrDefaultAsync(s => s.AgentId == request.Agent && s.Lease == request.Lease, cancellationToken);
        if (schedule?.LeasedUntil is not { } until)
            return AgentErrors.ProbeOutdated;
        var asked = until - settings.Lease();
        var step = new ProbeStep("message", ProbeStepOutcome.Passed, (int)Math.Max(0, (clock.GetUtcNow() - asked).TotalMilliseconds), $"Answered down its socket: {request.State}.");
        return await record.Handle(new RecordProbe(new DueProbe(request.Agent, schedule.TenantId, null, request.Lease), asked, new ProbeOutcome([step], null, null)), cancellationToken);
    }
}
