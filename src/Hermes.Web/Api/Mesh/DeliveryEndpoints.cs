using System.Text.Json;
using Hermes.Application.Mesh;
using Hermes.Application.Shared;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using Hermes.Web.Shared;
using MediatR;
using IResult = Microsoft.AspNetCore.Http.IResult;

namespace Hermes.Web.Api.Mesh;

/// <summary>A result.</summary>
/// <param name="Result">Any JSON value.</param>
public sealed record DeliverBody(JsonElement Result);

/// <summary>A poster's verdict.</summary>
/// <param name="Accept">Accept or reject.</param>
/// <param name="Score">0–1; left out: 1 when accepted, 0 when rejected.</param>
/// <param name="Reason">Why; needed when rejected.</param>
public sealed record ValidateBody(bool? Accept = null, decimal? Score = null, string? Reason = null);

/// <summary>A rating.</summary>
/// <param name="Stars">1–5.</param>
public sealed record RatingBody(int Stars);

/// <summary>An operator's decision.</summary>
/// <param name="Decision"><c>release</c>, <c>refund</c> or <c>split</c>.</param>
/// <param name="Percent">Percent to release, for a split.</param>
/// <param name="Note">Words to both sides.</param>
public sealed record ResolveBody(DisputeDecision Decision, int? Percent = null, string? Note = null);

internal sealed class DeliveryEndpoints : IEndpoints
{
    public void Map(IEndpointRouteBuilder api)
    {
        var contracts = api.MapGroup("/mesh/contracts/{id:guid}").WithTags("Mesh");
        contracts.MapPost("/start", (Guid id, IMediator mediator, CancellationToken ct) => mediator.Ok(new StartWork(new(id)), ct))
            .Produces<ContractStateView>().WithSummary("The winner begins; from now on the poster can't call the contract off.");
        contracts.MapPost("/deliver", (Guid id, DeliverBody body, IMediator mediator, CancellationToken ct) => mediator.Ok(new DeliverContract(new(id), body.Result), ct))
            .Produces<DeliveryReceived>().WithSummary("The winner hands its result in; the contract's rules are run at once.");
        contracts.MapPost("/hand-back", (Guid id, ReasonBody? body, IMediator mediator, CancellationToken ct) => mediator.Ok(new HandBackContract(new(id), body?.Reason), ct))
            .Produces<ContractStateView>().WithSummary("The winner gives the contract back; the next best bid may be awarded.");
        contracts.MapGet("/delivery", (Guid id, IMediator mediator, CancellationToken ct) => mediator.Ok(new GetDelivery(new(id)), ct))
            .Produces<DeliveryView>().WithSummary("Result, checks, settlement and dispute, for poster and winner.");
        contracts.MapPost("/validate", ValidateAsync)
            .Produces<ContractValidated>().WithSummary("The poster accepts or rejects a result that no rule has scored.");
        contracts.MapPost("/settle", (Guid id, IMediator mediator, CancellationToken ct) => mediator.Ok(new SettleContract(new(id)), ct))
            .Produces<SettlementView>().WithSummary("Settles a validated contract now; a settled one answers again.");
        contracts.MapPost("/dispute", (Guid id, ReasonBody? body, IMediator mediator, CancellationToken ct) => mediator.Ok(new OpenDispute(new(id), body?.Reason), ct))
            .Produces<DisputeView>().WithSummary("Poster or winner disagrees; what is held stays held.");
        contracts.MapPost("/rating", (Guid id, RatingBody body, IMediator mediator, CancellationToken ct) => mediator.Ok(new RateContract(new(id), body.Stars), ct))
            .Produces<ContractRated>().WithSummary("The poster rates a settled contract once.");

        var admin = api.MapGroup("/admin").WithTags("Operators");
        admin.MapGet("/disputes", (bool? open, int? limit, string? cursor, IMediator mediator, CancellationToken ct) => mediator.Ok(new ListDisputes(open, limit, cursor), ct))
            .Produces<Page<DisputeRow>>().WithSummary("Disputes of all tenants, latest first.");
        admin.MapGet("/disputes/{id:guid}", (Guid id, IMediator mediator, CancellationToken ct) => mediator.Ok(new GetDispute(new(id)), ct))
            .Produces<DisputeCase>().WithSummary("A dispute as a case: what was asked for, what was delivered, what the checks found.");
        admin.MapPost("/contracts/{id:guid}/resolve", (Guid id, ResolveBody body, IMediator mediator, CancellationToken ct) =>
                mediator.Ok(new ResolveDispute(new(id), body.Decision, body.Percent, body.Note), ct))
            .Produces<SettlementView>().WithSummary("Decides a dispute: release, refund or split.");
    }

    private static async Task<IResult> ValidateAsync(Guid id, ValidateBody body, IMediator mediator, CancellationToken cancellationToken) =>
        body.Accept is { } accept
            ? await mediator.Ok(new ValidateContract(new(id), accept, body.Score, body.Reason), cancellationToken)
            : ResultHttp.Problem(Error.Validation(new Dictionary<string, string[]> { ["accept"] = ["Say whether the result is accepted."] }));
}
