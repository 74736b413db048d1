using Hermes.Application.Shared;
using Hermes.Domain.Calls;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Calls;

/// <summary>
/// A call with its next events after a number, in order, on whichever node: at most <see cref="MaxEvents"/>, further ones by asking
/// again. Waits for the first of them when there is none yet; answers without events when the time is over or the call has ended.
/// </summary>
/// <param name="Id">The call.</param>
/// <param name="After">The last event that the caller has; 0 for none.</param>
/// <param name="AtMost">How long to wait; zero for not at all.</param>
[Requires(Permissions.AgentsCall)]
public sealed record WaitForCall(CallId Id, int After, TimeSpan AtMost) : IQuery<CallProgress>
{
    /// <summary>Most events of an answer.</summary>
    public const int MaxEvents = 200;

    /// <summary>False where only the call is asked for: it waits as long, and no event is read.</summary>
    public bool WithEvents { get; init; } = true;
}

internal sealed class WaitForCallHandler(ICallsDb db, ICallFeed feed, ICurrentActor current) : IRequestHandler<WaitForCall, Result<CallProgress>>
{
    // News comes by the outbox, which catches up after a lost notification by itself: this is for what nobody foresaw.
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(10);

    public async Task<Result<CallProgress>> Handle(WaitForCall request, CancellationToken cancellationToken)
    {
        var until = TimeProvider.System.GetTimestamp() + (long)(request.AtMost.TotalSeconds * TimeProvider.System.TimestampFrequency);
        using var watch = feed.Watch(request.Id, request.After);
        while (true)
        {
            if (await db.Calls.AsNoTracking().SingleOrDefaultAsync(c => c.Id == request.Id, cancellationToken) is not { } call)
                return CallErrors.NotFound;
            var isNews = call.LastSequence > request.After;
            var events = isNews && request.WithEvents
                ? await db.CallEvents.AsNoTracking().Where(e => e.CallId == request.Id && e.Sequence > request.After).OrderBy(e => e.Sequence).Take(WaitForCall.MaxEvents).ToListAsync(cancellationToken)
                : [];
            var left = TimeSpan.FromSeconds((double)(until - TimeProvider.System.GetTimestamp()) / TimeProvider.System.TimestampFrequency);
            if (isNews || call.IsEnded || left <= TimeSpan.Zero)
                return new CallProgress(CallView.Of(call, current.Actor.Tenant), events.ConvertAll(CallEventView.Of));
            await watch.WaitAsync(left < Look ? left : Look, cancellationToken);
        }
    }
}
