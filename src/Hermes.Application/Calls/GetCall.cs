using Hermes.Application.Shared;
using Hermes.Domain.Calls;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Calls;

/// <summary>A call with what came of it, for both sides.</summary>
/// <param name="Id">The call.</param>
[Requires(Permissions.AgentsRead)]
public sealed record GetCall(CallId Id) : IQuery<CallResult>;

internal sealed class GetCallHandler(ICallsDb db, ICurrentActor current) : IRequestHandler<GetCall, Result<CallResult>>
{
    public async Task<Result<CallResult>> Handle(GetCall request, CancellationToken cancellationToken)
    {
        if (await db.Calls.AsNoTracking().SingleOrDefaultAsync(c => c.Id == request.Id, cancellationToken) is not { } call)
            return CallErrors.NotFound;
        var events = await db.CallEvents.AsNoTracking().Where(e => e.CallId == request.Id && e.Sequence <= call.LastSequence).OrderBy(e => e.Sequence).ToListAsync(cancellationToken);
        return CallResult.Of(CallView.Of(call, current.Actor.Tenant), events.ConvertAll(CallEventView.Of));
    }
}
