using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Ledger;

/// <summary>
/// Takes a mandate back, at once and for good: a payment that comes after this one's commit is refused. What is held already
/// stays held. Again it changes nothing.
/// </summary>
/// <param name="Id">The mandate.</param>
[Requires(Permissions.BillingManage)]
public sealed record RevokeMandate(MandateId Id) : ICommand<MandateView>, IWhileSuspended;

/// <summary>Takes a revoked or expired mandate off the list; an agent whose last one is removed pays by the tenant's setting again.</summary>
/// <param name="Id">The mandate.</param>
[Requires(Permissions.BillingManage)]
public sealed record RemoveMandate(MandateId Id) : ICommand<Done>;

internal sealed class RevokeMandateHandler(ILedgerDb db, IAudit audit, ICurrentActor current, TimeProvider clock)
    : IRequestHandler<RevokeMandate, Result<MandateView>>, IRequestHandler<RemoveMandate, Result<Done>>
{
    public async Task<Result<MandateView>> Handle(RevokeMandate request, CancellationToken cancellationToken)
    {
        var (tenant, now) = (current.Actor.RequiredTenant, clock.GetUtcNow());
        if (await db.Mandates.SingleOrDefaultAsync(m => m.Id == request.Id && m.TenantId == tenant && m.RemovedAt == null, cancellationToken) is not { } mandate)
            return SpendErrors.MandateNotFound;
        var name = (await db.OwnAgentsAsync(tenant, [mandate.AgentId], cancellationToken)).GetValueOrDefault(mandate.AgentId);
        if (mandate.RevokedAt is null)
        {
            mandate.Revoke(now);
            audit.Record("mandate.revoke", "mandate", mandate.Id.Value, null, new { mandate.RevokedAt, mandate.SpentInAll });
        }
        return MandateView.Of(mandate, name, now);
    }

    public async Task<Result<Done>> Handle(RemoveMandate request, CancellationToken cancellationToken)
    {
        var tenant = current.Actor.RequiredTenant;
        if (await db.Mandates.SingleOrDefaultAsync(m => m.Id == request.Id && m.TenantId == tenant && m.RemovedAt == null, cancellationToken) is not { } mandate)
            return SpendErrors.MandateNotFound;
        if (mandate.Remove(clock.GetUtcNow()).Error is { } refusal)
            return refusal;
        audit.Record("mandate.remove", "mandate", mandate.Id.Value, new { mandate.Name, mandate.SpentInAll }, null);
        return Done.Ok;
    }
}
