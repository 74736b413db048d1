using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Numerics;

namespace Hermes.Domain.Shared;

/// <summary>An ISO 4217 currency that Hermes books. The default value is not a currency.</summary>
public readonly record struct Currency
{
    private static readonly Dictionary<string, int> Known = new(StringComparer.Ordinal)
    {
        ["USD"] = 2,
        ["EUR"] = 2,
        ["GBP"] = 2,
        ["CHF"] = 2,
        ["CAD"] = 2,
        ["AUD"] = 2,
        ["JPY"] = 0,
        ["CNY"] = 2,
        ["SEK"] = 2,
        ["NOK"] = 2,
        ["DKK"] = 2,
        ["PLN"] = 2,
        ["INR"] = 2,
        ["SGD"] = 2,
        ["BRL"] = 2,
        ["KWD"] = 3,
    };

    private readonly string? _code;

    private Currency(string code) => _code = code;

    /// <summary>US dollar, the currency of an installation that configures none.</summary>
    public static readonly Currency Usd = new("USD");

    /// <summary>Three upper-case letters.</summary>
    public string Code => _code ?? throw new InvalidOperationException("default(Currency) is not a currency.");

    /// <summary>Decimal digits of the smallest coin (ISO 4217 exponent), used towards payment providers only.</summary>
    public int MinorDigits => Known[Code];

    /// <summary>Reads a code; false for one that Hermes does not book.</summary>
    public static bool TryParse([NotNullWhen(true)] string? code, out Currency currency)
    {
        currency = code is not null && Known.ContainsKey(code) ? new Currency(code) : default;
        return currency._code is not null;
    }

    /// <summary>Reads a code that is known to be good (from the database).</summary>
    /// <exception cref="FormatException">Not a currency that Hermes books.</exception>
    public static Currency Parse(string code) =>
        TryParse(code, out var currency) ? currency : throw new FormatException($"'{code}' is not a currency that Hermes books.");

    /// <inheritdoc />
    public override string ToString() => _code ?? "";
}

/// <summary>
/// A whole number of micro-units (10⁻⁶) of one currency: USD 0.0004 is 400. Arithmetic is checked: an overflow and
/// a mix of currencies throw, they never wrap or convert.
/// </summary>
/// <param name="MicroUnits">Millionths of one unit of the currency; may be negative (an entry, a difference).</param>
/// <param name="Currency">Its currency.</param>
public readonly record struct Money(long MicroUnits, Currency Currency) : IComparable<Money>
{
    /// <summary>Micro-units in one unit of any currency.</summary>
    public const long MicroPerUnit = 1_000_000;

    /// <summary>The largest price, reward or credit that a caller may name: 10¹² units would still fit a balance's sum.</summary>
    public const long MaxAmountMicroUnits = 1_000_000_000L * MicroPerUnit;

    /// <summary>Nothing, in a currency.</summary>
    public static Money Zero(Currency currency) => new(0, currency);

    /// <summary>True for exactly zero.</summary>
    public bool IsZero => MicroUnits == 0;

    /// <summary>True above zero.</summary>
    public bool IsPositive => MicroUnits > 0;

    /// <summary>
    /// Reads a decimal string as the API writes it (<c>"4.00"</c>, at most six decimals, optional leading minus, no
    /// exponent, no grouping). False for anything else and for amounts beyond <see cref="MaxAmountMicroUnits"/>.
    /// </summary>
    public static bool TryParse([NotNullWhen(true)] string? amount, Currency currency, out Money money)
    {
        money = Zero(currency);
        if (amount is null || amount.Length > 24 ||
            !decimal.TryParse(amount, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var units))
            return false;
        if (amount[0] == '+' || Math.Abs(units) > MaxAmountMicroUnits / MicroPerUnit)
            return false;
        var micro = units * MicroPerUnit;
        if (micro != decimal.Truncate(micro))
            return false;
        money = new Money((long)micro, currency);
        return true;
    }

    /// <summary>From units, for tests, seeds and configuration.</summary>
    /// <exception cref="ArgumentException">More than six decimals.</exception>
    public static Money Of(decimal units, Currency currency)
    {
        var micro = units * MicroPerUnit;
        return micro == decimal.Truncate(micro)
            ? new Money((long)micro, currency)
            : throw new ArgumentException("More than six decimals.", nameof(units));
    }

    /// <summary>US dollars, for tests and seeds.</summary>
    public static Money Usd(decimal units) => Of(units, Currency.Usd);

    /// <summary>The amount in units, exactly.</summary>
    public decimal Units => (decimal)MicroUnits / MicroPerUnit;

    /// <summary>The decimal string of the API: at least two decimals, at most six, no grouping.</summary>
    public string ToAmountString() => Units.ToString("0.00####", CultureInfo.InvariantCulture);

    /// <summary>
    /// The share <paramref name="numerator"/> / <paramref name="denominator"/> of this amount, rounded towards zero, so
    /// that shares of one amount never add up to more than it; the caller books the remainder.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">A denominator below 1 or a negative numerator.</exception>
    public Money Share(long numerator, long denominator)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(denominator);
        ArgumentOutOfRangeException.ThrowIfNegative(numerator);
        return this with { MicroUnits = checked((long)((BigInteger)MicroUnits * numerator / denominator)) };
    }

    /// <summary>Sum of two amounts of one currency.</summary>
    public static Money operator +(Money left, Money right) => Same(left, right) with { MicroUnits = checked(left.MicroUnits + right.MicroUnits) };

    /// <summary>Difference of two amounts of one currency.</summary>
    public static Money operator -(Money left, Money right) => Same(left, right) with { MicroUnits = checked(left.MicroUnits - right.MicroUnits) };

    /// <summary>The opposite amount.</summary>
    public static Money operator -(Money money) => money with { MicroUnits = checked(-money.MicroUnits) };

    /// <summary>Compares two amounts of one currency.</summary>
    public static bool operator <(Money left, Money right) => left.CompareTo(right) < 0;

    /// <inheritdoc cref="op_LessThan" />
    public static bool operator >(Money left, Money right) => left.CompareTo(right) > 0;

    /// <inheritdoc cref="op_LessThan" />
    public static bool operator <=(Money left, Money right) => left.CompareTo(right) <= 0;

    /// <inheritdoc cref="op_LessThan" />
    public static bool operator >=(Money left, Money right) => left.CompareTo(right) >= 0;

    /// <inheritdoc />
    /// <exception cref="InvalidOperationException">The currencies differ.</exception>
    public int CompareTo(Money other) => Same(this, other).MicroUnits.CompareTo(other.MicroUnits);

    /// <summary>Currency and amount, for logs and messages: <c>USD 4.00</c>.</summary>
    public override string ToString() => $"{Currency} {ToAmountString()}";

    private static Money Same(Money left, Money right) => left.Currency == right.Currency
        ? left
        : throw new InvalidOperationException($"{left.Currency} and {right.Currency} don't mix.");
}
