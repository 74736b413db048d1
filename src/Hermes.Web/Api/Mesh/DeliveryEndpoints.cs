using System.Globalization;
using System.Text.Json;
using Hermes.Application.Mesh;
using Hermes.Application.Shared;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using Hermes.Web.Shared;
using MediatR;
using Microsoft.AspNetCore.Mvc;
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

        contracts.MapGet("/milestones", (Guid id, IMediator mediator, CancellationToken ct) => mediator.Ok(new ListMilestones(new(id)), ct))
            .Produces<MilestonesView>().WithSummary("The contract's milestones, with results for poster and winner.");
        contracts.MapPost("/milestones/{place}/deliver", (Guid id, string place, DeliverBody body, IMediator mediator, CancellationToken ct) => mediator.Ok(new DeliverMilestone(new(id), PlaceOf(place), body.Result), ct))
            .Produces<MilestoneView>().WithSummary("The winner hands a milestone's result in; its rules are run at once.");
        contracts.MapPost("/milestones/{place}/validate", async (Guid id, string place, ValidateBody body, IMediator mediator, CancellationToken ct) => body.Accept is { } accept
                ? await mediator.Ok(new ValidateMilestone(new(id), PlaceOf(place), accept, body.Score, body.Reason), ct)
                : ResultHttp.Problem(Error.Validation(new Dictionary<string, string[]> { ["accept"] = ["Say whether the result is accepted."] })))
            .Produces<MilestoneView>().WithSummary("The poster accepts or rejects a milestone; its part follows at once.");
        contracts.MapPost("/milestones/cancel", (Guid id, ReasonBody? body, IMediator mediator, CancellationToken ct) => mediator.Ok(new CancelRest(new(id), body?.Reason), ct))
            .Produces<ContractStateView>().WithSummary("The poster calls the rest off between two milestones.");

        var admin = api.MapGroup("/admin").WithTags("Operators");
        admin.MapGet("/disputes", ListDisputesAsync)
            .Produces<Page<DisputeRow>>().WithSummary("Disputes of all tenants; those that are not closed in the order they were opened.");
        admin.MapGet("/disputes/{id:guid}", (Guid id, IMediator mediator, CancellationToken ct) => mediator.Ok(new GetDispute(new(id)), ct))
            .Produces<DisputeCase>().WithSummary("A dispute as a case: what was asked for, what was delivered, what the checks found.");
        admin.MapPost("/contracts/{id:guid}/resolve", (Guid id, ResolveBody body, IMediator mediator, CancellationToken ct) =>
                mediator.Ok(new ResolveDispute(new(id), body.Decision, body.Percent, body.Note), ct))
            .Produces<DisputeResolved>().WithSummary("Decides a dispute or its appeal: release, refund or split; much money needs a second operator.");
    }

    // What is no number is no milestone's place either.
    private static int PlaceOf(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var place) ? place : 0;

    private static async Task<IResult> ListDisputesAsync(
        bool? open, string? state, [FromQuery(Name = "min_hours")] int? minHours, int? limit, string? cursor, IMediator mediator, CancellationToken cancellationToken)
    {
        if (!Words.TryRead<DisputeState>(state, out var only))
            return ResultHttp.Problem(Error.Validation(new Dictionary<string, string[]> { ["state"] = ["awaiting_response, in_review, decided, appealed or closed."] }));
        return await mediator.Ok(new ListDisputes(open ?? (only is null ? true : null), limit, cursor, only, minHours), cancellationToken);
    }

    private static async Task<IResult> ValidateAsync(Guid id, ValidateBody body, IMediator mediator, CancellationToken cancellationToken) =>
        body.Accept is { } accept
            ? await mediator.Ok(new ValidateContract(new(id), accept, body.Score, body.Reason), cancellationToken)
            : ResultHttp.Problem(Error.Validation(new Dictionary<string, string[]> { ["accept"] = ["Say whether the result is accepted."] }));
}
