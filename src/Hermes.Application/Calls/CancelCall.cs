using Hermes.Application.Shared;
using Hermes.Domain.Calls;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Calls;

/// <summary>Calls a running call off; its price goes back at once, and the agent is told.</summary>
/// <param name="Id">The call.</param>
[Requires(Permissions.AgentsCall)]
public sealed record CancelCall(CallId Id) : ICommand<CallView>;

internal sealed class CancelCallHandler(ICallsDb db, CallDesk desk, IAudit audit, ICurrentActor current, TimeProvider clock) : IRequestHandler<CancelCall, Result<CallView>>
{
    public async Task<Result<CallView>> Handle(CancelCall request, CancellationToken cancellationToken)
    {
        if (await db.LockCallAsync(request.Id, cancellationToken) is not { } call || call.TenantId != current.Actor.RequiredTenant)
            return CallErrors.NotFound;
        var before = call.State;
        if (call.Do(CallAct.Cancel, clock).Error is { } refusal)
            return refusal;
        desk.Happened(call, CallEventKind.Status, null);
        desk.Step(call, "cancel", "called off by the caller", true);
        if ((await desk.ConcludeAsync(call, cancellationToken)).Error is { } unpaid)
            return unpaid;
        audit.Record("call.cancel", "call", call.Id.Value, new { State = before }, new { call.State });
        desk.Send(call, CallDesk.CalledOff, null);
        desk.Tell(call);
        return CallView.Of(call, current.Actor.Tenant);
    }
}
