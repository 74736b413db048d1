using System.Numerics;
using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Shared;

namespace Hermes.Domain.Ledger;

/// <summary>A rate's id.</summary>
public readonly record struct ExchangeRateId(Guid Value) : IId<ExchangeRateId>
{
    /// <inheritdoc />
    public static ExchangeRateId From(Guid value) => new(value);

    /// <inheritdoc />
    public override string ToString() => Value.ToString();
}

/// <summary>A conversion's id.</summary>
public readonly record struct ConversionId(Guid Value) : IId<ConversionId>
{
    /// <inheritdoc />
    public static ConversionId From(Guid value) => new(value);

    /// <inheritdoc />
    public override string ToString() => Value.ToString();
}

/// <summary>What one unit of a currency buys of another, as of an instant. Never changed.</summary>
public sealed class ExchangeRate
{
    private ExchangeRate() { }

    /// <summary>Its id.</summary>
    public ExchangeRateId Id { get; private set; }

    /// <summary>What is sold.</summary>
    public Currency Base { get; private set; }

    /// <summary>What is bought.</summary>
    public Currency Quote { get; private set; }

    /// <summary>Units of the quote for one unit of the base, above zero, at most ten decimals.</summary>
    public decimal Rate { get; private set; }

    /// <summary>When it held.</summary>
    public DateTimeOffset AsOf { get; private set; }

    /// <summary>Who says so, for people.</summary>
    public string Source { get; private set; } = "";

    /// <summary>When it was stored.</summary>
    public DateTimeOffset StoredAt { get; private set; }

    /// <summary>A rate. Ten decimals are kept.</summary>
    public static ExchangeRate Of(ExchangeRateId id, Currency from, Currency to, decimal rate, DateTimeOffset asOf, string source, DateTimeOffset now) =>
        new() { Id = id, Base = from, Quote = to, Rate = Math.Round(rate, 10, MidpointRounding.ToZero), AsOf = asOf, Source = source, StoredAt = now };
}

/// <summary>Money that a tenant changed into another currency, with the rate that it was changed at.</summary>
public sealed class Conversion : ITenantOwned
{
    private Conversion() { }

    /// <summary>Its id; its transfer's subject.</summary>
    public ConversionId Id { get; private set; }

    /// <summary>Whose.</summary>
    public TenantId TenantId { get; private set; }

    /// <summary>What was sold.</summary>
    public Money Sold { get; private set; }

    /// <summary>What was bought for it.</summary>
    public Money Bought { get; private set; }

    /// <summary>At which stored rate.</summary>
    public ExchangeRateId RateId { get; private set; }

    /// <summary>The rate itself.</summary>
    public decimal Rate { get; private set; }

    /// <summary>When the rate held.</summary>
    public DateTimeOffset RateAsOf { get; private set; }

    /// <summary>What the installation kept, in hundredths of a percent of what was bought.</summary>
    public int SpreadBasisPoints { get; private set; }

    /// <summary>Its transfer.</summary>
    public TransferId TransferId { get; private set; }

    /// <summary>When.</summary>
    public DateTimeOffset At { get; private set; }

    private const long TenDecimals = 10_000_000_000;

    /// <summary>
    /// What an amount buys: amount × rate × (1 − spread), in whole micro-units, rounded down. What the rounding leaves stays on
    /// the installation's exchange account, so nobody gains by converting there and back.
    /// </summary>
    public static Money Buys(Money sold, ExchangeRate rate, int spreadBasisPoints)
    {
        ArgumentNullException.ThrowIfNull(rate);
        if (sold.Currency != rate.Base)
            throw new ArgumentException("The rate is of another currency.", nameof(rate));
        // Whole numbers: a decimal has too few digits for a large amount at a long rate, and would round up.
        var tenDecimals = (BigInteger)(rate.Rate * TenDecimals);
        return new Money((long)(sold.MicroUnits * tenDecimals * (10_000 - spreadBasisPoints) / (10_000 * (BigInteger)TenDecimals)), rate.Quote);
    }

    /// <summary>Makes a conversion.</summary>
    public static Conversion Make(ConversionId id, TenantId tenant, Money sold, Money bought, ExchangeRate rate, int spreadBasisPoints, TransferId transfer, DateTimeOffset now) => new()
    {
        Id = id,
        TenantId = tenant,
        Sold = sold,
        Bought = bought,
        RateId = rate.Id,
        Rate = rate.Rate,
        RateAsOf = rate.AsOf,
        SpreadBasisPoints = spreadBasisPoints,
        TransferId = transfer,
        At = now,
    };
}

/// <summary>Refusals of conversions.</summary>
public static class ExchangeErrors
{
    /// <summary>The installation converts nothing.</summary>
    public static readonly Error Off = Error.Conflict("exchange.off", "This installation does not convert between currencies.");

    /// <summary>Nobody has said what one buys of the other.</summary>
    public static readonly Error NoRate = Error.Conflict("exchange.no_rate", "There is no current rate between these currencies.");

    /// <summary>A currency into itself.</summary>
    public static readonly Error SameCurrency = Error.Invalid("exchange.same_currency", "Choose another currency to convert to.");

    /// <summary>The amount is so small that it buys nothing.</summary>
    public static readonly Error BuysNothing = Error.Invalid("exchange.buys_nothing", "The amount is too small to buy anything.");

    /// <summary>The rate has moved below what the caller accepts.</summary>
    public static readonly Error BelowMinimum = Error.Conflict("exchange.below_minimum", "The rate has moved: the amount buys less than you accept.");
}
