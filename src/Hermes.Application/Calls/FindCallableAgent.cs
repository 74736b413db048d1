using Hermes.Application.Shared;
using Hermes.Application.Tenancy.Public;
using Hermes.Domain.Calls;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Calls;

/// <summary>An agent as the caller may know it for calling: what its card says. Those who may not call it don't find it.</summary>
/// <param name="Id">The agent.</param>
[AllowsAnyone("the cards of public agents are public; others are found by those who may call them")]
public sealed record FindCallableAgent(AgentId Id) : IQuery<CallTarget>;

internal sealed class FindCallableAgentHandler(ICallDirectory directory, ITenants tenants, ICurrentActor current) : IRequestHandler<FindCallableAgent, Result<CallTarget>>
{
    public async Task<Result<CallTarget>> Handle(FindCallableAgent request, CancellationToken cancellationToken) =>
        await directory.FindAsync(request.Id, current.Actor.Tenant, current.Actor.Agent, cancellationToken) is { IsRetired: false, Access.IsAllowed: true } agent
            && (BuiltInAgents.Is(agent.Id) || (await tenants.FindAsync(agent.TenantId, cancellationToken)) is not { IsActive: false })
            ? agent
            : CallErrors.AgentNotFound;
}
