using Hermes.Application.Shared;
using Hermes.Domain.Billing;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Billing;

/// <summary>Pays at the test provider with a test card; answers where the payer goes then.</summary>
/// <param name="Id">The checkout.</param>
/// <param name="Card">The number of a test card.</param>
[AllowsAnyone("As at any payment provider, whoever has the checkout's unguessable address may pay; nothing is real.")]
public sealed record PayTestCheckout(string Id, string? Card) : ICommand<string>, IOwnTransaction;

internal sealed class PayTestCheckoutHandler(ITestCheckouts pages) : IRequestHandler<PayTestCheckout, Result<string>>
{
    public async Task<Result<string>> Handle(PayTestCheckout request, CancellationToken cancellationToken) =>
        pages.IsThere ? await pages.PayAsync(request.Id, request.Card, cancellationToken) : BillingErrors.PurchaseNotFound;
}
