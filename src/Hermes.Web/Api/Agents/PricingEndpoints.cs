using Hermes.Application.Agents;
using Hermes.Application.Shared;
using Hermes.Domain.Agents.Public;
using Hermes.Domain.Shared;
using Hermes.Web.Shared;
using MediatR;
using IResult = Microsoft.AspNetCore.Http.IResult;

namespace Hermes.Web.Api.Agents;

/// <summary>What an agent asks from now on or from later.</summary>
/// <param name="Kind"><c>per_call</c>, <c>per_unit</c>, <c>dynamic</c> or <c>subscription</c>.</param>
/// <param name="Amount">Per call: the price. Per unit: what every call costs. Dynamic: the base. Subscription: a month.</param>
/// <param name="Unit">With <c>per_unit</c>.</param>
/// <param name="Dynamic">With <c>dynamic</c>.</param>
/// <param name="Subscription">With <c>subscription</c>.</param>
/// <param name="Reserve">The least that the agent may bid for a contract; any price when left out.</param>
/// <param name="EffectiveFrom">An instant within two years; now when left out.</param>
public sealed record PriceBody(
    PriceKind Kind, Money Amount, UnitTerms? Unit = null, DynamicTerms? Dynamic = null, SubscriptionTerms? Subscription = null, Money? Reserve = null, DateTimeOffset? EffectiveFrom = null);

internal sealed class PricingEndpoints : IEndpoints
{
    public void Map(IEndpointRouteBuilder api)
    {
        var pricing = api.MapGroup("/agents/{id:guid}/pricing").WithTags("Agents");
        pricing.MapGet("", GetAsync).Produces<PricingView>().WithSummary("What an agent asks now, will ask and asked before.");
        pricing.MapPost("", SetAsync).Produces<PriceSet>(StatusCodes.Status201Created)
            .WithSummary("Says what an own agent asks, from now or later; If-Match guards against lost updates.");
    }

    private static async Task<IResult> GetAsync(Guid id, int? limit, string? cursor, HttpContext context, IMediator mediator)
    {
        var result = await mediator.Send(new GetPricing(new AgentId(id), limit, cursor), context.RequestAborted);
        if (result.Succeeded)
            Versions.Write(context, result.Value.Version);
        return result.ToHttp(pricing => Results.Json(pricing, HermesJson.Options));
    }

    private static async Task<IResult> SetAsync(Guid id, PriceBody body, HttpContext context, IMediator mediator)
    {
        var result = await mediator.Send(new SetPrice(new AgentId(id), new PriceTerms(body.Kind, body.Amount, body.Unit, body.Dynamic, body.Subscription), body.Reserve, body.EffectiveFrom,
            Versions.Expected(context.Request)), context.RequestAborted);
        if (result.Succeeded)
            Versions.Write(context, result.Value.Version);
        return result.ToHttp(set => Results.Json(set, HermesJson.Options, statusCode: StatusCodes.Status201Created));
    }
}
