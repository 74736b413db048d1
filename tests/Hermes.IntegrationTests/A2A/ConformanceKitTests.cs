using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Hermes.Application.A2A.Public;
using Hermes.IntegrationTests.Shared;

namespace Hermes.IntegrationTests.A2A;

/// <summary>What the protocol's conformance kits ask of a server, in both bindings, of the conformance agent.</summary>
public sealed class ConformanceKitTests(ListeningApp app) : IClassFixture<ListeningApp>
{
    private const string At = "/a2a/conformance";

    public static TheoryData<string> Bindings => [ProtocolBindings.JsonRpc, ProtocolBindings.HttpJson];

    [Theory]
    [MemberData(nameof(Bindings))]
    public async Task Sending_answers_by_the_beginning_of_the_messages_id(string binding)
    {
        var done = await SendAsync(binding, "tck-complete-task");
        State(done).ShouldBe("TASK_STATE_COMPLETED");
        done.GetProperty("status").GetProperty("message").GetProperty("parts")[0].GetProperty("text").GetString().ShouldBe("Hello from TCK");
        done.GetProperty("contextId").GetString().ShouldNotBeNullOrEmpty();
        done.GetProperty("status").GetProperty("timestamp").GetString()!.ShouldMatch(@"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$");
        State(await SendAsync(binding, "tck-input-required")).ShouldBe("TASK_STATE_INPUT_REQUIRED");
        State(await SendAsync(binding, "tck-auth-required")).ShouldBe("TASK_STATE_AUTH_REQUIRED");
        State(await SendAsync(binding, "tck-reject-task")).ShouldBe("TASK_STATE_REJECTED");
        State(await SendAsync(binding, "some-other-id")).ShouldBe("TASK_STATE_COMPLETED");
        Part(await SendAsync(binding, "tck-artifact-text")).GetProperty("text").GetString().ShouldBe("Generated text content");
        Part(await SendAsync(binding, "tck-artifact-file")).GetProperty("raw").GetString().ShouldBe("dGNr");
        Part(await SendAsync(binding, "tck-artifact-file-url")).GetProperty("url").GetString().ShouldBe("https://example.com/output.txt");
        Part(await SendAsync(binding, "tck-artifact-data")).GetProperty("data").GetProperty("key").GetString().ShouldBe("value");
        var direct = (await CallAsync(binding, "SendMessage", Message("tck-message-response"))).Body.GetProperty("message");
        (direct.GetProperty("role").GetString(), direct.GetProperty("contextId").GetString()!.Length > 0, direct.TryGetProperty("taskId", out _)).ShouldBe(("ROLE_AGENT", true, false));
        // Members that nobody knows are no fault.
        (await CallAsync(binding, "SendMessage", new { message = new { messageId = "tck-x", role = "ROLE_USER", parts = new[] { new { text = "x" } }, tckUnknownField = "y" }, tckExtraParam = 42 })).Code.ShouldBeNull();
    }

    [Theory]
    [MemberData(nameof(Bindings))]
    public async Task Contexts_and_tasks_are_told_apart(string binding)
    {
        var own = $"tck-client-context-{Guid.NewGuid():N}";
        var asked = await SendAsync(binding, "tck-input-required", context: own);
        asked.GetProperty("contextId").GetString().ShouldBe(own);
        var id = asked.GetProperty("id").GetString()!;
        (await SendAsync(binding, "tck-input-required")).GetProperty("id").GetString().ShouldNotBe(id);
        (await CallAsync(binding, "SendMessage", Message("tck-mismatch", id, "another-context"))).Code.ShouldNotBeNull();
        // The context follows from the task.
        var done = await SendAsync(binding, "tck-complete-task", id);
        (done.GetProperty("id").GetString(), done.GetProperty("contextId").GetString(), State(done)).ShouldBe((id, own, "TASK_STATE_COMPLETED"));
        (await CallAsync(binding, "SendMessage", Message("tck-more", id))).Code.ShouldBe((binding, "UNSUPPORTED_OPERATION"));
        (await CallAsync(binding, "SendMessage", Message("tck-multi-004", "tck-nonexistent"))).Code.ShouldBe((binding, "TASK_NOT_FOUND"));
    }

    [Theory]
    [MemberData(nameof(Bindings))]
    public async Task History_is_as_long_as_asked_for(string binding)
    {
        var asked = await SendAsync(binding, "tck-input-required");
        var id = asked.GetProperty("id").GetString()!;
        var done = (await CallAsync(binding, "SendMessage", new { message = Body("tck-complete-task", id, null), configuration = new { historyLength = 0 } })).Body.GetProperty("task");
        done.TryGetProperty("history", out _).ShouldBeFalse();
        (await CallAsync(binding, "GetTask", new { id, historyLength = 0 })).Body.TryGetProperty("history", out _).ShouldBeFalse();
        (await CallAsync(binding, "GetTask", new { id, historyLength = 1 })).Body.GetProperty("history").GetArrayLength().ShouldBe(1);
        var all = (await CallAsync(binding, "GetTask", new { id, historyLength = 10 })).Body.GetProperty("history").EnumerateArray().Select(m => m.GetProperty("role").GetString()).ToList();
        all.ShouldBe(["ROLE_USER", "ROLE_AGENT", "ROLE_USER"]);
        (await CallAsync(binding, "GetTask", new { id, historyLength = -1 })).Code.ShouldBe((binding, "INVALID_PARAMS"));
    }

    [Theory]
    [MemberData(nameof(Bindings))]
    public async Task Tasks_are_listed_by_their_last_change_page_by_page(string binding)
    {
        var context = $"tck-list-{Guid.NewGuid():N}";
        var first = (await SendAsync(binding, "tck-input-required", context: context)).GetProperty("id").GetString()!;
        foreach (var _ in Enumerable.Range(0, 3))
            await SendAsync(binding, "tck-artifact-text", context: context);
        // The oldest is changed last.
        await SendAsync(binding, "tck-complete-task", first);
        var all = (await CallAsync(binding, "ListTasks", new { contextId = context, pageSize = 100 })).Body;
        var tasks = all.GetProperty("tasks").EnumerateArray().ToList();
        (tasks.Count, all.GetProperty("totalSize").GetInt32(), all.GetProperty("pageSize").GetInt32(), all.GetProperty("nextPageToken").GetString()).ShouldBe((4, 4, 100, ""));
        tasks[0].GetProperty("id").GetString().ShouldBe(first);
        tasks.ConvertAll(t => t.GetProperty("status").GetProperty("timestamp").GetString()).ShouldBeInOrder(SortDirection.Descending);
        tasks.SelectMany(t => t.EnumerateObject()).Select(m => m.Name).ShouldNotContain(name => name == "artifacts" || name == "history");
        (await CallAsync(binding, "ListTasks", new { contextId = context, includeArtifacts = true })).Body.GetProperty("tasks")[1].GetProperty("artifacts").GetArrayLength().ShouldBe(1);
        var seen = new List<string>();
        string? token = null;
        do
        {
            var page = (await CallAsync(binding, "ListTasks", new { contextId = context, pageSize = 3, pageToken = token })).Body;
            seen.AddRange(page.GetProperty("tasks").EnumerateArray().Select(t => t.GetProperty("id").GetString()!));
            token = page.GetProperty("nextPageToken").GetString();
        }
        while (token != "");
        seen.ShouldBe(tasks.ConvertAll(t => t.GetProperty("id").GetString()!));
        (await CallAsync(binding, "ListTasks", new { contextId = context, status = "TASK_STATE_COMPLETED" })).Body.GetProperty("totalSize").GetInt32().ShouldBe(4);
        (await CallAsync(binding, "ListTasks", new { contextId = context, status = "TASK_STATE_FAILED" })).Body.GetProperty("totalSize").GetInt32().ShouldBe(0);
        (await CallAsync(binding, "ListTasks", new { contextId = context, pageToken = "nonsense" })).Code.ShouldBe((binding, "INVALID_PARAMS"));
        (await CallAsync(binding, "ListTasks", new { contextId = context, pageSize = 0 })).Code.ShouldBe((binding, "INVALID_PARAMS"));
    }

    [Theory]
    [MemberData(nameof(Bindings))]
    public async Task Refusals_are_the_protocols(string binding)
    {
        (await CallAsync(binding, "SendMessage", new { })).Code.ShouldBe((binding, "INVALID_PARAMS"));
        (await CallAsync(binding, "SendMessage", new { message = new { messageId = "tck-send-003", role = "ROLE_USER", parts = new[] { new { raw = "dGNr", mediaType = "application/x-unsupported-tck-type" } } } })).Code
            .ShouldBe((binding, "CONTENT_TYPE_NOT_SUPPORTED"));
        (await CallAsync(binding, "GetTask", new { id = "tck-nonexistent" })).Code.ShouldBe((binding, "TASK_NOT_FOUND"));
        (await CallAsync(binding, "CancelTask", new { id = "tck-nonexistent" })).Code.ShouldBe((binding, "TASK_NOT_FOUND"));
        (await CallAsync(binding, "SubscribeToTask", new { id = "tck-nonexistent" })).Code.ShouldBe((binding, "TASK_NOT_FOUND"));
        var done = (await SendAsync(binding, "tck-complete-task")).GetProperty("id").GetString()!;
        (await CallAsync(binding, "CancelTask", new { id = done })).Code.ShouldBe((binding, "TASK_NOT_CANCELABLE"));
        (await CallAsync(binding, "SubscribeToTask", new { id = done })).Code.ShouldBe((binding, "UNSUPPORTED_OPERATION"));
        (await CallAsync(binding, "SendMessage", Message("tck-v"), version: "99.0")).Code.ShouldBe((binding, "VERSION_NOT_SUPPORTED"));
        (await CallAsync(binding, "SendMessage", Message("tck-v"), version: "")).Code.ShouldBe((binding, "VERSION_NOT_SUPPORTED"));
        // A patch version changes nothing; extensions that nobody knows change nothing either.
        (await CallAsync(binding, "SendMessage", Message("tck-v"), version: "1.0.1")).Code.ShouldBeNull();
        (await CallAsync(binding, "SendMessage", Message("tck-v"), extensions: "https://example.com/ext/v1,https://example.com/ext/v2")).Code.ShouldBeNull();
        (await CallAsync(binding, "SendMessage", Message("tck-v"), type: "text/plain")).Code.ShouldBe((binding, "CONTENT_TYPE_NOT_SUPPORTED"));
    }

    [Theory]
    [MemberData(nameof(Bindings))]
    public async Task Streams_hold_one_event_each_in_order(string binding)
    {
        var hello = await StreamAsync(binding, "SendStreamingMessage", Message("tck-stream-001"));
        hello.Select(Kind).ShouldBe(["task", "statusUpdate", "artifactUpdate", "statusUpdate"]);
        State(hello[^1].GetProperty("statusUpdate")).ShouldBe("TASK_STATE_COMPLETED");
        (await StreamAsync(binding, "SendStreamingMessage", Message("tck-stream-002"))).Select(Kind).ShouldBe(["message"]);
        var ordered = await StreamAsync(binding, "SendStreamingMessage", Message("tck-stream-ordering-001"));
        ordered.Single(e => Kind(e) == "artifactUpdate").GetProperty("artifactUpdate").GetProperty("artifact").GetProperty("parts")[0].GetProperty("text").GetString().ShouldBe("Ordered output");
        var chunks = (await StreamAsync(binding, "SendStreamingMessage", Message("tck-stream-artifact-chunked"))).Where(e => Kind(e) == "artifactUpdate").Select(e => e.GetProperty("artifactUpdate")).ToList();
        (chunks.Count, chunks[1].GetProperty("append").GetBoolean(), chunks[1].GetProperty("lastChunk").GetBoolean()).ShouldBe((2, true, true));
    }

    [Theory]
    [MemberData(nameof(Bindings))]
    public async Task Subscribers_hear_the_same_and_one_may_leave(string binding)
    {
        var id = (await SendAsync(binding, "tck-input-required")).GetProperty("id").GetString()!;
        using var gone = new CancellationTokenSource();
        var begun = Enumerable.Range(0, 3).Select(_ => new TaskCompletionSource()).ToList();
        var leaving = Task.Run(() => StreamAsync(binding, "SubscribeToTask", new { id }, begun[0], gone.Token));
        var first = Task.Run(() => StreamAsync(binding, "SubscribeToTask", new { id }, begun[1]));
        var second = Task.Run(() => StreamAsync(binding, "SubscribeToTask", new { id }, begun[2]));
        await Task.WhenAll(begun.Select(b => b.Task)).WaitAsync(Eventually.Patience);
        await gone.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => leaving);
        await SendAsync(binding, "tck-complete-task", id);
        var (heard, alsoHeard) = (await first.WaitAsync(Eventually.Patience), await second.WaitAsync(Eventually.Patience));
        heard.Select(e => e.GetRawText()).ShouldBe(alsoHeard.Select(e => e.GetRawText()));
        (Kind(heard[0]), State(heard[^1].GetProperty("statusUpdate")), heard.Count > 1).ShouldBe(("task", "TASK_STATE_COMPLETED", true));
    }

    [Theory]
    [MemberData(nameof(Bindings))]
    public async Task Push_configurations_live_and_end_and_ending_twice_is_no_fault(string binding)
    {
        var taskId = (await SendAsync(binding, "tck-complete-task")).GetProperty("id").GetString()!;
        var made = (await CallAsync(binding, "CreateTaskPushNotificationConfig", new { taskId, id = "tck-push", url = "https://example.com/tck-push-webhook" })).Body;
        (made.GetProperty("id").GetString(), made.GetProperty("taskId").GetString(), made.GetProperty("url").GetString()).ShouldBe(("tck-push", taskId, "https://example.com/tck-push-webhook"));
        (await CallAsync(binding, "GetTaskPushNotificationConfig", new { taskId, id = "tck-push" })).Body.GetProperty("id").GetString().ShouldBe("tck-push");
        (await CallAsync(binding, "GetTaskPushNotificationConfig", new { taskId, id = "tck-other" })).Code.ShouldBe((binding, "TASK_NOT_FOUND"));
        (await CallAsync(binding, "ListTaskPushNotificationConfigs", new { taskId })).Body.GetProperty("configs").GetArrayLength().ShouldBe(1);
        (await CallAsync(binding, "DeleteTaskPushNotificationConfig", new { taskId, id = "tck-push" })).Code.ShouldBeNull();
        (await CallAsync(binding, "DeleteTaskPushNotificationConfig", new { taskId, id = "tck-push" })).Code.ShouldBeNull();
        (await CallAsync(binding, "GetTaskPushNotificationConfig", new { taskId, id = "tck-push" })).Code.ShouldBe((binding, "TASK_NOT_FOUND"));
        (await CallAsync(binding, "CreateTaskPushNotificationConfig", new { taskId, url = "no address" })).Code.ShouldBe((binding, "INVALID_PARAMS"));
    }

    [Theory]
    [MemberData(nameof(Bindings))]
    public async Task A_running_task_is_answered_at_once_and_cancelled(string binding)
    {
        var started = (await CallAsync(binding, "SendMessage", new { message = Body("tck-cancel", null, null), configuration = new { returnImmediately = true } })).Body.GetProperty("task");
        State(started).ShouldBeOneOf("TASK_STATE_SUBMITTED", "TASK_STATE_WORKING");
        var cancelled = (await CallAsync(binding, "CancelTask", new { id = started.GetProperty("id").GetString() })).Body;
        (cancelled.GetProperty("id").GetString(), State(cancelled)).ShouldBe((started.GetProperty("id").GetString(), "TASK_STATE_CANCELED"));
        (await CallAsync(binding, "GetExtendedAgentCard", new { })).Body.GetProperty("name").GetString().ShouldBe("Hermes conformance agent");
    }

    [Fact]
    public async Task Canonical_JSON_is_the_standards()
    {
        // The examples of RFC 8785, sections 3.2.2 to 3.2.4 and appendix B.
        Canonical("""{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}""")
            .ShouldBe("""{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}""");
        Canonical("""{"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew","1":"One","\ud83d\ude00":"Emoji","\u0080":"Control","\u00f6":"o"}""")
            .ShouldBe("{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u0080\":\"Control\",\"ö\":\"o\",\"€\":\"Euro Sign\",\"😀\":\"Emoji\",\"\ufb33\":\"Hebrew\"}");
        Canonical("[0,-0,5e-324,-5e-324,1.7976931348623157e308,9007199254740992,295147905179352830000,9.999999999999997e22,1e23,999999999999999900000,1e21,0.000001,9.5367431640625e-7,123456789012345680000]")
            .ShouldBe("[0,0,5e-324,-5e-324,1.7976931348623157e+308,9007199254740992,295147905179352830000,9.999999999999997e+22,1e+23,999999999999999900000,1e+21,0.000001,9.5367431640625e-7,123456789012345680000]");
        await Task.CompletedTask;
    }

    private static string Canonical(string json) => Encoding.UTF8.GetString(CanonicalJson.Of(System.Text.Json.Nodes.JsonNode.Parse(json)));

    private static Dictionary<string, object?> Body(string act, string? taskId, string? contextId) =>
        new Dictionary<string, object?> { ["messageId"] = $"{act}-{Guid.NewGuid():N}", ["role"] = "ROLE_USER", ["parts"] = new[] { new { text = "Hello from TCK" } }, ["taskId"] = taskId, ["contextId"] = contextId }
            .Where(m => m.Value is not null).ToDictionary();

    private static object Message(string act, string? taskId = null, string? contextId = null) => new { message = Body(act, taskId, contextId) };

    private static string State(JsonElement task) => task.GetProperty("status").GetProperty("state").GetString()!;

    private static JsonElement Part(JsonElement task) => task.GetProperty("artifacts")[0].GetProperty("parts")[0];

    private static string Kind(JsonElement streamed) => streamed.EnumerateObject().Single().Name;

    private async Task<JsonElement> SendAsync(string binding, string act, string? taskId = null, string? context = null) =>
        (await CallAsync(binding, "SendMessage", Message(act, taskId, context))).Body.GetProperty("task");

    /// <summary>The answer's result, and the error's reason with the binding when its code, status and details are as they must be.</summary>
    private async Task<(JsonElement Body, (string, string)? Code)> CallAsync(string binding, string method, object parameters, string version = "1.0", string? type = null, string? extensions = null)
    {
        using var client = app.Client();
        using var answer = await client.SendAsync(Request(binding, method, parameters, version, type, extensions));
        var json = JsonElement.Parse(await answer.Content.ReadAsStringAsync() is { Length: > 0 } text ? text : "{}");
        if (binding == ProtocolBindings.JsonRpc)
        {
            answer.StatusCode.ShouldBe(HttpStatusCode.OK);
            answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/json");
            (json.GetProperty("jsonrpc").GetString(), json.TryGetProperty("id", out var id) ? id.ToString() : null).ShouldBe(("2.0", type is null ? "tck-1" : ""));
            if (!json.TryGetProperty("error", out var wrong))
                return (json.GetProperty("result"), null);
            wrong.EnumerateObject().Select(m => m.Name).ShouldBe(["code", "message", "data"]);
            return (json, (binding, Known(wrong.GetProperty("data")[0], wrong.GetProperty("code").GetInt32(), e => e.Code)));
        }
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/a2a+json");
        if (answer.IsSuccessStatusCode)
            return (json, null);
        var error = json.GetProperty("error");
        error.GetProperty("code").GetInt32().ShouldBe((int)answer.StatusCode);
        error.GetProperty("message").GetString().ShouldNotBeNullOrEmpty();
        var reason = Known(error.GetProperty("details")[0], (int)answer.StatusCode, e => e.HttpStatus);
        error.GetProperty("status").GetString().ShouldBe(A2AErrors.ByReason(reason)!.Status);
        return (json, (binding, reason));
    }

    private static string Known(JsonElement info, int code, Func<A2AError, int> codeOf)
    {
        (info.GetProperty("@type").GetString(), info.GetProperty("domain").GetString()).ShouldBe((A2AError.InfoType, A2AError.Domain));
        var reason = info.GetProperty("reason").GetString()!;
        codeOf(A2AErrors.ByReason(reason)!).ShouldBe(code);
        return reason;
    }

    /// <summary>All events of a stream; <paramref name="begun"/> is done with the first.</summary>
    private async Task<List<JsonElement>> StreamAsync(string binding, string method, object parameters, TaskCompletionSource? begun = null, CancellationToken cancellationToken = default)
    {
        using var client = app.Client();
        using var request = Request(binding, method, parameters, "1.0", null, null);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("text/event-stream");
        var events = new List<JsonElement>();
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(cancellationToken));
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            if (!line.StartsWith("data: ", StringComparison.Ordinal))
                continue;
            var json = JsonElement.Parse(line[6..]);
            if (binding == ProtocolBindings.JsonRpc)
                (json.GetProperty("jsonrpc").GetString(), json.GetProperty("id").GetString()).ShouldBe(("2.0", "tck-1"));
            events.Add(binding == ProtocolBindings.JsonRpc ? json.GetProperty("result") : json);
            begun?.TrySetResult();
        }
        return events;
    }

    private static HttpRequestMessage Request(string binding, string method, object parameters, string version, string? type, string? extensions)
    {
        var json = JsonSerializer.SerializeToElement(parameters);
        HttpRequestMessage request;
        if (binding == ProtocolBindings.JsonRpc)
        {
            request = new(HttpMethod.Post, At) { Content = Content(new { jsonrpc = "2.0", id = "tck-1", method, @params = json }, type) };
        }
        else
        {
            string Of(string name) => json.GetProperty(name).GetString()!;
            var query = string.Join('&', json.EnumerateObject().Where(m => m.Name is not ("id" or "taskId") && m.Value.ValueKind != JsonValueKind.Null)
                .Select(m => $"{m.Name}={Uri.EscapeDataString(m.Value.ValueKind switch { JsonValueKind.True => "true", JsonValueKind.Number => m.Value.GetInt32().ToString(CultureInfo.InvariantCulture), _ => m.Value.ToString() })}"));
            // As the kit's client sends them: POST with a JSON type even where there is no body.
            request = method switch
            {
                "SendMessage" => new(HttpMethod.Post, $"{At}/message:send") { Content = Content(json, type) },
                "SendStreamingMessage" => new(HttpMethod.Post, $"{At}/message:stream") { Content = Content(json, type) },
                "GetTask" => new(HttpMethod.Get, $"{At}/tasks/{Of("id")}?{query}"),
                "ListTasks" => new(HttpMethod.Get, $"{At}/tasks?{query}"),
                "CancelTask" => new(HttpMethod.Post, $"{At}/tasks/{Of("id")}:cancel") { Content = new StringContent("", Encoding.UTF8, "application/json") },
                "SubscribeToTask" => new(HttpMethod.Post, $"{At}/tasks/{Of("id")}:subscribe") { Content = new StringContent("", Encoding.UTF8, "application/json") },
                "CreateTaskPushNotificationConfig" => new(HttpMethod.Post, $"{At}/tasks/{Of("taskId")}/pushNotificationConfigs") { Content = Content(json, type) },
                "GetTaskPushNotificationConfig" => new(HttpMethod.Get, $"{At}/tasks/{Of("taskId")}/pushNotificationConfigs/{Of("id")}"),
                "ListTaskPushNotificationConfigs" => new(HttpMethod.Get, $"{At}/tasks/{Of("taskId")}/pushNotificationConfigs"),
                "DeleteTaskPushNotificationConfig" => new(HttpMethod.Delete, $"{At}/tasks/{Of("taskId")}/pushNotificationConfigs/{Of("id")}"),
                _ => new(HttpMethod.Get, $"{At}/extendedAgentCard"),
            };
        }
        request.Headers.TryAddWithoutValidation("A2A-Version", version);
        if (extensions is not null)
            request.Headers.TryAddWithoutValidation("A2A-Extensions", extensions);
        return request;
    }

    private static StringContent Content(object body, string? type) => new(JsonSerializer.Serialize(body), Encoding.UTF8, type ?? "application/json");
}
