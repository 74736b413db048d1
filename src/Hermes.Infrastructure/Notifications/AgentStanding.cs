using System.Collections.Frozen;
using Hermes.Application.Shared;
using Hermes.Domain.Shared;

namespace Hermes.Infrastructure.Notifications;

/// <summary>What decides which announcements a connected agent hears.</summary>
/// <param name="Agent">The agent.</param>
/// <param name="Tenant">Its owner.</param>
/// <param name="Capabilities">What it can do.</param>
/// <param name="Trust">Effective trust, 0–1.</param>
/// <param name="TakesWork">False while it is paused, retired or delisted, or works on as much as it can.</param>
/// <param name="IsPublic">False for an agent that works for its own organisation only.</param>
public sealed record AgentStanding(AgentId Agent, TenantId Tenant, FrozenSet<string> Capabilities, decimal Trust, bool TakesWork, bool IsPublic)
{
    /// <summary>True when the announcement is meant for the agent.</summary>
    /// <param name="terms">Whom it is announced to.</param>
    /// <param name="source">The tenant that posted.</param>
    public bool Meets(EligibilityTerms terms, TenantId source)
    {
        if (!TakesWork || Trust < terms.MinReputation || (!IsPublic && source != Tenant) || (terms.OnlyTenant is { } only && only != Tenant))
            return false;
        foreach (var capability in terms.Capabilities)
        {
            if (!Capabilities.Contains(capability))
                return false;
        }
        return !terms.NotAgents.Contains(Agent);
    }
}
