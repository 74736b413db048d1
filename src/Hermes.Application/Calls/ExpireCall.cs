using Hermes.Application.Shared;
using Hermes.Domain.Calls;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Calls;

/// <summary>Fails one call whose deadline is over, whatever happened to the nodes that knew of it; its price goes back.</summary>
/// <param name="Id">The call.</param>
[RequiresSystem]
public sealed record ExpireCall(CallId Id) : ICommand<CallExpiry>;

/// <summary>What came of it.</summary>
/// <param name="Expired">False when it had ended, or has time left.</param>
public sealed record CallExpiry(bool Expired);

internal sealed class ExpireCallHandler(ICallsDb db, CallDesk desk, TimeProvider clock) : IRequestHandler<ExpireCall, Result<CallExpiry>>
{
    public async Task<Result<CallExpiry>> Handle(ExpireCall request, CancellationToken cancellationToken)
    {
        if (await db.LockCallAsync(request.Id, cancellationToken) is not { IsEnded: false } call || call.DeadlineAt > clock.GetUtcNow())
            return new CallExpiry(false);
        if (call.Expire(clock).Error is { } refusal)
            return refusal;
        desk.Happened(call, CallEventKind.Status, CallMessage.FromAgent(call.ErrorMessage!, call.Id, call.ContextId, clock));
        desk.Step(call, "timeout", $"the deadline was {call.DeadlineAt:O}", false);
        if ((await desk.ConcludeAsync(call, cancellationToken)).Error is { } unpaid)
            return unpaid;
        desk.Send(call, CallDesk.CalledOff, null);
        desk.Tell(call);
        return new CallExpiry(true);
    }
}
