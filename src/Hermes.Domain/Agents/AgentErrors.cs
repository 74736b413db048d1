using Hermes.Domain.Shared;

namespace Hermes.Domain.Agents;

/// <summary>Refusals of the Agents capability.</summary>
public static class AgentErrors
{
    /// <summary>No such agent for this caller.</summary>
    public static readonly Error NotFound = Error.NotFound("agents.not_found", "There is no such agent.");

    /// <summary>No such key of this agent.</summary>
    public static readonly Error KeyNotFound = Error.NotFound("agents.key_not_found", "The agent has no such key.");

    /// <summary>The name is taken within the tenant.</summary>
    public static readonly Error NameTaken = Error.Conflict("agents.name_taken", "Another agent of your organisation has this name.");

    /// <summary>The agent is retired.</summary>
    public static readonly Error Retired = Error.Conflict("agents.retired", "The agent is retired; register a new one.");

    /// <summary>Only an active agent can be paused.</summary>
    public static readonly Error NotActive = Error.Conflict("agents.not_active", "The agent is not active.");

    /// <summary>Only a paused agent can be resumed.</summary>
    public static readonly Error NotPaused = Error.Conflict("agents.not_paused", "The agent is not paused.");

    /// <summary>The key is revoked already.</summary>
    public static readonly Error KeyRevoked = Error.Conflict("agents.key_revoked", "The key is revoked already.");

    /// <summary>The agent has as many live keys as it may.</summary>
    public static readonly Error TooManyKeys = Error.Conflict("agents.too_many_keys", "The agent has 20 live keys; revoke one first.");

    /// <summary><c>If-Match</c> names a version that is no longer the present one.</summary>
    public static readonly Error Changed = new("agents.changed", "Somebody changed the agent meanwhile; read it again.", ErrorKind.PreconditionFailed);

    /// <summary>An agent without endpoint can't be probed.</summary>
    public static readonly Error NoEndpoint = Error.Conflict("agents.no_endpoint", "The agent has no endpoint that could be probed; it is hired by contract.");

    /// <summary>Somebody asked for a probe just now.</summary>
    public static readonly Error ProbedJustNow = new("agents.probed_just_now", "A probe was asked for in the last 10 seconds.", ErrorKind.LimitExceeded);

    /// <summary>The probe's agent, endpoint or turn is no longer the present one.</summary>
    public static readonly Error ProbeOutdated = Error.Conflict("agents.probe_outdated", "The agent was changed or taken over by another node while it was probed.");

    /// <summary>The agent that this one is said to derive from is not there for its owner.</summary>
    public static readonly Error OriginNotFound = Error.Invalid("agents.origin_not_found", "There is no such agent to derive from.");

    /// <summary>An agent's origin is said once.</summary>
    public static readonly Error OriginFixed = Error.Conflict("agents.origin_fixed", "The agent derives from another one already, and that stays.");

    /// <summary>The origin's owner has not allowed it.</summary>
    public static readonly Error OriginNotLicensed = Error.Invalid("agents.origin_not_licensed", "That agent's owner does not let others derive from it.");

    /// <summary>The chain of origins leads back.</summary>
    public static readonly Error DerivedInCircle = Error.Invalid("agents.derived_in_circle", "An agent can't derive from itself, also not by way of others.");

    /// <summary>The chain of origins is too long.</summary>
    public static readonly Error DerivedTooFar = Error.Invalid("agents.derived_too_far", "Agents derive from each other over three steps at most.");

    /// <summary>All royalties together are too much.</summary>
    public static readonly Error RoyaltiesTooHigh = Error.Invalid("agents.royalties_too_high", "The royalties of all origins together may be 10 percent at most.");

    /// <summary>No such organisation among those that the person may register agents in.</summary>
    public static readonly Error NewOwnerNotFound = Error.NotFound("agents.new_owner_not_found", "There is no such organisation of yours that may take an agent.");

    /// <summary>An agent that is given away takes no work meanwhile.</summary>
    public static readonly Error PauseFirst = Error.Conflict("agents.pause_first", "Pause the agent before it is given to another organisation.");

    /// <summary>An agent with live bids, contracts at work or calls can't change its owner.</summary>
    public static readonly Error HasWork = Error.Conflict("agents.has_work", "The agent has live bids, contracts or calls; let them end first.");

    /// <summary>One input member is wrong.</summary>
    /// <param name="member">In snake_case.</param>
    /// <param name="message">What it has to be.</param>
    public static Error Member(string member, string message) =>
        Error.Validation(new Dictionary<string, string[]> { [member] = [message] });
}
