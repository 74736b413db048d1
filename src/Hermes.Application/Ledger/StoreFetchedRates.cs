using Hermes.Application.Shared;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Ledger;

/// <summary>What a source says of rates.</summary>
/// <param name="Source">Who says so, at most <see cref="RateBook.MaxSource"/> characters.</param>
/// <param name="Base">What one unit is of.</param>
/// <param name="AsOf">When the rates held; not in the future.</param>
/// <param name="Rates">Units of each currency for one unit of the base, above zero.</param>
public sealed record FetchedRates(string Source, Currency Base, DateTimeOffset AsOf, IReadOnlyDictionary<Currency, decimal> Rates);

/// <summary>Stores what a source says, each rate dated and with its source; what it said before is not stored again, and jumps are refused.</summary>
/// <param name="Said">What it says.</param>
[RequiresSystem]
public sealed record StoreFetchedRates(FetchedRates Said) : ICommand<FetchedRatesStored>, IAcrossTenants;

/// <summary>What became of them.</summary>
/// <param name="Stored">How many are new.</param>
/// <param name="Refused">Pairs whose rate jumps; an operator may store it with a second one.</param>
public sealed record FetchedRatesStored(int Stored, IReadOnlyList<string> Refused);

internal sealed class StoreFetchedRatesHandler(ILedgerDb db, RateBook book) : IRequestHandler<StoreFetchedRates, Result<FetchedRatesStored>>
{
    public async Task<Result<FetchedRatesStored>> Handle(StoreFetchedRates request, CancellationToken cancellationToken)
    {
        var (source, from, asOf, rates) = request.Said;
        var (stored, refused) = (0, new List<string>());
        foreach (var (to, rate) in rates.OrderBy(r => r.Key.Code, StringComparer.Ordinal))
        {
            if (await book.MovesAsync(from, to, rate, cancellationToken) is RateMove.Jump)
            {
                refused.Add($"{from}/{to}");
            }
            else if (!await db.ExchangeRates.AnyAsync(r => r.Base == from && r.Quote == to && r.AsOf == asOf && r.Source == source, cancellationToken))
            {
                book.Store(from, to, rate, asOf, source);
                stored++;
            }
        }
        return new FetchedRatesStored(stored, refused);
    }
}
