using System.Collections.Frozen;
using Hermes.Domain.Shared;

namespace Hermes.Domain.Mesh;

/// <summary>Where a contract is on its way.</summary>
public enum ContractState
{
    /// <summary>Written by the poster, seen by nobody else.</summary>
    Draft,
    /// <summary>Opens for bids by itself at its start.</summary>
    Scheduled,
    /// <summary>
    /// Takes bids until the window closes; afterwards it stays here until the engine has awarded it. While the poster's
    /// wallet can't cover the winner it also stays here, with <see cref="Contract.WaitingForFundsAt"/> set.
    /// </summary>
    Bidding,
    /// <summary>Has a winner, and the winner's price is held in escrow.</summary>
    Awarded,
    /// <summary>The winner said that it started.</summary>
    InProgress,
    /// <summary>The result is there and waits for its validation.</summary>
    Delivered,
    /// <summary>The result has its score; the escrow waits for settlement.</summary>
    Validated,
    /// <summary>Paid out. Final.</summary>
    Settled,
    /// <summary>Nobody could be awarded in time. Final.</summary>
    Expired,
    /// <summary>Called off by the poster before an award. Final.</summary>
    Cancelled,
    /// <summary>In dispute; what is held stays held.</summary>
    Disputed,
    /// <summary>What was held went back to the poster. Final.</summary>
    Refunded,
}

/// <summary>What can be done to a contract.</summary>
public enum ContractAct
{
    /// <summary>Change the terms of a draft.</summary>
    Edit,
    /// <summary>Plan the opening of a draft.</summary>
    Schedule,
    /// <summary>Open for bids.</summary>
    Open,
    /// <summary>Place, revise or withdraw a bid.</summary>
    Bid,
    /// <summary>Give the window a second chance when nobody bid.</summary>
    Extend,
    /// <summary>Note that the payer can't cover the winner's price yet.</summary>
    WaitForFunds,
    /// <summary>Choose the winner and hold its price.</summary>
    Award,
    /// <summary>Give up because nobody could be awarded.</summary>
    Expire,
    /// <summary>Call it off before an award.</summary>
    Cancel,
    /// <summary>Begin the work.</summary>
    Start,
    /// <summary>Hand the result in.</summary>
    Deliver,
    /// <summary>Record the result's score.</summary>
    Validate,
    /// <summary>Pay by the score.</summary>
    Settle,
    /// <summary>Disagree about the work or the result.</summary>
    Dispute,
    /// <summary>Decide a dispute with a payment to the agent, full or in part.</summary>
    Release,
    /// <summary>Give everything that is held back to the poster.</summary>
    Refund,
    /// <summary>Release a part of the price ahead of the settlement.</summary>
    ReleaseEarly,
    /// <summary>Release all that is held without waiting for a validation.</summary>
    PayOut,
    /// <summary>Hand a milestone's result in.</summary>
    DeliverMilestone,
    /// <summary>A milestone is over and another follows.</summary>
    EndMilestone,
    /// <summary>Go on after a dispute about a milestone.</summary>
    Resume,
    /// <summary>Take the contract from a winner that was late or gave up, and award the next best bid.</summary>
    PassOn,
}

/// <summary>The one table of what may be done when, and where it leads. What is not listed is refused.</summary>
public static class ContractTransitions
{
    /// <summary>State reached, by present state and act.</summary>
    public static readonly FrozenDictionary<(ContractState From, ContractAct Act), ContractState> Table =
        new Dictionary<(ContractState, ContractAct), ContractState>
        {
            [(ContractState.Draft, ContractAct.Edit)] = ContractState.Draft,
            [(ContractState.Draft, ContractAct.Schedule)] = ContractState.Scheduled,
            [(ContractState.Draft, ContractAct.Open)] = ContractState.Bidding,
            [(ContractState.Draft, ContractAct.Cancel)] = ContractState.Cancelled,

            [(ContractState.Scheduled, ContractAct.Open)] = ContractState.Bidding,
            [(ContractState.Scheduled, ContractAct.Cancel)] = ContractState.Cancelled,

            [(ContractState.Bidding, ContractAct.Bid)] = ContractState.Bidding,
            [(ContractState.Bidding, ContractAct.Extend)] = ContractState.Bidding,
            [(ContractState.Bidding, ContractAct.WaitForFunds)] = ContractState.Bidding,
            [(ContractState.Bidding, ContractAct.Award)] = ContractState.Awarded,
            [(ContractState.Bidding, ContractAct.Expire)] = ContractState.Expired,
            [(ContractState.Bidding, ContractAct.Cancel)] = ContractState.Cancelled,

            [(ContractState.Awarded, ContractAct.Start)] = ContractState.InProgress,
            [(ContractState.Awarded, ContractAct.Deliver)] = ContractState.Delivered,
            [(ContractState.Awarded, ContractAct.Dispute)] = ContractState.Disputed,
            [(ContractState.Awarded, ContractAct.Refund)] = ContractState.Refunded,
            [(ContractState.Awarded, ContractAct.PassOn)] = ContractState.Awarded,

            [(ContractState.Awarded, ContractAct.ReleaseEarly)] = ContractState.Awarded,
            [(ContractState.Awarded, ContractAct.PayOut)] = ContractState.Settled,

            [(ContractState.Awarded, ContractAct.DeliverMilestone)] = ContractState.InProgress,
            [(ContractState.InProgress, ContractAct.DeliverMilestone)] = ContractState.InProgress,
            [(ContractState.InProgress, ContractAct.EndMilestone)] = ContractState.InProgress,
            [(ContractState.Disputed, ContractAct.Resume)] = ContractState.InProgress,

            [(ContractState.InProgress, ContractAct.ReleaseEarly)] = ContractState.InProgress,
            [(ContractState.InProgress, ContractAct.PayOut)] = ContractState.Settled,
            [(ContractState.InProgress, ContractAct.Deliver)] = ContractState.Delivered,
            [(ContractState.InProgress, ContractAct.Dispute)] = ContractState.Disputed,
            [(ContractState.InProgress, ContractAct.Refund)] = ContractState.Refunded,
            [(ContractState.InProgress, ContractAct.PassOn)] = ContractState.Awarded,

            [(ContractState.Delivered, ContractAct.ReleaseEarly)] = ContractState.Delivered,
            [(ContractState.Delivered, ContractAct.PayOut)] = ContractState.Settled,
            [(ContractState.Delivered, ContractAct.Validate)] = ContractState.Validated,
            [(ContractState.Delivered, ContractAct.Dispute)] = ContractState.Disputed,

            [(ContractState.Validated, ContractAct.Settle)] = ContractState.Settled,
            [(ContractState.Validated, ContractAct.Dispute)] = ContractState.Disputed,

            [(ContractState.Disputed, ContractAct.Release)] = ContractState.Settled,
            [(ContractState.Disputed, ContractAct.Refund)] = ContractState.Refunded,
        }.ToFrozenDictionary();

    /// <summary>States that nothing leads out of.</summary>
    public static readonly FrozenSet<ContractState> Final =
        new[] { ContractState.Settled, ContractState.Expired, ContractState.Cancelled, ContractState.Refunded }.ToFrozenSet();

    /// <summary>States in which the winner's price is held in escrow.</summary>
    public static readonly FrozenSet<ContractState> Held = new[]
    {
        ContractState.Awarded, ContractState.InProgress, ContractState.Delivered, ContractState.Validated, ContractState.Disputed,
    }.ToFrozenSet();

    /// <summary>States in which the winner is busy with it; they count against an agent's capacity.</summary>
    public static readonly FrozenSet<ContractState> AtWork =
        new[] { ContractState.Awarded, ContractState.InProgress }.ToFrozenSet();

    /// <summary>True when the state allows the act.</summary>
    public static bool Allows(ContractState from, ContractAct act) => Table.ContainsKey((from, act));

    /// <summary>The state that the act leads to, or <see cref="MeshErrors.IllegalTransition"/>.</summary>
    public static Result<ContractState> Next(ContractState from, ContractAct act) =>
        Table.TryGetValue((from, act), out var to) ? to : MeshErrors.IllegalTransition(from, act);
}
