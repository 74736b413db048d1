using FluentValidation;
using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Ledger;

/// <summary>The tenant's balance in one currency.</summary>
/// <param name="Currency">Its code; null for the installation's own.</param>
[Requires(Permissions.BillingView)]
public sealed record GetBalance(string? Currency = null) : IQuery<BalanceView>;

internal sealed class GetBalanceValidator : AbstractValidator<GetBalance>
{
    public GetBalanceValidator() => RuleFor(r => r.Currency).Must(code => code is null || Currency.TryParse(code, out _)).WithMessage("Not a currency that Hermes books.");
}

internal sealed class GetBalanceHandler(IMediator mediator) : IRequestHandler<GetBalance, Result<BalanceView>>
{
    public async Task<Result<BalanceView>> Handle(GetBalance request, CancellationToken cancellationToken)
    {
        var currency = request.Currency is null ? Currency.Usd : Currency.Parse(request.Currency);
        var wallet = await mediator.Send(new GetWallet(), cancellationToken);
        if (!wallet.Succeeded)
            return wallet.Error;
        var zero = Money.Zero(currency);
        return wallet.Value.Balances.SingleOrDefault(balance => balance.Available.Currency == currency) ?? new BalanceView(zero, zero, zero, zero, 0);
    }
}
