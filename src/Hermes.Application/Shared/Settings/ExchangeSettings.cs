using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Hermes.Domain.Shared;

namespace Hermes.Application.Shared.Settings;

/// <summary>Conversion between currencies. Rates that are stored by operators come before those named here.</summary>
[Settings("Hermes:Exchange")]
public sealed class ExchangeSettings : IChecksItself
{
    /// <summary>Whether wallets may be converted.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Rates by pair: <c>"EUR/USD=1.0856"</c> is what one EUR buys in USD. The other direction is its inverse unless it is named, too.</summary>
    public IReadOnlyList<string> Rates { get; set; } = [];

    /// <summary>The day (UTC) that the rates above are of; null for today.</summary>
    public DateOnly? AsOf { get; set; }

    /// <summary>What the installation keeps of what is bought, in hundredths of a percent.</summary>
    [Range(0, 1_000)]
    public int SpreadBasisPoints { get; set; } = 50;

    /// <summary>A stored rate that is older is not used.</summary>
    public TimeSpan MaxAge { get; set; } = TimeSpan.FromDays(7);

    /// <summary>The most that a rate may change within a day, in percent: beyond it an operator needs a second one, and <see cref="Source"/> is not believed.</summary>
    [Range(0, 1_000)]
    public decimal MostChangePercent { get; set; } = 10;

    /// <summary>Where rates are read every hour: JSON with <c>base</c>, <c>date</c> and <c>rates</c>; null for nowhere.</summary>
    public Uri? Source { get; set; }

    /// <summary>What one unit of a currency buys of another by these settings; null for a pair that is not named in either direction.</summary>
    public decimal? RateOf(Currency from, Currency to)
    {
        decimal? Named(Currency sold, Currency bought) => Rates.Select(Read).FirstOrDefault(rate => rate is { } r && r.From == sold && r.To == bought)?.Rate;
        return Named(from, to) ?? (Named(to, from) is { } inverse ? decimal.One / inverse : null);
    }

    private static (Currency From, Currency To, decimal Rate)? Read(string text) =>
        text.Split('=', '/') is [var from, var to, var number] && Currency.TryParse(from.Trim(), out var sold) && Currency.TryParse(to.Trim(), out var bought) && sold != bought
        && decimal.TryParse(number, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var rate)
            ? (sold, bought, rate)
            : null;

    /// <inheritdoc />
    public IEnumerable<string> Problems()
    {
        foreach (var text in Rates)
        {
            if (Read(text) is not { } rate)
                yield return $"Rates names '{text}', which is no rate such as EUR/USD=1.0856";
            else if (rate.Rate <= 0 || rate.Rate > 1_000_000)
                yield return $"Rates says '{text}'; a rate is above 0 and at most 1,000,000";
        }
        foreach (var (from, to, there) in Rates.Select(Read).OfType<(Currency From, Currency To, decimal Rate)>().Where(r => r.Rate > 0))
        {
            if (Rates.Select(Read).FirstOrDefault(r => r is { } back && back.From == to && back.To == from)?.Rate is { } home && there * home > 1 && string.CompareOrdinal(from.Code, to.Code) < 0)
                yield return $"Rates makes more of {from} by {to} and back";
        }
        if (Source is { } source && (!source.IsAbsoluteUri || source.Scheme is not ("http" or "https")))
            yield return $"Source is '{source}' and must be an address that begins with https:// or http://";
        if (MaxAge <= TimeSpan.Zero)
            yield return $"MaxAge is {MaxAge} and must be above 00:00:00";
    }
}
