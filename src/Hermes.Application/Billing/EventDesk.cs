using Hermes.Application.Shared;
using Hermes.Application.Tenancy.Public;
using Hermes.Domain.Billing;
using Hermes.Domain.Shared;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Billing;

/// <summary>What an event says, with what the provider said when it was asked again.</summary>
/// <param name="Fact">The event.</param>
/// <param name="Subscription">The subscription as it stands; null where none is concerned.</param>
/// <param name="Invoice">The invoice as it stands; null where none is concerned.</param>
/// <param name="Payee">The payee as it stands; null where none is concerned.</param>
/// <param name="Reference">The purchase that a payment was for; null where none is concerned.</param>
public sealed record PreparedFact(ProviderFact Fact, SubscriptionFacts? Subscription = null, InvoiceFacts? Invoice = null, PayeeFacts? Payee = null, string? Reference = null);

/// <summary>What follows from providers' events.</summary>
public sealed class EventDesk(IBillingDb db, IPaymentProvider provider, MoneyDesk money, ITenantPlans tenants, IOutbox outbox, IAudit audit, TimeProvider clock)
{
    /// <summary>Asks the provider what the event alone does not say for good. Outside of any transaction.</summary>
    public async Task<Result<PreparedFact>> PrepareAsync(ProviderFact fact, CancellationToken cancellationToken)
    {
        switch (fact)
        {
            case ProviderFact.Checkout { Facts: { Paid: true, SubscriptionId: { } bought } }:
                var fresh = await provider.ReadSubscriptionAsync(bought, cancellationToken);
                return fresh.Succeeded ? new PreparedFact(fact, fresh.Value) : fresh.Error;
            case ProviderFact.SubscriptionChanged changed:
                var subscription = await provider.ReadSubscriptionAsync(changed.Id, cancellationToken);
                return subscription.Succeeded ? new PreparedFact(fact, subscription.Value) : subscription.Error;
            case ProviderFact.InvoiceChanged changed:
                var invoice = await provider.ReadInvoiceAsync(changed.Id, cancellationToken);
                return invoice.Succeeded ? new PreparedFact(fact, Invoice: invoice.Value) : invoice.Error;
            case ProviderFact.PayeeChanged changed:
                var payee = await provider.ReadPayeeAsync(changed.Id, cancellationToken);
                return payee.Succeeded ? new PreparedFact(fact, Payee: payee.Value) : payee.Error;
            // Refunds and chargebacks name a payment, which Hermes may not have heard of yet: the payment names the purchase.
            case ProviderFact.Refunded { PaymentId: var refunded }:
                return await WithReferenceAsync(fact, refunded, cancellationToken);
            case ProviderFact.Chargeback { PaymentId: var disputed }:
                return await WithReferenceAsync(fact, disputed, cancellationToken);
            case ProviderFact.PayoutChanged { Facts.Failed: true } failed:
                // The money is at the provider with the payee; it comes back to the installation before the earnings get it back.
                if (await FindAsync(failed, cancellationToken) is not { } payout)
                    return new PreparedFact(new ProviderFact.Nothing());
                if (payout.TransferId is null)
                    return BillingErrors.ProviderAway;
                var back = await provider.ReverseTransferAsync(payout.TransferId, MinorUnits.Of(payout.Amount), $"payout:{payout.Id}:back", cancellationToken);
                return back.Succeeded ? new PreparedFact(fact) : back.Error;
            default:
                return new PreparedFact(fact);
        }
    }

    /// <summary>Does what follows, in the open transaction; false when nothing does.</summary>
    public Task<Result<bool>> ApplyAsync(PreparedFact prepared, CancellationToken cancellationToken) => prepared.Fact switch
    {
        ProviderFact.Checkout { Facts: { SubscriptionId: not null } facts } when prepared.Subscription is { } bought => SubscribeAsync(bought, facts.CustomerId, cancellationToken),
        ProviderFact.Checkout { Facts: { Reference: { } reference } facts } => CheckoutAsync(facts, reference, cancellationToken),
        ProviderFact.Payment { Facts: { Reference: { } reference } facts } => PaymentAsync(facts, reference, cancellationToken),
        ProviderFact.Refunded refunded when prepared.Reference is { } reference => RefundAsync(refunded, reference, cancellationToken),
        ProviderFact.Chargeback chargeback when prepared.Reference is { } reference => ChargebackAsync(chargeback, reference, cancellationToken),
        ProviderFact.SubscriptionChanged changed => SubscribeAsync(prepared.Subscription!, changed.CustomerId, cancellationToken),
        ProviderFact.InvoiceChanged => InvoiceAsync(prepared.Invoice!, cancellationToken),
        ProviderFact.PayeeChanged => PayeeAsync(prepared.Payee!, cancellationToken),
        ProviderFact.PayoutChanged payout => PayoutAsync(payout, cancellationToken),
        _ => Task.FromResult<Result<bool>>(false),
    };

    private async Task<Result<bool>> CheckoutAsync(CheckoutFacts facts, string reference, CancellationToken cancellationToken)
    {
        if (await PurchaseAsync(reference, cancellationToken) is not { } purchase)
            return false;
        if (facts.Paid)
            return await money.CreditAsync(purchase, facts.PaymentId ?? facts.Id, cancellationToken);
        return facts.Expired && purchase.Expire();
    }

    private async Task<Result<bool>> PaymentAsync(PaymentFacts facts, string reference, CancellationToken cancellationToken)
    {
        if (await PurchaseAsync(reference, cancellationToken) is not { } purchase)
            return false;
        if (facts.State == PaymentState.Succeeded)
            return facts.ReceivedMinor < purchase.ChargedMinor ? BillingErrors.ProviderRefused : await money.CreditAsync(purchase, facts.Id, cancellationToken);
        purchase.Fail(facts.Failure);
        return true;
    }

    private async Task<Result<bool>> RefundAsync(ProviderFact.Refunded refunded, string reference, CancellationToken cancellationToken)
    {
        if (await PurchaseAsync(reference, cancellationToken) is not { } purchase)
            return false;
        // What was not credited yet can't be taken back: the event of the payment comes, and this one again after it.
        if (purchase.State != PurchaseState.Paid)
            return BillingErrors.ProviderAway;
        var more = purchase.Refund(refunded.AllMinor);
        return more == 0 ? false : await money.TakeBackAsync(purchase, more, "wallet.refund", $"refund:{purchase.Id}:{purchase.RefundedMinor}", cancellationToken);
    }

    private async Task<Result<bool>> ChargebackAsync(ProviderFact.Chargeback chargeback, string reference, CancellationToken cancellationToken)
    {
        if (await PurchaseAsync(reference, cancellationToken) is not { } purchase)
            return false;
        if (purchase.State != PurchaseState.Paid)
            return BillingErrors.ProviderAway;
        var known = await db.Chargebacks.SingleOrDefaultAsync(c => c.Provider == provider.Name && c.DisputeId == chargeback.DisputeId, cancellationToken);
        if (chargeback.GivenBack)
        {
            // What is given back was taken first; that event comes, too.
            if (known is null)
                return BillingErrors.ProviderAway;
            return known.GiveBack(purchase, clock.GetUtcNow()) ? await money.GiveBackAsync(purchase, known.Minor, $"chargeback_back:{known.DisputeId}", cancellationToken) : true;
        }
        if (known is not null)
            return true;
        db.Chargebacks.Add(known = Chargeback.Take(purchase, chargeback.DisputeId, chargeback.Minor, clock.GetUtcNow()));
        return await money.TakeBackAsync(purchase, known.Minor, "wallet.chargeback", $"chargeback:{known.DisputeId}", cancellationToken);
    }

    private async Task<Result<bool>> SubscribeAsync(SubscriptionFacts facts, string? customer, CancellationToken cancellationToken)
    {
        if (await AccountAsync(customer, cancellationToken) is not { } account)
            return false;
        var subscription = await db.Subscriptions.SingleOrDefaultAsync(s => s.TenantId == account.TenantId, cancellationToken);
        var before = subscription is null ? null : new { subscription.Plan, subscription.NextPlan, subscription.State, subscription.CancelAtPeriodEnd };
        if (subscription is null)
            db.Subscriptions.Add(subscription = Subscription.Of(account.TenantId, provider.Name, facts, clock));
        else
            subscription.Become(provider.Name, facts, clock);
        var after = new { subscription.Plan, subscription.NextPlan, subscription.State, subscription.CancelAtPeriodEnd };
        if (Equals(before, after))
            return true;
        await tenants.SetAsync(account.TenantId, subscription.State is SubscriptionState.Ended or SubscriptionState.Incomplete ? TenantPlan.Free : subscription.Plan, cancellationToken);
        audit.Record("subscription.change", "subscription", account.TenantId.Value, before, after, account.TenantId);
        outbox.Add(new LiveEvent("subscription.changed", "subscription", account.TenantId.Value, account.TenantId, after, Audience.Of(account.TenantId)));
        return true;
    }

    private async Task<Result<bool>> InvoiceAsync(InvoiceFacts facts, CancellationToken cancellationToken)
    {
        if (await AccountAsync(facts.CustomerId, cancellationToken) is not { } account)
            return false;
        var invoice = await db.Invoices.SingleOrDefaultAsync(i => i.Provider == provider.Name && i.ProviderId == facts.Id, cancellationToken);
        if (invoice is null)
            db.Invoices.Add(invoice = Invoice.Of(account.TenantId, provider.Name, facts, clock));
        else
            invoice.Become(facts);
        var more = invoice.Book();
        return more == 0 ? true : await money.BookInvoiceAsync(invoice, more, cancellationToken);
    }

    private async Task<Result<bool>> PayeeAsync(PayeeFacts facts, CancellationToken cancellationToken)
    {
        if (await db.BillingAccounts.SingleOrDefaultAsync(a => a.Provider == provider.Name && a.PayeeId == facts.Id, cancellationToken) is not { } account)
            return false;
        if (!account.PayeeIs(facts.Ready, facts.Wants, clock.GetUtcNow()))
            return false;
        audit.Record("payout_account.change", "billing_account", account.TenantId.Value, null, new { account.PayeeReady, account.PayeeWants }, account.TenantId);
        return true;
    }

    private async Task<Result<bool>> PayoutAsync(ProviderFact.PayoutChanged changed, CancellationToken cancellationToken)
    {
        if (!changed.Facts.Arrived && !changed.Facts.Failed || await FindAsync(changed, cancellationToken) is not { } payout)
            return false;
        return changed.Facts.Arrived ? money.Arrive(payout, changed.Facts.Id) : await money.ReturnAsync(payout, changed.Facts.Failure ?? "The bank refused it.", cancellationToken);
    }

    private async Task<Result<PreparedFact>> WithReferenceAsync(ProviderFact fact, string payment, CancellationToken cancellationToken)
    {
        var read = await provider.ReadPaymentAsync(payment, cancellationToken);
        return read.Succeeded ? new PreparedFact(fact, Reference: read.Value.Reference) : read.Error;
    }

    // The reference is there before Hermes has stored the provider's id.
    private async Task<Payout?> FindAsync(ProviderFact.PayoutChanged changed, CancellationToken cancellationToken) =>
        Guid.TryParse(changed.Facts.Reference, out var id)
            ? await db.Payouts.SingleOrDefaultAsync(p => p.Id == new PayoutId(id) && p.Provider == provider.Name && p.PayeeId == changed.PayeeId, cancellationToken)
            : null;

    private async Task<Purchase?> PurchaseAsync(string reference, CancellationToken cancellationToken) =>
        Guid.TryParse(reference, out var id) ? await db.Purchases.SingleOrDefaultAsync(p => p.Id == new PurchaseId(id) && p.Provider == provider.Name, cancellationToken) : null;

    private async Task<BillingAccount?> AccountAsync(string? customer, CancellationToken cancellationToken) =>
        customer is null ? null : await db.BillingAccounts.SingleOrDefaultAsync(a => a.Provider == provider.Name && a.CustomerId == customer, cancellationToken);
}
