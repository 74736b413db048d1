using Hermes.Domain.Shared;

namespace Hermes.Domain.Trust;

/// <summary>Refusals of the Trust capability.</summary>
public static class TrustErrors
{
    /// <summary>No such agent for this caller.</summary>
    public static readonly Error AgentNotFound = Error.NotFound("trust.agent_not_found", "There is no such agent.");

    /// <summary>A rating was given before.</summary>
    public static readonly Error RatedAlready = Error.Conflict("trust.rated_already", "This contract has been rated; a rating is given once.");

    /// <summary>There is nothing to rate yet.</summary>
    public static readonly Error NothingToRate = Error.Conflict("trust.nothing_to_rate", "A contract is rated after it was settled.");
}
