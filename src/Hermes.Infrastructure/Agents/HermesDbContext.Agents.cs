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

    /// <inheritdoc />
    public DbSet<AgentPrice> Prices => Set<AgentPrice>();
}

/// <summary>An agent is seen by its own tenant and, when it is public and not retired, by everybody.</summary>
internal sealed class AgentFilterRule : ITenantFilter<Agent>
{
    public Expression<Func<Agent, bool>> Rule(HermesDbContext db) => a =>
        db.SeesAll || a.TenantId == db.CurrentTenant || (a.Visibility == AgentVisibility.Public && a.Status != AgentStatus.Retired);
}

/// <summary>Whoever sees an agent sees what it asks; its reserve is left out of what others are shown.</summary>
internal sealed class AgentPriceFilterRule : ITenantFilter<AgentPrice>
{
    public Expression<Func<AgentPrice, bool>> Rule(HermesDbContext db) => p =>
        db.SeesAll || p.TenantId == db.CurrentTenant
        || db.Set<Agent>().IgnoreQueryFilters().Any(a => a.Id == p.AgentId && a.Visibility == AgentVisibility.Public && a.Status != AgentStatus.Retired);
}
