using System.Text.Json;
using Hermes.Application.Shared;
using Hermes.Domain.Calls;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Calls;

/// <summary>A further message of the caller: an answer to what the agent asked, or more to a call that runs.</summary>
/// <param name="Id">The call.</param>
/// <param name="Message">A message of the protocol.</param>
/// <param name="Context">Must be the call's; null says nothing.</param>
[Requires(Permissions.AgentsCall)]
public sealed record SayToCall(CallId Id, JsonElement Message, string? Context = null) : ICommand<CallView>;

internal sealed class SayToCallHandler(ICallsDb db, ICallDirectory directory, ICallGates gates, CallDesk desk, ICurrentActor current, TimeProvider clock) : IRequestHandler<SayToCall, Result<CallView>>
{
    public async Task<Result<CallView>> Handle(SayToCall request, CancellationToken cancellationToken)
    {
        if (await db.LockCallAsync(request.Id, cancellationToken) is not { } call || call.TenantId != current.Actor.RequiredTenant)
            return CallErrors.NotFound;
        if (request.Context is { } context && context != call.ContextId)
            return CallErrors.OtherConversation;
        if (CallAdmission.RefuseOrder(current.Actor, call.ServedBy, call.CallerAgentId) is { } notAllowed)
            return notAllowed;
        var message = CallMessage.Of(request.Message, "ROLE_USER", call.Id, call.ContextId, clock);
        if (!message.Succeeded)
            return message.Error;
        var waited = CallTransitions.Interrupted.Contains(call.State);
        if (call.Do(CallAct.Say, clock).Error is { } refusal)
            return refusal;
        // While it waited for this answer, others may have taken its place at the agent.
        if (waited && call.Transport != CallTransport.BuiltIn
            && await directory.FindAsync(call.ServedBy, call.TenantId, call.CallerAgentId, cancellationToken) is { } agent
            && !await gates.HasPlaceAsync(agent.Id, agent.MaxParallel, cancellationToken))
            return CallErrors.AgentBusy;
        desk.Happened(call, CallEventKind.Message, message.Value);
        desk.Step(call, "message", "a further message of the caller", true, null, message.Value.Length);
        desk.Send(call, CallDesk.Said, message.Value);
        desk.Tell(call);
        return CallView.Of(call, current.Actor.Tenant);
    }
}
