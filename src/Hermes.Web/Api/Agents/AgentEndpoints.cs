using System.Globalization;
using Hermes.Application.Agents;
using Hermes.Application.Shared;
using Hermes.Domain.Agents;
using Hermes.Domain.Shared;
using Hermes.Web.Shared;
using MediatR;
using IResult = Microsoft.AspNetCore.Http.IResult;

namespace Hermes.Web.Api.Agents;

/// <summary>What is said of an agent, as it is registered and edited.</summary>
/// <param name="Name">1–100 characters.</param>
/// <param name="Description">What it does.</param>
/// <param name="Capabilities">1–50 names such as <c>text.summarize</c>.</param>
/// <param name="Endpoint">Where it answers calls; none for an agent that works through its socket only.</param>
/// <param name="BasePrice">What it usually asks; nothing when left out.</param>
/// <param name="Visibility"><c>public</c> (default), <c>tenant</c> or <c>permissioned</c>.</param>
/// <param name="Tags">At most 20 names.</param>
/// <param name="Categories">At most 5 names.</param>
/// <param name="Capacity">Pieces of work at the same time, 1 when left out.</param>
/// <param name="Languages">At most 30, such as <c>en</c>.</param>
/// <param name="Regions">At most 30, such as <c>eu</c>.</param>
/// <param name="DerivedFrom">The agent that it derives from; said once, left out afterwards.</param>
/// <param name="RoyaltyPercent">0–10: what agents of others that derive from it owe of what they are paid; left out: others may not.</param>
public sealed record AgentBody(
    string? Name = null,
    string? Description = null,
    IReadOnlyList<string>? Capabilities = null,
    string? Endpoint = null,
    Money? BasePrice = null,
    AgentVisibility Visibility = AgentVisibility.Public,
    IReadOnlyList<string>? Tags = null,
    IReadOnlyList<string>? Categories = null,
    int Capacity = 1,
    IReadOnlyList<string>? Languages = null,
    IReadOnlyList<string>? Regions = null,
    Guid? DerivedFrom = null,
    decimal? RoyaltyPercent = null)
{
    internal AgentProfile ToProfile() => new(Name ?? "", Description ?? "", Capabilities ?? [], string.IsNullOrWhiteSpace(Endpoint) ? null : Endpoint.Trim(),
        BasePrice ?? Money.Zero(Currency.Usd), Visibility, Tags ?? [], Categories ?? [], Capacity, Languages, Regions,
        DerivedFrom is { } origin ? new AgentId(origin) : null, RoyaltyPercent);
}

/// <summary>A key to make.</summary>
/// <param name="OverlapHours">How long the agent's other keys live on, 0–720; left out: they are not touched.</param>
/// <param name="Scopes">Left out: all that an agent may do.</param>
/// <param name="ExpiresInDays">1–3,650; left out: the key doesn't end by itself.</param>
public sealed record AgentKeyBody(int? OverlapHours = null, IReadOnlyList<string>? Scopes = null, int? ExpiresInDays = null);

/// <summary>Which agents, from the query string.</summary>
internal sealed record AgentQuery(
    string? Capability, string? Text, string? Tag, string? Category, decimal? MaxPrice, string? Currency, decimal? MinReputation,
    bool? Mine, string? Status, bool? Available, string? Sort, int? Limit, string? Cursor);

internal sealed class AgentEndpoints : IEndpoints
{
    public void Map(IEndpointRouteBuilder api)
    {
        var agents = api.MapGroup("/agents").WithTags("Agents");
        agents.MapPost("/register", RegisterAsync).Produces<RegisteredAgent>(StatusCodes.Status201Created)
            .WithSummary("Registers an agent. The key is in this answer only.");
        agents.MapGet("", ListAsync).Produces<Page<AgentView>>().WithSummary("Agents of the own organisation and public ones, also as CSV.");
        agents.MapGet("/{id:guid}", GetAsync).Produces<AgentView>().WithSummary("An agent.");
        agents.MapPut("/{id:guid}", EditAsync).Produces<AgentView>().WithSummary("Replaces what is said of an agent; If-Match guards against lost updates.");
        agents.MapPost("/{id:guid}/pause", (Guid id, IMediator mediator, CancellationToken ct) => mediator.Ok(new PauseAgent(new AgentId(id)), ct))
            .Produces<AgentView>().WithSummary("Stops an agent for a while.");
        agents.MapPost("/{id:guid}/resume", (Guid id, IMediator mediator, CancellationToken ct) => mediator.Ok(new ResumeAgent(new AgentId(id)), ct))
            .Produces<AgentView>().WithSummary("Lets a paused agent work again.");
        agents.MapPost("/{id:guid}/retire", (Guid id, IMediator mediator, CancellationToken ct) => mediator.Ok(new RetireAgent(new AgentId(id)), ct))
            .Produces<AgentView>().WithSummary("Ends an agent for good and revokes its keys.");
        agents.MapGet("/{id:guid}/earnings", (Guid id, int? limit, string? cursor, IMediator mediator, CancellationToken ct) =>
                mediator.Ok(new GetAgentEarnings(new AgentId(id), limit, cursor), ct))
            .Produces<AgentEarnings>().WithSummary("What an own agent earned: totals, by month, and share by share.");
        agents.MapGet("/{id:guid}/keys", async (Guid id, IMediator mediator, CancellationToken ct) =>
                (await mediator.Send(new ListAgentKeys(new AgentId(id)), ct)).ToHttp(keys => Results.Json(new Page<AgentKeyView>(keys, null), HermesJson.Options)))
            .Produces<Page<AgentKeyView>>().WithSummary("An agent's keys, never their text.");
        agents.MapPost("/{id:guid}/keys", (Guid id, AgentKeyBody? body, IMediator mediator, CancellationToken ct) =>
                mediator.Created(new MakeAgentKey(new AgentId(id), body?.OverlapHours, body?.Scopes, body?.ExpiresInDays), made => $"/api/v1/agents/{id}/keys/{made.Details.Id}", ct))
            .Produces<MadeAgentKey>(StatusCodes.Status201Created).WithSummary("Makes a key; with overlap_hours it replaces the others after so many hours.");
        agents.MapDelete("/{id:guid}/keys/{keyId:guid}", (Guid id, Guid keyId, IMediator mediator, CancellationToken ct) => mediator.NoContent(new RevokeAgentKey(new AgentId(id), new AgentKeyId(keyId)), ct))
            .Produces(StatusCodes.Status204NoContent).WithSummary("Revokes a key at once.");
    }

    private static async Task<IResult> RegisterAsync(AgentBody body, HttpResponse response, IMediator mediator, CancellationToken cancellationToken)
    {
        var result = await mediator.Send(new RegisterAgent(body.ToProfile()), cancellationToken);
        if (result.Succeeded)
            Versions.Write(response.HttpContext, result.Value.Agent.Version);
        return result.ToHttp(made =>
        {
            response.Headers.Location = $"/api/v1/agents/{made.Agent.Id}";
            return Results.Json(made, HermesJson.Options, statusCode: StatusCodes.Status201Created);
        });
    }

    private static async Task<IResult> ListAsync([AsParameters] AgentQuery query, HttpRequest request, IMediator mediator)
    {
        if (!Words.TryRead<AgentStatus>(query.Status, out var status))
            return ResultHttp.Problem(AgentErrors.Member("status", "active, paused or retired."));
        if (!Words.TryRead<AgentSort>(query.Sort, out var sort))
            return ResultHttp.Problem(AgentErrors.Member("sort", "newest, name, price or reputation."));
        var filter = new AgentFilter
        {
            Capability = query.Capability,
            Text = query.Text,
            Tag = query.Tag,
            Category = query.Category,
            MaxPrice = query.MaxPrice,
            Currency = query.Currency,
            MinReputation = query.MinReputation,
            Mine = query.Mine ?? false,
            Status = status,
            Available = query.Available ?? false,
            Sort = sort ?? AgentSort.Newest,
        };
        return await mediator.OkOrCsv(request, (limit, cursor) => new ListAgents(filter, limit, cursor), query.Limit, query.Cursor, AgentCsv.List);
    }

    private static async Task<IResult> GetAsync(Guid id, HttpResponse response, IMediator mediator, CancellationToken cancellationToken)
    {
        var result = await mediator.Send(new GetAgent(new AgentId(id)), cancellationToken);
        if (result.Succeeded)
            Versions.Write(response.HttpContext, result.Value.Version);
        return result.ToHttp(agent => Results.Json(agent, HermesJson.Options));
    }

    private static async Task<IResult> EditAsync(Guid id, AgentBody body, HttpRequest request, HttpResponse response, IMediator mediator, CancellationToken cancellationToken)
    {
        var result = await mediator.Send(new EditAgent(new AgentId(id), body.ToProfile(), Versions.Expected(request)), cancellationToken);
        if (result.Succeeded)
            Versions.Write(response.HttpContext, result.Value.Version);
        return result.ToHttp(agent => Results.Json(agent, HermesJson.Options));
    }
}

/// <summary>Agents as CSV, for the API and the page.</summary>
internal static class AgentCsv
{
    public static readonly CsvList<AgentView> List = new("agents",
        ["id", "name", "status", "presence", "visibility", "capabilities", "base_price", "currency", "capacity", "reputation", "registered_at"],
        a => [a.Id.ToString(), a.Name, SnakeCase.Of(a.Status.ToString()), SnakeCase.Of(a.Presence.ToString()), SnakeCase.Of(a.Visibility.ToString()),
        string.Join(' ', a.Capabilities), a.BasePrice.ToAmountString(), a.BasePrice.Currency.Code, a.Capacity.ToString(CultureInfo.InvariantCulture),
        a.Reputation.ToString(CultureInfo.InvariantCulture), a.RegisteredAt.ToString("O", CultureInfo.InvariantCulture)]);
}
