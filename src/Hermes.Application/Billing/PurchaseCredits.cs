using Hermes.Application.Shared;
using Hermes.Domain.Billing;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Billing;

/// <summary>
/// Buys credits: stores the purchase and opens the provider's page (or an intent) for it. They are credited when the
/// provider says that they are paid, and never because somebody came back from its page.
/// </summary>
/// <param name="Amount">What is credited.</param>
/// <param name="Way">How it is paid.</param>
[Requires(Permissions.BillingManage)]
public sealed record PurchaseCredits(Money Amount, PurchaseWay Way = PurchaseWay.Checkout) : ICommand<PurchaseView>, IOwnTransaction, IWhileSuspended;

internal sealed class PurchaseCreditsHandler(IMediator mediator, ISystemScopes scopes, ICurrentActor current) : IRequestHandler<PurchaseCredits, Result<PurchaseView>>
{
    public async Task<Result<PurchaseView>> Handle(PurchaseCredits request, CancellationToken cancellationToken)
    {
        var begun = await mediator.Send(new BeginPurchase(request.Amount, request.Way), cancellationToken);
        if (!begun.Succeeded)
            return begun.Error;
        await using var scope = scopes.Begin("checkout", current.Actor.RequiredTenant);
        return await scope.SendAsync(new OpenPurchase(begun.Value), cancellationToken);
    }
}
