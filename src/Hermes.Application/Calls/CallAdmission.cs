using Hermes.Application.Shared;
using Hermes.Application.Tenancy.Public;
using Hermes.Domain.Calls;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;

namespace Hermes.Application.Calls;

/// <summary>Whether an agent takes one more call of a caller: the same rules for the agent that was asked and for a backup that takes over.</summary>
public sealed class CallAdmission(ITenants tenants, ICallGates gates, CallQuotes quotes)
{
    /// <summary>The agent with this call's price, when the caller may call it and it costs no more than the caller pays; else why not.</summary>
    /// <param name="target">The agent as the caller meets it.</param>
    /// <param name="origin">Where the caller calls from; null for nowhere.</param>
    /// <param name="ask">What is asked for.</param>
    /// <param name="cancellationToken">Ends the queries.</param>
    public async Task<Result<CallTarget>> PermitAsync(CallTarget target, string? origin, CallAsk ask, CancellationToken cancellationToken)
    {
        if (await RefuseAsync(target, origin, cancellationToken) is { } refusal)
            return refusal;
        var quoted = await quotes.QuoteAsync(target, ask, cancellationToken);
        if (!quoted.Succeeded)
            return quoted.Error;
        var price = quoted.Value.Most;
        if (ask.MaxPrice is { } most && (most.Currency != price.Currency || most < price))
            return CallErrors.OverBudget;
        return target with { Price = price, Tariff = quoted.Value.Tariff, IsIncluded = quoted.Value.Included };
    }

    /// <summary>Why the caller may not call the agent at all, whatever it costs; null when it may.</summary>
    public async Task<Error?> RefuseAsync(CallTarget target, string? origin, CancellationToken cancellationToken)
    {
        var access = target.Access;
        // What is not public doesn't exist for those who may not call it; one's own and what is public is refused openly.
        var seen = target.Facts.SameTenant || (target.Facts.IsPublic && !target.IsRetired);
        if (!access.IsAllowed || (target.IsRetired && !target.Facts.SameTenant))
            return seen ? CallErrors.NotPermitted : CallErrors.AgentNotFound;
        if (!target.IsActive ||
            (!BuiltInAgents.Is(target.Id) && (await tenants.FindAsync(target.TenantId, cancellationToken)) is { IsActive: false }))
            return CallErrors.AgentNotActive;
        if (target.RequiresApproval && !access.IsApproved)
            return CallErrors.ApprovalNeeded;
        if (target.AllowedOrigins.Count > 0 && !target.Facts.SameTenant && !target.AllowedOrigins.Contains(origin, StringComparer.OrdinalIgnoreCase))
            return CallErrors.OriginRefused;
        return null;
    }

    /// <summary>Asks the agent's gate for one more call, which holds it until the transaction ends; why there is no place, or null.</summary>
    public async Task<Error?> AdmitAsync(CallTarget target, CancellationToken cancellationToken)
    {
        if (target.Transport is null)
            return CallErrors.AgentUnreachable;
        // Its owner may try an agent that has not proved itself; strangers are not charged for finding out.
        if (!target.IsListed && !target.Facts.SameTenant)
            return CallErrors.AgentNotListed;
        if (target.Transport == CallTransport.BuiltIn)
            return null;
        return await gates.AdmitAsync(target.Id, target.MaxParallel, target.MaxCallsPerHour, cancellationToken) switch
        {
            Admission.CircuitOpen => CallErrors.CircuitOpen,
            Admission.Busy => CallErrors.AgentBusy,
            Admission.RateLimited => CallErrors.RateLimited,
            _ => null,
        };
    }

    /// <summary>
    /// Who may have the mesh post contracts: a person who may post them by hand, and an agent by a call of its own, which its
    /// mandate then pays. Null for other agents than the mesh.
    /// </summary>
    /// <param name="actor">Who speaks.</param>
    /// <param name="agent">Who takes the call.</param>
    /// <param name="caller">The agent that the call is from; null for a person's.</param>
    public static Error? RefuseOrder(Actor actor, AgentId agent, AgentId? caller) =>
        agent != BuiltInAgents.Mesh ? null
        : actor.Agent is { } own ? own == caller ? null : CallErrors.NotPermitted
        : actor.Has(Permissions.ContractsCreate) ? null : AccessErrors.Missing(Permissions.ContractsCreate);
}
