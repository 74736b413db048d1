using Hermes.Application.Shared;
using Hermes.Domain.Billing;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Billing;

/// <summary>Says who a payee of the test provider is; answers where they go then.</summary>
/// <param name="Payee">The payee.</param>
/// <param name="Bank">An account number; 000111111116 is one that no bank knows.</param>
[AllowsAnyone("As at any payment provider, whoever has the checkout's unguessable address may pay; nothing is real.")]
public sealed record OnboardTestPayee(string Payee, string? Bank) : ICommand<string>, IOwnTransaction;

internal sealed class OnboardTestPayeeHandler(ITestCheckouts pages) : IRequestHandler<OnboardTestPayee, Result<string>>
{
    public async Task<Result<string>> Handle(OnboardTestPayee request, CancellationToken cancellationToken) =>
        pages.IsThere ? await pages.OnboardAsync(request.Payee, request.Bank ?? "", cancellationToken) : BillingErrors.PurchaseNotFound;
}
