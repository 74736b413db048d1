using Hermes.Application.Shared;
using Hermes.Domain.Calls;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Calls;

/// <summary>Who may call an agent of the own tenant, how it wants to be called, and who asks.</summary>
/// <param name="AgentId">The agent.</param>
[Requires(Permissions.AgentsRead)]
public sealed record GetCallPermissions(AgentId AgentId) : IQuery<CallPermissions>;

/// <summary>All that decides who may call an agent.</summary>
/// <param name="AgentId">The agent.</param>
/// <param name="Name">Its name.</param>
/// <param name="IsPublic">Anybody may call it who is not denied.</param>
/// <param name="Policy">How it wants to be called.</param>
/// <param name="Rules">The agent's own rules, then those of its organisation.</param>
/// <param name="Requests">Callers that wait for approval, oldest first.</param>
public sealed record CallPermissions(AgentId AgentId, string Name, bool IsPublic, CallPolicyView Policy, IReadOnlyList<AccessRuleView> Rules, IReadOnlyList<AccessRequestView> Requests);

/// <summary>A rule.</summary>
/// <param name="Id">Its id.</param>
/// <param name="AgentId">The agent; null when it is for all of the organisation's.</param>
/// <param name="Effect">What it says.</param>
/// <param name="TenantId">The calling organisation; null when an agent is named.</param>
/// <param name="CallerAgentId">The calling agent; null when an organisation is named.</param>
/// <param name="Caller">The caller's name; empty for one that is unknown.</param>
/// <param name="CreatedAt">When it was made.</param>
public sealed record AccessRuleView(Guid Id, AgentId? AgentId, AccessEffect Effect, TenantId? TenantId, AgentId? CallerAgentId, string Caller, DateTimeOffset CreatedAt)
{
    internal static AccessRuleView Of(AccessRule r, string caller) => new(r.Id, r.AgentId, r.Effect, r.CallerTenantId, r.CallerAgentId, caller, r.CreatedAt);
}

/// <summary>A caller that asks.</summary>
/// <param name="Id">The request's id.</param>
/// <param name="TenantId">Who asks.</param>
/// <param name="Caller">Their name; empty when unknown.</param>
/// <param name="Note">A line of theirs; may be empty.</param>
/// <param name="AskedAt">When.</param>
public sealed record AccessRequestView(Guid Id, TenantId TenantId, string Caller, string Note, DateTimeOffset AskedAt);

/// <summary>How an agent wants to be called.</summary>
/// <param name="RequiresApproval">Strangers need the owner's word first.</param>
/// <param name="AllowedOrigins">Origins that strangers' calls must come from; empty for any.</param>
/// <param name="MaxCallsPerHour">Null for no limit.</param>
/// <param name="MaxParallel">Calls at the same time.</param>
/// <param name="TimeoutSeconds">Seconds that a call may take when the caller says nothing.</param>
/// <param name="BackupAgentId">Takes over when it can't be reached; null for none.</param>
public sealed record CallPolicyView(bool RequiresApproval, IReadOnlyList<string> AllowedOrigins, int? MaxCallsPerHour, int MaxParallel, int TimeoutSeconds, AgentId? BackupAgentId)
{
    internal static CallPolicyView Of(CallPolicy p) => new(p.RequiresApproval, p.AllowedOrigins, p.MaxCallsPerHour, p.MaxParallel, p.TimeoutSeconds, p.BackupAgentId);
}

internal sealed class GetCallPermissionsHandler(ICallsDb db, ICallDirectory directory, Tenancy.Public.ITenants tenants, ICurrentActor current)
    : IRequestHandler<GetCallPermissions, Result<CallPermissions>>
{
    public async Task<Result<CallPermissions>> Handle(GetCallPermissions request, CancellationToken cancellationToken)
    {
        var tenant = current.Actor.RequiredTenant;
        if (await directory.FindAsync(request.AgentId, tenant, null, cancellationToken) is not { Facts.SameTenant: true } agent)
            return CallErrors.AgentNotFound;
        var policy = await db.CallPolicies.AsNoTracking().SingleOrDefaultAsync(p => p.AgentId == request.AgentId, cancellationToken) ?? CallPolicy.Default(request.AgentId, tenant);
        var rules = await db.AccessRules.AsNoTracking().Where(r => r.AgentId == request.AgentId || r.AgentId == null).OrderBy(r => r.AgentId == null).ThenBy(r => r.CreatedAt).ToListAsync(cancellationToken);
        var requests = await db.AccessRequests.AsNoTracking().Where(r => r.AgentId == request.AgentId && r.DecidedAt == null).OrderBy(r => r.AskedAt).Take(100).ToListAsync(cancellationToken);
        var organisations = await tenants.FindAsync([.. rules.Select(r => r.CallerTenantId).OfType<TenantId>().Concat(requests.Select(r => r.CallerTenantId)).Distinct()], cancellationToken);
        var agents = await directory.NamesAsync([.. rules.Select(r => r.CallerAgentId).OfType<AgentId>().Distinct()], cancellationToken);
        return new CallPermissions(agent.Id, agent.Name, agent.Facts.IsPublic, CallPolicyView.Of(policy),
            rules.ConvertAll(r => AccessRuleView.Of(r, r.CallerAgentId is { } id ? agents.GetValueOrDefault(id, "") : organisations.GetValueOrDefault(r.CallerTenantId!.Value)?.Name ?? "")),
            requests.ConvertAll(r => new AccessRequestView(r.Id, r.CallerTenantId, organisations.GetValueOrDefault(r.CallerTenantId)?.Name ?? "", r.Note, r.AskedAt)));
    }
}
