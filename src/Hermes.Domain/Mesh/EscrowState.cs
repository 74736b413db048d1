using Hermes.Domain.Shared;

namespace Hermes.Domain.Mesh;

/// <summary>How a contract's escrow stands.</summary>
public enum EscrowState
{
    /// <summary>There is a contract and nothing was held yet.</summary>
    Created,
    /// <summary>The winner's price, or what is left of it, is held.</summary>
    Locked,
    /// <summary>Nothing is held any more, and somebody was paid from it.</summary>
    Released,
    /// <summary>Nothing is held any more, and nobody was paid.</summary>
    Refunded,
    /// <summary>Held until a dispute's decision is final.</summary>
    Disputed,
}

/// <summary>The one place that says how an escrow stands: it follows from the contract's state and from what was paid.</summary>
public static class EscrowStates
{
    /// <summary>The state.</summary>
    /// <param name="contract">The contract's state.</param>
    /// <param name="paid">True when somebody was paid from the escrow.</param>
    public static EscrowState Of(ContractState contract, bool paid) => contract switch
    {
        ContractState.Draft or ContractState.Scheduled or ContractState.Bidding => EscrowState.Created,
        ContractState.Disputed => EscrowState.Disputed,
        _ when ContractTransitions.Held.Contains(contract) => EscrowState.Locked,
        _ => paid ? EscrowState.Released : EscrowState.Refunded,
    };
}

/// <summary>Refusals about escrows.</summary>
public static class EscrowErrors
{
    /// <summary>No such escrow for this caller.</summary>
    public static readonly Error NotFound = Error.NotFound("escrow.not_found", "There is no escrow for such a contract.");

    /// <summary>More than is held, or nothing.</summary>
    public static Error AmountOutOfRange(Money held) => Error.Invalid("escrow.amount_out_of_range", $"Release more than nothing and at most what is held, {held}.");

    /// <summary>Either an amount or a percentage.</summary>
    public static readonly Error AmountOrPercent = Error.Invalid("escrow.amount_or_percent", "Name an amount in the contract's currency or a percentage of 1 to 100, not both; neither for all that is held.");

    /// <summary>Something else is held than the caller had seen.</summary>
    public static Error HeldChanged(Money held) => Error.Conflict("escrow.held_changed", $"Something has moved meanwhile: {held} is held now. Look again before you go on.");

    /// <summary>Something was released, so the contract can't just be called off.</summary>
    public static readonly Error ReleasedInPart = Error.Conflict("escrow.released_in_part", "A part of the price has been released; open a dispute about the rest.");
}
