using Hermes.Domain.Shared;

namespace Hermes.Domain.Ledger.Public;

/// <summary>
/// Where a held price goes. The parts add up to the price to the micro-unit: what is released is rounded down and the
/// rest goes back; the platform's share of what is released is rounded down and the remainder is the agent's.
/// </summary>
public sealed record SettlementSplit
{
    private SettlementSplit()
    {
    }

    /// <summary>What was held.</summary>
    public required Money Price { get; init; }

    /// <summary>Percent of the price that is released, 0–100.</summary>
    public required int ReleasedPercent { get; init; }

    /// <summary>The platform's share of what is released, in hundredths of a percent.</summary>
    public required int PlatformBasisPoints { get; init; }

    /// <summary>To the agent's owner.</summary>
    public required Money Agent { get; init; }

    /// <summary>To the platform.</summary>
    public required Money Platform { get; init; }

    /// <summary>Back to the poster's promotional credits: what of them was held and not spent. Credits are spent first.</summary>
    public required Money RefundedCredits { get; init; }

    /// <summary>Back to the poster's money.</summary>
    public required Money RefundedMoney { get; init; }

    /// <summary>Paid: agent and platform.</summary>
    public Money Released => Agent + Platform;

    /// <summary>Not paid: back to the poster.</summary>
    public Money Refunded => RefundedCredits + RefundedMoney;

    /// <summary>Splits a price.</summary>
    /// <param name="price">What is held, above zero.</param>
    /// <param name="credits">The part of it that was held from promotional credits, 0 to the price.</param>
    /// <param name="releasedPercent">0–100.</param>
    /// <param name="platformBasisPoints">0–10,000.</param>
    public static SettlementSplit Of(Money price, Money credits, int releasedPercent, int platformBasisPoints)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(price.MicroUnits);
        ArgumentOutOfRangeException.ThrowIfLessThan(credits, Money.Zero(price.Currency));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(credits, price);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(releasedPercent, 100);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(platformBasisPoints, 10_000);
        var released = price.Share(releasedPercent, 100);
        var platform = released.Share(platformBasisPoints, 10_000);
        var refunded = price - released;
        var refundedCredits = credits > released ? credits - released : Money.Zero(price.Currency);
        return new SettlementSplit
        {
            Price = price,
            ReleasedPercent = releasedPercent,
            PlatformBasisPoints = platformBasisPoints,
            Platform = platform,
            Agent = released - platform,
            RefundedCredits = refundedCredits,
            RefundedMoney = refunded - refundedCredits,
        };
    }
}
