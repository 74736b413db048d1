using Hermes.Application.Calls;
using Hermes.Application.Shared;
using Hermes.Domain.Shared;
using Hermes.Web.Shared;
using MediatR;

namespace Hermes.Web.Api.Calls;

/// <summary>A subscription to take.</summary>
/// <param name="MaxPrice">The most that a month may cost; what is asked when left out.</param>
public sealed record SubscribeBody(Money? MaxPrice = null);

internal sealed class SubscriptionEndpoints : IEndpoints
{
    public void Map(IEndpointRouteBuilder api)
    {
        api.MapGet("/agents/subscriptions", (int? limit, string? cursor, IMediator mediator, CancellationToken ct) => mediator.Ok(new ListSubscriptions(limit, cursor), ct))
            .WithTags("Calls").Produces<Page<SubscriptionRow>>().WithSummary("Your organisation's subscriptions of agents, running or ended, last begun first.");
        var subscription = api.MapGroup("/agents/{id:guid}/subscription").WithTags("Calls");
        subscription.MapGet("", (Guid id, IMediator mediator, CancellationToken ct) => mediator.Ok(new GetSubscription(new AgentId(id)), ct))
            .Produces<SubscriptionView>().WithSummary("Your organisation's subscription of an agent, with the calls that it used.");
        subscription.MapPost("", (Guid id, SubscribeBody? body, IMediator mediator, CancellationToken ct) => mediator.Ok(new SubscribeToAgent(new AgentId(id), body?.MaxPrice), ct))
            .Produces<SubscriptionView>().WithSummary("Subscribes to an agent and pays the first month; one that runs is no longer cancelled.");
        subscription.MapDelete("", (Guid id, IMediator mediator, CancellationToken ct) => mediator.Ok(new CancelSubscription(new AgentId(id)), ct))
            .Produces<SubscriptionView>().WithSummary("Lets a subscription end with the month that is paid.");
    }
}
