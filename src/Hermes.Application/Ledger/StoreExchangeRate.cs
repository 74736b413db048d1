using Hermes.Application.Shared;
using Hermes.Domain.Ledger;
using Hermes.Domain.Shared;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Ledger;

/// <summary>Where rates come from. A rate that is used is stored with the conversion, if it was not stored before.</summary>
public interface IExchangeRates
{
    /// <summary>The rate that holds now; null when there is none that is recent enough.</summary>
    Task<ExchangeRate?> FindAsync(Currency from, Currency to, CancellationToken cancellationToken);
}

/// <summary>Stores a rate, which holds from now on.</summary>
/// <param name="Base">What is sold: a code.</param>
/// <param name="Quote">What is bought: a code.</param>
/// <param name="Rate">Units of the quote for one of the base, above 0, at most 1,000,000, ten decimals.</param>
/// <param name="AsOf">When it held; null for now. Not in the future.</param>
/// <param name="Source">Who says so, 1–80 characters.</param>
[RequiresOperator]
public sealed record StoreExchangeRate(string Base, string Quote, decimal Rate, DateTimeOffset? AsOf, string Source) : ICommand<ExchangeRateView>, IAcrossTenants;

/// <summary>The stored rates, the latest first, at most a hundred.</summary>
[RequiresOperator]
public sealed record ListExchangeRates : IQuery<IReadOnlyList<ExchangeRateView>>;

/// <summary>A stored rate.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Base">What is sold.</param>
/// <param name="Quote">What is bought.</param>
/// <param name="Rate">Units of the quote for one of the base.</param>
/// <param name="AsOf">When it held.</param>
/// <param name="Source">Who says so.</param>
/// <param name="StoredAt">When it was stored.</param>
public sealed record ExchangeRateView(ExchangeRateId Id, string Base, string Quote, decimal Rate, DateTimeOffset AsOf, string Source, DateTimeOffset StoredAt)
{
    internal static ExchangeRateView Of(ExchangeRate r) => new(r.Id, r.Base.Code, r.Quote.Code, r.Rate, r.AsOf, r.Source, r.StoredAt);
}

internal sealed class StoreExchangeRateValidator : AbstractValidator<StoreExchangeRate>
{
    public StoreExchangeRateValidator(TimeProvider clock)
    {
        RuleFor(r => r.Base).Must(code => Currency.TryParse(code, out _)).WithMessage("Not a currency that Hermes books.");
        RuleFor(r => r.Quote).Must((r, code) => Currency.TryParse(code, out _) && code != r.Base).WithMessage("Another currency that Hermes books.");
        RuleFor(r => r.Rate).GreaterThan(0.0000000001m).LessThanOrEqualTo(1_000_000);
        RuleFor(r => r.AsOf).Must(at => at is null || at <= clock.GetUtcNow()).WithMessage("Not in the future.");
        RuleFor(r => r.Source).NotEmpty().MaximumLength(80);
    }
}

internal sealed class StoreExchangeRateHandler(ILedgerDb db, IAudit audit, TimeProvider clock)
    : IRequestHandler<StoreExchangeRate, Result<ExchangeRateView>>, IRequestHandler<ListExchangeRates, Result<IReadOnlyList<ExchangeRateView>>>
{
    public Task<Result<ExchangeRateView>> Handle(StoreExchangeRate request, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var rate = ExchangeRate.Of(Id.New<ExchangeRateId>(clock), Currency.Parse(request.Base), Currency.Parse(request.Quote), request.Rate, request.AsOf ?? now, request.Source.Trim(), now);
        db.ExchangeRates.Add(rate);
        var view = ExchangeRateView.Of(rate);
        audit.Record("exchange.rate", "exchange_rate", rate.Id.Value, null, view, TenantId.Platform);
        return Task.FromResult<Result<ExchangeRateView>>(view);
    }

    public async Task<Result<IReadOnlyList<ExchangeRateView>>> Handle(ListExchangeRates request, CancellationToken cancellationToken) =>
        (await db.ExchangeRates.AsNoTracking().OrderByDescending(r => r.AsOf).ThenByDescending(r => r.Id).Take(Paging.MaxLimit).ToListAsync(cancellationToken)).ConvertAll(ExchangeRateView.Of);
}
