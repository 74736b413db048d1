using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Hermes.Domain.Shared;

namespace Hermes.Application.Shared.Settings;

/// <summary>How long the sides of a dispute have.</summary>
[Settings("Hermes:Disputes")]
public sealed class DisputeSettings
{
    /// <summary>Hours that the other side has to answer; 0: nobody is waited for.</summary>
    [Range(0, 720)]
    public int ResponseHours { get; set; } = 72;

    /// <summary>Hours after a decision in which either side may appeal; 0: a decision is final at once.</summary>
    [Range(0, 720)]
    public int AppealHours { get; set; } = 72;
}

/// <summary>What operators may do alone.</summary>
[Settings("Hermes:Operators")]
public sealed class OperatorSettings : IChecksItself
{
    /// <summary>
    /// Operators' acts on more money than this need a second operator: an amount for each currency, as <c>"USD=1000"</c>. In a currency
    /// that is not named every amount does.
    /// </summary>
    public IReadOnlyList<string> SecondAbove { get; set; } =
    [
        "USD=1000", "EUR=1000", "GBP=800", "CHF=1000", "CAD=1400", "AUD=1500", "JPY=150000", "CNY=7000",
        "SEK=10000", "NOK=10000", "DKK=7000", "PLN=4000", "INR=85000", "SGD=1300", "BRL=5500", "KWD=300",
    ];

    /// <summary>Hours after which a proposal that nobody confirmed is void.</summary>
    [Range(1, 720)]
    public int ProposalHours { get; set; } = 72;

    /// <summary>The most that one operator may move alone; null in a currency that is not named.</summary>
    public Money? AloneUpTo(Currency currency) => SecondAbove.Select(Read).FirstOrDefault(most => most?.Currency == currency);

    private static Money? Read(string text) =>
        text.Split('=') is [var code, var number] && Currency.TryParse(code.Trim(), out var currency)
        && decimal.TryParse(number, NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var units) && units <= 1_000_000_000
            ? Money.Of(units, currency)
            : null;

    /// <inheritdoc />
    public IEnumerable<string> Problems()
    {
        foreach (var text in SecondAbove.Where(text => Read(text) is null))
            yield return $"SecondAbove names '{text}', which is no whole amount such as USD=1000";
        foreach (var twice in SecondAbove.Select(Read).OfType<Money>().GroupBy(most => most.Currency).Where(same => same.Count() > 1))
            yield return $"SecondAbove names {twice.Key} more than once";
    }
}
