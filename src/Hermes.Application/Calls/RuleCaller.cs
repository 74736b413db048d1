using Hermes.Application.Shared;
using Hermes.Domain.Calls;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Calls;

/// <summary>
/// Allows or denies a caller one agent, or allows it all agents of the own tenant. Of one caller and agent there is one
/// rule: the last word counts. A request for approval of that caller is decided by it.
/// </summary>
/// <param name="AgentId">The agent; null for all of the own tenant's, which can only be allowed.</param>
/// <param name="Effect">What is said.</param>
/// <param name="Caller">The caller.</param>
[Requires(Permissions.AgentsUpdate)]
public sealed record RuleCaller(AgentId? AgentId, AccessEffect Effect, AccessSubject Caller) : ICommand<AccessRuleView>;

internal sealed class RuleCallerHandler(ICallsDb db, ICallDirectory directory, RuleChanges changes, IOutbox outbox, IAudit audit, ICurrentActor current, TimeProvider clock)
    : IRequestHandler<RuleCaller, Result<AccessRuleView>>
{
    private static readonly Error OneCaller = Error.Validation(new Dictionary<string, string[]> { ["tenant_id"] = ["Name either tenant_id or agent_id of the caller."] });
    private static readonly Error OnlyAllow = Error.Invalid("calls.organisation_rules_allow", "Rules of an organisation allow; deny at the agent.");

    public async Task<Result<AccessRuleView>> Handle(RuleCaller request, CancellationToken cancellationToken)
    {
        var (tenant, caller) = (current.Actor.RequiredTenant, request.Caller);
        if (!caller.IsValid)
            return OneCaller;
        if (request.AgentId is null && request.Effect == AccessEffect.Deny)
            return OnlyAllow;
        if (request.AgentId is { } agent && await directory.FindAsync(agent, tenant, null, cancellationToken) is not { Facts.SameTenant: true })
            return CallErrors.AgentNotFound;
        var rule = await db.AccessRules.SingleOrDefaultAsync(
            r => r.TenantId == tenant && r.AgentId == request.AgentId && r.CallerTenantId == caller.Tenant && r.CallerAgentId == caller.Agent, cancellationToken);
        var before = rule?.Effect;
        if (rule is null)
            db.AccessRules.Add(rule = AccessRule.Make(tenant, request.AgentId, request.Effect, caller, clock));
        else
            rule.Turn(request.Effect);
        foreach (var asked in await db.AccessRequests.Where(r => r.DecidedAt == null && r.CallerTenantId == caller.Tenant && (request.AgentId == null || r.AgentId == request.AgentId)).ToListAsync(cancellationToken))
        {
            asked.Decide(clock);
            outbox.Add(new LiveEvent("agent.access_decided", "agent", asked.AgentId.Value, tenant, new { asked.AgentId, request.Effect }, Audience.Of(asked.CallerTenantId)));
        }
        changes.Tell(rule);
        audit.Record("agent.rule_caller", "agent", request.AgentId?.Value ?? tenant.Value, before is null ? null : new { Effect = before },
            new { request.Effect, CallerTenant = caller.Tenant, CallerAgent = caller.Agent });
        return AccessRuleView.Of(rule, "");
    }
}
