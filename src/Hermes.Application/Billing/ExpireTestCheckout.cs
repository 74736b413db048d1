using Hermes.Application.Shared;
using Hermes.Domain.Billing;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Billing;

/// <summary>Lets a checkout of the test provider expire; answers where the payer goes then.</summary>
/// <param name="Id">The checkout.</param>
[AllowsAnyone("As at any payment provider, whoever has the checkout's unguessable address may pay; nothing is real.")]
public sealed record ExpireTestCheckout(string Id) : ICommand<string>, IOwnTransaction;

internal sealed class ExpireTestCheckoutHandler(ITestCheckouts pages) : IRequestHandler<ExpireTestCheckout, Result<string>>
{
    public async Task<Result<string>> Handle(ExpireTestCheckout request, CancellationToken cancellationToken) =>
        pages.IsThere ? await pages.ExpireAsync(request.Id, cancellationToken) : BillingErrors.PurchaseNotFound;
}
