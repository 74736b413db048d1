using System.Globalization;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hermes.Application.A2A.Public;
using Hermes.Application.Shared;

namespace Hermes.Infrastructure.A2A;

/// <summary>Both bindings over the guarded HTTP client. What an agent answers is believed only as far as the specification goes.</summary>
internal sealed class A2AClient(IOutgoingHttp http) : IA2AClient
{
    public async Task<SendMessageResponse> SendAsync(A2ATarget target, SendMessageRequest request, CancellationToken cancellationToken)
    {
        var answer = await CallAsync<SendMessageResponse>(target, new Operation(A2AMethods.SendMessage, HttpMethod.Post, "/message:send", request), cancellationToken);
        if (!answer.IsWhole)
            throw Invalid("The answer holds neither exactly one task nor exactly one message.");
        if (answer.Task is { } task)
            Check(task);
        return answer;
    }

    public IAsyncEnumerable<StreamResponse> StreamAsync(A2ATarget target, SendMessageRequest request, CancellationToken cancellationToken) =>
        EventsAsync(target, [new Operation(A2AMethods.SendStreamingMessage, HttpMethod.Post, "/message:stream", request)], null, cancellationToken);

    public async Task<A2ATask> GetTaskAsync(A2ATarget target, GetTaskRequest request, CancellationToken cancellationToken) =>
        Same(await CallAsync<A2ATask>(target, new Operation(A2AMethods.GetTask, HttpMethod.Get,
            $"/tasks/{Segment(request.Id)}{Query(("historyLength", request.HistoryLength))}", request), cancellationToken), request.Id);

    public Task<ListTasksResponse> ListTasksAsync(A2ATarget target, ListTasksRequest request, CancellationToken cancellationToken) =>
        CallAsync<ListTasksResponse>(target, new Operation(A2AMethods.ListTasks, HttpMethod.Get, "/tasks" + Query(
            ("contextId", request.ContextId), ("status", request.Status is { } state ? A2AJson.ToElement(state).GetString() : null), ("pageSize", request.PageSize),
            ("pageToken", request.PageToken), ("historyLength", request.HistoryLength),
            ("statusTimestampAfter", request.StatusTimestampAfter is { } after ? A2AJson.ToElement(after).GetString() : null),
            ("includeArtifacts", request.IncludeArtifacts is { } include ? include ? "true" : "false" : null)), request), cancellationToken);

    public async Task<A2ATask> CancelTaskAsync(A2ATarget target, CancelTaskRequest request, CancellationToken cancellationToken) =>
        Same(await CallAsync<A2ATask>(target, new Operation(A2AMethods.CancelTask, HttpMethod.Post, $"/tasks/{Segment(request.Id)}:cancel", request), cancellationToken), request.Id);

    public IAsyncEnumerable<StreamResponse> SubscribeAsync(A2ATarget target, SubscribeToTaskRequest request, CancellationToken cancellationToken)
    {
        var path = $"/tasks/{Segment(request.Id)}:subscribe";
        // The specification's text says POST, its definition GET: agents serve either.
        return EventsAsync(target, [new(A2AMethods.SubscribeToTask, HttpMethod.Post, path, request), new(A2AMethods.SubscribeToTask, HttpMethod.Get, path, request)],
            request.Id, cancellationToken);
    }

    public Task<TaskPushNotificationConfig> CreatePushConfigAsync(A2ATarget target, TaskPushNotificationConfig config, CancellationToken cancellationToken) =>
        CallAsync<TaskPushNotificationConfig>(target, new Operation(A2AMethods.CreateTaskPushNotificationConfig, HttpMethod.Post,
            $"/tasks/{Segment(config.TaskId ?? "")}/pushNotificationConfigs", config), cancellationToken);

    public Task<TaskPushNotificationConfig> GetPushConfigAsync(A2ATarget target, PushNotificationConfigRequest request, CancellationToken cancellationToken) =>
        CallAsync<TaskPushNotificationConfig>(target, new Operation(A2AMethods.GetTaskPushNotificationConfig, HttpMethod.Get,
            $"/tasks/{Segment(request.TaskId)}/pushNotificationConfigs/{Segment(request.Id)}", request), cancellationToken);

    public Task<ListPushNotificationConfigsResponse> ListPushConfigsAsync(A2ATarget target, ListPushNotificationConfigsRequest request, CancellationToken cancellationToken) =>
        CallAsync<ListPushNotificationConfigsResponse>(target, new Operation(A2AMethods.ListTaskPushNotificationConfigs, HttpMethod.Get,
            $"/tasks/{Segment(request.TaskId)}/pushNotificationConfigs{Query(("pageSize", request.PageSize), ("pageToken", request.PageToken))}", request), cancellationToken);

    public async Task DeletePushConfigAsync(A2ATarget target, PushNotificationConfigRequest request, CancellationToken cancellationToken) =>
        await CallAsync<JsonElement>(target, new Operation(A2AMethods.DeleteTaskPushNotificationConfig, HttpMethod.Delete,
            $"/tasks/{Segment(request.TaskId)}/pushNotificationConfigs/{Segment(request.Id)}", request), cancellationToken);

    public Task<AgentCard> GetExtendedCardAsync(A2ATarget target, CancellationToken cancellationToken) =>
        CallAsync<AgentCard>(target, new Operation(A2AMethods.GetExtendedAgentCard, HttpMethod.Get, "/extendedAgentCard", new JsonObject()), cancellationToken);

    private async Task<T> CallAsync<T>(A2ATarget target, Operation operation, CancellationToken cancellationToken)
    {
        OutgoingAnswer answer;
        var (request, id) = Request(target, operation, "application/json, " + A2AJson.MediaType);
        try
        {
            answer = await http.SendAsync(request, LimitsOf(target), cancellationToken);
        }
        catch (OutgoingFailedException failure)
        {
            throw Told(failure);
        }
        return id is null ? A2AAnswers.Rest<T>(answer) : A2AAnswers.Rpc<T>(answer, id);
    }

    /// <param name="target">Whom.</param>
    /// <param name="ways">Tried in turn while the agent knows no such address.</param>
    /// <param name="task">The task that all events must concern; null for the first event's.</param>
    /// <param name="cancellationToken">Ends the stream.</param>
    private async IAsyncEnumerable<StreamResponse> EventsAsync(A2ATarget target, Operation[] ways, string? task, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var open = await OpenAsync(target, ways, cancellationToken);
        var id = open.Id;
        var parser = SseParser.Create(open.Answer.Body, (type, data) => (type, Data: data.Length <= target.Limits.MaxEventBytes
            ? data.ToArray()
            : throw new A2ACallException(A2AFailure.TooLarge, $"An event is larger than {target.Limits.MaxEventBytes:N0} bytes.")));
        await using var events = parser.EnumerateAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (await NextAsync(events))
        {
            if (events.Current.Data.Data.Length == 0)
                continue;
            var next = A2AAnswers.Event(events.Current.Data.Data, id, isError: events.Current.EventType == "error");
            if (!next.IsWhole)
                throw Invalid("An event of the stream holds not exactly one of task, message, statusUpdate and artifactUpdate.");
            if (next.Task is { } whole)
                Check(whole);
            task ??= next.Task?.Id;
            if (next.Message is null && task is not null && next.TaskId != task)
                throw Invalid("An event of the stream concerns another task.");
            yield return next;
        }
    }

    private static async Task<bool> NextAsync(IAsyncEnumerator<SseItem<(string, byte[] Data)>> events)
    {
        try
        {
            return await events.MoveNextAsync();
        }
        catch (OutgoingFailedException failure)
        {
            throw Told(failure);
        }
    }

    private async Task<OpenedStream> OpenAsync(A2ATarget target, Operation[] ways, CancellationToken cancellationToken)
    {
        for (var way = 0; ; way++)
        {
            var (request, id) = Request(target, ways[way], "text/event-stream");
            OpenAnswer open;
            try
            {
                open = await http.OpenAsync(request, LimitsOf(target), cancellationToken);
            }
            catch (OutgoingFailedException failure)
            {
                throw Told(failure);
            }
            try
            {
                if (open.Status is >= 200 and < 300 && open.MediaType == "text/event-stream")
                    return new OpenedStream(open, id);
                var answer = new OutgoingAnswer(open.Status, open.Headers, await WholeAsync(open, cancellationToken), open.Url);
                if (id is null && way + 1 < ways.Length && answer.Status is 404 or 405 && A2AAnswers.RestError(answer) is null)
                {
                    open.Dispose();
                    continue;
                }
                // An error, or an agent that doesn't stream although it was asked to.
                _ = id is null ? A2AAnswers.Rest<JsonElement>(answer) : A2AAnswers.Rpc<JsonElement>(answer, id);
                throw Invalid($"The agent answered {(open.MediaType.Length == 0 ? "without a media type" : open.MediaType)} instead of a stream (text/event-stream).");
            }
            catch
            {
                open.Dispose();
                throw;
            }
        }
    }

    private static async Task<byte[]> WholeAsync(OpenAnswer open, CancellationToken cancellationToken)
    {
        try
        {
            using var whole = new MemoryStream();
            await open.Body.CopyToAsync(whole, cancellationToken);
            return whole.ToArray();
        }
        catch (OutgoingFailedException failure)
        {
            throw Told(failure);
        }
    }

    private static (OutgoingRequest Request, string? Id) Request(A2ATarget target, Operation operation, string accept)
    {
        var headers = new List<KeyValuePair<string, string>> { new("Accept", accept), new(A2AJson.VersionHeader, A2AJson.Version) };
        var parameters = JsonSerializer.SerializeToNode(operation.Parameters, operation.Parameters.GetType(), A2AJson.Options)!.AsObject();
        if (target.Tenant is { Length: > 0 } tenant)
            parameters["tenant"] = tenant;
        if (target.Binding == ProtocolBindings.JsonRpc)
        {
            var id = Guid.NewGuid().ToString("N");
            var body = new JsonObject { ["jsonrpc"] = "2.0", ["id"] = id, ["method"] = operation.Method, ["params"] = parameters };
            return (new OutgoingRequest(HttpMethod.Post, WithQuery(target.Url, target.Query))
            {
                Headers = headers,
                Secrets = target.Headers,
                ClientCertificate = target.ClientCertificate,
                Body = JsonSerializer.SerializeToUtf8Bytes(body, A2AJson.Options),
            }, id);
        }
        if (target.Binding != ProtocolBindings.HttpJson)
            throw new A2ACallException(A2AFailure.InvalidAnswer, $"The agent's binding '{target.Binding}' is not spoken here.") { NeverSent = true };
        var prefix = target.Tenant is { Length: > 0 } named ? "/" + Segment(named) : "";
        var url = new Uri(target.Url.GetLeftPart(UriPartial.Path).TrimEnd('/') + prefix + operation.Path);
        return (new OutgoingRequest(operation.Verb, WithQuery(url, target.Query))
        {
            Headers = headers,
            Secrets = target.Headers,
            ClientCertificate = target.ClientCertificate,
            Body = operation.Verb == HttpMethod.Post ? JsonSerializer.SerializeToUtf8Bytes(parameters, A2AJson.Options) : null,
            ContentType = A2AJson.MediaType,
        }, null);
    }

    private static Uri WithQuery(Uri url, IReadOnlyList<KeyValuePair<string, string>> query)
    {
        if (query.Count == 0)
            return url;
        var added = string.Join('&', query.Select(q => $"{Uri.EscapeDataString(q.Key)}={Uri.EscapeDataString(q.Value)}"));
        return new UriBuilder(url) { Query = url.Query.Length > 1 ? $"{url.Query[1..]}&{added}" : added }.Uri;
    }

    // A task's id is the agent's text: it must stay one segment of the path.
    private static string Segment(string text) => text is "" or "." or ".."
        ? throw new A2ACallException(A2AFailure.InvalidAnswer, "The id can't be put into an address.") { NeverSent = true }
        : Uri.EscapeDataString(text);

    private static string Query(params (string Name, object? Value)[] parameters)
    {
        var there = parameters.Where(p => p.Value is not (null or "")).Select(p => $"{p.Name}={Uri.EscapeDataString(Convert.ToString(p.Value, CultureInfo.InvariantCulture)!)}").ToList();
        return there.Count == 0 ? "" : "?" + string.Join('&', there);
    }

    private static OutgoingLimits LimitsOf(A2ATarget target) =>
        new() { Total = target.Limits.Total, Silence = target.Limits.Silence, MaxBytes = target.Limits.MaxBytes };

    private static void Check(A2ATask task)
    {
        if (task.Id.Length is 0 or > 1_000)
            throw Invalid("The task has no usable id.");
        if (task.Status.State == TaskState.Unspecified)
            throw Invalid("The task has no state.");
    }

    private static A2ATask Same(A2ATask task, string id)
    {
        Check(task);
        return task.Id == id ? task : throw Invalid("The agent answered with another task than the one asked for.");
    }

    private static A2ACallException Invalid(string message) => new(A2AFailure.InvalidAnswer, message);

    internal static A2ACallException Told(OutgoingFailedException failure) => new(failure.Failure switch
    {
        OutgoingFailure.Blocked => A2AFailure.Blocked,
        OutgoingFailure.TimedOut => A2AFailure.TimedOut,
        OutgoingFailure.TooLarge => A2AFailure.TooLarge,
        OutgoingFailure.Malformed => A2AFailure.InvalidAnswer,
        _ => A2AFailure.Unreachable,
    }, failure.Message, failure)
    { NeverSent = failure.NeverSent };

    private sealed record Operation(string Method, HttpMethod Verb, string Path, object Parameters);

    private sealed record OpenedStream(OpenAnswer Answer, string? Id) : IDisposable
    {
        public void Dispose() => Answer.Dispose();
    }
}
