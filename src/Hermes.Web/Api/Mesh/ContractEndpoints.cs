using System.Globalization;
using Hermes.Application.Mesh;
using Hermes.Application.Shared;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using Hermes.Web.Shared;
using MediatR;
using IResult = Microsoft.AspNetCore.Http.IResult;

namespace Hermes.Web.Api.Mesh;

/// <summary>A bid as an agent sends it.</summary>
/// <param name="Price">What it asks.</param>
/// <param name="EtaSeconds">Promised seconds from award to delivery.</param>
/// <param name="Confidence">0–1.</param>
/// <param name="Note">A line to the poster; left out for none.</param>
public sealed record BidBody(Money Price, int EtaSeconds, decimal Confidence, string? Note = null);

/// <summary>Which bid is awarded.</summary>
/// <param name="BidId">Left out: the best one.</param>
public sealed record AwardBody(Guid? BidId = null);

/// <summary>Which contracts, from the query string.</summary>
internal sealed record ContractQuery(
    string? Scope, string? State, string? Capability, string? Text, decimal? MinReward, decimal? MaxReward, string? Sort, int? Limit, string? Cursor);

internal sealed class ContractEndpoints : IEndpoints
{
    private static readonly Error BadCurrency = Error.Validation(new Dictionary<string, string[]> { ["currency"] = ["A currency that Hermes books."] });

    public void Map(IEndpointRouteBuilder api)
    {
        var contracts = api.MapGroup("/mesh/contracts").WithTags("Mesh");
        contracts.MapPost("", (ContractInput body, IMediator mediator, CancellationToken ct) =>
                mediator.Created(new PostContract(body), posted => $"/api/v1/mesh/contracts/{posted.Id}", ct))
            .WithSummary("Posts a contract: as a draft, planned for its start, or open for bids at once.");
        contracts.MapGet("", ListAsync).Produces<Page<ContractRow>>().WithSummary("Contracts that the caller may see, also as CSV.");
        contracts.MapGet("/estimate", EstimateAsync).Produces<ContractEstimate>()
            .WithSummary("What contracts for the same capabilities (separated by commas) were awarded for, or what agents usually ask.");
        contracts.MapGet("/{id:guid}", GetAsync).Produces<ContractView>().WithSummary("A contract with bids, award and what the caller may do.");
        contracts.MapPut("/{id:guid}", EditAsync).Produces<ContractPosted>().WithSummary("Replaces a draft's terms; If-Match guards against lost updates.");
        contracts.MapPost("/{id:guid}/publish", (Guid id, IMediator mediator, CancellationToken ct) => mediator.Ok(new PublishDraft(new(id)), ct))
            .WithSummary("Publishes a draft.");
        contracts.MapPost("/{id:guid}/cancel", (Guid id, ReasonBody? body, IMediator mediator, CancellationToken ct) => mediator.Ok(new CancelContract(new(id), body?.Reason), ct))
            .WithSummary("Calls a contract off before it is awarded.");
        contracts.MapPost("/{id:guid}/bid", (Guid id, BidBody body, IMediator mediator, CancellationToken ct) =>
                mediator.Created(new PlaceBid(new(id), body.Price, body.EtaSeconds, body.Confidence, body.Note), _ => $"/api/v1/mesh/contracts/{id}/bid", ct))
            .WithSummary("Places the calling agent's bid, or revises it.");
        contracts.MapGet("/{id:guid}/bid", (Guid id, IMediator mediator, CancellationToken ct) => mediator.Ok(new GetOwnBid(new(id)), ct))
            .WithSummary("The calling agent's bid; after the award with its components and the winner's total.");
        contracts.MapDelete("/{id:guid}/bid", (Guid id, IMediator mediator, CancellationToken ct) => mediator.Ok(new WithdrawBid(new(id)), ct))
            .WithSummary("Takes the calling agent's bid back while the window is open.");
        contracts.MapGet("/{id:guid}/bids", (Guid id, IMediator mediator, CancellationToken ct) => mediator.Ok(new ListBids(new(id)), ct))
            .WithSummary("The bids as the caller may see them.");
        contracts.MapPost("/{id:guid}/award", (Guid id, AwardBody? body, IMediator mediator, CancellationToken ct) =>
                mediator.Ok(new AwardContract(new(id), body?.BidId is { } bid ? new BidId(bid) : null), ct))
            .WithSummary("Awards by hand: the bid named, else the best one.");
        contracts.MapGet("/{id:guid}/receipt", ReceiptAsync).Produces<ReceiptView>().WithSummary("The award's signed receipt; as application/jose the bare JWS.");
        api.MapPost("/mesh/receipts/verify", (VerifyReceipt body, IMediator mediator, CancellationToken ct) => mediator.Ok(body, ct))
            .WithTags("Mesh").WithSummary("Verifies a receipt and recomputes its winner.");
    }

    private static async Task<IResult> EstimateAsync(string? capabilities, string? currency, IMediator mediator, CancellationToken cancellationToken) =>
        Currency.TryParse(currency ?? "USD", out var known)
            ? await mediator.Ok(new EstimateContract((capabilities ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries), known), cancellationToken)
            : ResultHttp.Problem(BadCurrency);

    private static async Task<IResult> ListAsync([AsParameters] ContractQuery query, HttpRequest request, IMediator mediator, CancellationToken cancellationToken)
    {
        if (!Words.TryRead<ContractScope>(query.Scope, out var scope))
            return Wrong("scope", "all, mine, open, bid or won.");
        if (!Words.TryRead<ContractState>(query.State, out var state))
            return Wrong("state", "A contract's state, such as bidding.");
        if (!Words.TryRead<ContractSort>(query.Sort, out var sort))
            return Wrong("sort", "newest, closing or reward.");
        if (!CsvText.IsWanted(request))
        {
            return await mediator.Ok(new ListContracts
            {
                Scope = scope ?? default,
                State = state,
                Capability = query.Capability,
                Text = query.Text,
                MinReward = query.MinReward,
                MaxReward = query.MaxReward,
                Sort = sort ?? default,
                Limit = query.Limit,
                Cursor = query.Cursor,
            }, cancellationToken);
        }
        var all = await mediator.Send(new ExportContracts
        {
            Scope = scope ?? default,
            State = state,
            Capability = query.Capability,
            Text = query.Text,
            MinReward = query.MinReward,
            MaxReward = query.MaxReward,
            Sort = sort ?? default,
        }, cancellationToken);
        return all.ToHttp(rows => CsvText.File("contracts", Head, rows.Select(Cells)));
    }

    private static async Task<IResult> GetAsync(Guid id, HttpResponse response, IMediator mediator, CancellationToken cancellationToken)
    {
        var result = await mediator.Send(new GetContract(new(id)), cancellationToken);
        if (result.Succeeded)
            Versions.Write(response.HttpContext, result.Value.Version);
        return result.ToHttp(contract => Results.Json(contract, HermesJson.Options));
    }

    private static async Task<IResult> EditAsync(Guid id, ContractInput body, HttpRequest request, IMediator mediator, CancellationToken cancellationToken)
    {
        var result = await mediator.Send(new EditDraft(new(id), body, Versions.Expected(request)), cancellationToken);
        if (result is { Succeeded: true, Value.Version: { } version })
            Versions.Write(request.HttpContext, version);
        return result.ToHttp(edited => Results.Json(edited, HermesJson.Options));
    }

    private static async Task<IResult> ReceiptAsync(Guid id, int? round, HttpRequest request, IMediator mediator, CancellationToken cancellationToken) =>
        (await mediator.Send(new GetReceipt(new(id), round), cancellationToken)).ToHttp(receipt =>
            request.Headers.Accept.ToString().StartsWith("application/jose", StringComparison.OrdinalIgnoreCase)
                ? Results.Text(receipt.Jws, "application/jose")
                : Results.Json(receipt, HermesJson.Options));

    private static readonly string[] Head =
        ["id", "title", "state", "mine", "reward", "price", "currency", "required_capabilities", "created_at", "bidding_closes_at", "deliver_by"];

    private static IReadOnlyList<string?> Cells(ContractRow row) =>
    [
        row.Id.ToString(), row.Title, SnakeCase.Of(row.State.ToString()), row.Mine ? "true" : "false", row.Reward.ToAmountString(), row.Price?.ToAmountString(),
        row.Reward.Currency.Code, string.Join(' ', row.RequiredCapabilities), Instant(row.CreatedAt), Instant(row.BiddingClosesAt), Instant(row.DeliverBy),
    ];

    private static string? Instant(DateTimeOffset? instant) => instant?.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);

    private static IResult Wrong(string member, string message) => ResultHttp.Problem(Error.Validation(new Dictionary<string, string[]> { [member] = [message] }));
}
