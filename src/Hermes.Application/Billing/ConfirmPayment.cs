using FluentValidation;
using Hermes.Application.Shared;
using Hermes.Domain.Billing;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Billing;

/// <summary>Confirms the intent of a purchase with a means of payment. The credits come when the provider's event does.</summary>
/// <param name="PurchaseId">The purchase.</param>
/// <param name="PaymentMethod">The provider's id of the means of payment: <c>pm_…</c>.</param>
[Requires(Permissions.BillingManage)]
public sealed record ConfirmPayment(PurchaseId PurchaseId, string PaymentMethod) : ICommand<PurchaseView>, IOwnTransaction, IWhileSuspended;

internal sealed class ConfirmPaymentValidator : AbstractValidator<ConfirmPayment>
{
    public ConfirmPaymentValidator() => RuleFor(r => r.PaymentMethod).NotEmpty().MaximumLength(255).Matches("^[A-Za-z0-9_]+$");
}

internal sealed class ConfirmPaymentHandler(IBillingDb db, IPaymentProvider provider, IIdempotencyKey idempotency, IPublicLinks links, ICurrentActor current) : IRequestHandler<ConfirmPayment, Result<PurchaseView>>
{
    public async Task<Result<PurchaseView>> Handle(ConfirmPayment request, CancellationToken cancellationToken)
    {
        var tenant = current.Actor.RequiredTenant;
        if (await db.Purchases.AsNoTracking().SingleOrDefaultAsync(p => p.Id == request.PurchaseId && p.TenantId == tenant, cancellationToken) is not { } purchase)
            return BillingErrors.PurchaseNotFound;
        if (purchase.Way != PurchaseWay.Intent || purchase.State != PurchaseState.Open || purchase.PaymentId is not { } payment)
            return BillingErrors.PurchaseClosed;
        if (purchase.Provider != provider.Name)
            return BillingErrors.OtherProvider;
        // A second attempt with another card, after a refusal, is another request to the provider.
        var attempt = idempotency.Fingerprint is { } print && idempotency.Key is { } key
            ? Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData([.. System.Text.Encoding.UTF8.GetBytes(key), .. print]))[..32] : Guid.CreateVersion7().ToString("N");
        var confirmed = await provider.ConfirmPaymentAsync(payment, request.PaymentMethod, new Uri(links.To($"/wallet/purchases/{purchase.Id}")), $"confirm:{purchase.Id}:{attempt}", cancellationToken);
        return confirmed.Succeeded
            ? PurchaseView.Of(purchase) with { ActionUrl = confirmed.Value.State == PaymentState.NeedsAction ? confirmed.Value.ActionUrl : null, LastFailure = confirmed.Value.Failure }
            : confirmed.Error;
    }
}
