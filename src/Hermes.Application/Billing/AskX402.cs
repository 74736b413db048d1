using Hermes.Application.Shared;
using Hermes.Domain.Billing;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Billing;

/// <summary>What a payer has to sign to buy credits by x402.</summary>
/// <param name="Amount">What is credited and charged: whole coins.</param>
[Requires(Permissions.BillingManage)]
public sealed record AskX402(Money Amount) : IQuery<X402Requirements>, IWhileSuspended;

internal sealed class AskX402Handler(IX402 x402, IPublicLinks links) : IRequestHandler<AskX402, Result<X402Requirements>>
{
    public Task<Result<X402Requirements>> Handle(AskX402 request, CancellationToken cancellationToken) => Task.FromResult(Of(x402, links, request.Amount));

    // Nothing is rounded here, unlike with cards: a signature costs nothing, so less than a coin as a gift could be had without end.
    internal static Result<X402Requirements> Of(IX402 x402, IPublicLinks links, Money amount) =>
        !x402.IsThere ? BillingErrors.X402Off
        : !amount.IsPositive || amount.MicroUnits % MinorUnits.MicroPerStep(amount.Currency) != 0 || MinorUnits.Of(amount) > MinorUnits.Most ? BillingErrors.WholeCoinsOnly
        : x402.Require(amount, new Uri(links.To("/api/v1/payments/x402")));
}
