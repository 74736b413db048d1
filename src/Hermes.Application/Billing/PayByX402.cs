using Hermes.Application.Shared;
using Hermes.Domain.Billing;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Billing;

/// <summary>
/// Buys credits with a signed payment on a chain: looks at it, lets the facilitator verify it, keeps it, and has it settled
/// (<see cref="SettleX402"/>). The same payment again books nothing and answers what became of it.
/// </summary>
/// <param name="Amount">What is credited and charged: whole coins.</param>
/// <param name="Payment">The <c>X-PAYMENT</c> header.</param>
[Requires(Permissions.BillingManage)]
public sealed record PayByX402(Money Amount, string Payment) : ICommand<PurchaseView>, IAcrossTenants, IOwnTransaction, IWhileSuspended;

internal sealed class PayByX402Handler(
    IBillingDb db, IX402 x402, ISystemScopes scopes, IUnitOfWork work, IFaultPoints faults, IPublicLinks links, IAudit audit, ICurrentActor current, TimeProvider clock)
    : IRequestHandler<PayByX402, Result<PurchaseView>>
{
    public async Task<Result<PurchaseView>> Handle(PayByX402 request, CancellationToken cancellationToken)
    {
        var asked = AskX402Handler.Of(x402, links, request.Amount);
        if (!asked.Succeeded)
            return asked.Error;
        var read = X402Header.Read(request.Payment, asked.Value, clock.GetUtcNow());
        if (!read.Succeeded)
            return read.Error;
        var (payment, tenant) = (read.Value, current.Actor.RequiredTenant);
        if (!await db.OnChainPayments.AnyAsync(p => p.Authorization == payment.Authorization, cancellationToken))
        {
            if (payment.ValidUntil <= clock.GetUtcNow())
                return BillingErrors.Declined("it does not hold any more");
            var verified = await x402.VerifyAsync(payment, cancellationToken);
            if (!verified.Succeeded)
                return verified.Error;
        }
        var kept = await work.RunAsync<PurchaseId>(() => KeepAsync(request.Amount, payment, tenant, cancellationToken), cancellationToken);
        if (!kept.Succeeded)
            return kept.Error;
        faults.Reach("x402.after_keep");
        await using var scope = scopes.Begin("x402", tenant);
        return await scope.SendAsync(new SettleX402(kept.Value), cancellationToken);
    }

    private async Task<Result<PurchaseId>> KeepAsync(Money amount, X402Payment payment, TenantId tenant, CancellationToken cancellationToken)
    {
        if (await db.OnChainPayments.AsNoTracking().SingleOrDefaultAsync(p => p.Authorization == payment.Authorization, cancellationToken) is { } earlier)
            return earlier.TenantId == tenant ? earlier.PurchaseId : BillingErrors.PaymentUsed;
        var now = clock.GetUtcNow();
        var begun = Purchase.Begin(tenant, amount, PurchaseWay.OnChain, x402.Name, clock);
        if (!begun.Succeeded)
            return begun.Error;
        begun.Value.Open(null, null, null, payment.ValidUntil);
        db.Purchases.Add(begun.Value);
        db.OnChainPayments.Add(OnChainPayment.Keep(begun.Value.Id, tenant, payment.Authorization, payment.Payer, payment.Payload, payment.Requirements, payment.ValidUntil, now));
        audit.Record("purchase.begin", "purchase", begun.Value.Id.Value, null, new { begun.Value.Amount, begun.Value.Charged, begun.Value.Way, payment.Payer }, tenant);
        return begun.Value.Id;
    }
}
