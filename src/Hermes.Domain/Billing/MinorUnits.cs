using Hermes.Domain.Shared;

namespace Hermes.Domain.Billing;

/// <summary>
/// Money as payment providers count it: whole coins of the currency (cents; yen as they are). What Hermes charges and what
/// it pays is rounded down, once: a charge in the payer's favour, a payment never above what is held.
/// </summary>
public static class MinorUnits
{
    /// <summary>The largest amount that providers take: 8 digits.</summary>
    public const long Most = 99_999_999;

    /// <summary>Micro-units in the smallest amount that can be charged in the currency. Three-decimal coins are charged in tens only, as card networks want.</summary>
    public static long MicroPerStep(Currency currency) => MicroPerCoin(currency) * (currency.MinorDigits == 3 ? 10 : 1);

    /// <summary>The amount in coins, rounded down.</summary>
    /// <param name="money">Zero or more.</param>
    public static long Of(Money money)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(money.MicroUnits);
        var step = MicroPerStep(money.Currency);
        return money.MicroUnits / step * (step / MicroPerCoin(money.Currency));
    }

    /// <summary>Coins as money, exactly.</summary>
    public static Money ToMoney(long minor, Currency currency) => new(checked(minor * MicroPerCoin(currency)), currency);

    private static long MicroPerCoin(Currency currency)
    {
        var micro = Money.MicroPerUnit;
        for (var i = 0; i < currency.MinorDigits; i++)
            micro /= 10;
        return micro;
    }
}
