using Hermes.Application.Shared;
using Hermes.Domain.Calls;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Calls;

/// <summary>Asks an agent's owner to be let in. Asking again while the owner thinks changes nothing.</summary>
/// <param name="AgentId">The agent.</param>
/// <param name="Note">A line to the owner; may be empty.</param>
[Requires(Permissions.AgentsCall)]
public sealed record RequestAccess(AgentId AgentId, string Note = "") : ICommand<AccessRequested>, IAcrossTenants;

/// <summary>What came of it.</summary>
/// <param name="State"><c>waiting</c>, or <c>allowed</c> when nothing needs to be asked.</param>
public sealed record AccessRequested(string State);

internal sealed class RequestAccessValidator : AbstractValidator<RequestAccess>
{
    public RequestAccessValidator() => RuleFor(r => r.Note).NotNull().MaximumLength(500);
}

internal sealed class RequestAccessHandler(ICallsDb db, ICallDirectory directory, IOutbox outbox, IAudit audit, ICurrentActor current, TimeProvider clock)
    : IRequestHandler<RequestAccess, Result<AccessRequested>>
{
    public async Task<Result<AccessRequested>> Handle(RequestAccess request, CancellationToken cancellationToken)
    {
        var caller = current.Actor.RequiredTenant;
        if (await directory.FindAsync(request.AgentId, caller, current.Actor.Agent, cancellationToken) is not { IsRetired: false } agent || (!agent.Access.IsAllowed && !agent.Facts.IsPublic))
            return CallErrors.AgentNotFound;
        if (agent.Access.IsAllowed && (agent.Access.IsApproved || !agent.RequiresApproval))
            return new AccessRequested("allowed");
        if (await db.AccessRequests.AnyAsync(r => r.AgentId == request.AgentId && r.CallerTenantId == caller && r.DecidedAt == null, cancellationToken))
            return new AccessRequested("waiting");
        db.AccessRequests.Add(AccessRequest.Ask(agent.TenantId, agent.Id, caller, request.Note, clock));
        audit.Record("agent.request_access", "agent", agent.Id.Value, null, new { request.Note }, caller);
        outbox.Add(new LiveEvent("agent.access_requested", "agent", agent.Id.Value, caller, new { AgentId = agent.Id, TenantId = caller }, Audience.Of(agent.TenantId)));
        return new AccessRequested("waiting");
    }
}
