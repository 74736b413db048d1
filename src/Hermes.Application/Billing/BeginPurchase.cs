using FluentValidation;
using Hermes.Application.Shared;
using Hermes.Domain.Billing;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Billing;

/// <summary>Stores a purchase of credits; the provider is asked afterwards (<see cref="OpenPurchase"/>).</summary>
/// <param name="Amount">What is credited; at least one coin, at most what providers take.</param>
/// <param name="Way">How it is paid.</param>
[Requires(Permissions.BillingManage)]
public sealed record BeginPurchase(Money Amount, PurchaseWay Way) : ICommand<PurchaseId>, IWhileSuspended;

internal sealed class BeginPurchaseValidator : AbstractValidator<BeginPurchase>
{
    public BeginPurchaseValidator() => RuleFor(r => r.Amount)
        .Must(amount => amount.Currency != default && amount.IsPositive && MinorUnits.Of(amount) is >= 1 and <= MinorUnits.Most)
        .WithMessage("At least the smallest coin and at most 999,999.99.");
}

internal sealed class BeginPurchaseHandler(IBillingDb db, IPaymentProvider provider, IAudit audit, ICurrentActor current, TimeProvider clock) : IRequestHandler<BeginPurchase, Result<PurchaseId>>
{
    public Task<Result<PurchaseId>> Handle(BeginPurchase request, CancellationToken cancellationToken)
    {
        if (!provider.IsThere)
            return Task.FromResult<Result<PurchaseId>>(BillingErrors.NoProvider);
        var begun = Purchase.Begin(current.Actor.RequiredTenant, request.Amount, request.Way, provider.Name, clock);
        if (!begun.Succeeded)
            return Task.FromResult<Result<PurchaseId>>(begun.Error);
        db.Purchases.Add(begun.Value);
        audit.Record("purchase.begin", "purchase", begun.Value.Id.Value, null, new { begun.Value.Amount, begun.Value.Charged, begun.Value.Way });
        return Task.FromResult<Result<PurchaseId>>(begun.Value.Id);
    }
}
