using Hermes.Application.Agents;
using Hermes.Application.Insights;
using Hermes.Application.Shared;
using Hermes.Domain.Agents;
using Hermes.Domain.Shared;
using Hermes.Domain.Tenancy;
using Hermes.Web.Shared;
using MediatR;

namespace Hermes.Web.Api.Agents;

/// <summary>An organisation's agents as a fleet.</summary>
internal sealed class FleetEndpoints : IEndpoints
{
    public void Map(IEndpointRouteBuilder api)
    {
        var organisation = api.MapGroup("/orgs/{id:guid}").WithTags("Agents").OfOwnOrganisation(TenancyErrors.NotFound);
        organisation.MapGet("/agents", (Guid id, AgentStatus? status, int? limit, string? cursor, IMediator mediator, CancellationToken ct) =>
                mediator.Ok(new ListAgents(new AgentFilter { Mine = true, Status = status }, limit, cursor), ct))
            .Produces<Page<AgentView>>().WithSummary("The organisation's agents.");
        // The organisation in the path is the one that takes the agent over; the caller's own gives it.
        api.MapPost("/orgs/{id:guid}/agents/{agentId:guid}/assign", (Guid id, Guid agentId, IMediator mediator, CancellationToken ct) =>
                mediator.Ok(new AssignAgent(new AgentId(agentId), new NewOwner(new TenantId(id))), ct))
            .WithTags("Agents").Produces<AgentAssigned>().WithSummary("Gives one of your agents to another organisation of yours.");
        organisation.MapGet("/metrics", (Guid id, int? days, IMediator mediator, CancellationToken ct) => mediator.Ok(new GetFleet(days ?? 30), ct))
            .Produces<FleetView>().WithSummary("What the organisation's agents finished, how well, and what they earned.");
    }
}
