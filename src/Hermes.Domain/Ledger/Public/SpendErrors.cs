using Hermes.Domain.Shared;

namespace Hermes.Domain.Ledger.Public;

/// <summary>How a payment by an agent is refused: by its mandate, or by the loop breaker.</summary>
public static class SpendErrors
{
    /// <summary>The named mandate is none of the agent's.</summary>
    public static readonly Error MandateNotFound = Error.NotFound("mandates.not_found", "There is no such mandate.");

    /// <summary>The tenant lets agents pay by mandate only, and this one has none.</summary>
    public static readonly Error MandateRequired =
        Error.Forbidden("mandates.required", "Your organisation lets agents pay by mandate only, and this agent has none.");

    /// <summary>An agent posts contracts by mandate only, and this one has none.</summary>
    public static readonly Error MandateNeeded =
        Error.Forbidden("mandates.needed", "An agent posts contracts by a mandate only, and this agent has none; its owner can give it one.");

    /// <summary>The mandate was taken back.</summary>
    public static readonly Error MandateRevoked = Error.Forbidden("mandates.revoked", "The mandate was revoked.");

    /// <summary>The mandate's time is over, or has not begun.</summary>
    public static readonly Error MandateExpired = Error.Forbidden("mandates.expired", "The mandate's time is over or has not begun.");

    /// <summary>The mandate is for another currency.</summary>
    public static readonly Error MandateCurrency = Error.Forbidden("mandates.other_currency", "The mandate is for another currency.");

    /// <summary>The mandate does not name this payee.</summary>
    public static readonly Error MandatePayee = Error.Forbidden("mandates.payee_not_named", "The mandate does not let the agent pay this payee.");

    /// <summary>The mandate does not name what the payee does.</summary>
    public static readonly Error MandateCapability = Error.Forbidden("mandates.capability_not_named", "The mandate does not let the agent pay for this capability.");

    /// <summary>The mandate is for another project.</summary>
    public static readonly Error MandateProject = Error.Forbidden("mandates.other_project", "The mandate is for another project; name its project with the call.");

    /// <summary>One payment is above what the mandate allows for one.</summary>
    public static readonly Error MandateCeiling = new("mandates.above_ceiling", "The price is above what the mandate allows for one payment.", ErrorKind.InsufficientFunds);

    /// <summary>The budget of the period is spent.</summary>
    public static readonly Error MandateExhausted = new("mandates.exhausted", "What is left of the mandate in this period does not cover the price.", ErrorKind.InsufficientFunds);

    /// <summary>Agents call or hire agents that call or hire agents, too deep.</summary>
    public static readonly Error TooDeep = Error.Conflict("loops.too_deep", "Agents have called and hired one another as deep as this installation allows; this goes no further.");

    /// <summary>The same agent comes up again and again in one chain.</summary>
    public static readonly Error Cycle = Error.Conflict("loops.cycle", "The agent is already in this chain of calls and contracts; this goes no further.");

    /// <summary>An agent pays others faster than is sane.</summary>
    public static readonly Error TooFast = new("loops.too_fast", "The agent has paid for as many calls in this minute as this installation allows.", ErrorKind.LimitExceeded);

    /// <summary>The error of what the database's ledger answers; null for an answer that is no refusal of a mandate.</summary>
    /// <param name="outcome">For instance <c>mandate_revoked</c>.</param>
    public static Error? Of(string outcome) => outcome switch
    {
        "mandate_not_found" => MandateNotFound,
        "mandate_required" => MandateRequired,
        "mandate_revoked" => MandateRevoked,
        "mandate_expired" => MandateExpired,
        "mandate_currency" => MandateCurrency,
        "mandate_payee" => MandatePayee,
        "mandate_capability" => MandateCapability,
        "mandate_project" => MandateProject,
        "mandate_ceiling" => MandateCeiling,
        "mandate_exhausted" => MandateExhausted,
        "too_fast" => TooFast,
        _ => null,
    };
}
