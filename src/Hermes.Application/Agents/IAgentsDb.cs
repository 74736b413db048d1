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

    /// <summary>When agents' endpoints are probed; a row for each agent with an endpoint.</summary>
    DbSet<ProbeSchedule> ProbeSchedules { get; }

    /// <summary>What probes found.</summary>
    DbSet<AgentProbe> Probes { get; }

    /// <summary>Agents' cards as they were fetched.</summary>
    DbSet<KeptCard> Cards { get; }

    /// <summary>How Hermes proves itself to agents.</summary>
    DbSet<CallCredential> CallCredentials { get; }

    /// <summary>Versions of agents' prices: the tenant's own and, for reading, those of public agents.</summary>
    DbSet<AgentPrice> Prices { get; }

    /// <summary>Saves what changed.</summary>
    Task<int> SaveChangesAsync(CancellationToken cancellationToken = default);
}
