using System.Linq.Expressions;
using Hermes.Application.Calls;
using Hermes.Domain.Calls;
using Hermes.Domain.Shared;
using Microsoft.EntityFrameworkCore;

// The context's part of this capability.
namespace Hermes.Infrastructure.Persistence;

public sealed partial class HermesDbContext : ICallsDb
{
    /// <inheritdoc />
    public DbSet<Call> Calls => Set<Call>();

    /// <inheritdoc />
    public DbSet<CallEvent> CallEvents => Set<CallEvent>();

    /// <inheritdoc />
    public DbSet<CallStep> CallSteps => Set<CallStep>();

    /// <inheritdoc />
    public DbSet<AccessRule> AccessRules => Set<AccessRule>();

    /// <inheritdoc />
    public DbSet<AccessRequest> AccessRequests => Set<AccessRequest>();

    /// <inheritdoc />
    public DbSet<Collaboration> Collaborations => Set<Collaboration>();

    /// <inheritdoc />
    public DbSet<CallPolicy> CallPolicies => Set<CallPolicy>();

    /// <inheritdoc />
    public DbSet<PushConfig> PushConfigs => Set<PushConfig>();

    /// <inheritdoc />
    public DbSet<AgentSubscription> AgentSubscriptions => Set<AgentSubscription>();

    /// <inheritdoc />
    public async Task<AgentSubscription?> LockSubscriptionAsync(AgentSubscriptionId id, CancellationToken cancellationToken)
    {
        await Database.ExecuteSqlAsync($"SELECT FROM calls.subscriptions WHERE id = {id.Value} FOR NO KEY UPDATE", cancellationToken);
        return await AgentSubscriptions.SingleOrDefaultAsync(s => s.Id == id, cancellationToken);
    }

    /// <inheritdoc />
    public async Task<AgentSubscription?> TryLockSubscriptionAsync(AgentSubscriptionId id, CancellationToken cancellationToken) =>
        (await Database.SqlQuery<Guid>($"SELECT id AS \"Value\" FROM calls.subscriptions WHERE id = {id.Value} FOR NO KEY UPDATE SKIP LOCKED").ToListAsync(cancellationToken)).Count == 0
            ? null : await AgentSubscriptions.SingleOrDefaultAsync(s => s.Id == id, cancellationToken);

    /// <inheritdoc />
    public Task GiveBackIncludedAsync(AgentSubscriptionId id, DateTimeOffset countedAt, CancellationToken cancellationToken) => Database.ExecuteSqlAsync(
        $"UPDATE calls.subscriptions SET used_calls = used_calls - 1 WHERE id = {id.Value} AND period_starts_at <= {countedAt} AND used_calls > 0", cancellationToken);

    /// <inheritdoc />
    public async Task<Call?> LockCallAsync(CallId id, CancellationToken cancellationToken)
    {
        await Database.ExecuteSqlAsync($"SELECT FROM calls.calls WHERE id = {id.Value} FOR NO KEY UPDATE", cancellationToken);
        return await Calls.SingleOrDefaultAsync(c => c.Id == id, cancellationToken);
    }

    /// <inheritdoc />
    public Task PassOnAsync(CallId id, TenantId owner, CancellationToken cancellationToken) =>
        Database.ExecuteSqlAsync($"SELECT calls.pass_on({id.Value}, {owner.Value})", cancellationToken);
}

/// <summary>Caller's and agent's tenants see a call.</summary>
internal sealed class CallFilter : ITenantFilter<Call>
{
    public Expression<Func<Call, bool>> Rule(HermesDbContext db) => c => db.SeesAll || c.TenantId == db.CurrentTenant || c.AgentTenantId == db.CurrentTenant;
}

/// <inheritdoc cref="CallFilter" />
internal sealed class CallEventFilter : ITenantFilter<CallEvent>
{
    public Expression<Func<CallEvent, bool>> Rule(HermesDbContext db) => c => db.SeesAll || c.TenantId == db.CurrentTenant || c.AgentTenantId == db.CurrentTenant;
}

/// <summary>Both owners see a collaboration.</summary>
internal sealed class CollaborationFilter : ITenantFilter<Collaboration>
{
    public Expression<Func<Collaboration, bool>> Rule(HermesDbContext db) => c => db.SeesAll || c.TenantId == db.CurrentTenant || c.OtherTenantId == db.CurrentTenant;
}

/// <inheritdoc cref="CallFilter" />
internal sealed class CallStepFilter : ITenantFilter<CallStep>
{
    public Expression<Func<CallStep, bool>> Rule(HermesDbContext db) => c => db.SeesAll || c.TenantId == db.CurrentTenant || c.AgentTenantId == db.CurrentTenant;
}
