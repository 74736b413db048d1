using FluentValidation;
using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Ledger;

/// <summary>The organisation's finances in one currency: what it earns, spends, has held and can be paid, month by month.</summary>
/// <param name="Currency">A code; null for the installation's own.</param>
/// <param name="LastMonths">How many calendar months (UTC) up to the present one, 1–36.</param>
[Requires(Permissions.BillingView)]
public sealed record GetFinance(string? Currency = null, int LastMonths = 12) : IQuery<FinanceView>;

/// <summary>Finances of an organisation.</summary>
/// <param name="Currency">A code.</param>
/// <param name="Currencies">Every currency that the wallet ever held.</param>
/// <param name="Available">What it may spend.</param>
/// <param name="Promotional">Credits.</param>
/// <param name="Held">What is held for open contracts and calls.</param>
/// <param name="Payable">What its agents earned and has not been paid out.</param>
/// <param name="Months">Month by month, the oldest first.</param>
public sealed record FinanceView(
    string Currency, IReadOnlyList<string> Currencies, Money Available, Money Promotional, Money Held, Money Payable, IReadOnlyList<FinanceMonth> Months);

/// <summary>A month's sums.</summary>
/// <param name="Month"><c>2026-11</c>.</param>
/// <param name="Income">What its agents earned, its own shares of that, and what it got as a referrer and as royalties.</param>
/// <param name="Spending">What was held or paid for contracts and calls, less what came back; credits included. Below zero in a month in which more came back.</param>
/// <param name="Added">Money and credits that came from outside, less credits that expired.</param>
/// <param name="PaidOut">What left for the organisation's bank.</param>
/// <param name="Fees">The platform's shares of what its agents' work released; not part of the income.</param>
public sealed record FinanceMonth(string Month, Money Income, Money Spending, Money Added, Money PaidOut, Money Fees);

internal sealed class GetFinanceValidator : AbstractValidator<GetFinance>
{
    public GetFinanceValidator()
    {
        RuleFor(r => r.Currency).Must(code => code is null || Currency.TryParse(code, out _)).WithMessage("Not a currency that Hermes books.");
        RuleFor(r => r.LastMonths).InclusiveBetween(1, 36);
    }
}

internal sealed class GetFinanceHandler(ILedgerDb db, IMediator mediator, ICurrentActor current, TimeProvider clock) : IRequestHandler<GetFinance, Result<FinanceView>>
{
    public async Task<Result<FinanceView>> Handle(GetFinance request, CancellationToken cancellationToken)
    {
        var (tenant, currency) = (current.Actor.RequiredTenant, request.Currency is null ? Currency.Usd : Currency.Parse(request.Currency));
        var wallet = await mediator.Send(new GetWallet(), cancellationToken);
        if (!wallet.Succeeded)
            return wallet.Error;
        var zero = Money.Zero(currency);
        var balance = wallet.Value.Balances.SingleOrDefault(b => b.Available.Currency == currency) ?? new BalanceView(zero, zero, zero, zero, 0);
        var start = Months.Of(clock.GetUtcNow()).AddMonths(1 - request.LastMonths);
        var sums = await db.MonthlySumsAsync(tenant, currency, start, cancellationToken);
        var shares = (await db.MonthlySharesAsync(tenant, currency, start, cancellationToken)).ToDictionary(s => s.Month);
        Money Of(long micro) => new(micro, currency);
        var months = Enumerable.Range(0, request.LastMonths).Select(start.AddMonths).Select(month =>
        {
            var rows = sums.Where(s => s.Month == month).ToList();
            var share = shares.GetValueOrDefault(month) ?? new MonthlyShares(month, 0, 0, 0);
            return new FinanceMonth(Months.Name(month),
                Of(share.Income),
                // The organisation's own share lands where its money is, and is no spending that came back.
                Of(share.Organisation - rows.Where(r => r.Kind != AccountKind.Earnings && IsWork(r.Purpose)).Sum(r => r.Amount)),
                Of(rows.Where(r => r.Kind != AccountKind.Earnings && !IsWork(r.Purpose) && !IsPayout(r.Purpose)).Sum(r => r.Amount)),
                Of(-rows.Where(r => IsPayout(r.Purpose)).Sum(r => r.Amount)),
                Of(share.Fees));
        }).ToList();
        return new FinanceView(currency.Code, [.. wallet.Value.Balances.Select(b => b.Available.Currency.Code)], balance.Available, balance.Promotional, balance.Held, balance.Earnings, months);
    }

    private static bool IsWork(string purpose) =>
        !IsPayout(purpose) && !purpose.StartsWith("wallet.", StringComparison.Ordinal) && !purpose.StartsWith("credits.", StringComparison.Ordinal)
        && (purpose.StartsWith("contract.", StringComparison.Ordinal) || purpose.StartsWith("call.", StringComparison.Ordinal) || purpose.StartsWith("milestone.", StringComparison.Ordinal)
            || purpose.StartsWith("dispute.", StringComparison.Ordinal));

    private static bool IsPayout(string purpose) => purpose.StartsWith("payout", StringComparison.Ordinal);
}
