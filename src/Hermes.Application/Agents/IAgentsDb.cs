using Hermes.Domain.Agents;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Agents;

/// <summary>The tables of Agents.</summary>
public interface IAgentsDb
{
    /// <summary>Agents: the tenant's own and, for reading, public ones of others.</summary>
    DbSet<Agent> Agents { get; }

    /// <summary>Keys of the tenant's agents.</summary>
    DbSet<AgentKey> AgentKeys { get; }

    /// <summary>Saves what changed.</summary>
    Task<int> SaveChangesAsync(CancellationToken cancellationToken = default);
}
