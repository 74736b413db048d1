using Hermes.Application.Shared;
using Hermes.Domain.Billing;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Billing;

/// <summary>
/// Has a kept payment settled and books the purchase, once. Only the first refusal of a payment that nobody had asked about before
/// closes the purchase: whoever asks again does so because an answer was lost, and then a refusal may only mean that the chain has it
/// already. Such a payment stays open and is asked about again. One whose transaction is known is booked without asking anybody.
/// </summary>
/// <param name="Id">The purchase.</param>
[RequiresSystem]
public sealed record SettleX402(PurchaseId Id) : ICommand<PurchaseView>, IOwnTransaction;

internal sealed class SettleX402Handler(IBillingDb db, IX402 x402, MoneyDesk money, IBalanceBook book, IUnitOfWork work, IFaultPoints faults, TimeProvider clock)
    : IRequestHandler<SettleX402, Result<PurchaseView>>
{
    public async Task<Result<PurchaseView>> Handle(SettleX402 request, CancellationToken cancellationToken)
    {
        var taken = await ChangeAsync<(PurchaseView Purchase, OnChainPayment? Payment)>(request.Id, (purchase, payment) =>
            purchase.State != PurchaseState.Open ? (PurchaseView.Of(purchase), null) : payment.Take(clock.GetUtcNow()) ? (PurchaseView.Of(purchase), payment) : BillingErrors.BeingSettled, cancellationToken);
        if (!taken.Succeeded)
            return taken.Error;
        var (view, payment) = taken.Value;
        if (payment is null)
            return view.State == PurchaseState.Paid ? view : BillingErrors.Declined(null) with { Message = view.LastFailure ?? "" };
        if (payment.Transaction is not { } transaction)
        {
            var settled = await x402.SettleAsync(
                new X402Payment(payment.Payload, payment.Requirements, payment.Authorization.Split('/')[0], payment.Payer, payment.Authorization, payment.ValidUntil), cancellationToken);
            faults.Reach("x402.after_settle");
            if (!settled.Succeeded)
                return await RefuseAsync(request.Id, settled.Error, isFirst: payment.Attempts == 1, cancellationToken);
            transaction = settled.Value;
            if (await db.OnChainPayments.AnyAsync(p => p.Transaction == transaction && p.PurchaseId != request.Id, cancellationToken))
                return await RefuseAsync(request.Id, BillingErrors.ProviderAway, isFirst: false, cancellationToken);
            // What is known is never given up, whatever the facilitator says later.
            var known = await ChangeAsync<Done>(request.Id, (_, kept) =>
            {
                kept.Settle(transaction, clock.GetUtcNow());
                return Done.Ok;
            }, cancellationToken);
            if (!known.Succeeded)
                return known.Error;
            faults.Reach("x402.after_known");
        }
        // Before the booking: what is kept and never booked becomes a case of the reconciliation.
        var moved = new BalanceMovement(transaction, "settlement", transaction, request.Id.ToString(), transaction, null, MinorUnits.Of(view.Charged), view.Charged.Currency, clock.GetUtcNow());
        await book.KeepAsync(x402.Name, moved, "purchase", request.Id.Value, cancellationToken);
        var booked = await work.RunAsync<PurchaseView>(async () =>
        {
            var (purchase, kept) = await FindAsync(request.Id, cancellationToken);
            kept.Close();
            var credited = await money.CreditAsync(purchase, transaction, cancellationToken);
            return credited.Succeeded ? PurchaseView.Of(purchase) : credited.Error;
        }, cancellationToken);
        faults.Reach("x402.after_book");
        return booked;
    }

    private async Task<Result<PurchaseView>> RefuseAsync(PurchaseId id, Error error, bool isFirst, CancellationToken cancellationToken)
    {
        var closes = isFirst && error.Kind == ErrorKind.InsufficientFunds;
        var noted = await ChangeAsync<Done>(id, (purchase, payment) =>
        {
            purchase.Fail(error.Message);
            if (closes)
            {
                purchase.Expire();
                payment.Close();
            }
            else
            {
                payment.Wait(clock.GetUtcNow());
            }
            return Done.Ok;
        }, cancellationToken);
        return !noted.Succeeded ? noted.Error : closes ? error : BillingErrors.ProviderAway;
    }

    private Task<Result<T>> ChangeAsync<T>(PurchaseId id, Func<Purchase, OnChainPayment, Result<T>> change, CancellationToken cancellationToken) => work.RunAsync(async () =>
    {
        var (purchase, payment) = await FindAsync(id, cancellationToken);
        return change(purchase, payment);
    }, cancellationToken);

    private async Task<(Purchase, OnChainPayment)> FindAsync(PurchaseId id, CancellationToken cancellationToken) =>
        (await db.Purchases.SingleAsync(p => p.Id == id, cancellationToken), await db.OnChainPayments.SingleAsync(p => p.PurchaseId == id, cancellationToken));
}
