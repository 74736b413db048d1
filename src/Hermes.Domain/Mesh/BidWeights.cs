using Hermes.Domain.Shared;

namespace Hermes.Domain.Mesh;

/// <summary>How much each component counts in the bid score: whole percents that add up to 100.</summary>
public readonly record struct BidWeights
{
    private BidWeights(int price, int performance, int speed, int reputation)
    {
        Price = price;
        Performance = performance;
        Speed = speed;
        Reputation = reputation;
    }

    /// <summary>25 each.</summary>
    public static readonly BidWeights Equal = new(25, 25, 25, 25);

    /// <summary>Percent of a low price.</summary>
    public int Price { get; private init; }

    /// <summary>Percent of the bidder's confidence.</summary>
    public int Performance { get; private init; }

    /// <summary>Percent of a short promised time.</summary>
    public int Speed { get; private init; }

    /// <summary>Percent of the agent's effective trust.</summary>
    public int Reputation { get; private init; }

    /// <summary>Weights, or <see cref="MeshErrors.WeightsNotHundred"/>.</summary>
    public static Result<BidWeights> Of(int price, int performance, int speed, int reputation)
    {
        if (price is < 0 or > 100 || performance is < 0 or > 100 || speed is < 0 or > 100 || reputation is < 0 or > 100)
            return MeshErrors.WeightsNotHundred;
        return price + performance + speed + reputation == 100
            ? new BidWeights(price, performance, speed, reputation)
            : MeshErrors.WeightsNotHundred;
    }
}
