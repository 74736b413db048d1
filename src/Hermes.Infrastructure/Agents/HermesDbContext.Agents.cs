using System.Linq.Expressions;
using Hermes.Application.Agents;
using Hermes.Domain.Agents;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Infrastructure.Persistence;

public sealed partial class HermesDbContext : IAgentsDb
{
    /// <inheritdoc />
    public DbSet<Agent> Agents => Set<Agent>();

    /// <inheritdoc />
    public DbSet<AgentKey> AgentKeys => Set<AgentKey>();

    /// <inheritdoc />
    public DbSet<ProbeSchedule> ProbeSchedules => Set<ProbeSchedule>();

    /// <inheritdoc />
    public DbSet<AgentProbe> Probes => Set<AgentProbe>();

    /// <inheritdoc />
    public DbSet<KeptCard> Cards => Set<KeptCard>();

    /// <inheritdoc />
    public DbSet<CallCredential> CallCredentials => Set<CallCredential>();
}

/// <summary>An agent is seen by its own tenant and, when it is public and not retired, by everybody.</summary>
internal sealed class AgentFilterRule : ITenantFilter<Agent>
{
    public Expression<Func<Agent, bool>> Rule(HermesDbContext db) => a =>
        db.SeesAll || a.TenantId == db.CurrentTenant || (a.Visibility == AgentVisibility.Public && a.Status != AgentStatus.Retired);
}
