using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;

namespace Hermes.UnitTests.Mesh;

/// <summary>Every pair of state and act is either in the table or refused by the entity itself.</summary>
public sealed class ContractTransitionsTests
{
    private static readonly DateTimeOffset Later = Sample.Now.AddSeconds(90);

    // Each act as it is done through the entity. Bid goes through CheckOffer, Schedule through Publish.
    private static readonly Dictionary<ContractAct, Func<Contract, Error?>> Acts = new()
    {
        [ContractAct.Edit] = c => c.Edit(Sample.Terms()).Error,
        [ContractAct.Schedule] = c => c.State == ContractState.Draft ? c.Publish(Sample.Now).Error : ContractTransitions.Next(c.State, ContractAct.Schedule).Error,
        [ContractAct.Open] = c => c.Open(Later).Error,
        [ContractAct.Bid] = c => c.CheckOffer(Sample.Bidder(), Sample.Offer(), Sample.Now.AddSeconds(2)),
        [ContractAct.Extend] = c => c.Extend(Later).Error,
        [ContractAct.WaitForFunds] = c => c.WaitForFunds(Later, TimeSpan.FromSeconds(5)).Error,
        [ContractAct.Award] = c => c.Award(BidFor(c), Later).Error,
        [ContractAct.Expire] = c => c.Expire(Later, "Nobody bid.").Error,
        [ContractAct.Cancel] = c => c.Cancel(Later, null).Error,
        [ContractAct.Start] = c => c.Start(Later).Error,
        [ContractAct.Deliver] = c => c.Deliver(Later).Error,
        [ContractAct.Validate] = c => c.RecordValidation(0.9m, Later, null).Error,
        [ContractAct.Settle] = c => c.Settle(Later).Error,
        [ContractAct.Dispute] = c => c.Dispute(Later, "No.").Error,
        [ContractAct.Release] = c => c.Release(Later, null).Error,
        [ContractAct.Refund] = c => c.Refund(Later, null).Error,
        [ContractAct.ReleaseEarly] = c => c.ReleaseEarly(new Money(1, c.Currency), new Money(1, c.Currency), false).Error,
        [ContractAct.PayOut] = c => c.PayOut(Later, null).Error,
        [ContractAct.DeliverMilestone] = c => c.DeliverMilestone(Later).Error,
        [ContractAct.EndMilestone] = c => c.EndMilestone(new Money(1, c.Currency), Money.Zero(c.Currency), Money.Zero(c.Currency), 60, ContractAct.EndMilestone, Later).Error,
        [ContractAct.Resume] = c => c.EndMilestone(new Money(1, c.Currency), Money.Zero(c.Currency), Money.Zero(c.Currency), 60, ContractAct.Resume, Later).Error,
        [ContractAct.PassOn] = c => c.PassOn(BidFor(c), Later).Error,
    };

    public static TheoryData<ContractState, ContractAct> Pairs()
    {
        var pairs = new TheoryData<ContractState, ContractAct>();
        foreach (var state in Enum.GetValues<ContractState>())
            foreach (var act in Enum.GetValues<ContractAct>())
                pairs.Add(state, act);
        return pairs;
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Entity_follows_the_table(ContractState state, ContractAct act)
    {
        var contract = Sample.In(state);
        contract.State.ShouldBe(state);

        var error = Acts[act](contract);

        if (ContractTransitions.Table.TryGetValue((state, act), out var to))
        {
            error.ShouldBeNull();
            contract.State.ShouldBe(to);
        }
        else
        {
            error.ShouldNotBeNull();
            error.Code.ShouldBeOneOf("mesh.illegal_transition", "mesh.window_closed", "mesh.contract_not_found");
            contract.State.ShouldBe(state);
        }
    }

    [Fact]
    public void Refusal_names_state_and_act()
    {
        var error = ContractTransitions.Next(ContractState.InProgress, ContractAct.WaitForFunds).Error!;
        error.Message.ShouldContain("in_progress");
        error.Message.ShouldContain("wait_for_funds");
        error.Kind.ShouldBe(ErrorKind.Conflict);
    }

    [Fact]
    public void Nothing_leads_out_of_a_final_state_and_something_leads_out_of_every_other()
    {
        foreach (var state in Enum.GetValues<ContractState>())
            ContractTransitions.Table.Keys.Any(k => k.From == state).ShouldBe(!ContractTransitions.Final.Contains(state), state.ToString());
    }

    [Fact]
    public void Every_state_is_reached_and_every_act_is_used()
    {
        foreach (var state in Enum.GetValues<ContractState>().Where(s => s != ContractState.Draft))
            ContractTransitions.Table.Values.ShouldContain(state);
        foreach (var act in Enum.GetValues<ContractAct>())
            ContractTransitions.Table.Keys.ShouldContain(k => k.Act == act);
    }

    [Fact]
    public void Money_is_held_from_award_to_the_end_only()
    {
        foreach (var ((from, _), to) in ContractTransitions.Table)
            if (ContractTransitions.Held.Contains(from))
                (ContractTransitions.Held.Contains(to) || ContractTransitions.Final.Contains(to)).ShouldBeTrue();
    }

    private static Bid BidFor(Contract contract)
    {
        // A contract in another state takes no bid, so one of an open contract is pointed at it.
        var open = Sample.Open(Sample.Terms(delivery: TimeSpan.FromHours(1)));
        var bid = Sample.Bid(open);
        typeof(Bid).GetProperty(nameof(Bid.ContractId))!.SetValue(bid, contract.Id);
        return bid;
    }
}
