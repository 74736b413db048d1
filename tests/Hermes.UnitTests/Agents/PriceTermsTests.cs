using Hermes.Domain.Agents.Public;
using Hermes.Domain.Shared;

namespace Hermes.UnitTests.Agents;

/// <summary>Quotes: exact, explained part by part, and never exceeded.</summary>
public sealed class PriceTermsTests
{
    private static readonly UsageFacts Usual = new(2_000, 2_100, 60, 60, MarketFacts.None);

    private static readonly DynamicTerms Moving = new(Money.Usd(0.50m), Money.Usd(3m), 50, 30, 20, 100, 2_000);

    private static PriceTerms PerUnit(UnitCount counted = UnitCount.Reported, decimal amount = 0.01m, long included = 500, long most = 4_000) =>
        new(PriceKind.PerUnit, Money.Usd(amount), new UnitTerms("token", counted, Money.Usd(2m), 1_000_000, included, 1_500, most));

    private static PriceTerms Dynamic(DynamicTerms? moving = null) => new(PriceKind.Dynamic, Money.Usd(1m), null, moving ?? Moving);

    private static PriceQuote Quote(PriceTerms terms, UsageFacts facts)
    {
        var quote = terms.Quote(facts);
        quote.Error.ShouldBeNull();
        quote.Value.Parts.Aggregate(Money.Zero(Currency.Usd), (sum, part) => sum + part.Amount).ShouldBe(quote.Value.Most);
        return quote.Value;
    }

    [Fact]
    public void A_price_per_call_is_the_price()
    {
        Quote(PriceTerms.PerCall(Money.Usd(1.25m)), Usual).Most.ShouldBe(Money.Usd(1.25m));
        PriceTerms.PerCall(Money.Usd(1.25m)).Listed.ShouldBe(Money.Usd(1.25m));
        PriceTerms.PerCall(Money.Usd(0)).ToString().ShouldBe("free");
    }

    [Fact]
    public void Reported_units_are_quoted_at_their_most_and_charged_by_the_report()
    {
        var quote = Quote(PerUnit(), Usual);
        quote.Most.ShouldBe(Money.Usd(0.017m));
        quote.Tariff!.Charge(1_500).ShouldBe(Money.Usd(0.012m));
        quote.Tariff.Charge(500).ShouldBe(Money.Usd(0.01m));
        quote.Tariff.Charge(null).ShouldBe(Money.Usd(0.01m));
        quote.Tariff.Charge(-7).ShouldBe(Money.Usd(0.01m));
        quote.Tariff.Charge(long.MaxValue).ShouldBe(quote.Most);
        PerUnit().Listed.ShouldBe(Money.Usd(0.012m));
    }

    [Fact]
    public void The_caller_lowers_the_most_and_can_not_raise_it()
    {
        Quote(PerUnit(), Usual with { MaxUnits = 1_000 }).Most.ShouldBe(Money.Usd(0.011m));
        PerUnit().Quote(Usual with { MaxUnits = 4_001 }).Error!.Code.ShouldBe("pricing.units_out_of_range");
        PerUnit().Quote(Usual with { MaxUnits = -1 }).Error!.Code.ShouldBe("pricing.units_out_of_range");
    }

    [Theory]
    [InlineData(UnitCount.Characters, 0.013)]
    [InlineData(UnitCount.Bytes, 0.0132)]
    public void What_Hermes_counts_is_known_beforehand(UnitCount counted, double price)
    {
        var quote = Quote(PerUnit(counted), Usual);
        (quote.Most, quote.Tariff).ShouldBe((Money.Usd((decimal)price), null));
        PerUnit(counted, most: 1_999).Quote(Usual).Error!.Code.ShouldBe("pricing.too_many_units");
    }

    [Fact]
    public void Parts_of_a_micro_unit_are_not_charged()
    {
        var terms = new PriceTerms(PriceKind.PerUnit, Money.Usd(0), new UnitTerms("byte", UnitCount.Reported, new Money(1, Currency.Usd), 3, 0, 0, 100));
        Quote(terms, Usual).Tariff!.Charge(2).MicroUnits.ShouldBe(0);
        Quote(terms, Usual).Tariff!.Charge(5).MicroUnits.ShouldBe(1);
    }

    [Fact]
    public void A_quiet_usual_call_costs_the_base() =>
        Quote(Dynamic(), Usual with { Market = new MarketFacts(1, 168, 0, 4) }).Most.ShouldBe(Money.Usd(1m));

    [Theory]
    [InlineData("demand", 0.5)]
    [InlineData("capacity", 0.15)]
    [InlineData("complexity", 0.2)]
    [InlineData("urgency", 0.5)]
    public void Each_factor_adds_its_part(string factor, double adds)
    {
        var usual = Usual with { Market = new MarketFacts(1, 168, 0, 4) };
        var facts = factor switch
        {
            "demand" => usual with { Market = new MarketFacts(2, 168, 0, 4) },
            "capacity" => usual with { Market = new MarketFacts(1, 168, 2, 4) },
            "complexity" => usual with { Characters = 4_000 },
            _ => usual with { AllowedSeconds = 30 },
        };
        var quote = Quote(Dynamic(), facts);
        quote.Most.ShouldBe(Money.Usd(1m + (decimal)adds));
        quote.Parts.Single(p => p.Name == factor).Amount.ShouldBe(Money.Usd((decimal)adds));
        quote.Parts.Where(p => p.Name != factor && p.Name != "base").ShouldAllBe(p => p.Amount.IsZero);
    }

    [Fact]
    public void It_stays_within_floor_and_ceiling_and_says_so()
    {
        var busy = Usual with { Characters = 1_000_000, AllowedSeconds = 1, Market = new MarketFacts(1_000, 1_000, 4, 4) };
        Quote(Dynamic(Moving with { Ceiling = Money.Usd(1.2m) }), busy).Parts[^1].Name.ShouldBe("ceiling");
        Quote(Dynamic(Moving with { Ceiling = Money.Usd(1.2m) }), busy).Most.ShouldBe(Money.Usd(1.2m));
        var quiet = Usual with { Characters = 0, Market = new MarketFacts(0, 16_800, 0, 4) };
        Quote(Dynamic(), quiet).Most.ShouldBe(Money.Usd(0.5m));
        Quote(Dynamic(), quiet).Parts[^1].Name.ShouldBe("floor");
    }

    [Fact]
    public void Whatever_the_facts_a_dynamic_price_keeps_its_bounds_and_is_the_same_again()
    {
        var random = new Random(20261129);
        for (var turn = 0; turn < 5_000; turn++)
        {
            var facts = new UsageFacts(random.NextInt64(2_000_000), 0, random.Next(1, 86_400), random.Next(1, 86_400),
                new MarketFacts(random.NextInt64(100_000), random.NextInt64(1_000_000), random.Next(100), random.Next(1, 100)));
            var quote = Quote(Dynamic(), facts);
            quote.Most.ShouldBeInRange(Moving.Floor, Moving.Ceiling);
            Quote(Dynamic(), facts).Most.ShouldBe(quote.Most);
        }
    }

    [Fact]
    public void A_report_never_costs_more_than_the_quote_and_more_units_never_cost_less()
    {
        var random = new Random(20261130);
        for (var turn = 0; turn < 5_000; turn++)
        {
            var most = random.NextInt64(1, 1_000_000);
            var terms = new PriceTerms(PriceKind.PerUnit, new Money(random.NextInt64(1_000_000), Currency.Usd),
                new UnitTerms("u", UnitCount.Reported, new Money(random.NextInt64(1, 10_000_000), Currency.Usd), random.NextInt64(1, 100_000), random.NextInt64(1_000), 0, most));
            var quote = Quote(terms, Usual);
            var few = random.NextInt64(most + 1);
            var many = random.NextInt64(few, long.MaxValue);
            quote.Tariff!.Charge(few).ShouldBeLessThanOrEqualTo(quote.Tariff.Charge(many));
            quote.Tariff.Charge(many).ShouldBeLessThanOrEqualTo(quote.Most);
        }
    }

    private static readonly Dictionary<string, (PriceTerms Terms, string Member)> WrongTerms = new()
    {
        ["no amount"] = (PriceTerms.PerCall(default), "amount"),
        ["negative"] = (PriceTerms.PerCall(Money.Usd(-1)), "amount"),
        ["unit without kind"] = (new PriceTerms(PriceKind.PerCall, Money.Usd(1), PerUnit().Unit), "unit"),
        ["kind without unit"] = (new PriceTerms(PriceKind.PerUnit, Money.Usd(1)), "unit"),
        ["kind without dynamic"] = (new PriceTerms(PriceKind.Dynamic, Money.Usd(1)), "dynamic"),
        ["other currency"] = (PerUnit() with { Unit = PerUnit().Unit! with { Price = Money.Of(1, Currency.Parse("EUR")) } }, "unit.price"),
        ["nameless"] = (PerUnit() with { Unit = PerUnit().Unit! with { Name = " " } }, "unit.name"),
        ["per nothing"] = (PerUnit() with { Unit = PerUnit().Unit! with { Per = 0 } }, "unit.per"),
        ["typical above most"] = (PerUnit() with { Unit = PerUnit().Unit! with { Typical = 4_001 } }, "unit.typical"),
        ["included below zero"] = (PerUnit() with { Unit = PerUnit().Unit! with { Included = -1 } }, "unit.included"),
        ["beyond what is held"] = (PerUnit() with { Unit = PerUnit().Unit! with { Per = 1, Most = 1_000_000_000 } }, "unit.most"),
        ["floor above base"] = (Dynamic(Moving with { Floor = Money.Usd(1.01m) }), "dynamic.floor"),
        ["ceiling below base"] = (Dynamic(Moving with { Ceiling = Money.Usd(0.99m) }), "dynamic.ceiling"),
        ["factor too strong"] = (Dynamic(Moving with { UrgencyPercent = 501 }), "dynamic"),
        ["subscription without kind"] = (PriceTerms.PerCall(Money.Usd(1)) with { Subscription = new SubscriptionTerms(1, null) }, "subscription"),
        ["kind without subscription"] = (new PriceTerms(PriceKind.Subscription, Money.Usd(1)), "subscription"),
        ["a month for nothing"] = (Monthly(1, null) with { Amount = Money.Usd(0) }, "amount"),
        ["no call included"] = (Monthly(0, null), "subscription.included_calls"),
        ["call price in another currency"] = (Monthly(1, Money.Of(1, Currency.Parse("EUR"))), "subscription.call_price"),
        ["call price of nothing"] = (Monthly(1, Money.Usd(0)), "subscription.call_price"),
        ["no typical length"] = (Dynamic(Moving with { TypicalCharacters = 0 }), "dynamic.typical_characters"),
    };

    public static TheoryData<string> Wrong => [.. WrongTerms.Keys];

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Wrong_terms_are_named_by_their_member(string name) => WrongTerms[name].Terms.Wrong()!.Members!.Keys.ShouldBe([WrongTerms[name].Member]);

    [Fact]
    public void Right_terms_are_taken()
    {
        PerUnit().Wrong().ShouldBeNull();
        Dynamic().Wrong().ShouldBeNull();
        Monthly(null, null).Wrong().ShouldBeNull();
        Monthly(5, Money.Usd(1)).Wrong().ShouldBeNull();
    }

    [Fact]
    public void A_subscription_covers_its_calls_and_others_pay_or_are_refused()
    {
        static Result<PriceQuote> Quote(PriceTerms terms, SubscriptionCover cover) => terms.Quote(new UsageFacts(1, 1, 60, 60, MarketFacts.None, null, cover));
        var (closed, open) = (Monthly(5, null), Monthly(5, Money.Usd(1)));
        Quote(closed, SubscriptionCover.None).Error.ShouldBe(PriceErrors.SubscriptionNeeded);
        Quote(closed, SubscriptionCover.UsedUp).Error.ShouldBe(PriceErrors.CallsUsedUp);
        Quote(open, SubscriptionCover.None).Value.Most.ShouldBe(Money.Usd(1));
        Quote(open, SubscriptionCover.UsedUp).Value.Most.ShouldBe(Money.Usd(1));
        var included = Quote(open, SubscriptionCover.Included).Value;
        (included.Most, included.Included).ShouldBe((Money.Usd(0), true));
        var own = Quote(closed, SubscriptionCover.Own).Value;
        (own.Most, own.Included).ShouldBe((Money.Usd(0), false));
        (open.Listed, closed.Listed).ShouldBe((Money.Usd(1), Money.Usd(20)));
        (open.ToString(), Monthly(null, null).ToString()).ShouldBe(("USD 20.00 a month with 5 calls, else USD 1.00 a call", "USD 20.00 a month with all calls"));
    }

    private static PriceTerms Monthly(long? calls, Money? call) => new(PriceKind.Subscription, Money.Usd(20m), Subscription: new SubscriptionTerms(calls, call));
}
