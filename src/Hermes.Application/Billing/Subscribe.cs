using FluentValidation;
using Hermes.Application.Shared;
using Hermes.Application.Shared.Settings;
using Hermes.Domain.Billing;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Billing;

/// <summary>Opens the provider's page on which the tenant buys a plan. It has the plan when the provider says so.</summary>
/// <param name="Plan">Which.</param>
/// <param name="Coupon">A coupon's code; null for none.</param>
[Requires(Permissions.BillingManage)]
public sealed record Subscribe(TenantPlan Plan, string? Coupon = null) : ICommand<SubscribePage>, IOwnTransaction, IWhileSuspended;

/// <summary>Where a plan is bought.</summary>
/// <param name="CheckoutUrl">The provider's page.</param>
/// <param name="ExpiresAt">Until when.</param>
public sealed record SubscribePage(Uri CheckoutUrl, DateTimeOffset ExpiresAt);

internal sealed class SubscribeValidator : AbstractValidator<Subscribe>
{
    public SubscribeValidator()
    {
        RuleFor(r => r.Plan).IsInEnum();
        RuleFor(r => r.Coupon).Matches("^[A-Za-z0-9_-]{1,100}$").When(r => !string.IsNullOrEmpty(r.Coupon)).WithMessage("A coupon has letters, digits, _ and - only.");
    }
}

internal sealed class SubscribeHandler(
    IBillingDb db, IPaymentProvider provider, PlanBook book, BillingSettings settings, ISystemScopes scopes, IPublicLinks links, IIdempotencyKey idempotency, ICurrentActor current)
    : IRequestHandler<Subscribe, Result<SubscribePage>>
{
    public async Task<Result<SubscribePage>> Handle(Subscribe request, CancellationToken cancellationToken)
    {
        var tenant = current.Actor.RequiredTenant;
        if (!provider.IsThere)
            return BillingErrors.NoProvider;
        if (book[request.Plan].MonthlyPrice is not > 0)
            return BillingErrors.PlanByAgreement;
        var present = await db.Subscriptions.AsNoTracking().SingleOrDefaultAsync(s => s.TenantId == tenant, cancellationToken);
        if (present is { IsCharged: true })
            return BillingErrors.AlreadySubscribed;
        await using var scope = scopes.Begin("checkout", tenant);
        var customer = await scope.SendAsync(new EnsureCustomer(), cancellationToken);
        if (!customer.Succeeded)
            return customer.Error;
        var account = await db.BillingAccounts.AsNoTracking().SingleOrDefaultAsync(a => a.TenantId == tenant, cancellationToken);
        var tax = settings.TaxPercent(account?.Country, !string.IsNullOrEmpty(account?.TaxId));
        var key = idempotency.Key is { } given ? $"subscribe:{tenant}:{Convert.ToHexStringLower(Secret.HashOf(given))[..32]}" : $"subscribe:{Guid.CreateVersion7():N}";
        var page = await provider.OpenSubscriptionCheckoutAsync(new SubscriptionOrder(customer.Value, request.Plan, tenant, string.IsNullOrEmpty(request.Coupon) ? null : request.Coupon, tax,
            new Uri(links.To("/billing?bought=true")), new Uri(links.To("/billing/plans"))), key, cancellationToken);
        return page.Succeeded ? new SubscribePage(page.Value.Url, page.Value.ExpiresAt) : page.Error;
    }
}
