using Hermes.Application.Shared;
using Hermes.Domain.Calls;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Calls;

/// <summary>Takes a rule of the own tenant back.</summary>
/// <param name="Id">The rule.</param>
[Requires(Permissions.AgentsUpdate)]
public sealed record RemoveAccessRule(Guid Id) : ICommand<Done>;

internal sealed class RemoveAccessRuleHandler(ICallsDb db, RuleChanges changes, IAudit audit) : IRequestHandler<RemoveAccessRule, Result<Done>>
{
    public async Task<Result<Done>> Handle(RemoveAccessRule request, CancellationToken cancellationToken)
    {
        if (await db.AccessRules.SingleOrDefaultAsync(r => r.Id == request.Id, cancellationToken) is not { } rule)
            return CallErrors.RuleNotFound;
        db.AccessRules.Remove(rule);
        changes.Tell(rule);
        audit.Record("agent.remove_rule", "agent", rule.AgentId?.Value ?? rule.TenantId.Value, new { rule.Effect, rule.CallerTenantId, rule.CallerAgentId }, null);
        return Done.Ok;
    }
}
