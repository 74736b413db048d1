using Hermes.Application.Shared;
using Hermes.Domain.Billing;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Billing;

/// <summary>
/// Asks the provider for a refund that was ordered, by a key that follows from the purchase and what had gone back before. Without
/// an answer it is asked again; an order that is refused is void.
/// </summary>
/// <param name="Id">The purchase.</param>
[RequiresSystem]
public sealed record SendRefund(PurchaseId Id) : ICommand<Done>, IOwnTransaction;

internal sealed class SendRefundHandler(IBillingDb db, IPaymentProvider provider, IUnitOfWork work, IFaultPoints faults, IAudit audit, TimeProvider clock) : IRequestHandler<SendRefund, Result<Done>>
{
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    public async Task<Result<Done>> Handle(SendRefund request, CancellationToken cancellationToken)
    {
        if (await db.Purchases.AsNoTracking().SingleOrDefaultAsync(p => p.Id == request.Id, cancellationToken) is not { } purchase)
            return BillingErrors.PurchaseNotFound;
        if (purchase.RefundDueAt is null)
            return Done.Ok;
        var refunded = purchase.Provider == provider.Name
            ? await provider.RefundAsync(purchase.PaymentId!, purchase.RefundingMinor, $"refund:{purchase.Id}:{purchase.RefundedMinor}", cancellationToken) : BillingErrors.OtherProvider;
        faults.Reach("refund.after_provider");
        return await work.RunAsync<Done>(async () =>
        {
            var ordered = await db.Purchases.SingleAsync(p => p.Id == request.Id, cancellationToken);
            if (refunded.Succeeded)
                ordered.RefundSent();
            else if (refunded.Error == BillingErrors.ProviderAway)
                ordered.RefundLater(clock.GetUtcNow() + Pause);
            else
                Void(ordered, refunded.Error);
            return Done.Ok;
        }, cancellationToken) is { Succeeded: false } failed ? failed : refunded.Succeeded || refunded.Error == BillingErrors.ProviderAway ? Done.Ok : refunded;
    }

    private void Void(Purchase ordered, Error why)
    {
        ordered.RefundRefused();
        audit.Record("purchase.refund_refused", "purchase", ordered.Id.Value, null, new { why = why.Code }, ordered.TenantId);
    }
}
