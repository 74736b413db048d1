using Hermes.Domain.Shared;

namespace Hermes.Domain.Ledger.Public;

/// <summary>One party's share of what is released.</summary>
/// <param name="Party">Who.</param>
/// <param name="Tenant">Whose account it goes to; null for the owner of the agent that did the work.</param>
/// <param name="Origin">The agent that the work derives from, for a royalty; else null.</param>
/// <param name="BasisPoints">Of what is released, in hundredths of a percent; the agent's is what the others leave.</param>
/// <param name="Amount">How much; zero or more.</param>
public sealed record SplitShare(ShareParty Party, TenantId? Tenant, AgentId? Origin, int BasisPoints, Money Amount);

/// <summary>
/// Where a held price goes. The parts add up to the price to the micro-unit: what is released is rounded down and the
/// rest goes back; every share of what is released is rounded down and the remainder is the agent's.
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

    /// <summary>All shares of what is released: agent, platform, then organisation, referrer and royalties where there are any.</summary>
    public required IReadOnlyList<SplitShare> Shares { get; init; }

    /// <summary>Back to the poster's promotional credits: what of them was held and not spent. Credits are spent first.</summary>
    public required Money RefundedCredits { get; init; }

    /// <summary>Back to the poster's money.</summary>
    public required Money RefundedMoney { get; init; }

    /// <summary>What of the released was held from promotional credits.</summary>
    public required Money ReleasedCredits { get; init; }

    /// <summary>To the agent's owner for the agent's work: the first share.</summary>
    public Money Agent => Shares[0].Amount;

    /// <summary>To the platform: the second share.</summary>
    public Money Platform => Shares[1].Amount;

    /// <summary>Paid.</summary>
    public Money Released => Price - Refunded;

    /// <summary>Paid to all but the platform: the agent with its organisation, its referrer and those it derives from.</summary>
    public Money AgentSide => Released - Platform;

    /// <summary>Not paid: back to the poster.</summary>
    public Money Refunded => RefundedCredits + RefundedMoney;

    /// <summary>Splits a price between platform and agent only.</summary>
    /// <param name="price">What is held, above zero.</param>
    /// <param name="credits">The part of it that was held from promotional credits, 0 to the price.</param>
    /// <param name="releasedPercent">0–100.</param>
    /// <param name="platformBasisPoints">0–10,000.</param>
    public static SettlementSplit Of(Money price, Money credits, int releasedPercent, int platformBasisPoints) =>
        Of(price, credits, releasedPercent, SplitTerms.Plain(platformBasisPoints));

    /// <summary>Splits a price.</summary>
    /// <param name="price">What is held, above zero.</param>
    /// <param name="credits">The part of it that was held from promotional credits, 0 to the price.</param>
    /// <param name="releasedPercent">0–100.</param>
    /// <param name="terms">Who gets what of it.</param>
    public static SettlementSplit Of(Money price, Money credits, int releasedPercent, SplitTerms terms)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(releasedPercent, 100);
        return Of(price, credits, price.Share(releasedPercent, 100), releasedPercent, terms);
    }

    /// <summary>Splits a price of which an amount is released; the percent is what that comes to, rounded down.</summary>
    /// <param name="price">What is held, above zero.</param>
    /// <param name="credits">The part of it that was held from promotional credits, 0 to the price.</param>
    /// <param name="released">0 to the price.</param>
    /// <param name="terms">Who gets what of it.</param>
    public static SettlementSplit Of(Money price, Money credits, Money released, SplitTerms terms)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(released, price);
        return Of(price, credits, released, (int)((Int128)released.MicroUnits * 100 / price.MicroUnits), terms);
    }

    private static SettlementSplit Of(Money price, Money credits, Money released, int releasedPercent, SplitTerms terms)
    {
        ArgumentNullException.ThrowIfNull(terms);
        ArgumentOutOfRangeException.ThrowIfNegative(price.MicroUnits);
        ArgumentOutOfRangeException.ThrowIfLessThan(credits, Money.Zero(price.Currency));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(credits, price);
        var others = new List<SplitShare>(4) { Share(ShareParty.Platform, TenantId.Platform, null, terms.PlatformBasisPoints) };
        if (terms.OrganisationBasisPoints > 0)
            others.Add(Share(ShareParty.Organisation, null, null, terms.OrganisationBasisPoints));
        if (terms.Referrer is { } referrer)
            others.Add(Share(ShareParty.Referrer, referrer.Tenant, null, referrer.BasisPoints));
        others.AddRange(terms.Royalties.Select(r => Share(ShareParty.Royalty, r.Tenant, r.Origin, r.BasisPoints)));
        var left = others.Aggregate(released, (rest, share) => rest - share.Amount);
        var refunded = price - released;
        var refundedCredits = credits > released ? credits - released : Money.Zero(price.Currency);
        return new SettlementSplit
        {
            Price = price,
            ReleasedPercent = releasedPercent,
            PlatformBasisPoints = terms.PlatformBasisPoints,
            Shares = [new SplitShare(ShareParty.Agent, null, null, 10_000 - others.Sum(s => s.BasisPoints), left), .. others],
            RefundedCredits = refundedCredits,
            RefundedMoney = refunded - refundedCredits,
            ReleasedCredits = credits - refundedCredits,
        };

        SplitShare Share(ShareParty party, TenantId? tenant, AgentId? origin, int basisPoints) =>
            new(party, tenant, origin, basisPoints, released.Share(basisPoints, 10_000));
    }

    /// <summary>
    /// What each of <see cref="Shares"/> is paid, in their order. Credits earn their own payer nothing, or they could be paid out: of
    /// what the payer's own organisation has a share in, credits pay first, and what they paid lapses.
    /// </summary>
    /// <param name="payer">The poster or caller.</param>
    /// <param name="earner">The owner of the agent that did the work.</param>
    public IReadOnlyList<Money> Paid(TenantId payer, TenantId earner)
    {
        var credits = ReleasedCredits;
        var paid = new Money[Shares.Count];
        for (var i = 0; i < paid.Length; i++)
        {
            var amount = Shares[i].Amount;
            var lapses = (Shares[i].Tenant ?? earner) != payer ? Money.Zero(Price.Currency) : credits < amount ? credits : amount;
            (paid[i], credits) = (amount - lapses, credits - lapses);
        }
        return paid;
    }

    /// <summary>The transfer's postings on everybody's accounts but the one that holds the price, which gives all of it.</summary>
    /// <param name="payer">The poster or caller.</param>
    /// <param name="earner">The owner of the agent that did the work.</param>
    public IEnumerable<Posting> Postings(TenantId payer, TenantId earner)
    {
        var lapsed = Released;
        foreach (var (share, paid) in Shares.Zip(Paid(payer, earner)))
        {
            var account = share.Party switch
            {
                ShareParty.Platform => AccountRef.PlatformFees(Price.Currency),
                // One's own agents earn: what comes into the payer's spendable money is a refund and nothing else.
                ShareParty.Organisation when earner != payer => AccountRef.Available(earner, Price.Currency),
                _ => AccountRef.Earnings(share.Tenant ?? earner, Price.Currency),
            };
            lapsed -= paid;
            yield return new Posting(account, paid.MicroUnits);
        }
        yield return new Posting(AccountRef.Promotions(Price.Currency), lapsed.MicroUnits);
        yield return new Posting(AccountRef.Promotional(payer, Price.Currency), RefundedCredits.MicroUnits);
        yield return new Posting(AccountRef.Available(payer, Price.Currency), RefundedMoney.MicroUnits);
    }
}
