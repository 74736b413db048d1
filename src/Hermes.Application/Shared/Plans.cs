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

/// <summary>Marks a command that a suspended tenant may send all the same: it pays, ends something, or takes away what could do harm.</summary>
public interface IWhileSuspended;

/// <summary>Refusals of a plan.</summary>
public static class PlanErrors
{
    /// <summary>The tenant may only read and pay.</summary>
    public static readonly Error Suspended = new("billing.suspended", "A payment is overdue for too long: pay the open invoice to go on.", ErrorKind.InsufficientFunds);
}

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

/// <summary>Gives out the places of a tenant's plan. Nothing is refused where quotas are switched off.</summary>
public interface IPlanPlaces
{
    /// <summary>
    /// Null when the tenant has room for one more, else the refusal. What the open transaction did is saved and counted, and nobody
    /// else gets a place of the kind until it ends; take locks of your own first.
    /// </summary>
    Task<Error?> TakeAsync(TenantId tenant, PlanPlace place, CancellationToken cancellationToken);
}

/// <summary>Refuses what a tenant's plan does not cover. Nothing is refused where quotas are switched off.</summary>
public interface IQuotas
{
    /// <summary>Counts one use; null when it may go on, else the refusal (then it is not counted).</summary>
    /// <param name="tenant">Whose.</param>
    /// <param name="use">What.</param>
    /// <param name="cancellationToken">Ends the look-up.</param>
    ValueTask<Error?> TakeAsync(TenantId tenant, PlanUse use, CancellationToken cancellationToken);
}
