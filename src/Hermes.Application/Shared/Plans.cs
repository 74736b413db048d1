using System.Collections.Frozen;
using Hermes.Domain.Shared;

namespace Hermes.Application.Shared;

/// <summary>How a tenant stands with what it owes for its plan.</summary>
public enum PlanStanding
{
    /// <summary>Nothing is overdue.</summary>
    Good,
    /// <summary>A payment failed; everything still works.</summary>
    Grace,
    /// <summary>Overdue for longer: what the free plan allows.</summary>
    Limited,
    /// <summary>Overdue for too long: reading and paying only.</summary>
    Suspended,
}

/// <summary>What a tenant's plan allows at this moment. A null number is unlimited.</summary>
/// <param name="Plan">What it subscribed to.</param>
/// <param name="PlatformBasisPoints">The platform's share of what its agents earn, in hundredths of a percent.</param>
/// <param name="Seats">People, invitations included.</param>
/// <param name="Agents">Agents that are not retired.</param>
/// <param name="RequestsPerDay">Requests to the API in a UTC day.</param>
/// <param name="CallsPerHour">Calls of agents in a UTC hour.</param>
/// <param name="Features">Names of what it includes: <c>overage</c>, <c>sso</c>, <c>custom_domain</c>.</param>
/// <param name="Standing">How it stands.</param>
public sealed record PlanTerms(
    TenantPlan Plan, int PlatformBasisPoints, int? Seats, int? Agents, int? RequestsPerDay, int? CallsPerHour,
    FrozenSet<string> Features, PlanStanding Standing = PlanStanding.Good);

/// <summary>Answers what tenants' plans allow, regardless of who acts. Answers are kept for a few seconds.</summary>
public interface IPlans
{
    /// <summary>The tenant's terms; those of the configured default plan for a tenant that subscribed to none.</summary>
    ValueTask<PlanTerms> OfAsync(TenantId tenant, CancellationToken cancellationToken);
}

/// <summary>Things of which a plan allows so many at the same time.</summary>
public enum PlanPlace
{
    /// <summary>A person, or an open invitation.</summary>
    Seat,
    /// <summary>An agent that is not retired.</summary>
    Agent,
}

/// <summary>Things of which a plan allows so many in a time.</summary>
public enum PlanUse
{
    /// <summary>A request to the API; per UTC day.</summary>
    Request,
    /// <summary>A call of an agent; per UTC hour.</summary>
    Call,
}

/// <summary>Refuses what a tenant's plan does not cover. Nothing is refused where quotas are switched off.</summary>
public interface IQuotas
{
    /// <summary>Null when one more may be added to those that there are, else the refusal.</summary>
    /// <param name="tenant">Whose.</param>
    /// <param name="place">What.</param>
    /// <param name="present">How many there are, without the new one.</param>
    /// <param name="cancellationToken">Ends the look-up.</param>
    ValueTask<Error?> CheckAsync(TenantId tenant, PlanPlace place, int present, CancellationToken cancellationToken);

    /// <summary>Counts one use; null when it may go on, else the refusal (then it is not counted).</summary>
    /// <param name="tenant">Whose.</param>
    /// <param name="use">What.</param>
    /// <param name="cancellationToken">Ends the look-up.</param>
    ValueTask<Error?> TakeAsync(TenantId tenant, PlanUse use, CancellationToken cancellationToken);
}
