using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Shared;

namespace Hermes.Domain.Mesh;

// What is done to a contract: every act, in the order of its life.
public sealed partial class Contract
{
    /// <summary>Writes a contract: as a draft, planned for its start, or open at once.</summary>
    public static Result<Contract> Post(ContractId id, TenantId tenant, PersonId? postedBy, ContractTerms terms, bool asDraft, DateTimeOffset now)
    {
        if (terms.Check() is { } refusal)
            return refusal;
        var contract = new Contract { Id = id, TenantId = tenant, PostedBy = postedBy, State = ContractState.Draft, CreatedAt = now };
        contract.Take(terms);
        if (!asDraft && contract.Publish(now).Error is { } unpublished)
            return unpublished;
        return contract;
    }

    /// <summary>An agent posts it, while it works on something that came through others or on nothing.</summary>
    public void CameThrough(SpendChain chain) => ChainAgents = [.. chain.Agents.Select(agent => agent.Value)];

    /// <summary>Changes a draft.</summary>
    public Result<Done> Edit(ContractTerms terms) =>
        terms.Check() is { } refusal ? refusal : Move(ContractAct.Edit, () => Take(terms));

    /// <summary>Publishes a draft: planned when its start lies ahead, else open at once.</summary>
    public Result<Done> Publish(DateTimeOffset now) =>
        StartsAt > now && State == ContractState.Draft ? Move(ContractAct.Schedule, () => { }) : Open(now);

    /// <summary>Opens for bids.</summary>
    public Result<Done> Open(DateTimeOffset now) => Move(ContractAct.Open, () =>
    {
        OpenedAt = now;
        BiddingClosesAt = now.AddSeconds(BiddingWindowSeconds);
    });

    /// <summary>Null when the bidder may make the offer now, else the first rule that refuses it.</summary>
    public Error? CheckOffer(Bidder bidder, BidOffer offer, DateTimeOffset now)
    {
        if (!MayBid(bidder.Agent, bidder.Tenant))
            return MeshErrors.ContractNotFound;
        if (!TakesBids(now))
            return MeshErrors.WindowClosed;
        if (!bidder.Active)
            return MeshErrors.AgentNotActive;
        if (offer.Price.Currency != Currency)
            return MeshErrors.CurrencyDiffers;
        if (!offer.Price.IsPositive)
            return MeshErrors.PriceNotPositive;
        if (offer.Price > MaxPrice)
            return MeshErrors.PriceAboveBudget(MaxPrice);
        if (bidder.Reserve is { } reserve && reserve.Currency == Currency && offer.Price < reserve)
            return MeshErrors.PriceBelowReserve(reserve);
        if (offer.EtaSeconds is < 1 or > 31_622_400)
            return MeshErrors.EtaOutOfRange;
        if (offer.Confidence is < 0 or > 1)
            return MeshErrors.ConfidenceOutOfRange;
        if (offer.Confidence < MinConfidence)
            return MeshErrors.ConfidenceTooLow(MinConfidence);
        if (RequiredCapabilities.Except(bidder.Capabilities, StringComparer.Ordinal).Any())
            return MeshErrors.CapabilityMissing;
        if (bidder.EffectiveTrust < MinReputation)
            return MeshErrors.ReputationTooLow;
        return bidder.AtWork >= bidder.Capacity ? MeshErrors.CapacityFull : null;
    }

    /// <summary>True when the contract's visibility lets the agent bid; else it does not exist for that agent.</summary>
    public bool MayBid(AgentId agent, TenantId owner) => State is not (ContractState.Draft or ContractState.Scheduled) && Visibility switch
    {
        Visibility.Network => true,
        Visibility.Tenant => owner == TenantId,
        _ => InvitedAgents.Contains(agent.Value),
    };

    /// <summary>Runs the window once more because nobody bid.</summary>
    public Result<Done> Extend(DateTimeOffset now)
    {
        if (ExtendedAt is not null)
            return MeshErrors.AlreadyExtended;
        if (State == ContractState.Bidding && now < BiddingClosesAt)
            return MeshErrors.WindowStillOpen;
        return Move(ContractAct.Extend, () =>
        {
            ExtendedAt = now;
            BiddingClosesAt = now.AddSeconds(BiddingWindowSeconds);
        });
    }

    /// <summary>Notes that the wallet doesn't cover the winner's price, and when to try again.</summary>
    public Result<Done> WaitForFunds(DateTimeOffset now, TimeSpan retryAfter) => Move(ContractAct.WaitForFunds, () =>
    {
        WaitingForFundsAt ??= now;
        FundsRetryAt = now + retryAfter;
        if (BiddingClosesAt > now)
            BiddingClosesAt = now;
    });

    /// <summary>
    /// Ranks the live bids as the award does it, null when there is none. A bidder whose trust has since fallen below the
    /// minimum is not eligible any more.
    /// </summary>
    public Ranking? Rank(IReadOnlyCollection<Candidate> candidates) =>
        Ranking.Of([.. candidates.Where(c => c.EffectiveTrust >= MinReputation)], Reward, DeliveryWindowSeconds, Weights);

    /// <summary>Awards the bid. The caller holds the price in the same transaction.</summary>
    /// <param name="bid">A live bid of this contract.</param>
    /// <param name="now">The instant.</param>
    /// <param name="promotionalMicroUnits">The part of the price that is held from promotional credits.</param>
    public Result<Done> Award(Bid bid, DateTimeOffset now, long promotionalMicroUnits = 0)
    {
        if (bid.ContractId != Id)
            return MeshErrors.BidOfAnotherContract;
        if (bid.State is not (BidState.Live or BidState.Won))
            return MeshErrors.BidNotLive;
        return Move(ContractAct.Award, () =>
        {
            if (BiddingClosesAt > now)
                BiddingClosesAt = now;
            TakeWinner(bid, now, promotionalMicroUnits);
        });
    }

    /// <summary>Ends it without a winner.</summary>
    public Result<Done> Expire(DateTimeOffset now, string reason) => Move(ContractAct.Expire, () => End(now, reason));

    /// <summary>Calls it off before an award.</summary>
    public Result<Done> Cancel(DateTimeOffset now, string? reason) => Move(ContractAct.Cancel, () => End(now, reason));

    /// <summary>The winner began.</summary>
    public Result<Done> Start(DateTimeOffset now) => Move(ContractAct.Start, () => StartedAt = now);

    /// <summary>The winner handed its result in, in time.</summary>
    public Result<Done> Deliver(DateTimeOffset now)
    {
        if (HasMilestones)
            return MilestoneErrors.HasMilestones;
        if (IsLate(now))
            return MeshErrors.DeadlinePassed;
        return Move(ContractAct.Deliver, () =>
        {
            StartedAt ??= AwardedAt;
            DeliveredAt = now;
            AcceptBy = now.AddSeconds(AcceptanceWindowSeconds);
        });
    }

    /// <summary>
    /// Records the result's score. Below <see cref="ReleaseShare.DisputeBelow"/> it leads to a dispute instead of settlement.
    /// </summary>
    public Result<Done> RecordValidation(decimal score, DateTimeOffset now, string? reason)
    {
        if (score is < 0 or > 1)
            return MeshErrors.ScoreOutOfRange;
        var rounded = decimal.Round(score, 4, MidpointRounding.AwayFromZero);
        if (State == ContractState.Delivered && rounded < ReleaseShare.DisputeBelow)
        {
            ValidationScore = rounded;
            ValidatedAt = now;
            return Dispute(now, reason ?? "The result scored too low to be paid.");
        }
        return Move(ContractAct.Validate, () =>
        {
            ValidationScore = rounded;
            ValidatedAt = now;
        });
    }

    /// <summary>The poster's rating of a settled contract; Trust, which keeps it, refuses a second.</summary>
    /// <param name="stars">1–5.</param>
    /// <exception cref="ArgumentOutOfRangeException">Not 1–5.</exception>
    public Result<Done> Rate(int stars)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(stars, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(stars, 5);
        if (State != ContractState.Settled)
            return DeliveryErrors.NotSettled;
        Stars = stars;
        return Done.Ok;
    }

    /// <summary>Paid out by the score. The caller moves the money in the same transaction.</summary>
    public Result<Done> Settle(DateTimeOffset now) => Move(ContractAct.Settle, () => End(now, null));

    /// <summary>A milestone's result came: the winner's clock stands still until it is over.</summary>
    public Result<Done> DeliverMilestone(DateTimeOffset now)
    {
        if (IsLate(now))
            return MeshErrors.DeadlinePassed;
        return Move(ContractAct.DeliverMilestone, () =>
        {
            StartedAt ??= AwardedAt;
            DeliveredAt = now;
            DeliverBy = null;
        });
    }

    /// <summary>A milestone is over and another follows. The caller moves the money in the same transaction.</summary>
    /// <param name="agentSide">What the winner's side got.</param>
    /// <param name="platform">What the platform got.</param>
    /// <param name="refunded">What went back.</param>
    /// <param name="nextDueSeconds">How long the winner has for the next one; null: the contract's window.</param>
    /// <param name="end">What ends it: <see cref="ContractAct.EndMilestone"/>, or <see cref="ContractAct.Resume"/> when its own dispute does.</param>
    /// <param name="now">When.</param>
    public Result<Done> EndMilestone(Money agentSide, Money platform, Money refunded, int? nextDueSeconds, ContractAct end, DateTimeOffset now) =>
        Move(end, () =>
        {
            Note(agentSide, platform, refunded);
            DeliverBy = now.AddSeconds(nextDueSeconds ?? DeliveryWindowSeconds ?? PromisedSeconds!.Value);
        });

    /// <summary>The last milestone is over, or the rest was called off: the contract is settled when somebody was paid, else refunded.</summary>
    /// <param name="score">What the milestones scored by their parts of the price, 0–1; null when none was delivered.</param>
    /// <param name="paid">True when somebody was paid from it.</param>
    /// <param name="now">When.</param>
    /// <param name="reason">A line for both; null for none.</param>
    public Result<Done> FinishMilestones(decimal? score, bool paid, DateTimeOffset now, string? reason) => Move(!paid ? ContractAct.Refund : State == ContractState.Disputed ? ContractAct.Release : ContractAct.PayOut, () =>
    {
        if (score is { } average)
        {
            ValidationScore = decimal.Round(average, 4, MidpointRounding.AwayFromZero);
            ValidatedAt = now;
        }
        End(now, reason);
    });

    /// <summary>A part of the price was released ahead of the settlement. The caller moves the money in the same transaction.</summary>
    /// <param name="agentSide">What the winner's side got.</param>
    /// <param name="platform">What the platform got.</param>
    /// <param name="byHand">An operator did it.</param>
    public Result<Done> ReleaseEarly(Money agentSide, Money platform, bool byHand)
    {
        if (ContractTransitions.Next(State, ContractAct.ReleaseEarly).Error is { } illegal)
            return illegal;
        if (HasMilestones)
            return MilestoneErrors.HasMilestones;
        if (agentSide + platform >= Held)
            return EscrowErrors.AmountOutOfRange(Held);
        return Move(ContractAct.ReleaseEarly, () =>
        {
            Note(agentSide, platform, Money.Zero(Currency));
            ByHandMicroUnits += byHand ? (agentSide + platform).MicroUnits : 0;
        });
    }

    /// <summary>All that is held was released without waiting for a validation: the work counts as accepted.</summary>
    public Result<Done> PayOut(DateTimeOffset now, string? reason) => Move(ContractAct.PayOut, () =>
    {
        ValidationScore ??= 1m;
        ValidatedAt ??= now;
        End(now, reason);
    });

    /// <summary>Opens a dispute; what is held stays held.</summary>
    public Result<Done> Dispute(DateTimeOffset now, string reason) => Move(ContractAct.Dispute, () =>
    {
        DisputedAt = now;
        Reason = reason;
    });

    /// <summary>Decides a dispute with a payment to the agent, full or in part.</summary>
    public Result<Done> Release(DateTimeOffset now, string? reason) => Move(ContractAct.Release, () => End(now, reason));

    /// <summary>
    /// Gives back what is held: after a dispute, or because the winner handed the contract back or missed its deadline
    /// and nobody else is awarded.
    /// </summary>
    public Result<Done> Refund(DateTimeOffset now, string? reason) => Move(ContractAct.Refund, () => End(now, reason));

    /// <summary>The winner missed its deadline and nobody else is awarded.</summary>
    public Result<Done> MissDeadline(DateTimeOffset now)
    {
        if (ContractTransitions.AtWork.Contains(State) && !IsLate(now))
            return MeshErrors.DeadlineNotPassed;
        return Refund(now, "The winner missed its deadline.");
    }

    /// <summary>
    /// Awards the next best bid after the winner was late or handed the contract back. The caller gives back the former
    /// price and holds the new one in the same transaction.
    /// </summary>
    public Result<Done> PassOn(Bid next, DateTimeOffset now, long promotionalMicroUnits = 0)
    {
        if (next.ContractId != Id)
            return MeshErrors.BidOfAnotherContract;
        if (next.Id == WinnerBidId)
            return MeshErrors.BidNotLive;
        return Move(ContractAct.PassOn, () =>
        {
            StartedAt = null;
            TakeWinner(next, now, promotionalMicroUnits);
        });
    }

    // As agents' own capabilities are kept, so that the two compare.
    /// <summary>A capability as contracts name it.</summary>
    public static string NormaliseCapability(string text) => text.Trim().ToLowerInvariant().Replace(' ', '-');

    private Result<Done> Move(ContractAct act, Action change)
    {
        var next = ContractTransitions.Next(State, act);
        if (!next.Succeeded)
            return next.Error;
        change();
        State = next.Value;
        return Done.Ok;
    }

    private void TakeWinner(Bid bid, DateTimeOffset now, long promotionalMicroUnits)
    {
        WaitingForFundsAt = null;
        FundsRetryAt = null;
        AwardedAt = now;
        Rounds++;
        WinnerBidId = bid.Id;
        WinnerAgentId = bid.AgentId;
        WinnerTenantId = bid.TenantId;
        PriceMicroUnits = bid.Price.MicroUnits;
        PromotionalMicroUnits = promotionalMicroUnits;
        (EarlyAgentMicroUnits, EarlyPlatformMicroUnits, EarlyRefundedMicroUnits, ByHandMicroUnits, EarlyReleases) = (0, 0, 0, 0, 0);
        PromisedSeconds = bid.EtaSeconds;
        DeliverBy = now.AddSeconds(FirstDueSeconds ?? DeliveryWindowSeconds ?? bid.EtaSeconds);
    }

    private void Note(Money agentSide, Money platform, Money refunded)
    {
        EarlyAgentMicroUnits += agentSide.MicroUnits;
        EarlyPlatformMicroUnits += platform.MicroUnits;
        EarlyRefundedMicroUnits += refunded.MicroUnits;
        EarlyReleases++;
    }

    private void End(DateTimeOffset now, string? reason)
    {
        EndedAt = now;
        WaitingForFundsAt = null;
        FundsRetryAt = null;
        Reason = reason ?? Reason;
    }

    private void Take(ContractTerms terms)
    {
        Title = terms.Title.Trim();
        Intent = terms.Intent.Trim();
        Context = terms.Context;
        Reward = terms.Reward;
        MaxPrice = terms.MaxPrice ?? terms.Reward;
        RequiredCapabilities = [.. terms.RequiredCapabilities.Select(NormaliseCapability).Distinct().Order(StringComparer.Ordinal)];
        BiddingWindowSeconds = (int)terms.BiddingWindow.TotalSeconds;
        DeliveryWindowSeconds = (int?)terms.DeliveryWindow?.TotalSeconds;
        AcceptanceWindowSeconds = (int)terms.AcceptanceWindow.TotalSeconds;
        Validation = terms.Validation;
        Visibility = terms.Visibility;
        InvitedAgents = [.. terms.Invited.Select(i => i.Agent.Value).Distinct()];
        InvitedTenants = [.. terms.Invited.Select(i => i.Tenant.Value).Distinct()];
        Weights = terms.Weights;
        MinReputation = decimal.Round(terms.MinReputation, 4, MidpointRounding.AwayFromZero);
        MinConfidence = decimal.Round(terms.MinConfidence, 4, MidpointRounding.AwayFromZero);
        WatchBids = terms.WatchBids;
        Reaward = terms.Reaward;
        MilestoneCount = terms.Milestones.Count;
        FirstDueSeconds = terms.Milestones.Count > 0 ? terms.Milestones[0].DueSeconds : null;
        StartsAt = terms.StartsAt;
    }
}
