using Hermes.Application.Shared;
using Hermes.Domain.Billing;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Billing;

/// <summary>A checkout of the test provider.</summary>
/// <param name="Id">The checkout.</param>
[AllowsAnyone("As at any payment provider, whoever has the checkout's unguessable address may pay; nothing is real.")]
public sealed record GetTestCheckout(string Id) : IQuery<TestCheckout>;

internal sealed class GetTestCheckoutHandler(ITestCheckouts pages) : IRequestHandler<GetTestCheckout, Result<TestCheckout>>
{
    public async Task<Result<TestCheckout>> Handle(GetTestCheckout request, CancellationToken cancellationToken) =>
        pages.IsThere ? await pages.FindAsync(request.Id, cancellationToken) is { } found ? found : BillingErrors.PurchaseNotFound : BillingErrors.PurchaseNotFound;
}
