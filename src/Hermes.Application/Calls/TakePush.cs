using Hermes.Application.A2A.Public;
using Hermes.Application.Shared;
using Hermes.Domain.Calls;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Calls;

/// <summary>
/// An agent's push about a call that it serves. What it says is not believed: it only makes the node that carries the call
/// ask the agent for the task at once, so that a stolen token, a repeated or an invented push changes nothing.
/// </summary>
/// <param name="Id">The call.</param>
/// <param name="Token">As it came; null for none.</param>
/// <param name="Event">What is pushed.</param>
[RequiresSystem]
public sealed record TakePush(CallId Id, string? Token, StreamResponse Event) : ICommand<PushTaken>;

/// <summary>What came of it.</summary>
/// <param name="News">False for what is known already, and for calls that are over.</param>
public sealed record PushTaken(bool News);

internal sealed class TakePushHandler(ICallsDb db, IPushTokens tokens, IOutbox outbox) : IRequestHandler<TakePush, Result<PushTaken>>
{
    public async Task<Result<PushTaken>> Handle(TakePush request, CancellationToken cancellationToken)
    {
        // A call that is not there is refused like a wrong token.
        var call = await db.Calls.AsNoTracking().SingleOrDefaultAsync(c => c.Id == request.Id, cancellationToken);
        if (!tokens.Fits(request.Token ?? "", request.Id, call?.ServedBy ?? default) || call is null)
            return CallErrors.PushRefused;
        if (!request.Event.IsWhole)
            return CallErrors.BadMessage("Exactly one of task, message, statusUpdate and artifactUpdate.");
        if (call.RemoteTaskId is { } task && request.Event.TaskId != task)
            return CallErrors.PushOfOtherTask;
        var told = request.Event.State is { } state ? TaskMapping.StateOf(state) : null;
        // Before the agent's own answer is in, the call isn't waited for; a state that it is in is no news.
        if (call.IsEnded || call.RemoteTaskId is null || (told == call.State && request.Event.Task is null))
            return new PushTaken(false);
        outbox.Add(new LiveEvent(CallDesk.Notified, "call", call.Id.Value, call.TenantId, new { CallId = call.Id }, new Audience([], [])));
        return new PushTaken(true);
    }
}
