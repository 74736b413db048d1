using Hermes.Application.Shared;
using Hermes.Domain.Billing;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Billing;

/// <summary>A purchase of the tenant.</summary>
/// <param name="Id">Which.</param>
[Requires(Permissions.BillingView)]
public sealed record GetPurchase(PurchaseId Id) : IQuery<PurchaseView>;

internal sealed class GetPurchaseHandler(IBillingDb db, ICurrentActor current) : IRequestHandler<GetPurchase, Result<PurchaseView>>
{
    public async Task<Result<PurchaseView>> Handle(GetPurchase request, CancellationToken cancellationToken)
    {
        var tenant = current.Actor.RequiredTenant;
        return await db.Purchases.AsNoTracking().SingleOrDefaultAsync(p => p.Id == request.Id && p.TenantId == tenant, cancellationToken) is { } purchase
            ? PurchaseView.Of(purchase) : BillingErrors.PurchaseNotFound;
    }
}
