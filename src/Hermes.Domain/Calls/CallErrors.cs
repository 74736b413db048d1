using Hermes.Domain.Shared;

namespace Hermes.Domain.Calls;

/// <summary>Why calls fail other than by an agent's word: stable codes.</summary>
public static class CallFailures
{
    /// <summary>Not finished in time.</summary>
    public const string Late = "calls.timeout";

    /// <summary>The caller did not answer what the agent asked.</summary>
    public const string Unanswered = "calls.unanswered";

    /// <summary>The node that carried it ended, and what the agent did is not known.</summary>
    public const string Interrupted = "calls.interrupted";

    /// <summary>Hermes itself could not carry it.</summary>
    public const string NotCarried = "calls.failed";

    /// <summary>The agent said so.</summary>
    public const string Agent = "calls.agent_failed";
}

/// <summary>Refusals of the Calls capability.</summary>
public static class CallErrors
{
    /// <summary>No such call for this caller.</summary>
    public static readonly Error NotFound = Error.NotFound("calls.not_found", "There is no such call.");

    /// <summary>No such agent for this caller.</summary>
    public static readonly Error AgentNotFound = Error.NotFound("agents.not_found", "There is no such agent.");

    /// <summary>The agent's owner does not let this caller in.</summary>
    public static readonly Error NotPermitted = Error.Forbidden("calls.not_permitted", "The agent's owner does not permit your calls.");

    /// <summary>The owner approves callers one by one.</summary>
    public static readonly Error ApprovalNeeded = Error.Forbidden("calls.approval_needed",
        "The agent's owner approves its callers: ask with POST /api/v1/agents/{id}/permissions/requests and call again when you are allowed.");

    /// <summary>The request does not come from an address that the owner named.</summary>
    public static readonly Error OriginRefused = Error.Forbidden("calls.origin_refused", "The agent takes calls from named origins only, and this is none of them.");

    /// <summary>The agent is paused, retired, or its organisation is suspended.</summary>
    public static readonly Error AgentNotActive = Error.Conflict("calls.agent_not_active", "The agent takes no calls at the moment.");

    /// <summary>The price is above what the caller would pay.</summary>
    public static readonly Error OverBudget = Error.Invalid("calls.over_budget", "The agent's price is above max_price.");

    /// <summary>The wallet does not cover the price.</summary>
    public static readonly Error InsufficientFunds = new("calls.insufficient_funds", "Your wallet does not cover the agent's price; add credits and call again.", ErrorKind.InsufficientFunds);

    /// <summary>The organisation has no such subscription.</summary>
    public static readonly Error SubscriptionNotFound = Error.NotFound("calls.subscription_not_found", "Your organisation has no subscription of this agent.");

    /// <summary>The agent's owner sells no subscriptions.</summary>
    public static readonly Error NoSubscriptions = Error.Conflict("calls.no_subscriptions", "This agent is not sold by the month.");

    /// <summary>Nobody subscribes to what is its own.</summary>
    public static readonly Error OwnSubscription = Error.Conflict("calls.own_subscription", "Your own organisation's agents need no subscription.");

    /// <summary>The wallet does not cover the month.</summary>
    public static readonly Error SubscriptionUnpaid =
        new("calls.subscription_unpaid", "Your wallet does not cover the subscription's price; add credits and subscribe again.", ErrorKind.InsufficientFunds);

    /// <summary>As many calls as the owner allows in an hour were made.</summary>
    public static readonly Error RateLimited = new("calls.rate_limited", "The agent took as many calls in this hour as its owner allows; try again later.", ErrorKind.LimitExceeded);

    /// <summary>As many calls as the agent takes at the same time are running.</summary>
    public static readonly Error AgentBusy = new("calls.agent_busy", "The agent has as many calls at the same time as it takes; try again in a moment.", ErrorKind.Unavailable);

    /// <summary>The agent failed again and again and is left alone for a while.</summary>
    public static readonly Error CircuitOpen = new("calls.circuit_open", "The agent failed repeatedly and is not called for a while.", ErrorKind.Unavailable);

    /// <summary>It has no endpoint and no socket is open.</summary>
    public static readonly Error AgentUnreachable = new("calls.agent_unreachable", "The agent has no endpoint and is not connected.", ErrorKind.Unavailable);

    /// <summary>Its endpoint has not proved that it works, or stopped to.</summary>
    public static readonly Error AgentNotListed = new("calls.agent_not_listed", "The agent has not proved that it answers calls, or no longer does; only its owner can call it now.", ErrorKind.Unavailable);

    /// <summary>The message is no message of the protocol.</summary>
    public static Error BadMessage(string why) => Error.Validation(new Dictionary<string, string[]> { ["message"] = [why] });

    /// <summary>The call is over.</summary>
    public static readonly Error Ended = Error.Conflict("calls.ended", "The call has ended; start a new one.");

    /// <summary>The carrier lost its claim to another node.</summary>
    public static readonly Error CarriedElsewhere = Error.Conflict("calls.carried_elsewhere", "Another node carries the call.");

    /// <summary>The conversation is not the call's.</summary>
    public static readonly Error OtherConversation = Error.Invalid("calls.other_conversation", "The call belongs to another conversation.");

    /// <summary>The parent that the caller names is none that it works on.</summary>
    public static readonly Error NotItsParent = Error.Invalid("calls.not_its_parent", "The parent must be a call that the calling agent is working on.");

    /// <summary>No such rule, request or configuration.</summary>
    public static readonly Error RuleNotFound = Error.NotFound("calls.rule_not_found", "There is no such rule.");

    /// <summary>No such collaboration.</summary>
    public static readonly Error CollaborationNotFound = Error.NotFound("calls.collaboration_not_found", "There is no such collaboration.");

    /// <summary>An agent and itself.</summary>
    public static readonly Error OwnCollaborator = Error.Invalid("calls.own_collaborator", "An agent can't invite itself.");

    /// <summary>They are, or one of them is invited.</summary>
    public static readonly Error AlreadyCollaborators = Error.Conflict("calls.already_collaborators", "The two agents work together already, or one is invited.");

    /// <summary>An answer is given once.</summary>
    public static readonly Error InvitationAnswered = Error.Conflict("calls.invitation_answered", "The invitation was answered or taken back.");

    /// <summary>It ended before.</summary>
    public static readonly Error CollaborationOver = Error.Conflict("calls.collaboration_over", "The collaboration is over.");

    /// <summary>Another organisation than the caller's.</summary>
    public static readonly Error OrganisationNotFound = Error.NotFound("calls.organisation_not_found", "There is no such organisation.");

    /// <summary>No such push configuration.</summary>
    public static readonly Error PushConfigNotFound = Error.NotFound("calls.push_config_not_found", "The call has no such push configuration.");

    /// <summary>Too many push configurations of one call.</summary>
    public static readonly Error TooManyPushConfigs = Error.Conflict("calls.too_many_push_configs", "A call has at most 10 push configurations.");

    /// <summary>A push without the call's token.</summary>
    public static readonly Error PushRefused = new("calls.push_refused", "This push does not carry the token that Hermes gave to the agent.", ErrorKind.Unauthenticated);

    /// <summary>A push about another task than the call's.</summary>
    public static readonly Error PushOfOtherTask = Error.Invalid("calls.push_of_other_task", "This push is about another task than the one that Hermes asked about.");

    /// <summary>An address that is not called.</summary>
    public static readonly Error BadPushUrl = Error.Invalid("calls.push_url_invalid", "The push address must be an absolute http or https address without user name.");

    /// <summary>The state does not allow it.</summary>
    public static Error IllegalTransition(CallState from, CallAct act) =>
        Error.Conflict("calls.illegal_transition", $"A call that is {from} can't {act}.");
}
