using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Shared;

namespace Hermes.Domain.Ledger;

/// <summary>What one party got by one settlement; written with it and never changed.</summary>
public sealed class Share
{
    private Share()
    {
    }

    /// <summary>Its id.</summary>
    public Guid Id { get; private set; }

    /// <summary>What kind of thing was settled: <c>contract</c>, <c>milestone</c>, <c>call</c>.</summary>
    public string SubjectType { get; private set; } = "";

    /// <summary>Which one.</summary>
    public Guid SubjectId { get; private set; }

    /// <summary>Who.</summary>
    public ShareParty Party { get; private set; }

    /// <summary>Its place in the split, from 0 for the agent.</summary>
    public int Place { get; private set; }

    /// <summary>Whose account it went to.</summary>
    public TenantId TenantId { get; private set; }

    /// <summary>The agent that earned it: the one that did the work, or for a royalty the one that it derives from; null for platform and referrer.</summary>
    public AgentId? AgentId { get; private set; }

    /// <summary>The owner of the agent that did the work; it sees the whole split.</summary>
    public TenantId EarnerTenantId { get; private set; }

    /// <summary>Who paid; it sees what the platform and what the agent's side got.</summary>
    public TenantId PayerTenantId { get; private set; }

    /// <summary>Of what was released, in hundredths of a percent.</summary>
    public int BasisPoints { get; private set; }

    /// <summary>How much, in millionths of <see cref="Currency"/>; zero or more.</summary>
    public long AmountMicroUnits { get; private set; }

    /// <summary>The amount's currency.</summary>
    public Currency Currency { get; private set; }

    /// <summary>The ledger's transfer.</summary>
    public Guid TransferId { get; private set; }

    /// <summary>When.</summary>
    public DateTimeOffset At { get; private set; }

    /// <summary>The shares of a settlement.</summary>
    /// <param name="subjectType">What kind of thing was settled.</param>
    /// <param name="subjectId">Which one.</param>
    /// <param name="payer">Who paid.</param>
    /// <param name="earner">The owner of the agent that did the work.</param>
    /// <param name="agent">That agent.</param>
    /// <param name="split">The split.</param>
    /// <param name="transferId">The transfer that moves it.</param>
    /// <param name="clock">For ids and time.</param>
    public static IEnumerable<Share> Of(
        string subjectType, Guid subjectId, TenantId payer, TenantId earner, AgentId agent, SettlementSplit split, Guid transferId, TimeProvider clock)
    {
        var (now, paid) = (clock.GetUtcNow(), split.Paid(payer, earner));
        return split.Shares.Select((share, place) => new Share
        {
            Id = Guid.CreateVersion7(now),
            SubjectType = subjectType,
            SubjectId = subjectId,
            Party = share.Party,
            Place = place,
            TenantId = share.Tenant ?? earner,
            AgentId = share.Party is ShareParty.Agent or ShareParty.Organisation ? agent : share.Origin,
            EarnerTenantId = earner,
            PayerTenantId = payer,
            BasisPoints = share.BasisPoints,
            AmountMicroUnits = paid[place].MicroUnits,
            Currency = split.Price.Currency,
            TransferId = transferId,
            At = now,
        });
    }
}

/// <summary>What an organisation settled about the split of its agents' income.</summary>
public sealed class SplitSettings : ITenantOwned, IVersioned
{
    private SplitSettings()
    {
    }

    /// <inheritdoc />
    public TenantId TenantId { get; private set; }

    /// <summary>The organisation's share in hundredths of a percent, 0–1,000.</summary>
    public int OrganisationBasisPoints { get; private set; }

    /// <summary>Who brought it here; null for nobody.</summary>
    public TenantId? ReferrerTenantId { get; private set; }

    /// <summary>The referrer's share in hundredths of a percent, 0–500.</summary>
    public int ReferrerBasisPoints { get; private set; }

    /// <inheritdoc />
    public uint Version { get; private set; }

    /// <summary>Of an organisation that has settled nothing yet.</summary>
    public static SplitSettings Begin(TenantId tenant) => new() { TenantId = tenant };

    /// <summary>Sets the organisation's share; refused outside 0–1,000.</summary>
    public Result<Done> SetOrganisation(int basisPoints)
    {
        if (basisPoints is < 0 or > SplitTerms.MaxOrganisationBasisPoints)
            return SplitErrors.OrganisationOutOfRange;
        OrganisationBasisPoints = basisPoints;
        return Done.Ok;
    }

    /// <summary>Names or clears (null) who brought the organisation here; refused for itself, the platform, and outside 1–500.</summary>
    public Result<Done> SetReferrer(TenantId? referrer, int basisPoints)
    {
        if (referrer == TenantId || referrer == Hermes.Domain.Shared.TenantId.Platform)
            return SplitErrors.OwnReferrer;
        if (referrer is not null && basisPoints is < 1 or > SplitTerms.MaxReferrerBasisPoints)
            return SplitErrors.ReferrerOutOfRange;
        (ReferrerTenantId, ReferrerBasisPoints) = (referrer, referrer is null ? 0 : basisPoints);
        return Done.Ok;
    }
}

/// <summary>Refusals about the split of income.</summary>
public static class SplitErrors
{
    /// <summary>The organisation's share is out of range.</summary>
    public static readonly Error OrganisationOutOfRange = Error.Invalid("ledger.organisation_share", "An organisation's share is 0 to 10 percent.");

    /// <summary>The referrer's share is out of range.</summary>
    public static readonly Error ReferrerOutOfRange = Error.Invalid("ledger.referrer_share", "A referrer's share is above 0 and at most 5 percent.");

    /// <summary>No organisation of that name.</summary>
    public static readonly Error NoReferrer = Error.Invalid("ledger.no_referrer", "There is no such organisation to be the referrer.");

    /// <summary>An organisation can't refer itself.</summary>
    public static readonly Error OwnReferrer = Error.Invalid("ledger.own_referrer", "Neither the organisation itself nor the installation can be its referrer.");
}
