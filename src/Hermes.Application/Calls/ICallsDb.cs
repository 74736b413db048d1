using Hermes.Domain.Calls;
using Hermes.Domain.Shared;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Calls;

/// <summary>The tables of Calls. A call with its events and steps is seen by the caller's tenant and by the agent's.</summary>
public interface ICallsDb
{
    /// <summary>Calls.</summary>
    DbSet<Call> Calls { get; }

    /// <summary>What happened in them.</summary>
    DbSet<CallEvent> CallEvents { get; }

    /// <summary>Their way through Hermes.</summary>
    DbSet<CallStep> CallSteps { get; }

    /// <summary>The tenant's rules about callers.</summary>
    DbSet<AccessRule> AccessRules { get; }

    /// <summary>Callers that ask the tenant for approval.</summary>
    DbSet<AccessRequest> AccessRequests { get; }

    /// <summary>Agents that work together by preference; both owners see one.</summary>
    DbSet<Collaboration> Collaborations { get; }

    /// <summary>How the tenant's agents are to be called.</summary>
    DbSet<CallPolicy> CallPolicies { get; }

    /// <summary>Where the tenant wants its calls' events sent.</summary>
    DbSet<PushConfig> PushConfigs { get; }

    /// <summary>Subscriptions of the tenant to agents.</summary>
    DbSet<AgentSubscription> AgentSubscriptions { get; }

    /// <summary>Locks the subscription until the transaction ends and reads it; null when the actor sees none.</summary>
    Task<AgentSubscription?> LockSubscriptionAsync(AgentSubscriptionId id, CancellationToken cancellationToken);

    /// <summary>The same, but null also while another transaction has it.</summary>
    Task<AgentSubscription?> TryLockSubscriptionAsync(AgentSubscriptionId id, CancellationToken cancellationToken);

    /// <summary>An included call that was counted at an instant is not, when it was in the present month.</summary>
    Task GiveBackIncludedAsync(AgentSubscriptionId id, DateTimeOffset countedAt, CancellationToken cancellationToken);

    /// <summary>Locks the call until the transaction ends and reads it; null when the actor sees none. With the lock, events are numbered without gaps.</summary>
    Task<Call?> LockCallAsync(CallId id, CancellationToken cancellationToken);

    /// <summary>Lets the owner of the agent that takes the call over see its events and steps; the former agent's no longer does.</summary>
    Task PassOnAsync(CallId id, TenantId owner, CancellationToken cancellationToken);
}
