using Hermes.Application.Shared;
using Hermes.Domain.Calls;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Calls;

/// <summary>Where a call's events are sent, oldest first.</summary>
/// <param name="CallId">A call of the own tenant.</param>
[Requires(Permissions.AgentsCall)]
public sealed record ListPushConfigs(CallId CallId) : IQuery<IReadOnlyList<PushConfigView>>;

internal sealed class ListPushConfigsHandler(ICallsDb db, IPushSecrets secrets, ICurrentActor current) : IRequestHandler<ListPushConfigs, Result<IReadOnlyList<PushConfigView>>>
{
    public async Task<Result<IReadOnlyList<PushConfigView>>> Handle(ListPushConfigs request, CancellationToken cancellationToken)
    {
        var tenant = current.Actor.RequiredTenant;
        if (!await db.Calls.AnyAsync(c => c.Id == request.CallId && c.TenantId == tenant, cancellationToken))
            return CallErrors.NotFound;
        var configs = await db.PushConfigs.AsNoTracking().Where(p => p.CallId == request.CallId).OrderBy(p => p.CreatedAt).ToListAsync(cancellationToken);
        return configs.ConvertAll(p => PushConfigView.Of(p, secrets));
    }
}
