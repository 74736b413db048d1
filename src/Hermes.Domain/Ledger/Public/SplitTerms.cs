using Hermes.Domain.Shared;

namespace Hermes.Domain.Ledger.Public;

/// <summary>Whom a share of what is released goes to.</summary>
public enum ShareParty
{
    /// <summary>The agent that did the work: its owner's earnings, with every remainder.</summary>
    Agent,
    /// <summary>The installation: its fees.</summary>
    Platform,
    /// <summary>The organisation that the agent belongs to: its spendable money.</summary>
    Organisation,
    /// <summary>Who brought the agent's organisation here: its earnings.</summary>
    Referrer,
    /// <summary>The owner of an agent that this one derives from: its earnings.</summary>
    Royalty,
}

/// <summary>Who brought an organisation here.</summary>
/// <param name="Tenant">The referrer.</param>
/// <param name="BasisPoints">Its share in hundredths of a percent, 1–500.</param>
public sealed record ReferrerTerms(TenantId Tenant, int BasisPoints);

/// <summary>What is owed to the owner of an agent that others derive from.</summary>
/// <param name="Origin">The agent that is derived from.</param>
/// <param name="Tenant">Its owner.</param>
/// <param name="BasisPoints">The share in hundredths of a percent, 1–1,000.</param>
public sealed record RoyaltyTerms(AgentId Origin, TenantId Tenant, int BasisPoints);

/// <summary>How what is released for an agent's work is shared, in hundredths of a percent; what the shares leave is the agent's.</summary>
public sealed record SplitTerms
{
    /// <summary>The largest share of the agent's organisation.</summary>
    public const int MaxOrganisationBasisPoints = 1_000;

    /// <summary>The largest share of a referrer.</summary>
    public const int MaxReferrerBasisPoints = 500;

    /// <summary>The most that all royalties together take.</summary>
    public const int MaxRoyaltyBasisPoints = 1_000;

    /// <summary>How far up a chain of derived agents royalties are paid.</summary>
    public const int MaxRoyaltyLevels = 3;

    private SplitTerms()
    {
    }

    /// <summary>The platform's share, 0–10,000.</summary>
    public required int PlatformBasisPoints { get; init; }

    /// <summary>The share of the agent's organisation, 0–1,000.</summary>
    public required int OrganisationBasisPoints { get; init; }

    /// <summary>Who brought the agent's organisation here; null for nobody.</summary>
    public required ReferrerTerms? Referrer { get; init; }

    /// <summary>Royalties, nearest origin first; three at most and not more than 1,000 in all.</summary>
    public required IReadOnlyList<RoyaltyTerms> Royalties { get; init; }

    /// <summary>Platform and agent only.</summary>
    public static SplitTerms Plain(int platformBasisPoints) => Of(platformBasisPoints);

    /// <summary>
    /// Terms within the bounds: royalties beyond the third level or the tenth of the price are cut, the farthest first.
    /// </summary>
    /// <param name="platformBasisPoints">0–10,000.</param>
    /// <param name="organisationBasisPoints">0–1,000.</param>
    /// <param name="referrer">Null for nobody.</param>
    /// <param name="royalties">Nearest origin first; null for none.</param>
    /// <exception cref="ArgumentOutOfRangeException">A share is outside its bounds, or all of them are more than the whole.</exception>
    public static SplitTerms Of(int platformBasisPoints, int organisationBasisPoints = 0, ReferrerTerms? referrer = null, IEnumerable<RoyaltyTerms>? royalties = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(platformBasisPoints);
        ArgumentOutOfRangeException.ThrowIfNegative(organisationBasisPoints);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(organisationBasisPoints, MaxOrganisationBasisPoints);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(referrer?.BasisPoints ?? 0, MaxReferrerBasisPoints);
        var kept = new List<RoyaltyTerms>(MaxRoyaltyLevels);
        var left = MaxRoyaltyBasisPoints;
        foreach (var royalty in (royalties ?? []).Take(MaxRoyaltyLevels))
        {
            ArgumentOutOfRangeException.ThrowIfNegative(royalty.BasisPoints, nameof(royalties));
            var part = Math.Min(left, royalty.BasisPoints);
            if (part > 0)
                kept.Add(royalty with { BasisPoints = part });
            left -= part;
        }
        var all = platformBasisPoints + organisationBasisPoints + (referrer?.BasisPoints ?? 0) + (MaxRoyaltyBasisPoints - left);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(all, 10_000, nameof(platformBasisPoints));
        return new SplitTerms
        {
            PlatformBasisPoints = platformBasisPoints,
            OrganisationBasisPoints = organisationBasisPoints,
            Referrer = referrer is { BasisPoints: > 0 } ? referrer : null,
            Royalties = kept,
        };
    }
}
