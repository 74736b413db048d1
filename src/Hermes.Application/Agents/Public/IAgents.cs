using Hermes.Domain.Shared;

namespace Hermes.Application.Agents.Public;

/// <summary>What other capabilities need to know of an agent.</summary>
/// <param name="Id">The agent.</param>
/// <param name="TenantId">Its owner.</param>
/// <param name="Name">Its name.</param>
/// <param name="Capabilities">Sorted slugs.</param>
/// <param name="TakesWork">True while it is active and not delisted; a paused, retired or delisted agent may not bid.</param>
/// <param name="Capacity">Pieces of work it takes at the same time; how many it has now is the Mesh's to count.</param>
/// <param name="IsPublic">True when agents and people of other tenants find it.</param>
public sealed record AgentListing(AgentId Id, TenantId TenantId, string Name, IReadOnlyList<string> Capabilities, bool TakesWork, int Capacity, bool IsPublic)
{
    /// <summary>True when the agent has all of the capabilities.</summary>
    /// <param name="required">Normalised slugs.</param>
    public bool CanDo(IEnumerable<string> required) => required.All(Capabilities.Contains);
}

/// <summary>The directory of agents for other capabilities, across tenants and regardless of who acts: the caller decides what it shows.</summary>
public interface IAgents
{
    /// <summary>The agent, also a retired one; null when there is none.</summary>
    Task<AgentListing?> FindAsync(AgentId id, CancellationToken cancellationToken);

    /// <summary>The agents among the ids that exist.</summary>
    Task<IReadOnlyDictionary<AgentId, AgentListing>> FindAsync(IReadOnlyCollection<AgentId> ids, CancellationToken cancellationToken);
}
