using Hermes.Domain.Ledger.Public;
using FsCheck;
using FsCheck.Fluent;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;

namespace Hermes.UnitTests.Mesh;

public sealed class SettlementSplitTests
{
    [Fact]
    public void A_full_release_pays_agent_and_platform_and_nothing_goes_back()
    {
        var split = SettlementSplit.Of(Money.Usd(4), Money.Usd(0), 100, 1500);

        split.Agent.ShouldBe(Money.Usd(3.4m));
        split.Platform.ShouldBe(Money.Usd(0.6m));
        split.Refunded.IsZero.ShouldBeTrue();
    }

    [Fact]
    public void The_remainder_of_the_fee_is_the_agents_and_of_the_release_the_posters()
    {
        var split = SettlementSplit.Of(new Money(99, Currency.Usd), new Money(0, Currency.Usd), 90, 1500);

        split.Released.MicroUnits.ShouldBe(89);
        split.Platform.MicroUnits.ShouldBe(13);
        split.Agent.MicroUnits.ShouldBe(76);
        split.Refunded.MicroUnits.ShouldBe(10);
    }

    [Fact]
    public void Credits_are_spent_first_and_what_is_left_of_them_goes_back_as_credits()
    {
        var spent = SettlementSplit.Of(Money.Usd(10), Money.Usd(3), 70, 1000);
        spent.RefundedCredits.IsZero.ShouldBeTrue();
        spent.RefundedMoney.ShouldBe(Money.Usd(3));

        var left = SettlementSplit.Of(Money.Usd(10), Money.Usd(9), 70, 1000);
        left.RefundedCredits.ShouldBe(Money.Usd(2));
        left.RefundedMoney.ShouldBe(Money.Usd(1));
    }

    [Fact]
    public void Parts_add_up_to_the_micro_unit_and_none_is_negative()
    {
        var arbitrary = (from price in Gen.OneOf(Gen.Choose(1, 1_000), Gen.Choose(1_000, int.MaxValue)).Select(p => (long)p)
                         from factor in Gen.Elements(1L, 1_000L, 400_000L)
                         from credits in Gen.Choose(0, 1000)
                         from percent in Gen.Choose(0, 100)
                         from fee in Gen.Choose(0, 10_000)
                         select (Price: price * factor, Credits: (long)((decimal)(price * factor) * credits / 1000m), percent, fee)).ToArbitrary();
        Prop.ForAll(arbitrary, x =>
        {
            var split = SettlementSplit.Of(new Money(x.Price, Currency.Usd), new Money(x.Credits, Currency.Usd), x.percent, x.fee);
            Money[] parts = [split.Agent, split.Platform, split.RefundedCredits, split.RefundedMoney];
            return parts.All(p => p.MicroUnits >= 0)
                && parts.Sum(p => p.MicroUnits) == x.Price
                && split.RefundedCredits.MicroUnits <= x.Credits
                // Never more than the stated shares for those who only get a share.
                && (decimal)split.Platform.MicroUnits <= (decimal)split.Released.MicroUnits * x.fee / 10_000m
                && (decimal)split.Released.MicroUnits <= (decimal)x.Price * x.percent / 100m;
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Credits_earn_their_own_payer_nothing()
    {
        var (own, other) = (new TenantId(Guid.CreateVersion7()), new TenantId(Guid.CreateVersion7()));
        var split = SettlementSplit.Of(Money.Usd(10), Money.Usd(4), 100, SplitTerms.Of(1_500, 1_000));

        Of(split, own, own).ShouldBe(new Dictionary<AccountRef, long>
        {
            [AccountRef.Earnings(own, Currency.Usd)] = 4_500_000,
            [AccountRef.PlatformFees(Currency.Usd)] = 1_500_000,
            [AccountRef.Promotions(Currency.Usd)] = 4_000_000,
        }, ignoreOrder: true);
        Of(split, own, other)[AccountRef.Earnings(other, Currency.Usd)].ShouldBe(7_500_000);
        split.Paid(own, other).ShouldBe(split.Shares.Select(s => s.Amount));
    }

    [Fact]
    public void Whoever_has_shares_nobody_gets_money_out_of_his_own_credits()
    {
        TenantId[] tenants = [new(Guid.CreateVersion7()), new(Guid.CreateVersion7())];
        var arbitrary = (from price in Gen.OneOf(Gen.Choose(1, 1_000), Gen.Choose(1_000, int.MaxValue))
                         from credits in Gen.Choose(0, 1_000)
                         from percent in Gen.Choose(0, 100)
                         from fee in Gen.Choose(0, 2_000)
                         from organisation in Gen.Choose(0, 1_000)
                         from who in Gen.Elements(tenants).ArrayOf(5)
                         from referrer in Gen.Choose(0, 500)
                         from royalties in Gen.Choose(0, 600).ArrayOf(3)
                         select (Price: (long)price, Credits: (long)price * credits / 1_000, percent, who,
                             Terms: SplitTerms.Of(fee, organisation, new ReferrerTerms(who[1], referrer), royalties.Select((r, i) => new RoyaltyTerms(new AgentId(Guid.CreateVersion7()), who[2 + i], r))))).ToArbitrary();
        Prop.ForAll(arbitrary, x =>
        {
            var payer = tenants[0];
            var split = SettlementSplit.Of(new Money(x.Price, Currency.Usd), new Money(x.Credits, Currency.Usd), x.percent, x.Terms);
            var to = Of(split, payer, x.who[0]);
            var money = to.Where(p => p.Key.TenantId == payer && p.Key.Kind is AccountKind.Available or AccountKind.Earnings).Sum(p => p.Value);
            return to.Values.All(v => v > 0) && to.Values.Sum() == x.Price
                && money <= x.Price - x.Credits
                && to.GetValueOrDefault(AccountRef.Promotional(payer, Currency.Usd)) == split.RefundedCredits.MicroUnits
                && to.GetValueOrDefault(AccountRef.PlatformFees(Currency.Usd)) == split.Platform.MicroUnits
                // Others' shares don't depend on what they are paid from.
                && split.Shares.Zip(split.Paid(payer, x.who[0])).All(s => (s.First.Tenant ?? x.who[0]) == payer || s.First.Amount == s.Second);
        }).QuickCheckThrowOnFailure();
    }

    private static Dictionary<AccountRef, long> Of(SettlementSplit split, TenantId payer, TenantId earner) =>
        split.Postings(payer, earner).Where(p => p.MicroUnits != 0).GroupBy(p => p.Account).ToDictionary(g => g.Key, g => g.Sum(p => p.MicroUnits));

    [Theory]
    [InlineData("1", 100)]
    [InlineData("0.9999", 90)]
    [InlineData("0.8", 90)]
    [InlineData("0.7999", 70)]
    [InlineData("0.6", 70)]
    [InlineData("0.5999", 0)]
    [InlineData("0", 0)]
    public void A_score_releases_its_percentage(string score, int percent) =>
        ReleaseShare.Percent(decimal.Parse(score, System.Globalization.CultureInfo.InvariantCulture)).ShouldBe(percent);

    [Fact]
    public void A_result_is_as_good_as_its_worst_check()
    {
        ValidationCheck.ScoreOf([new("json_schema", 1, []), new("required_fields", 2 / 3m, ["x"]), new("size", 1, [])]).ShouldBe(0.6667m);
        ValidationCheck.ScoreOf([]).ShouldBe(1);
    }
}

/// <summary>The split between more than two.</summary>
public sealed class SplitTermsTests
{
    private static readonly TenantId Referrer = new(Guid.CreateVersion7());

    private static RoyaltyTerms Royalty(int basisPoints) => new(new AgentId(Guid.CreateVersion7()), new TenantId(Guid.CreateVersion7()), basisPoints);

    [Fact]
    public void Each_party_gets_its_percent_and_the_agent_the_rest()
    {
        var terms = SplitTerms.Of(1500, 1000, new ReferrerTerms(Referrer, 500), [Royalty(300), Royalty(200)]);

        var split = SettlementSplit.Of(Money.Usd(10), Money.Usd(0), 100, terms);

        split.Shares.Select(s => s.Amount).ShouldBe([Money.Usd(6.5m), Money.Usd(1.5m), Money.Usd(1m), Money.Usd(0.5m), Money.Usd(0.3m), Money.Usd(0.2m)]);
        split.Shares[0].BasisPoints.ShouldBe(6500);
        split.AgentSide.ShouldBe(Money.Usd(8.5m));
    }

    [Fact]
    public void Royalties_beyond_the_bounds_are_cut_the_farthest_first()
    {
        SplitTerms.Of(1500, royalties: [Royalty(100), Royalty(100), Royalty(100), Royalty(100)]).Royalties.Count.ShouldBe(3);
        SplitTerms.Of(1500, royalties: [Royalty(700), Royalty(200), Royalty(400)]).Royalties.Select(r => r.BasisPoints).ShouldBe([700, 200, 100]);
        SplitTerms.Of(1500, royalties: [Royalty(1000), Royalty(1)]).Royalties.Count.ShouldBe(1);
    }

    [Fact]
    public void Shares_out_of_their_bounds_are_refused()
    {
        Should.Throw<ArgumentOutOfRangeException>(() => SplitTerms.Of(1500, 1001));
        Should.Throw<ArgumentOutOfRangeException>(() => SplitTerms.Of(1500, 0, new ReferrerTerms(Referrer, 501)));
        Should.Throw<ArgumentOutOfRangeException>(() => SplitTerms.Of(-1));
        Should.Throw<ArgumentOutOfRangeException>(() => SplitTerms.Of(9500, 1000));
    }

    [Fact]
    public void Shares_add_up_to_the_micro_unit_and_none_is_negative()
    {
        var gen =
            from price in Gen.Choose(1, int.MaxValue)
            from released in Gen.Choose(0, 100)
            from platform in Gen.Choose(1000, 2000)
            from organisation in Gen.Choose(0, 1000)
            from referrer in Gen.Choose(0, 500)
            from royalties in Gen.Choose(0, 1000).ListOf()
            select (price, released, platform, organisation, referrer, royalties);
        Prop.ForAll(gen.ToArbitrary(), sample =>
        {
            var terms = SplitTerms.Of(sample.platform, sample.organisation, new ReferrerTerms(Referrer, sample.referrer), sample.royalties.Select(Royalty));

            var split = SettlementSplit.Of(new Money(sample.price, Currency.Usd), new Money(sample.price / 3, Currency.Usd), sample.released, terms);

            split.Shares.ShouldAllBe(s => s.Amount.MicroUnits >= 0);
            (split.Shares.Sum(s => s.Amount.MicroUnits) + split.Refunded.MicroUnits).ShouldBe(sample.price);
            split.Shares.Sum(s => s.BasisPoints).ShouldBe(10_000);
            split.Shares.Where(s => s.Party == ShareParty.Royalty).Sum(s => s.BasisPoints).ShouldBeLessThanOrEqualTo(1_000);
            split.Shares.Count(s => s.Party == ShareParty.Royalty).ShouldBeLessThanOrEqualTo(3);
            // Posted as it stands, also where one tenant is several of them.
            var payer = new TenantId(Guid.CreateVersion7());
            foreach (var earner in new[] { new TenantId(Guid.CreateVersion7()), payer, Referrer })
                split.Postings(payer, earner).Sum(p => p.MicroUnits).ShouldBe(sample.price);
        }).QuickCheckThrowOnFailure();
    }
}
