using Hermes.Domain.Shared;

namespace Hermes.Domain.Mesh;

/// <summary>Ready-made weights.</summary>
/// <param name="Name">Lower case, as the API writes it.</param>
/// <param name="Weights">The percents.</param>
public sealed record PreferencePreset(string Name, BidWeights Weights)
{
    /// <summary>Price above all.</summary>
    public static readonly PreferencePreset Cheapest = new("cheapest", BidWeights.Of(70, 10, 10, 10).Value);

    /// <summary>Time above all.</summary>
    public static readonly PreferencePreset Fastest = new("fastest", BidWeights.Of(10, 10, 70, 10).Value);

    /// <summary>Confidence and trust before price.</summary>
    public static readonly PreferencePreset Premium = new("premium", BidWeights.Of(5, 40, 15, 40).Value);

    /// <summary>25 each.</summary>
    public static readonly PreferencePreset Balanced = new("balanced", BidWeights.Equal);

    /// <summary>All of them, in the order they are shown.</summary>
    public static readonly IReadOnlyList<PreferencePreset> All = [Balanced, Cheapest, Fastest, Premium];

    /// <summary>The preset of that name or of those weights; null when there is none.</summary>
    public static PreferencePreset? Of(BidWeights weights) => All.FirstOrDefault(p => p.Weights == weights);
}

/// <summary>What a person prefers for the contracts that it posts in one tenant, where a contract doesn't say otherwise.</summary>
public sealed class Preferences : ITenantOwned, IVersioned
{
    private Preferences()
    {
    }

    /// <summary>The tenant in which they hold.</summary>
    public TenantId TenantId { get; private set; }

    /// <summary>The person.</summary>
    public PersonId PersonId { get; private set; }

    /// <summary>Weights of the bid score.</summary>
    public BidWeights Weights { get; private set; } = BidWeights.Equal;

    /// <summary>The most a bid may ask, in millionths of <see cref="MaxPriceCurrency"/>; null for the contract's reward.</summary>
    public long? MaxPriceMicroUnits { get; private set; }

    /// <summary>Currency of the most a bid may ask; null without one.</summary>
    public string? MaxPriceCurrency { get; private set; }

    /// <summary>Least confidence of a bid, 0–1.</summary>
    public decimal MinConfidence { get; private set; }

    /// <summary>Least effective trust of a bidder, 0–1.</summary>
    public decimal MinReputation { get; private set; }

    /// <summary>When they were last set.</summary>
    public DateTimeOffset UpdatedAt { get; private set; }

    /// <inheritdoc />
    public uint Version { get; private set; }

    /// <summary>The most a bid may ask; null for the contract's reward.</summary>
    public Money? MaxPrice => MaxPriceMicroUnits is { } micro ? new Money(micro, Currency.Parse(MaxPriceCurrency!)) : null;

    /// <summary>The preferences of somebody who has set none: equal weights, no limits.</summary>
    public static Preferences Default(TenantId tenant, PersonId person, DateTimeOffset now) =>
        new() { TenantId = tenant, PersonId = person, UpdatedAt = now };

    /// <summary>Sets all of them.</summary>
    public Result<Done> Set(BidWeights weights, Money? maxPrice, decimal minConfidence, decimal minReputation, DateTimeOffset now)
    {
        if (maxPrice is { IsPositive: false })
            return MeshErrors.PriceNotPositive;
        if (minConfidence is < 0 or > 1)
            return MeshErrors.ConfidenceOutOfRange;
        if (minReputation is < 0 or > 1)
            return MeshErrors.ScoreOutOfRange;
        Weights = weights;
        MaxPriceMicroUnits = maxPrice?.MicroUnits;
        MaxPriceCurrency = maxPrice?.Currency.Code;
        MinConfidence = decimal.Round(minConfidence, 4);
        MinReputation = decimal.Round(minReputation, 4);
        UpdatedAt = now;
        return Done.Ok;
    }
}
