using System.Security.Cryptography;
using System.Text;
using Hermes.Application.Ledger;
using Hermes.Application.Shared.Settings;
using Hermes.Domain.Ledger;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Infrastructure.Ledger;

/// <summary>
/// The latest stored rate of a pair that is recent enough, else the configured one, of the pair or of its inverse. A configured
/// rate's id follows from what it says, so that it is stored once however often it is used.
/// </summary>
internal sealed class StoredRates(HermesDbContext db, ExchangeSettings settings, TimeProvider clock) : IExchangeRates
{
    public async Task<ExchangeRate?> FindAsync(Currency from, Currency to, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var oldest = now - settings.MaxAge;
        var stored = await db.ExchangeRates.AsNoTracking().Where(r => r.Base == from && r.Quote == to && r.AsOf >= oldest && r.AsOf <= now && !r.Source.StartsWith(Configured))
            .OrderByDescending(r => r.AsOf).ThenByDescending(r => r.Id).FirstOrDefaultAsync(cancellationToken);
        if (stored is not null)
            return stored;
        if (settings.RateOf(from, to) is not { } rate)
            return null;
        var day = settings.AsOf ?? DateOnly.FromDateTime(now.UtcDateTime);
        var asOf = new DateTimeOffset(day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);
        if (asOf < oldest)
            return null;
        var id = new Guid(SHA256.HashData(Encoding.UTF8.GetBytes(FormattableString.Invariant($"{from}/{to} {rate} {day:O}"))).AsSpan(0, 16));
        return ExchangeRate.Of(new ExchangeRateId(id), from, to, rate, asOf, Configured + "this installation", now);
    }

    private const string Configured = "configured by ";
}
