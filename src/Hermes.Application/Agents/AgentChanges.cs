using Hermes.Application.Shared;
using Hermes.Domain.Agents;
using Hermes.Domain.Shared;

namespace Hermes.Application.Agents;

/// <summary>An agent as the audit log and the answer of a change show it.</summary>
internal static class AgentChanges
{
    public static object Of(Agent agent) => new
    {
        agent.Name,
        agent.Capabilities,
        agent.Endpoint,
        agent.BasePrice,
        agent.Visibility,
        agent.Capacity,
        agent.Languages,
        agent.Regions,
        agent.DerivedFrom,
        agent.OwedBasisPoints,
        agent.RoyaltyBasisPoints,
        agent.Status,
    };

    /// <summary>The view of an agent that was registered just now: offline, with the trust of a newcomer.</summary>
    public static AgentView View(Agent a) => new(a.Id, a.TenantId, a.Name, a.Description, a.Capabilities, a.Endpoint, a.BasePrice,
        a.Visibility, a.Tags, a.Categories, a.Capacity, a.Status, Presence.Offline, 0.5m, a.RegisteredAt, a.ChangedAt, true, a.Version, a.Listing,
        CallableState.Unproved, null, a.Languages, a.Regions, a.DerivedFrom, a.RoyaltyBasisPoints / 100m);
}

/// <summary>Events of Agents.</summary>
public static class AgentEvents
{
    /// <summary>A key ended before its time; nodes close the sockets that were opened with it.</summary>
    public const string KeyRevoked = "agent.key_revoked";

    /// <summary>A new agent.</summary>
    public const string Registered = "agent.registered";

    /// <summary>An agent stopped, changed or goes on; nodes read its capabilities and status anew.</summary>
    public const string Updated = "agent.updated";

    /// <summary>Connected, busy or gone.</summary>
    public const string PresenceChanged = "agent.presence";

    /// <summary>A probe ended; to the owner's people.</summary>
    public const string Probed = "agent.probed";

    /// <summary>An agent was put on the list or taken off it.</summary>
    public const string ListingChanged = "agent.listing";

    /// <summary>What a <c>call.requested</c> is about that is a probe and no call.</summary>
    public const string ProbeSubject = "probe";

    internal static LiveEvent ProbeOf(Agent agent, AgentProbe probe) => new(Probed, "agent", agent.Id.Value, agent.TenantId,
        new { AgentId = agent.Id, probe.Passed, probe.Failure }, Audience.Of(agent.TenantId));

    /// <summary>To the agent: a call like any other, which proves that it takes calls.</summary>
    internal static LiveEvent ProbeCallOf(DueProbe due, string question, DateTimeOffset deadlineAt) => new("call.requested", ProbeSubject, due.Lease, due.Tenant, new
    {
        CallId = due.Lease,
        ConversationId = due.Lease,
        ContextId = due.Lease.ToString(),
        CallerAgentId = (AgentId?)null,
        CallerTenantId = TenantId.Platform,
        Price = Money.Zero(Currency.Usd),
        DeadlineAt = deadlineAt,
        Message = new { MessageId = due.Lease.ToString(), Role = "ROLE_USER", Parts = new[] { new { Text = question } }, Metadata = new Dictionary<string, bool> { ["hermes.probe"] = true } },
    }, Audience.Of(due.Agent));

    /// <summary>To the owner's people and the agent itself; nodes read its standing anew.</summary>
    internal static LiveEvent ListingOf(Agent agent, ListingChange change, string? why) => new(ListingChanged, "agent", agent.Id.Value, agent.TenantId,
        new { AgentId = agent.Id, agent.Name, agent.Listing, Change = change, Why = why }, new Audience([agent.TenantId], [agent.Id]));

    /// <summary>To the owner's people.</summary>
    internal static LiveEvent NewOf(Agent agent) => new(Registered, "agent", agent.Id.Value, agent.TenantId,
        new { AgentId = agent.Id, agent.Name, agent.Status }, Audience.Of(agent.TenantId));

    /// <summary>To the owner's people and the agent itself.</summary>
    internal static LiveEvent ChangeOf(Agent agent) => new(Updated, "agent", agent.Id.Value, agent.TenantId,
        new { AgentId = agent.Id, agent.Name, agent.Status }, new Audience([agent.TenantId], [agent.Id]));

    internal static LiveEvent Revoked(AgentKey key) => new(KeyRevoked, "agent", key.AgentId.Value, key.TenantId,
        new { key.AgentId, KeyId = key.Id }, new Audience([key.TenantId], [key.AgentId]));
}
