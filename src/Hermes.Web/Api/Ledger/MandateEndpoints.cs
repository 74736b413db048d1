using Hermes.Application.Ledger;
using Hermes.Application.Shared;
using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Shared;
using Hermes.Web.Shared;
using MediatR;

namespace Hermes.Web.Api.Ledger;

internal sealed class MandateEndpoints : IEndpoints
{
    public void Map(IEndpointRouteBuilder api)
    {
        var mandates = api.MapGroup("/mandates").WithTags("Ledger");
        mandates.MapGet("", (Guid? agent_id, bool? live, int? limit, string? cursor, IMediator mediator, CancellationToken ct) =>
                mediator.Ok(new ListMandates(agent_id is { } agent ? new AgentId(agent) : null, live ?? false, limit, cursor), ct))
            .WithSummary("The organisation's spend mandates, latest first.");
        mandates.MapPost("", (MandateBody body, IMediator mediator, CancellationToken ct) =>
                mediator.Created(new GiveMandate(body.AgentId, body.Terms()), given => $"/api/v1/mandates/{given.Id}", ct))
            .WithSummary("Gives an agent a budget: amount per period, ceiling, payees, capabilities, project, expiry.");
        mandates.MapGet("/mine", (IMediator mediator, CancellationToken ct) => mediator.Ok(new ListOwnMandates(), ct))
            .WithSummary("The calling agent's own mandates and what is left of them.");
        mandates.MapGet("/rules", (IMediator mediator, CancellationToken ct) => mediator.Ok(new GetSpendRules(), ct))
            .WithSummary("Whether the organisation's agents pay by mandate only.");
        mandates.MapPut("/rules", (SpendRulesView body, IMediator mediator, CancellationToken ct) => mediator.Ok(new SetSpendRules(body.MandatesRequired), ct))
            .WithSummary("Says whether the organisation's agents pay by mandate only.");
        mandates.MapGet("/{id:guid}", async (Guid id, HttpContext context, IMediator mediator, CancellationToken ct) =>
                Answer(context, await mediator.Send(new GetMandate(new MandateId(id)), ct)))
            .Produces<MandateView>().WithSummary("A mandate with what is spent and left.");
        mandates.MapPut("/{id:guid}", async (Guid id, MandateInput body, HttpContext context, IMediator mediator, CancellationToken ct) =>
                Answer(context, await mediator.Send(new EditMandate(new MandateId(id), body, Versions.Expected(context.Request)), ct)))
            .Produces<MandateView>().WithSummary("Replaces a mandate's terms; If-Match guards against lost updates.");
        mandates.MapPost("/{id:guid}/revoke", (Guid id, IMediator mediator, CancellationToken ct) => mediator.Ok(new RevokeMandate(new MandateId(id)), ct))
            .WithSummary("Takes a mandate back, at once.");
        mandates.MapDelete("/{id:guid}", (Guid id, IMediator mediator, CancellationToken ct) => mediator.NoContent(new RemoveMandate(new MandateId(id)), ct))
            .WithSummary("Takes a revoked or expired mandate off the list.");
        mandates.MapGet("/{id:guid}/usage", (Guid id, int? limit, string? cursor, IMediator mediator, CancellationToken ct) =>
                mediator.Ok(new ListMandateUses(new MandateId(id), limit, cursor), ct))
            .WithSummary("What was paid by a mandate, latest first.");
    }

    private static Microsoft.AspNetCore.Http.IResult Answer(HttpContext context, Result<MandateView> result) => result.ToHttp(view =>
    {
        Versions.Write(context, (uint)view.Revision);
        return Results.Json(view, HermesJson.Options);
    });

    /// <summary>Body of a new mandate.</summary>
    /// <param name="AgentId">Who may spend: an agent of the organisation.</param>
    /// <param name="Name">For people.</param>
    /// <param name="Amount">The most in one period.</param>
    /// <param name="Period">How often the amount is there anew.</param>
    /// <param name="PerCall">The most for one call or contract.</param>
    /// <param name="PayeeAgentIds">Agents that may be paid.</param>
    /// <param name="PayeeTenantIds">Organisations that may be paid.</param>
    /// <param name="Capabilities">What may be paid for.</param>
    /// <param name="Project">A label that payments must name.</param>
    /// <param name="StartsAt">Not before.</param>
    /// <param name="ExpiresAt">Not from then on.</param>
    internal sealed record MandateBody(
        AgentId AgentId, string? Name = null, Money? Amount = null, Hermes.Domain.Ledger.MandatePeriod Period = Hermes.Domain.Ledger.MandatePeriod.Once, Money? PerCall = null,
        IReadOnlyList<AgentId>? PayeeAgentIds = null, IReadOnlyList<TenantId>? PayeeTenantIds = null, IReadOnlyList<string>? Capabilities = null, string? Project = null,
        DateTimeOffset? StartsAt = null, DateTimeOffset? ExpiresAt = null)
    {
        internal MandateInput Terms() => new()
        {
            Name = Name,
            Amount = Amount,
            Period = Period,
            PerCall = PerCall,
            PayeeAgentIds = PayeeAgentIds,
            PayeeTenantIds = PayeeTenantIds,
            Capabilities = Capabilities,
            Project = Project,
            StartsAt = StartsAt,
            ExpiresAt = ExpiresAt,
        };
    }
}
