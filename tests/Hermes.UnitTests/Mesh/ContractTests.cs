using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;

namespace Hermes.UnitTests.Mesh;

public sealed class ContractTests
{
    [Fact]
    public void Posted_at_once_it_takes_bids_until_its_window_closes()
    {
        var contract = Sample.Open();
        contract.State.ShouldBe(ContractState.Bidding);
        contract.BiddingClosesAt.ShouldBe(Sample.Now.AddSeconds(30));
        contract.TakesBids(Sample.Now.AddSeconds(30).AddTicks(-1)).ShouldBeTrue();
        contract.TakesBids(Sample.Now.AddSeconds(30)).ShouldBeFalse();
        contract.AwardDue(Sample.Now.AddSeconds(30)).ShouldBeTrue();
    }

    [Fact]
    public void A_start_ahead_schedules_it()
    {
        var contract = Sample.In(ContractState.Scheduled);
        contract.OpenedAt.ShouldBeNull();
        contract.Open(Sample.Now.AddHours(1)).Succeeded.ShouldBeTrue();
        contract.BiddingClosesAt.ShouldBe(Sample.Now.AddHours(1).AddSeconds(30));
    }

    public static TheoryData<string> Refusals() => new(Wrong.Keys);

    private static readonly Dictionary<string, (BidOffer Offer, Bidder Bidder)> Wrong = new()
    {
        ["mesh.currency_differs"] = (new BidOffer(Money.Of(4m, Currency.Parse("EUR")), 30, 0.9m, null), Sample.Bidder()),
        ["mesh.price_not_positive"] = (Sample.Offer(price: 0m), Sample.Bidder()),
        ["mesh.price_above_budget"] = (Sample.Offer(price: 5.000001m), Sample.Bidder()),
        ["mesh.eta_out_of_range"] = (Sample.Offer(eta: 0), Sample.Bidder()),
        ["mesh.confidence_out_of_range"] = (Sample.Offer(confidence: 1.0001m), Sample.Bidder()),
        ["mesh.confidence_too_low"] = (Sample.Offer(confidence: 0.2m), Sample.Bidder()),
        ["mesh.capability_missing"] = (Sample.Offer(), Sample.Bidder(capabilities: "translate")),
        ["mesh.reputation_too_low"] = (Sample.Offer(), Sample.Bidder(trust: 0.39m)),
        ["mesh.capacity_full"] = (Sample.Offer(), Sample.Bidder(capacity: 2, atWork: 2)),
        ["mesh.agent_not_active"] = (Sample.Offer(), Sample.Bidder(active: false)),
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public void An_offer_that_breaks_a_rule_is_refused_with_its_own_error(string code)
    {
        var contract = Sample.Open(Sample.Terms() with { MinReputation = 0.4m, MinConfidence = 0.3m });
        var (offer, bidder) = Wrong[code];
        contract.CheckOffer(bidder, offer, Sample.Now).ShouldNotBeNull().Code.ShouldBe(code);
        contract.CheckOffer(Sample.Bidder(), Sample.Offer(), Sample.Now).ShouldBeNull();
    }

    [Fact]
    public void Max_price_may_be_above_the_reward()
    {
        var contract = Sample.Open(Sample.Terms() with { MaxPrice = Money.Usd(7m) });
        contract.CheckOffer(Sample.Bidder(), Sample.Offer(price: 6.5m), Sample.Now).ShouldBeNull();
    }

    [Fact]
    public void To_an_agent_that_is_not_invited_it_does_not_exist()
    {
        var invited = Sample.Bidder();
        var contract = Sample.Open(Sample.Terms() with { Visibility = Visibility.Invited, Invited = [new Invitation(invited.Agent, invited.Tenant)] });
        contract.CheckOffer(invited, Sample.Offer(), Sample.Now).ShouldBeNull();
        contract.CheckOffer(Sample.Bidder(), Sample.Offer(), Sample.Now).ShouldBe(MeshErrors.ContractNotFound);
    }

    [Fact]
    public void A_bid_is_revised_and_withdrawn_while_the_window_is_open_only()
    {
        var contract = Sample.Open();
        var bidder = Sample.Bidder();
        var bid = Sample.Bid(contract, bidder: bidder);
        bid.Revise(contract, bidder, Sample.Offer(price: 3m), Sample.Now.AddSeconds(5)).Succeeded.ShouldBeTrue();
        bid.Price.ShouldBe(Money.Usd(3m));
        bid.BidAt.ShouldBe(Sample.Now.AddSeconds(5));
        bid.PlacedAt.ShouldBe(Sample.Now.AddSeconds(1));
        bid.Revise(contract, bidder, Sample.Offer(), Sample.Now.AddSeconds(30)).Error.ShouldBe(MeshErrors.WindowClosed);
        bid.Withdraw(contract, Sample.Now.AddSeconds(30)).Error.ShouldBe(MeshErrors.WindowClosed);
        bid.Withdraw(contract, Sample.Now.AddSeconds(6)).Succeeded.ShouldBeTrue();
        bid.Withdraw(contract, Sample.Now.AddSeconds(7)).Error.ShouldBe(MeshErrors.BidNotLive);
        bid.Revise(contract, bidder, Sample.Offer(), Sample.Now.AddSeconds(8)).Succeeded.ShouldBeTrue();
        bid.State.ShouldBe(BidState.Live);
    }

    [Fact]
    public void The_window_is_extended_once()
    {
        var contract = Sample.Open();
        contract.Extend(Sample.Now.AddSeconds(10)).Error.ShouldBe(MeshErrors.WindowStillOpen);
        contract.Extend(Sample.Now.AddSeconds(31)).Succeeded.ShouldBeTrue();
        contract.BiddingClosesAt.ShouldBe(Sample.Now.AddSeconds(61));
        contract.Extend(Sample.Now.AddSeconds(70)).Error.ShouldBe(MeshErrors.AlreadyExtended);
    }

    [Fact]
    public void Waiting_for_funds_takes_no_bids_and_is_due_again_at_its_retry()
    {
        var contract = Sample.Open();
        contract.WaitForFunds(Sample.Now.AddSeconds(30), TimeSpan.FromSeconds(10)).Succeeded.ShouldBeTrue();
        contract.State.ShouldBe(ContractState.Bidding);
        contract.TakesBids(Sample.Now.AddSeconds(31)).ShouldBeFalse();
        contract.AwardDue(Sample.Now.AddSeconds(35)).ShouldBeFalse();
        contract.AwardDue(Sample.Now.AddSeconds(40)).ShouldBeTrue();
        contract.Award(BidOn(contract), Sample.Now.AddSeconds(40)).Succeeded.ShouldBeTrue();
        contract.WaitingForFundsAt.ShouldBeNull();
    }

    [Fact]
    public void The_deadline_is_the_delivery_window_or_else_the_promise()
    {
        var withWindow = Sample.Open(Sample.Terms(delivery: TimeSpan.FromSeconds(100)));
        withWindow.Award(Sample.Bid(withWindow, Sample.Offer(eta: 30)), Sample.Now.AddSeconds(30));
        withWindow.DeliverBy.ShouldBe(Sample.Now.AddSeconds(130));
        var without = Sample.Open();
        without.Award(Sample.Bid(without, Sample.Offer(eta: 30)), Sample.Now.AddSeconds(30));
        without.DeliverBy.ShouldBe(Sample.Now.AddSeconds(60));
        without.Deliver(Sample.Now.AddSeconds(60)).Error.ShouldBe(MeshErrors.DeadlinePassed);
        without.MissDeadline(Sample.Now.AddSeconds(59)).Error.ShouldBe(MeshErrors.DeadlineNotPassed);
        without.MissDeadline(Sample.Now.AddSeconds(60)).Succeeded.ShouldBeTrue();
        without.State.ShouldBe(ContractState.Refunded);
    }

    [Fact]
    public void A_score_too_low_leads_to_a_dispute()
    {
        var contract = Sample.In(ContractState.Delivered);
        contract.RecordValidation(0.5999m, Sample.Now.AddMinutes(2), null).Succeeded.ShouldBeTrue();
        contract.State.ShouldBe(ContractState.Disputed);
        contract.ValidationScore.ShouldBe(0.5999m);
    }

    [Fact]
    public void Passed_on_it_has_a_new_winner_and_a_new_deadline()
    {
        var contract = Sample.Open();
        var first = Sample.Bid(contract);
        var second = Sample.Bid(contract, Sample.Offer(eta: 60));
        contract.Award(first, Sample.Now.AddSeconds(30));
        contract.PassOn(first, Sample.Now.AddSeconds(70)).Error.ShouldBe(MeshErrors.BidNotLive);
        contract.PassOn(second, Sample.Now.AddSeconds(70)).Succeeded.ShouldBeTrue();
        contract.WinnerBidId.ShouldBe(second.Id);
        contract.Rounds.ShouldBe(2);
        contract.DeliverBy.ShouldBe(Sample.Now.AddSeconds(130));
    }

    [Fact]
    public void Terms_say_which_member_is_wrong()
    {
        var error = Contract.Post(new ContractId(Guid.CreateVersion7()), Sample.Poster, null,
            Sample.Terms() with { Title = " ", BiddingWindow = TimeSpan.FromDays(8), Visibility = Visibility.Invited }, false, Sample.Now).Error!;
        error.Members!.Keys.ShouldBe(["title", "bidding_window_seconds", "invited_agent_ids"], ignoreOrder: true);
    }

    [Fact]
    public void Presets_are_named_by_their_weights()
    {
        PreferencePreset.Of(BidWeights.Equal).ShouldBe(PreferencePreset.Balanced);
        PreferencePreset.Of(PreferencePreset.Cheapest.Weights).ShouldBe(PreferencePreset.Cheapest);
        PreferencePreset.Of(BidWeights.Of(100, 0, 0, 0).Value).ShouldBeNull();
        BidWeights.Of(50, 50, 50, -50).Error.ShouldBe(MeshErrors.WeightsNotHundred);
    }

    private static Bid BidOn(Contract contract)
    {
        var bid = Sample.Bid(Sample.Open());
        typeof(Bid).GetProperty(nameof(Bid.ContractId))!.SetValue(bid, contract.Id);
        return bid;
    }
}
