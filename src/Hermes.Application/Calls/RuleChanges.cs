using Hermes.Application.Calls.Public;
using Hermes.Application.Shared;
using Hermes.Domain.Calls;

namespace Hermes.Application.Calls;

/// <summary>Tells every node that rules about a caller changed; this one knows it as soon as the change is committed.</summary>
public sealed class RuleChanges(ICallAccess access, IOutbox outbox, IUnitOfWork work)
{
    /// <summary>The rule was made, turned or removed.</summary>
    public void Tell(AccessRule rule)
    {
        var caller = rule.CallerAgentId?.Value ?? rule.CallerTenantId!.Value.Value;
        outbox.Add(new LiveEvent(AccessEvents.RulesChanged, AccessEvents.Caller, caller, rule.TenantId, new { rule.AgentId }, Audience.Of(rule.TenantId)));
        work.AfterCommit(() => access.Forget(rule.CallerTenantId, rule.CallerAgentId));
    }
}
