using Hermes.Application.Shared;
using Hermes.Domain.Billing;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Billing;

/// <summary>Gives the whole of a paid purchase back to the payer. The credits are taken back when the provider's event comes.</summary>
/// <param name="Id">The purchase.</param>
[RequiresOperator]
public sealed record RefundPurchase(PurchaseId Id) : ICommand<PurchaseView>, IAcrossTenants, IOwnTransaction;

internal sealed class RefundPurchaseHandler(IBillingDb db, IPaymentProvider provider, IUnitOfWork work, IAudit audit) : IRequestHandler<RefundPurchase, Result<PurchaseView>>
{
    public async Task<Result<PurchaseView>> Handle(RefundPurchase request, CancellationToken cancellationToken)
    {
        if (await db.Purchases.AsNoTracking().SingleOrDefaultAsync(p => p.Id == request.Id, cancellationToken) is not { } purchase)
            return BillingErrors.PurchaseNotFound;
        if (purchase.Provider != provider.Name)
            return BillingErrors.OtherProvider;
        var left = purchase.ChargedMinor - purchase.RefundedMinor - purchase.DisputedMinor;
        if (purchase.State != PurchaseState.Paid || left <= 0)
            return BillingErrors.NothingToRefund;
        var asked = await work.RunAsync<bool>(() =>
        {
            audit.Record("purchase.refund", "purchase", purchase.Id.Value, null, new { refund = MinorUnits.ToMoney(left, purchase.Amount.Currency) }, purchase.TenantId);
            return Task.FromResult<Result<bool>>(true);
        }, cancellationToken);
        if (!asked.Succeeded)
            return asked.Error;
        var refunded = await provider.RefundAsync(purchase.PaymentId!, left, $"refund:{purchase.Id}:{purchase.RefundedMinor}", cancellationToken);
        return refunded.Succeeded ? PurchaseView.Of(purchase) : refunded.Error;
    }
}
