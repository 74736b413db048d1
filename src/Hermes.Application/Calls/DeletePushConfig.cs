using Hermes.Application.Shared;
using Hermes.Domain.Calls;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Calls;

/// <summary>Ends a push configuration; one that is not there is no fault.</summary>
/// <param name="CallId">A call of the own tenant.</param>
/// <param name="Id">The configuration.</param>
[Requires(Permissions.AgentsCall)]
public sealed record DeletePushConfig(CallId CallId, string Id) : ICommand<Done>;

internal sealed class DeletePushConfigHandler(ICallsDb db, ICurrentActor current) : IRequestHandler<DeletePushConfig, Result<Done>>
{
    public async Task<Result<Done>> Handle(DeletePushConfig request, CancellationToken cancellationToken)
    {
        var tenant = current.Actor.RequiredTenant;
        if (!await db.Calls.AnyAsync(c => c.Id == request.CallId && c.TenantId == tenant, cancellationToken))
            return CallErrors.NotFound;
        if (await db.PushConfigs.SingleOrDefaultAsync(p => p.CallId == request.CallId && p.Id == request.Id, cancellationToken) is { } config)
            db.PushConfigs.Remove(config);
        return Done.Ok;
    }
}
