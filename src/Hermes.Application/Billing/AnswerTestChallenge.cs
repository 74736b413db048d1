using Hermes.Application.Shared;
using Hermes.Domain.Billing;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Billing;

/// <summary>Answers the bank's question at the test provider; answers where the payer goes then.</summary>
/// <param name="Payment">The payment.</param>
/// <param name="Approve">Whether it is the payer.</param>
[AllowsAnyone("As at any payment provider, whoever has the checkout's unguessable address may pay; nothing is real.")]
public sealed record AnswerTestChallenge(string Payment, bool Approve) : ICommand<string>, IOwnTransaction;

internal sealed class AnswerTestChallengeHandler(ITestCheckouts pages) : IRequestHandler<AnswerTestChallenge, Result<string>>
{
    public async Task<Result<string>> Handle(AnswerTestChallenge request, CancellationToken cancellationToken) =>
        pages.IsThere ? await pages.AuthenticateAsync(request.Payment, request.Approve, cancellationToken) : BillingErrors.PurchaseNotFound;
}
