using FsCheck;
using FsCheck.Fluent;
using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;

namespace Hermes.UnitTests.Mesh;

/// <summary>Parts of a price, and the steps of a milestone.</summary>
public sealed class MilestoneTests
{
    [Fact]
    public void Parts_are_rounded_down_and_the_last_gets_the_rest() =>
        Milestone.Parts(new Money(100, Currency.Usd), [1, 1, 1]).Select(p => p.MicroUnits).ShouldBe([33L, 33L, 34L]);

    [Fact]
    public void Every_micro_unit_of_the_price_goes_somewhere_once_whatever_the_scores()
    {
        var gen =
            from price in Gen.Choose(1, int.MaxValue)
            from factor in Gen.Elements(1L, 1_000L, 400_000L)
            from weights in Gen.Choose(1, 10_000).Select(w => (long)w).NonEmptyListOf()
            from credits in Gen.Choose(0, 100)
            from percents in Gen.Elements(0, 25, 70, 90, 100).ArrayOf(20)
            from fee in Gen.Choose(1_000, 2_000)
            select (Price: price * factor, Weights: weights.Take(20).ToList(), credits, percents, fee);
        Prop.ForAll(gen.ToArbitrary(), x =>
        {
            var price = new Money(x.Price, Currency.Usd);
            var promotional = price.Share(x.credits, 100);
            var parts = Milestone.Parts(price, x.Weights);
            parts.Sum(p => p.MicroUnits).ShouldBe(x.Price);
            parts.ShouldAllBe(p => p.MicroUnits >= 0);

            // As it is paid: credits are spent first over all milestones together.
            var (gone, released, credits, money) = (0L, 0L, 0L, 0L);
            foreach (var (part, percent) in parts.Zip(x.percents))
            {
                var left = new Money(Math.Max(0, promotional.MicroUnits - gone), Currency.Usd);
                var split = SettlementSplit.Of(part, left < part ? left : part, percent, x.fee);
                (split.Agent + split.Platform + split.Refunded).ShouldBe(part);
                split.Shares.ShouldAllBe(s => s.Amount.MicroUnits >= 0);
                gone += part.MicroUnits;
                released += split.Released.MicroUnits;
                credits += split.RefundedCredits.MicroUnits;
                money += split.RefundedMoney.MicroUnits;
            }
            (released + credits + money).ShouldBe(x.Price);
            credits.ShouldBeLessThanOrEqualTo(promotional.MicroUnits);
            money.ShouldBeLessThanOrEqualTo(x.Price - promotional.MicroUnits);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void What_its_state_does_not_allow_is_refused_with_its_own_error()
    {
        var now = Sample.Now;
        var usd = Money.Usd(1);
        var acts = new Dictionary<MilestoneAct, Func<Milestone, Error?>>
        {
            [MilestoneAct.Deliver] = m => m.Deliver(now, true, now.AddHours(1)).Error,
            [MilestoneAct.Pay] = m => m.Pay(1, usd, usd, Money.Usd(0), now).Error,
            [MilestoneAct.Dispute] = m => m.Dispute(0.2m).Error,
            [MilestoneAct.Refund] = m => m.Refund(usd, now).Error,
            [MilestoneAct.Cancel] = m => m.Cancel(now).Error,
        };
        var ways = new Dictionary<MilestoneState, MilestoneAct[]>
        {
            [MilestoneState.Planned] = [],
            [MilestoneState.Delivered] = [MilestoneAct.Deliver],
            [MilestoneState.Paid] = [MilestoneAct.Deliver, MilestoneAct.Pay],
            [MilestoneState.Disputed] = [MilestoneAct.Deliver, MilestoneAct.Dispute],
            [MilestoneState.Refunded] = [MilestoneAct.Deliver, MilestoneAct.Dispute, MilestoneAct.Refund],
            [MilestoneState.Cancelled] = [MilestoneAct.Cancel],
        };
        foreach (var (state, way) in ways)
        {
            foreach (var (act, run) in acts)
            {
                var milestone = Milestone.Plan(Sample.In(ContractState.Draft), [new MilestoneTerms("One", 1, null, ValidationRules.None)], TimeProvider.System)[0];
                foreach (var step in way)
                    acts[step](milestone).ShouldBeNull();
                milestone.State.ShouldBe(state);

                var error = run(milestone);

                if (Milestone.Allows(state, act))
                    error.ShouldBeNull($"{state} {act}");
                else
                    (error?.Code, milestone.State).ShouldBe(("mesh.illegal_milestone", state), $"{state} {act}");
            }
        }
    }
}
