using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Ledger;
using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Ledger;

/// <summary>Replaces a mandate's terms; what is spent stays spent, so a lower amount may leave nothing.</summary>
/// <param name="Id">The mandate.</param>
/// <param name="Input">All of its terms.</param>
/// <param name="IfRevision">The revision that the caller saw; null to overwrite any.</param>
[Requires(Permissions.BillingManage)]
public sealed record EditMandate(MandateId Id, MandateInput Input, uint? IfRevision = null) : ICommand<MandateView>;

internal sealed class EditMandateHandler(ILedgerDb db, IAudit audit, ICurrentActor current, TimeProvider clock) : IRequestHandler<EditMandate, Result<MandateView>>
{
    public async Task<Result<MandateView>> Handle(EditMandate request, CancellationToken cancellationToken)
    {
        var (tenant, now) = (current.Actor.RequiredTenant, clock.GetUtcNow());
        if (await db.Mandates.SingleOrDefaultAsync(m => m.Id == request.Id && m.TenantId == tenant && m.RemovedAt == null, cancellationToken) is not { } mandate)
            return SpendErrors.MandateNotFound;
        if (request.IfRevision is { } seen && seen != mandate.Revision)
            return MandateRules.Changed;
        var names = await db.OwnAgentsAsync(tenant, [mandate.AgentId], cancellationToken);
        var name = names.GetValueOrDefault(mandate.AgentId);
        var before = MandateView.Of(mandate, name, now);
        if (mandate.Change(request.Input.ToTerms(), now).Error is { } refusal)
            return refusal;
        var view = MandateView.Of(mandate, name, now);
        audit.Record("mandate.edit", "mandate", view.Id.Value, before, view);
        return view;
    }
}
