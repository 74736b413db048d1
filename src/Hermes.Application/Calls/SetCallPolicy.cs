using Hermes.Application.Shared;
using Hermes.Domain.Calls;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Calls;

/// <summary>Says how an agent of the own tenant is to be called.</summary>
/// <param name="AgentId">The agent.</param>
/// <param name="Policy">The whole policy.</param>
[Requires(Permissions.AgentsUpdate)]
public sealed record SetCallPolicy(AgentId AgentId, CallPolicyView Policy) : ICommand<CallPolicyView>;

internal sealed class SetCallPolicyHandler(ICallsDb db, ICallDirectory directory, IAudit audit, ICurrentActor current) : IRequestHandler<SetCallPolicy, Result<CallPolicyView>>
{
    private static readonly Error NoBackup = Error.Validation(new Dictionary<string, string[]> { ["backup_agent_id"] = ["There is no such agent."] });

    public async Task<Result<CallPolicyView>> Handle(SetCallPolicy request, CancellationToken cancellationToken)
    {
        var (tenant, wanted) = (current.Actor.RequiredTenant, request.Policy);
        if (await directory.FindAsync(request.AgentId, tenant, null, cancellationToken) is not { Facts.SameTenant: true })
            return CallErrors.AgentNotFound;
        if (wanted.BackupAgentId is { } backup && await directory.FindAsync(backup, tenant, null, cancellationToken) is not { Access.IsAllowed: true, IsRetired: false })
            return NoBackup;
        var policy = await db.CallPolicies.SingleOrDefaultAsync(p => p.AgentId == request.AgentId, cancellationToken);
        var before = policy is null ? null : CallPolicyView.Of(policy);
        if (policy is null)
            db.CallPolicies.Add(policy = CallPolicy.Default(request.AgentId, tenant));
        if (policy.Set(wanted.RequiresApproval, wanted.AllowedOrigins, wanted.MaxCallsPerHour, wanted.MaxParallel, wanted.TimeoutSeconds, wanted.BackupAgentId).Error is { } wrong)
            return wrong;
        audit.Record("agent.call_policy", "agent", request.AgentId.Value, before, CallPolicyView.Of(policy));
        return CallPolicyView.Of(policy);
    }
}
