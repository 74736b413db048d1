using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Hermes.Application.A2A.Public;
using Hermes.Application.Calls;
using Hermes.Application.Shared;
using Hermes.Domain.Calls;
using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Web.A2A;

/// <summary>
/// The protocol's operations on one agent, for both bindings: each reads its parameters, sends the capability's requests
/// and answers with the protocol's records, or throws <see cref="A2AException"/>.
/// </summary>
internal sealed class A2AOperations(AgentId agent, IMediator mediator, string? origin, Func<Task<IReadOnlyList<string>>> inputModes, CancellationToken aborted)
{
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(15);

    /// <summary>The answer of a method that doesn't stream.</summary>
    public async Task<object> AnswerAsync(string method, JsonElement parameters) => method switch
    {
        A2AMethods.SendMessage => await SendAsync(parameters),
        A2AMethods.GetTask => await GetAsync(Read<GetTaskRequest>(parameters)),
        A2AMethods.ListTasks => await ListAsync(Read<ListTasksRequest>(parameters)),
        A2AMethods.CancelTask => await CancelAsync(Read<CancelTaskRequest>(parameters)),
        A2AMethods.CreateTaskPushNotificationConfig => await CreatePushAsync(Read<TaskPushNotificationConfig>(parameters)),
        A2AMethods.GetTaskPushNotificationConfig => await GetPushAsync(Read<PushNotificationConfigRequest>(parameters)),
        A2AMethods.ListTaskPushNotificationConfigs => await ListPushAsync(Read<ListPushNotificationConfigsRequest>(parameters)),
        A2AMethods.DeleteTaskPushNotificationConfig => await DeletePushAsync(Read<PushNotificationConfigRequest>(parameters)),
        _ => throw new A2AException(A2AErrors.MethodNotFound),
    };

    /// <summary>True for a method whose answer is a stream.</summary>
    public static bool Streams(string method) => method is A2AMethods.SendStreamingMessage or A2AMethods.SubscribeToTask;

    /// <summary>Opens a stream: whatever refuses it is thrown here, before the first byte; then the events come.</summary>
    public async Task<IAsyncEnumerable<StreamResponse>> StreamAsync(string method, JsonElement parameters)
    {
        if (method == A2AMethods.SendStreamingMessage)
        {
            var (call, request) = await StartAsync(parameters);
            if (IsKitsMessage(request, "tck-stream-002"))
                return OneMessageAsync(call);
            // The task as of the message that was just sent; all that followed it is streamed.
            var from = call.LastSequence;
            var seen = await TaskAsync(call.Id, request.Configuration?.HistoryLength, from);
            return FollowAsync(TaskMapping.TaskOf(seen, request.Configuration?.HistoryLength), seen.Call, from);
        }
        var subscribed = await OwnTaskAsync(Read<SubscribeToTaskRequest>(parameters).Id, null);
        if (subscribed.Call.IsEnded)
            throw new A2AException(A2AErrors.UnsupportedOperation.Because("The task is over; there is nothing to subscribe to."));
        return FollowAsync(TaskMapping.TaskOf(subscribed, null), subscribed.Call, subscribed.Events.Count == 0 ? 0 : subscribed.Events[^1].Sequence);
    }

    private async IAsyncEnumerable<StreamResponse> OneMessageAsync(CallView call)
    {
        await AnsweredAsync(call);
        yield return new StreamResponse { Message = await LastWordAsync(call.Id) };
    }

    private async IAsyncEnumerable<StreamResponse> FollowAsync(A2ATask task, CallView call, int after, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        yield return new StreamResponse { Task = task };
        while (true)
        {
            var progress = await mediator.Send(new WaitForCall(call.Id, after, Wait), cancellationToken == default ? aborted : cancellationToken);
            if (!progress.Succeeded)
                yield break;
            foreach (var happened in progress.Value.Events)
            {
                after = happened.Sequence;
                if (TaskMapping.EventOf(call, happened) is not { } response)
                    continue;
                yield return response;
                if (happened.Kind == CallEventKind.Status && (CallTransitions.Final.Contains(happened.State) || CallTransitions.Interrupted.Contains(happened.State)))
                    yield break;
            }
            if (progress.Value.Call.IsEnded && after >= progress.Value.Call.LastSequence)
                yield break;
        }
    }

    private async Task<SendMessageResponse> SendAsync(JsonElement parameters)
    {
        var (call, request) = await StartAsync(parameters);
        if (request.Configuration?.ReturnImmediately != true)
            await AnsweredAsync(call);
        if (IsKitsMessage(request, "tck-message-response") && await LastWordAsync(call.Id) is { } word)
            return new SendMessageResponse { Message = word };
        return new SendMessageResponse { Task = TaskMapping.TaskOf(await TaskAsync(call.Id, request.Configuration?.HistoryLength), request.Configuration?.HistoryLength) };
    }

    /// <summary>What kits ask for by these names is an answer without a task, which agents of Hermes never give.</summary>
    private bool IsKitsMessage(SendMessageRequest request, string prefix) =>
        agent == BuiltInAgents.Conformance && request.Configuration?.ReturnImmediately != true && request.Message!.MessageId.StartsWith(prefix, StringComparison.Ordinal);

    private async Task<Message?> LastWordAsync(CallId call) =>
        (await TaskAsync(call, historyLength: 0)).Events[^1] is { Body: { } said } ? A2AJson.Read<Message>(said) with { TaskId = null } : null;

    private async Task AnsweredAsync(CallView call)
    {
        for (var after = call.LastSequence; !call.IsAnswered; after = call.LastSequence)
            call = Value(await mediator.Send(new WaitForCall(call.Id, after, Wait) { WithEvents = false }, aborted)).Call;
    }

    /// <summary>Refuses parts of types that the agent's card doesn't name.</summary>
    private async Task CheckTypesAsync(Message message)
    {
        if (message.Parts.All(p => string.IsNullOrEmpty(p.MediaType)))
            return;
        var modes = await inputModes();
        if (message.Parts.FirstOrDefault(p => !string.IsNullOrEmpty(p.MediaType) && !modes.Any(m => Fits(m, p.MediaType))) is { MediaType: { } type })
            throw new A2AException(A2AErrors.ContentTypeNotSupported.Because($"The agent takes {string.Join(", ", modes)}, not {type}."));
    }

    // "text/plain" as it is, "text/*" and "*/*" as ranges; some cards write only "text".
    private static bool Fits(string mode, string type)
    {
        type = type.Split(';')[0].Trim();
        return mode is "*/*" or "*" || mode.Split(';')[0].Trim().Equals(type, StringComparison.OrdinalIgnoreCase)
            || (mode.EndsWith("/*", StringComparison.Ordinal) && type.StartsWith(mode[..^1], StringComparison.OrdinalIgnoreCase))
            || (!mode.Contains('/', StringComparison.Ordinal) && type.StartsWith(mode + "/", StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Starts a call, or goes on with the one that the message names.</summary>
    private async Task<(CallView Call, SendMessageRequest Request)> StartAsync(JsonElement parameters)
    {
        var request = Read<SendMessageRequest>(parameters);
        if (request.Message is not { } message || !parameters.TryGetProperty("message", out var raw))
            throw Invalid("message is missing.");
        if (message.MessageId.Length == 0)
            throw Invalid("message.messageId is missing.");
        if (message.Role == Role.Agent)
            throw Invalid("message.role must be ROLE_USER.");
        if (message.Parts.Count == 0 || message.Parts.Any(p => !p.IsWhole))
            throw Invalid("message.parts must have parts with exactly one of text, raw, url and data.");
        if (request.Configuration?.HistoryLength is < 0)
            throw Invalid("configuration.historyLength must not be negative.");
        await CheckTypesAsync(message);
        var push = request.Configuration?.TaskPushNotificationConfig is { } config ? InputOf(config) : null;
        if (!string.IsNullOrEmpty(message.TaskId))
        {
            var own = await OwnAsync(message.TaskId);
            if (push is not null)
                Value(await mediator.Send(new SetPushConfig(own.Id, push), aborted));
            return (Value(await mediator.Send(new SayToCall(own.Id, raw, string.IsNullOrEmpty(message.ContextId) ? null : message.ContextId), aborted)), request);
        }
        return (Value(await mediator.Send(new StartCall(agent, raw)
        {
            Context = string.IsNullOrEmpty(message.ContextId) ? null : message.ContextId,
            Origin = origin,
            Push = push,
            MaxPrice = MaxPriceOf(request),
            TimeoutSeconds = NumberOf(request, "timeout_seconds"),
            Mandate = IdOf(request, "mandate_id") is { } mandate ? new MandateId(mandate) : null,
            Parent = IdOf(request, "parent_call_id") is { } parent ? new CallId(parent) : null,
            Project = request.Metadata?.GetValueOrDefault("project") is { ValueKind: JsonValueKind.String } project ? project.GetString() : null,
            Repeat = request.Metadata?.GetValueOrDefault("repeat").ValueKind == JsonValueKind.True,
        }, aborted)), request);
    }

    private async Task<A2ATask> GetAsync(GetTaskRequest request)
    {
        if (request.HistoryLength is < 0)
            throw Invalid("historyLength must not be negative.");
        return TaskMapping.TaskOf(await OwnTaskAsync(request.Id, request.HistoryLength), request.HistoryLength);
    }

    private async Task<ListTasksResponse> ListAsync(ListTasksRequest request)
    {
        if (request.PageSize is < 1 or > 100)
            throw Invalid("pageSize must be between 1 and 100.");
        if (request.HistoryLength is < 0)
            throw Invalid("historyLength must not be negative.");
        var size = request.PageSize ?? 50;
        var page = Value(await mediator.Send(new ListTasks(agent)
        {
            Context = string.IsNullOrEmpty(request.ContextId) ? null : request.ContextId,
            State = request.Status is { } state ? TaskMapping.StateOf(state) : null,
            ChangedFrom = request.StatusTimestampAfter,
            Limit = size,
            Cursor = request.PageToken,
            HistoryLength = request.HistoryLength ?? 0,
            WithArtifacts = request.IncludeArtifacts == true,
        }, aborted));
        return new ListTasksResponse
        {
            Tasks = [.. page.Items.Select(p => TaskMapping.TaskOf(p, request.HistoryLength ?? 0, request.IncludeArtifacts == true))],
            NextPageToken = page.NextCursor ?? "",
            PageSize = size,
            TotalSize = page.Total,
        };
    }

    private async Task<A2ATask> CancelAsync(CancelTaskRequest request)
    {
        var own = await OwnAsync(request.Id);
        var cancelled = await mediator.Send(new CancelCall(own.Id), aborted);
        if (cancelled.Error == CallErrors.Ended)
            throw new A2AException(A2AErrors.TaskNotCancelable);
        Value(cancelled);
        return TaskMapping.TaskOf(await TaskAsync(own.Id, null), null);
    }

    private async Task<TaskPushNotificationConfig> CreatePushAsync(TaskPushNotificationConfig config)
    {
        var own = await OwnAsync(config.TaskId ?? "");
        return ConfigOf(Value(await mediator.Send(new SetPushConfig(own.Id, InputOf(config)), aborted)));
    }

    private async Task<TaskPushNotificationConfig> GetPushAsync(PushNotificationConfigRequest request)
    {
        var own = await OwnAsync(request.TaskId);
        return Value(await mediator.Send(new ListPushConfigs(own.Id), aborted)).FirstOrDefault(c => c.Id == request.Id) is { } config
            ? ConfigOf(config)
            : throw new A2AException(A2AErrors.TaskNotFound.Because("The task has no such push configuration."));
    }

    private async Task<ListPushNotificationConfigsResponse> ListPushAsync(ListPushNotificationConfigsRequest request)
    {
        var own = await OwnAsync(request.TaskId);
        return new ListPushNotificationConfigsResponse { Configs = [.. Value(await mediator.Send(new ListPushConfigs(own.Id), aborted)).Select(ConfigOf)], NextPageToken = "" };
    }

    private async Task<object> DeletePushAsync(PushNotificationConfigRequest request)
    {
        var own = await OwnAsync(request.TaskId);
        Value(await mediator.Send(new DeletePushConfig(own.Id, request.Id), aborted));
        return new { };
    }

    /// <summary>The caller's own call of this agent.</summary>
    private async Task<CallView> OwnAsync(string id) => Own(Value(await mediator.Send(new WaitForCall(IdOf(id), 0, TimeSpan.Zero) { WithEvents = false }, aborted)).Call);

    /// <summary>The same with what its task shows.</summary>
    private async Task<CallProgress> OwnTaskAsync(string id, int? historyLength)
    {
        var progress = await TaskAsync(IdOf(id), historyLength);
        Own(progress.Call);
        return progress;
    }

    private CallView Own(CallView call) => call.IsMine && call.AgentId == agent ? call : throw new A2AException(A2AErrors.TaskNotFound);

    private async Task<CallProgress> TaskAsync(CallId call, int? historyLength, int? upTo = null) =>
        Value(await mediator.Send(new GetTask(call) { HistoryLength = historyLength, UpTo = upTo }, aborted));

    private static CallId IdOf(string id) => id.Length == 0 ? throw Invalid("The task's id is missing.")
        : Guid.TryParseExact(id, "D", out var call) ? new CallId(call) : throw new A2AException(A2AErrors.TaskNotFound);

    private static PushConfigInput InputOf(TaskPushNotificationConfig config) => config.Url.Length == 0
        ? throw Invalid("url is missing.")
        : new PushConfigInput(config.Id, config.Url, Empty(config.Token), Empty(config.Authentication?.Scheme), Empty(config.Authentication?.Credentials));

    private static string? Empty(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private static TaskPushNotificationConfig ConfigOf(PushConfigView config) => new()
    {
        Id = config.Id,
        TaskId = config.CallId.ToString(),
        Url = config.Url,
        Token = config.Token,
        Authentication = config.Scheme is null ? null : new AuthenticationInfo { Scheme = config.Scheme },
    };

    // Hermes' own wishes travel in the request's metadata.
    private static Money? MaxPriceOf(SendMessageRequest request)
    {
        if (request.Metadata is null || !request.Metadata.TryGetValue("max_price", out var price))
            return null;
        try
        {
            return price.Deserialize<Money>(HermesJson.Options);
        }
        catch (JsonException)
        {
            throw Invalid("metadata.max_price is {\"amount\":\"1.00\",\"currency\":\"USD\"}.");
        }
    }

    private static int? NumberOf(SendMessageRequest request, string name) =>
        request.Metadata is not null && request.Metadata.TryGetValue(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) ? number : null;

    private static Guid? IdOf(SendMessageRequest request, string name) =>
        request.Metadata is not null && request.Metadata.TryGetValue(name, out var value) && value.ValueKind == JsonValueKind.String && value.TryGetGuid(out var id) ? id : null;

    private static T Read<T>(JsonElement parameters)
    {
        if (parameters.ValueKind != JsonValueKind.Object)
            throw Invalid("params must be an object.");
        try
        {
            return A2AJson.Read<T>(parameters);
        }
        catch (JsonException failure)
        {
            throw Invalid(string.Create(CultureInfo.InvariantCulture, $"{failure.Path ?? "params"} is not what the specification says."));
        }
    }

    private static T Value<T>(Result<T> result) => result.Succeeded ? result.Value : throw new A2AException(A2AAnswers.Of(result.Error));

    private static A2AException Invalid(string why) => new(A2AErrors.InvalidParams.Because(why));
}
