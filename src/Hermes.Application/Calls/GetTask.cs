using Hermes.Application.Shared;
using Hermes.Domain.Calls;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Calls;

/// <summary>A call with those of its events that the protocol's task shows.</summary>
/// <param name="Id">The call.</param>
[Requires(Permissions.AgentsCall)]
public sealed record GetTask(CallId Id) : IQuery<CallProgress>
{
    /// <summary>How many of the newest messages the task is to have; 0 for none, null for all.</summary>
    public int? HistoryLength { get; init; }

    /// <summary>The number of the event as of which it is read; null for as it is.</summary>
    public int? UpTo { get; init; }
}

internal sealed class GetTaskHandler(ICallsDb db, ICurrentActor current) : IRequestHandler<GetTask, Result<CallProgress>>
{
    public async Task<Result<CallProgress>> Handle(GetTask request, CancellationToken cancellationToken)
    {
        if (await db.Calls.AsNoTracking().SingleOrDefaultAsync(c => c.Id == request.Id, cancellationToken) is not { } call)
            return CallErrors.NotFound;
        var events = await TaskEvents.ReadAsync(db, [call.Id], request.HistoryLength, artifacts: true, request.UpTo, cancellationToken);
        return new CallProgress(CallView.Of(call, current.Actor.Tenant), [.. events[call.Id]]);
    }
}
