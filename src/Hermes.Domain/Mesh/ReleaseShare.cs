using Hermes.Domain.Shared;

namespace Hermes.Domain.Mesh;

/// <summary>How much of the price a validation score releases; the rest goes back to the poster.</summary>
public static class ReleaseShare
{
    /// <summary>Below this score nothing is released: it leads to a dispute.</summary>
    public const decimal DisputeBelow = 0.6m;

    /// <summary>Percent released by a score of 0–1: 100, 90, 70, or 0 for a dispute.</summary>
    public static int Percent(decimal score) => score switch
    {
        >= 1.0m => 100,
        >= 0.8m => 90,
        >= DisputeBelow => 70,
        _ => 0,
    };

    /// <summary>The part of the price that is released, rounded down to the micro-unit.</summary>
    public static Money Of(Money price, decimal score) => price.Share(Percent(score), 100);
}
