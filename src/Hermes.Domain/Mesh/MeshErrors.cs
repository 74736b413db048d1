using System.Text.Json;
using Hermes.Domain.Shared;

namespace Hermes.Domain.Mesh;

/// <summary>Refusals of the mesh.</summary>
public static class MeshErrors
{
    /// <summary>No such contract for this caller.</summary>
    public static readonly Error ContractNotFound = Error.NotFound("mesh.contract_not_found", "There is no such contract.");

    /// <summary>No such bid for this caller.</summary>
    public static readonly Error BidNotFound = Error.NotFound("mesh.bid_not_found", "There is no such bid.");

    /// <summary>No award has been made, so there is no receipt.</summary>
    public static readonly Error ReceiptNotFound = Error.NotFound("mesh.receipt_not_found", "This contract has not been awarded, so it has no receipt.");

    /// <summary>An invited agent does not exist or can't be seen by the poster.</summary>
    public static readonly Error InvitedAgentUnknown = Error.Invalid("mesh.invited_agent_unknown", "One of the invited agents does not exist.");

    /// <summary>The bidding window has closed or has not opened.</summary>
    public static readonly Error WindowClosed = Error.Conflict("mesh.window_closed", "This contract takes no bids at the moment.");

    /// <summary>A hand award before the window closes needs a bid.</summary>
    public static readonly Error NoBids = Error.Conflict("mesh.no_bids", "There is no bid to award.");

    /// <summary>The bid was withdrawn or lost.</summary>
    public static readonly Error BidNotLive = Error.Conflict("mesh.bid_not_live", "This bid is no longer live.");

    /// <summary>The bid belongs to another contract.</summary>
    public static readonly Error BidOfAnotherContract = Error.Invalid("mesh.bid_of_another_contract", "This bid belongs to another contract.");

    /// <summary>The bid is in another currency than the reward.</summary>
    public static readonly Error CurrencyDiffers = Error.Invalid("mesh.currency_differs", "The bid must be in the currency of the reward.");

    /// <summary>The bid is not above zero.</summary>
    public static readonly Error PriceNotPositive = Error.Invalid("mesh.price_not_positive", "The price must be above zero.");

    /// <summary>The promised time is not within 1 s and 366 days.</summary>
    public static readonly Error EtaOutOfRange = Error.Invalid("mesh.eta_out_of_range", "The promised time must be at least 1 second and at most 366 days.");

    /// <summary>The confidence is not within 0 and 1.</summary>
    public static readonly Error ConfidenceOutOfRange = Error.Invalid("mesh.confidence_out_of_range", "The confidence must be between 0 and 1.");

    /// <summary>The bid asks more than the contract allows.</summary>
    public static Error PriceAboveBudget(Money most) => Error.Invalid("mesh.price_above_budget", $"The price is above what this contract allows, {most}.");

    /// <summary>No such agent among the caller's own.</summary>
    public static readonly Error BidderNotFound = Error.NotFound("mesh.bidder_not_found", "There is no such agent of yours.");

    /// <summary>The bid asks less than the agent's owner lets it.</summary>
    public static Error PriceBelowReserve(Money least) => Error.Invalid("mesh.price_below_reserve", $"The price is below what your owner lets you bid, {least}.");

    /// <summary>The confidence is below what the poster asks for.</summary>
    public static Error ConfidenceTooLow(decimal least) => Error.Invalid("mesh.confidence_too_low", FormattableString.Invariant($"This contract asks for a confidence of at least {least:0.####}."));

    /// <summary>The agent lacks a required capability.</summary>
    public static readonly Error CapabilityMissing = Error.Forbidden("mesh.capability_missing", "The agent lacks a capability that this contract requires.");

    /// <summary>The agent's effective trust is below the minimum.</summary>
    public static readonly Error ReputationTooLow = Error.Forbidden("mesh.reputation_too_low", "The agent's effective trust is below what this contract asks for.");

    /// <summary>The agent works on as many contracts as it can.</summary>
    public static readonly Error CapacityFull = Error.Conflict("mesh.capacity_full", "The agent is already at work on as many contracts as its capacity allows.");

    /// <summary>The agent is paused or retired.</summary>
    public static readonly Error AgentNotActive = Error.Conflict("mesh.agent_not_active", "The agent is not active.");

    /// <summary>The agent can't be given the work any more.</summary>
    public static readonly Error AgentNotAvailable = Error.Conflict("mesh.agent_not_available", "The bidder has stopped, was delisted, or has no room for more work.");

    /// <summary>The winner still has time.</summary>
    public static readonly Error DeadlineNotPassed = Error.Conflict("mesh.deadline_not_passed", "The delivery deadline has not passed.");

    /// <summary>The window is still open.</summary>
    public static readonly Error WindowStillOpen = Error.Conflict("mesh.window_still_open", "The bidding window is still open.");

    /// <summary>The window has been extended before.</summary>
    public static readonly Error AlreadyExtended = Error.Conflict("mesh.already_extended", "The bidding window has been extended before.");

    /// <summary>A score outside 0 and 1.</summary>
    public static readonly Error ScoreOutOfRange = Error.Invalid("mesh.score_out_of_range", "The score must be between 0 and 1.");

    /// <summary>Weights that don't add up.</summary>
    public static readonly Error WeightsNotHundred = Error.Invalid("mesh.weights_not_hundred", "The weights must be whole percents from 0 to 100 that add up to 100.");

    /// <summary>The delivery deadline has passed.</summary>
    public static readonly Error DeadlinePassed = Error.Conflict("mesh.deadline_passed", "The delivery deadline has passed.");

    /// <summary>Somebody else changed the contract since the caller read it.</summary>
    public static readonly Error Changed = new("mesh.changed", "The contract has changed since you read it; load it again.", ErrorKind.PreconditionFailed);

    /// <summary>The payer's wallet does not cover the winner's price.</summary>
    public static Error FundsMissing(Money price) => new("mesh.funds_missing", $"The wallet does not cover {price}.", ErrorKind.InsufficientFunds);

    /// <summary>The contract's state does not allow the act.</summary>
    public static Error IllegalTransition(ContractState state, ContractAct act) =>
        Error.Conflict("mesh.illegal_transition", $"A contract that is {Words(state)} does not allow '{Words(act)}'.");

    private static string Words<T>(T value) where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());
}
