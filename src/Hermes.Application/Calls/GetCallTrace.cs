using Hermes.Application.Ledger.Public;
using Hermes.Application.Shared;
using Hermes.Domain.Calls;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Calls;

/// <summary>A call's way through Hermes, step by step.</summary>
/// <param name="Id">The call.</param>
[Requires(Permissions.AgentsRead)]
public sealed record GetCallTrace(CallId Id) : IQuery<CallTrace>;

/// <summary>A call with its steps and events.</summary>
/// <param name="Call">The call.</param>
/// <param name="Names">Names of the agents in it.</param>
/// <param name="Steps">In order.</param>
/// <param name="Events">In order.</param>
/// <param name="Shares">Of the price, as far as they concern the viewer: all for the agent's side, the platform's for the caller.</param>
public sealed record CallTrace(CallView Call, IReadOnlyDictionary<AgentId, string> Names, IReadOnlyList<CallStepView> Steps, IReadOnlyList<CallEventView> Events, IReadOnlyList<ShareView> Shares);

/// <summary>A step.</summary>
/// <param name="Number">Its place, from 1.</param>
/// <param name="Name">What was done.</param>
/// <param name="Detail">How it went.</param>
/// <param name="Ok">Whether it went well.</param>
/// <param name="Bytes">What went or came; null for nothing.</param>
/// <param name="Microseconds">How long it took; null for a moment.</param>
/// <param name="At">When it began.</param>
public sealed record CallStepView(int Number, string Name, string Detail, bool Ok, long? Bytes, long? Microseconds, DateTimeOffset At);

internal sealed class GetCallTraceHandler(ICallsDb db, ICallDirectory directory, IShares shares, ICurrentActor current) : IRequestHandler<GetCallTrace, Result<CallTrace>>
{
    public async Task<Result<CallTrace>> Handle(GetCallTrace request, CancellationToken cancellationToken)
    {
        if (await db.Calls.AsNoTracking().SingleOrDefaultAsync(c => c.Id == request.Id, cancellationToken) is not { } call)
            return CallErrors.NotFound;
        var steps = await db.CallSteps.AsNoTracking().Where(s => s.CallId == request.Id).OrderBy(s => s.Number).ToListAsync(cancellationToken);
        var events = await db.CallEvents.AsNoTracking().Where(e => e.CallId == request.Id && e.Sequence <= call.LastSequence).OrderBy(e => e.Sequence).ToListAsync(cancellationToken);
        AgentId[] agents = [call.AgentId, call.ServedBy, .. call.CallerAgentId is { } caller ? new[] { caller } : []];
        return new CallTrace(CallView.Of(call, current.Actor.Tenant), await directory.NamesAsync(agents, cancellationToken),
            steps.ConvertAll(s => new CallStepView(s.Number, s.Name, s.Detail, s.Ok, s.Bytes, s.Microseconds, s.At)), events.ConvertAll(CallEventView.Of),
            await shares.OfAsync("call", [request.Id.Value], cancellationToken));
    }
}
