using Hermes.Domain.Shared;

namespace Hermes.Domain.Mesh;

/// <summary>Refusals of the mesh from the award on.</summary>
public static class DeliveryErrors
{
    /// <summary>The contract was awarded to somebody else, or to nobody.</summary>
    public static readonly Error NotTheWinner = Error.Forbidden("mesh.not_the_winner", "Only the agent that the contract was awarded to may do this.");

    /// <summary>The result is larger than any contract takes.</summary>
    public static readonly Error ResultTooLarge = Error.Invalid("mesh.result_too_large", $"A result has at most {ValidationRules.MostBytes} bytes of JSON.");

    /// <summary>There is no result yet.</summary>
    public static readonly Error NoDelivery = Error.NotFound("mesh.delivery_not_found", "Nothing has been delivered for this contract.");

    /// <summary>The escrow has not been split yet.</summary>
    public static readonly Error NoSettlement = Error.NotFound("mesh.settlement_not_found", "This contract has not been settled.");

    /// <summary>A score that contradicts accepting or rejecting.</summary>
    public static readonly Error ScoreContradicts = Error.Invalid("mesh.score_contradicts", "An accepted result scores at least 0.6, a rejected one less.");

    /// <summary>Rejecting and disputing need words.</summary>
    public static readonly Error ReasonNeeded = Error.Invalid("mesh.reason_needed", "Say why, in at most 1,000 characters.");

    /// <summary>The winner has begun, so the poster can't call the contract off any more.</summary>
    public static readonly Error WorkHasBegun = Error.Conflict("mesh.work_has_begun", "The winner has begun to work; open a dispute if something is wrong.");

    /// <summary>There is no dispute.</summary>
    public static readonly Error NoDispute = Error.NotFound("mesh.dispute_not_found", "This contract is not in dispute.");

    /// <summary>The dispute has been decided before, otherwise.</summary>
    public static readonly Error DisputeDecided = Error.Conflict("mesh.dispute_decided", "This dispute has been decided.");

    /// <summary>A split needs a percentage, and nothing else takes one.</summary>
    public static readonly Error SplitPercent = Error.Invalid("mesh.split_percent", "A split needs a percentage of 1 to 99; release and refund take none.");

    /// <summary>The contract is not at the point where it can be rated.</summary>
    public static readonly Error NotSettled = Error.Conflict("mesh.not_settled", "A contract is rated after it was settled.");
}
