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
/// The latest stored rate of a pair that is recent enough, else the configured one, of the pair or of its inverse: one rate holds for both
/// directions, so that nobody gains by going there and back. The id of one that is configured or turned round follows from what
/// it says, so that it is stored once however often it is used.
/// </summary>
internal sealed class StoredRates(HermesDbContext db, ExchangeSettings settings, TimeProvider clock) : IExchangeRates
{
    public async Task<ExchangeRate?> FindAsync(Currency from, Currency to, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var oldest = now - settings.MaxAge;
        var stored = await Of(from, to).Where(r => r.AsOf >= oldest && r.AsOf <= now).OrderByDescending(r => r.AsOf).ThenByDescending(r => r.Id).FirstOrDefaultAsync(cancellationToken);
        if (stored is not null)
            return stored.Base == from ? stored
                : ExchangeRate.Of(new ExchangeRateId(Named($"{stored.Id}")), from, to, 1 / stored.Rate, stored.AsOf, TurnedRound + stored.Source, now);
        if (settings.RateOf(from, to) is not { } rate)
            return null;
        var day = settings.AsOf ?? DateOnly.FromDateTime(now.UtcDateTime);
        var asOf = new DateTimeOffset(day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);
        if (asOf < oldest)
            return null;
        return ExchangeRate.Of(new ExchangeRateId(Named($"{from}/{to} {rate} {day:O}")), from, to, rate, asOf, Configured + "this installation", now);
    }

    public async Task<IReadOnlyList<ExchangeRate>> RecentAsync(Currency from, Currency to, DateTimeOffset since, CancellationToken cancellationToken)
    {
        // Whoever looks back may write next: one at a time for each pair.
        await db.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock(hashtextextended({"ledger.rate " + string.Join('/', new[] { from.Code, to.Code }.Order())}, 0))", cancellationToken);
        return await Of(from, to).Where(r => r.StoredAt >= since).ToListAsync(cancellationToken);
    }

    private const string Configured = "configured by ";

    private const string TurnedRound = "the inverse by ";

    private IQueryable<ExchangeRate> Of(Currency from, Currency to) => db.ExchangeRates.AsNoTracking()
        .Where(r => ((r.Base == from && r.Quote == to) || (r.Base == to && r.Quote == from)) && !r.Source.StartsWith(Configured) && !r.Source.StartsWith(TurnedRound));

    private static Guid Named(FormattableString what) => new(SHA256.HashData(Encoding.UTF8.GetBytes(FormattableString.Invariant(what))).AsSpan(0, 16));
}
