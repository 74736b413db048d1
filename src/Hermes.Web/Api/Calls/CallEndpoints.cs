using System.Globalization;
using System.Text.Json;
using Hermes.Application.Calls;
using Hermes.Application.Shared;
using Hermes.Domain.Calls;
using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Shared;
using Hermes.Web.Shared;
using MediatR;
using Microsoft.AspNetCore.Http.Features;
using IResult = Microsoft.AspNetCore.Http.IResult;

namespace Hermes.Web.Api.Calls;

/// <summary>How a call is answered.</summary>
public enum ExecuteMode
{
    /// <summary>When it has ended or waits for the caller.</summary>
    Sync,
    /// <summary>Event by event, as server-sent events.</summary>
    Stream,
    /// <summary>At once, with its id.</summary>
    Handle,
}

/// <summary>A call to make.</summary>
/// <param name="AgentId">The agent.</param>
/// <param name="Message">A message of the A2A protocol; or <paramref name="Input"/>.</param>
/// <param name="Input">A text, or any JSON value as data.</param>
/// <param name="Mode"><c>sync</c> (default), <c>stream</c> (also by <c>Accept: text/event-stream</c>) or <c>handle</c>.</param>
/// <param name="ConversationId">Goes on a conversation.</param>
/// <param name="TimeoutSeconds">1–86,400; the agent's own when left out.</param>
/// <param name="MaxPrice">The most that you pay; a dearer agent is refused.</param>
/// <param name="BackupAgentId">Takes over when the agent can't be reached.</param>
/// <param name="MandateId">An agent's mandate to pay by; one that fits is chosen when left out.</param>
/// <param name="Project">The project that the call is for.</param>
/// <param name="ParentCallId">The call that the calling agent is working on.</param>
/// <param name="MaxUnits">The most units that you pay for, where the agent is paid by units.</param>
/// <param name="Repeat">True for an intended repeat of the very same paid call within the window in which a repetition is taken for a retry.</param>
public sealed record ExecuteBody(
    AgentId AgentId, JsonElement? Message = null, JsonElement? Input = null, ExecuteMode Mode = ExecuteMode.Sync, Guid? ConversationId = null,
    int? TimeoutSeconds = null, Money? MaxPrice = null, AgentId? BackupAgentId = null, MandateId? MandateId = null, string? Project = null, CallId? ParentCallId = null, long? MaxUnits = null, bool Repeat = false)
{
    internal JsonElement ToMessage() => Message is { ValueKind: not JsonValueKind.Null } message ? message
        : Input is { ValueKind: JsonValueKind.String } text ? CallMessage.Text(text.GetString()!)
        : Input is { ValueKind: not (JsonValueKind.Null or JsonValueKind.Undefined) } data ? JsonSerializer.SerializeToElement(new { parts = new[] { new { data, mediaType = "application/json" } } })
        : default;
}

/// <summary>A call whose cost is asked.</summary>
/// <param name="Message">A message of the A2A protocol; or <paramref name="Input"/>.</param>
/// <param name="Input">A text, or any JSON value as data.</param>
/// <param name="TimeoutSeconds">1–86,400; the agent's own when left out.</param>
/// <param name="MaxUnits">The most units that you would pay for, where the agent is paid by units.</param>
public sealed record EstimateBody(JsonElement? Message = null, JsonElement? Input = null, int? TimeoutSeconds = null, long? MaxUnits = null);

/// <summary>A further message of the caller.</summary>
/// <param name="Message">A message of the A2A protocol; or <paramref name="Input"/>.</param>
/// <param name="Input">A text, or any JSON value as data.</param>
public sealed record SayBody(JsonElement? Message = null, JsonElement? Input = null);

/// <summary>Whom a rule is about: one of both.</summary>
/// <param name="TenantId">An organisation.</param>
/// <param name="AgentId">An agent.</param>
public sealed record CallerBody(TenantId? TenantId = null, AgentId? AgentId = null)
{
    internal AccessSubject ToSubject() => new(TenantId, AgentId);
}

/// <summary>A request for approval.</summary>
/// <param name="Note">A line to the owner.</param>
public sealed record AskBody(string? Note = null);

/// <summary>How an agent wants to be called.</summary>
/// <param name="RequiresApproval">Strangers need your word first.</param>
/// <param name="AllowedOrigins">Origins that strangers' calls must come from; empty for any.</param>
/// <param name="MaxCallsPerHour">Null for no limit.</param>
/// <param name="MaxParallel">Calls at the same time, 64 when left out.</param>
/// <param name="TimeoutSeconds">Seconds that a call may take, 60 when left out.</param>
/// <param name="BackupAgentId">Takes over when it can't be reached.</param>
public sealed record CallPolicyBody(
    bool RequiresApproval = false, IReadOnlyList<string>? AllowedOrigins = null, int? MaxCallsPerHour = null, int MaxParallel = CallPolicy.DefaultParallel,
    int TimeoutSeconds = CallPolicy.DefaultTimeoutSeconds, AgentId? BackupAgentId = null);

internal sealed class CallEndpoints : IEndpoints
{
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);
    private static readonly Error BadState = Error.Validation(new Dictionary<string, string[]> { ["state"] = ["A state of calls, such as completed."] });

    public void Map(IEndpointRouteBuilder api)
    {
        var agents = api.MapGroup("/agents").WithTags("Calls");
        agents.MapPost("/execute", ExecuteAsync).Produces<CallResult>().Produces<CallView>(StatusCodes.Status202Accepted).ProducesProblem(StatusCodes.Status404NotFound)
            .WithSummary("Calls an agent: permitted, paid from escrow, answered when done, as a stream or by a handle.");
        agents.MapPost("/{id:guid}/estimate", (Guid id, EstimateBody? body, IMediator mediator, CancellationToken ct) =>
                mediator.Ok(new EstimateCall(new AgentId(id), new ExecuteBody(default, body?.Message, body?.Input).ToMessage(), body?.TimeoutSeconds, body?.MaxUnits), ct))
            .Produces<CallEstimate>().WithSummary("What a call would cost at most, part by part; nothing is held.");
        agents.MapGet("/{id:guid}/permissions", (Guid id, IMediator mediator, CancellationToken ct) => mediator.Ok(new GetCallPermissions(new AgentId(id)), ct))
            .Produces<CallPermissions>().WithSummary("Who may call an agent, how, and who asks.");
        agents.MapPut("/{id:guid}/permissions", (Guid id, CallPolicyBody body, IMediator mediator, CancellationToken ct) => mediator.Ok(new SetCallPolicy(new AgentId(id), new CallPolicyView(
                body.RequiresApproval, body.AllowedOrigins ?? [], body.MaxCallsPerHour, body.MaxParallel, body.TimeoutSeconds, body.BackupAgentId)), ct))
            .Produces<CallPolicyView>().WithSummary("Says how an agent is to be called.");
        agents.MapPost("/{id:guid}/permissions/allow", (Guid id, CallerBody body, IMediator mediator, CancellationToken ct) => mediator.Ok(new RuleCaller(new AgentId(id), AccessEffect.Allow, body.ToSubject()), ct))
            .Produces<AccessRuleView>().WithSummary("Lets an organisation or an agent call this agent.");
        agents.MapPost("/{id:guid}/permissions/deny", (Guid id, CallerBody body, IMediator mediator, CancellationToken ct) => mediator.Ok(new RuleCaller(new AgentId(id), AccessEffect.Deny, body.ToSubject()), ct))
            .Produces<AccessRuleView>().WithSummary("Keeps an organisation or an agent from calling this agent.");
        agents.MapPost("/{id:guid}/permissions/requests", (Guid id, AskBody? body, IMediator mediator, CancellationToken ct) => mediator.Ok(new RequestAccess(new AgentId(id), body?.Note ?? ""), ct))
            .Produces<AccessRequested>().WithSummary("Asks an agent's owner to be let in.");
        agents.MapDelete("/permissions/{rule:guid}", (Guid rule, IMediator mediator, CancellationToken ct) => mediator.NoContent(new RemoveAccessRule(rule), ct))
            .Produces(StatusCodes.Status204NoContent).WithSummary("Takes a rule back.");
        api.MapPost("/orgs/{id:guid}/permissions/allow", AllowForOrganisationAsync).WithTags("Calls")
            .Produces<AccessRuleView>().WithSummary("Lets an organisation or an agent call all agents of your organisation.");

        var calls = api.MapGroup("/calls").WithTags("Calls");
        calls.MapGet("", ListAsync).Produces<Page<CallRow>>().WithSummary("Calls that your organisation made or took, newest first.");
        calls.MapGet("/{id:guid}", (Guid id, IMediator mediator, CancellationToken ct) => mediator.Ok(new GetCall(new CallId(id)), ct))
            .Produces<CallResult>().WithSummary("A call with what came of it.");
        calls.MapGet("/{id:guid}/trace", (Guid id, IMediator mediator, CancellationToken ct) => mediator.Ok(new GetCallTrace(new CallId(id)), ct))
            .Produces<CallTrace>().WithSummary("A call's way through Hermes, step by step.");
        calls.MapGet("/{id:guid}/events", StreamEventsAsync).Produces<CallEventView>(contentType: "text/event-stream").WithSummary("A call's events as they come; Last-Event-ID resumes.");
        calls.MapPost("/{id:guid}/messages", (Guid id, SayBody body, IMediator mediator, CancellationToken ct) =>
                mediator.Ok(new SayToCall(new CallId(id), new ExecuteBody(default, body.Message, body.Input).ToMessage()), ct))
            .Produces<CallView>().WithSummary("Says something more to a call that runs or asks.");
        calls.MapPost("/{id:guid}/cancel", (Guid id, IMediator mediator, CancellationToken ct) => mediator.Ok(new CancelCall(new CallId(id)), ct))
            .Produces<CallView>().WithSummary("Calls a call off; its price goes back.");
        var conversations = api.MapGroup("/conversations").WithTags("Calls");
        conversations.MapGet("", (int? limit, string? cursor, IMediator mediator, CancellationToken ct) => mediator.Ok(new ListConversations(limit, cursor), ct))
            .Produces<Page<ConversationRow>>().WithSummary("Conversations with and between agents, last active first.");
        conversations.MapGet("/{id:guid}", (Guid id, int? limit, string? cursor, IMediator mediator, CancellationToken ct) => mediator.Ok(new GetConversation(id, limit, cursor), ct))
            .Produces<ConversationView>().WithSummary("A conversation with what was said in it, the latest calls first; of each call its first and its last events.");
    }

    private static async Task ExecuteAsync(ExecuteBody body, HttpContext context, IMediator mediator)
    {
        var started = await mediator.Send(new StartCall(body.AgentId, body.ToMessage())
        {
            Context = body.ConversationId?.ToString(),
            TimeoutSeconds = body.TimeoutSeconds,
            MaxPrice = body.MaxPrice,
            MaxUnits = body.MaxUnits,
            BackupAgentId = body.BackupAgentId,
            Origin = context.Request.Headers.Origin.FirstOrDefault(),
            Mandate = body.MandateId,
            Project = body.Project,
            Parent = body.ParentCallId,
            Repeat = body.Repeat,
        }, context.RequestAborted);
        if (!started.Succeeded)
        {
            if (started.Error.Kind is ErrorKind.Unavailable or ErrorKind.LimitExceeded)
                context.Response.Headers.RetryAfter = started.Error == CallErrors.RateLimited ? "60" : "5";
            await ResultHttp.Problem(started.Error).ExecuteAsync(context);
            return;
        }
        var call = started.Value;
        context.Response.Headers.Location = $"/api/v1/calls/{call.Id}";
        if (body.Mode == ExecuteMode.Handle)
            await Results.Json(call, HermesJson.Options, statusCode: StatusCodes.Status202Accepted).ExecuteAsync(context);
        else if (body.Mode == ExecuteMode.Stream || context.Request.Headers.Accept.ToString().Contains("text/event-stream", StringComparison.OrdinalIgnoreCase))
            await StreamAsync(call.Id, 0, context, mediator);
        else
            await WaitAsync(call, context, mediator);
    }

    private static async Task WaitAsync(CallView call, HttpContext context, IMediator mediator)
    {
        while (!call.IsAnswered)
        {
            var progress = await mediator.Send(new WaitForCall(call.Id, call.LastSequence, Heartbeat) { WithEvents = false }, context.RequestAborted);
            if (!progress.Succeeded)
            {
                await ResultHttp.Problem(progress.Error).ExecuteAsync(context);
                return;
            }
            call = progress.Value.Call;
        }
        await (await mediator.Send(new GetCall(call.Id), context.RequestAborted)).ToHttp(result => Results.Json(result, HermesJson.Options)).ExecuteAsync(context);
    }

    private static Task StreamEventsAsync(Guid id, HttpContext context, IMediator mediator)
    {
        var last = context.Request.Headers["Last-Event-ID"].ToString();
        return StreamAsync(new CallId(id), int.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out var after) ? after : 0, context, mediator);
    }

    /// <summary>Each event as it is stored; ends with the call, or when it waits for the caller.</summary>
    private static async Task StreamAsync(CallId id, int after, HttpContext context, IMediator mediator)
    {
        var (response, aborted) = (context.Response, context.RequestAborted);
        try
        {
            while (true)
            {
                var progress = await mediator.Send(new WaitForCall(id, after, response.HasStarted ? Heartbeat : TimeSpan.Zero), aborted);
                if (!progress.Succeeded)
                {
                    if (!response.HasStarted)
                        await ResultHttp.Problem(progress.Error).ExecuteAsync(context);
                    return;
                }
                if (!response.HasStarted)
                {
                    response.ContentType = "text/event-stream";
                    response.Headers.CacheControl = "no-store";
                    response.Headers["X-Accel-Buffering"] = "no";
                    context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
                    await response.StartAsync(aborted);
                }
                foreach (var happened in progress.Value.Events)
                {
                    after = happened.Sequence;
                    await response.WriteAsync(string.Create(CultureInfo.InvariantCulture, $"id: {after}\nevent: call.{SnakeCase.Of(happened.Kind.ToString())}\ndata: {JsonSerializer.Serialize(happened, HermesJson.Options)}\n\n"), aborted);
                }
                if (progress.Value.Call.IsAnswered && after >= progress.Value.Call.LastSequence)
                {
                    await response.WriteAsync($"event: call.end\ndata: {JsonSerializer.Serialize(progress.Value.Call, HermesJson.Options)}\n\n", aborted);
                    return;
                }
                if (progress.Value.Events.Count == 0)
                    await response.WriteAsync(":\n\n", aborted);
                await response.Body.FlushAsync(aborted);
            }
        }
        catch (Exception failure) when (failure is OperationCanceledException or IOException)
        {
            // The reader is gone; the call goes on.
        }
    }

    private static async Task<IResult> AllowForOrganisationAsync(Guid id, CallerBody body, IMediator mediator, ICurrentActor current, CancellationToken cancellationToken) =>
        current.Actor.Tenant?.Value == id || current.Actor.Kind == ActorKind.Anonymous
            ? await mediator.Ok(new RuleCaller(null, AccessEffect.Allow, body.ToSubject()), cancellationToken)
            : ResultHttp.Problem(CallErrors.OrganisationNotFound);

    private static async Task<IResult> ListAsync(string? side, Guid? agent_id, Guid? conversation_id, string? state, int? limit, string? cursor, IMediator mediator, CancellationToken cancellationToken)
    {
        if (!Words.TryRead<CallState>(state, out var wanted))
            return ResultHttp.Problem(BadState);
        return await mediator.Ok(new ListCalls
        {
            Side = side switch { "made" => CallSide.Made, "taken" => CallSide.Taken, _ => CallSide.All },
            AgentId = agent_id is { } agent ? new AgentId(agent) : null,
            ConversationId = conversation_id,
            State = wanted,
            Limit = limit,
            Cursor = cursor,
        }, cancellationToken);
    }
}
