using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;

namespace Hermes.UnitTests.Mesh;

/// <summary>Contracts, bidders and bids to start from.</summary>
internal static class Sample
{
    public static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    public static readonly TenantId Poster = new(Guid.CreateVersion7());
    public static readonly TenantId Owner = new(Guid.CreateVersion7());

    public static ContractTerms Terms(decimal reward = 5m, TimeSpan? delivery = null) => new()
    {
        Title = "Summarise a report",
        Intent = "Ten sentences at most.",
        Reward = Money.Usd(reward),
        DeliveryWindow = delivery,
        RequiredCapabilities = ["summarise"],
    };

    public static Contract Open(ContractTerms? terms = null) =>
        Contract.Post(new ContractId(Guid.CreateVersion7()), Poster, new PersonId(Guid.CreateVersion7()), terms ?? Terms(), false, Now).Value;

    public static Bidder Bidder(decimal trust = 0.5m, int capacity = 5, int atWork = 0, bool active = true, params string[] capabilities) =>
        new(new AgentId(Guid.CreateVersion7()), Owner, active, capabilities.Length > 0 ? capabilities : ["summarise"], trust, capacity, atWork);

    public static BidOffer Offer(decimal price = 4m, int eta = 30, decimal confidence = 0.9m) => new(Money.Usd(price), eta, confidence, null);

    public static Bid Bid(Contract contract, BidOffer? offer = null, Bidder? bidder = null) =>
        Hermes.Domain.Mesh.Bid.Place(new BidId(Guid.CreateVersion7()), contract, bidder ?? Bidder(), offer ?? Offer(), Now.AddSeconds(1)).Value;

    public static Candidate Candidate(decimal price, int eta, decimal confidence, decimal trust, int bidSecond = 0, BidId? id = null) =>
        new(id ?? new BidId(Guid.CreateVersion7()), Money.Usd(price), eta, confidence, trust, Now.AddSeconds(bidSecond));

    /// <summary>A contract that was walked to the state along the table.</summary>
    public static Contract In(ContractState state)
    {
        var window = TimeSpan.FromHours(1);
        if (state is ContractState.Draft or ContractState.Scheduled)
        {
            var early = Contract.Post(new ContractId(Guid.CreateVersion7()), Poster, null, Terms(delivery: window) with { StartsAt = Now.AddHours(1) }, state == ContractState.Draft, Now).Value;
            return early;
        }
        var contract = Open(Terms(delivery: window));
        switch (state)
        {
            case ContractState.Bidding:
                return contract;
            case ContractState.Expired:
                contract.Expire(Now.AddMinutes(1), "Nobody bid.").Succeeded.ShouldBeTrue();
                return contract;
            case ContractState.Cancelled:
                contract.Cancel(Now, null).Succeeded.ShouldBeTrue();
                return contract;
        }
        contract.Award(Bid(contract), Now.AddSeconds(30)).Succeeded.ShouldBeTrue();
        if (state == ContractState.Awarded)
            return contract;
        contract.Start(Now.AddSeconds(31)).Succeeded.ShouldBeTrue();
        if (state == ContractState.InProgress)
            return contract;
        if (state == ContractState.Refunded)
        {
            contract.Refund(Now.AddSeconds(40), null).Succeeded.ShouldBeTrue();
            return contract;
        }
        contract.Deliver(Now.AddSeconds(60)).Succeeded.ShouldBeTrue();
        if (state == ContractState.Delivered)
            return contract;
        if (state == ContractState.Disputed)
        {
            contract.Dispute(Now.AddSeconds(70), "Wrong language.").Succeeded.ShouldBeTrue();
            return contract;
        }
        contract.RecordValidation(1m, Now.AddSeconds(70), null).Succeeded.ShouldBeTrue();
        if (state == ContractState.Settled)
            contract.Settle(Now.AddSeconds(80)).Succeeded.ShouldBeTrue();
        return contract;
    }
}
