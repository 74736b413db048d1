using System.Globalization;
using Hermes.Application.Shared;
using Hermes.Application.Shared.Settings;
using Hermes.Domain.Billing;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Billing;

/// <summary>
/// Asks the provider for the page or the payment of a stored purchase. Repeated after a failure it asks with the same keys
/// and gets the same page.
/// </summary>
/// <param name="Id">The purchase.</param>
[RequiresSystem]
public sealed record OpenPurchase(PurchaseId Id) : ICommand<PurchaseView>, IOwnTransaction;

internal sealed class OpenPurchaseHandler(
    IBillingDb db, IPaymentProvider provider, CustomerDesk customers, IUnitOfWork work, IFaultPoints faults, IPublicLinks links, BillingSettings settings, TimeProvider clock)
    : IRequestHandler<OpenPurchase, Result<PurchaseView>>
{
    public async Task<Result<PurchaseView>> Handle(OpenPurchase request, CancellationToken cancellationToken)
    {
        faults.Reach("purchase.after_begin");
        if (await db.Purchases.AsNoTracking().SingleOrDefaultAsync(p => p.Id == request.Id, cancellationToken) is not { } purchase)
            return BillingErrors.PurchaseNotFound;
        if (purchase.Provider != provider.Name)
            return BillingErrors.OtherProvider;
        if (purchase.State is PurchaseState.Paid or PurchaseState.Expired || (purchase.State == PurchaseState.Open && purchase.Way == PurchaseWay.Checkout))
            return PurchaseView.Of(purchase);
        if (purchase.State == PurchaseState.Open)
        {
            var present = await provider.ReadPaymentAsync(purchase.PaymentId!, cancellationToken);
            return present.Succeeded ? PurchaseView.Of(purchase) with { ClientSecret = present.Value.ClientSecret, ActionUrl = present.Value.ActionUrl } : present.Error;
        }
        var customer = await customers.EnsureAsync(purchase.TenantId, cancellationToken);
        if (!customer.Succeeded)
            return customer.Error;

        // The times follow from the purchase, so that a repetition asks for exactly the same.
        var back = links.To($"/wallet/purchases/{purchase.Id}");
        var order = new CheckoutOrder(customer.Value, string.Create(CultureInfo.InvariantCulture, $"Credits: {purchase.Amount}"), purchase.ChargedMinor, purchase.Amount.Currency, purchase.Id,
            purchase.TenantId, new Uri(back), new Uri(back + "?canceled=true"), purchase.CreatedAt.AddHours(settings.CheckoutHours));
        Action<Purchase> open;
        string? secret = null;
        if (order.ExpiresAt <= clock.GetUtcNow())
        {
            open = p => p.Expire();
        }
        else if (purchase.Way == PurchaseWay.Checkout)
        {
            var page = await provider.OpenCheckoutAsync(order, $"purchase:{purchase.Id}", cancellationToken);
            if (!page.Succeeded)
                return page.Error;
            open = p => p.Open(page.Value.Id, page.Value.Url.AbsoluteUri, null, page.Value.ExpiresAt);
        }
        else
        {
            var payment = await provider.OpenPaymentAsync(order, $"purchase:{purchase.Id}", cancellationToken);
            if (!payment.Succeeded)
                return payment.Error;
            secret = payment.Value.ClientSecret;
            open = p => p.Open(null, null, payment.Value.Id, order.ExpiresAt);
        }
        faults.Reach("purchase.after_provider");
        var stored = await work.RunAsync<PurchaseView>(async () =>
        {
            var found = await db.Purchases.SingleAsync(p => p.Id == request.Id, cancellationToken);
            open(found);
            return PurchaseView.Of(found);
        }, cancellationToken);
        faults.Reach("purchase.after_open");
        return stored.Succeeded ? stored.Value with { ClientSecret = secret } : stored.Error;
    }
}
