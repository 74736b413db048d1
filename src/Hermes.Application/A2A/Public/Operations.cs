using System.Text.Json;
using System.Text.Json.Serialization;

namespace Hermes.Application.A2A.Public;

/// <summary>How a message is to be handled.</summary>
public sealed record SendMessageConfiguration
{
    /// <summary>MIME types that the caller takes; null for any.</summary>
    public IReadOnlyList<string>? AcceptedOutputModes { get; init; }

    /// <summary>Where to push the task's updates to; null for nowhere.</summary>
    public TaskPushNotificationConfig? TaskPushNotificationConfig { get; init; }

    /// <summary>Messages of history in the answer: 0 for none, null for the agent's choice.</summary>
    public int? HistoryLength { get; init; }

    /// <summary>True for an answer at once; else the answer waits until the task is terminal or interrupted.</summary>
    public bool? ReturnImmediately { get; init; }
}

/// <summary>Sends a message.</summary>
public sealed record SendMessageRequest
{
    /// <summary>The agent's tenant as its card says; null or empty for none.</summary>
    public string? Tenant { get; init; }

    /// <summary>The message; null only when the caller broke the specification.</summary>
    public Message? Message { get; init; }

    /// <summary>How to handle it; null for the defaults.</summary>
    public SendMessageConfiguration? Configuration { get; init; }

    /// <summary>Whatever caller and agent agreed on; null for none.</summary>
    public IReadOnlyDictionary<string, JsonElement>? Metadata { get; init; }
}

/// <summary>Answer to a message: a task or a message.</summary>
public sealed record SendMessageResponse
{
    /// <summary>The task that it began or continued; null when the agent answered by a message alone.</summary>
    public A2ATask? Task { get; init; }

    /// <summary>The agent's answer; null when it made a task.</summary>
    public Message? Message { get; init; }

    /// <summary>True when exactly one member is there.</summary>
    [JsonIgnore]
    public bool IsWhole => Task is null != (Message is null);
}

/// <summary>Reads a task.</summary>
public sealed record GetTaskRequest
{
    /// <summary>The agent's tenant as its card says; null or empty for none.</summary>
    public string? Tenant { get; init; }

    /// <summary>The task.</summary>
    public string Id { get; init => field = value ?? ""; } = "";

    /// <summary>Messages of history: 0 for none, null for all that the agent gives.</summary>
    public int? HistoryLength { get; init; }
}

/// <summary>Lists tasks, latest first.</summary>
public sealed record ListTasksRequest
{
    /// <summary>The agent's tenant as its card says; null or empty for none.</summary>
    public string? Tenant { get; init; }

    /// <summary>Only this conversation's; null or empty for all.</summary>
    public string? ContextId { get; init; }

    /// <summary>Only in this state; null or unspecified for all.</summary>
    public TaskState? Status { get; init; }

    /// <summary>1–100; null for 50.</summary>
    public int? PageSize { get; init; }

    /// <summary>Where the previous page ended; null or empty for the first.</summary>
    public string? PageToken { get; init; }

    /// <summary>Messages of history of each task; null for none.</summary>
    public int? HistoryLength { get; init; }

    /// <summary>Only those whose status is later; null for all.</summary>
    public DateTimeOffset? StatusTimestampAfter { get; init; }

    /// <summary>True to have artifacts, too.</summary>
    public bool? IncludeArtifacts { get; init; }
}

/// <summary>A page of tasks.</summary>
public sealed record ListTasksResponse
{
    /// <summary>Latest first.</summary>
    public IReadOnlyList<A2ATask> Tasks { get; init => field = value ?? []; } = [];

    /// <summary>Empty at the end.</summary>
    public string NextPageToken { get; init => field = value ?? ""; } = "";

    /// <summary>Rows of a page.</summary>
    public int PageSize { get; init; }

    /// <summary>Rows of all pages.</summary>
    public int TotalSize { get; init; }
}

/// <summary>Calls a task off.</summary>
public sealed record CancelTaskRequest
{
    /// <summary>The agent's tenant as its card says; null or empty for none.</summary>
    public string? Tenant { get; init; }

    /// <summary>The task.</summary>
    public string Id { get; init => field = value ?? ""; } = "";

    /// <summary>Whatever caller and agent agreed on; null for none.</summary>
    public IReadOnlyDictionary<string, JsonElement>? Metadata { get; init; }
}

/// <summary>Follows a task that is under way.</summary>
public sealed record SubscribeToTaskRequest
{
    /// <summary>The agent's tenant as its card says; null or empty for none.</summary>
    public string? Tenant { get; init; }

    /// <summary>The task.</summary>
    public string Id { get; init => field = value ?? ""; } = "";
}

/// <summary>How a push proves itself to its receiver: sent as <c>Authorization: scheme credentials</c>.</summary>
public sealed record AuthenticationInfo
{
    /// <summary>For instance <c>Bearer</c>.</summary>
    public string Scheme { get; init => field = value ?? ""; } = "";

    /// <summary>A secret; null or empty for none.</summary>
    public string? Credentials { get; init; }
}

/// <summary>Where a task's updates are pushed to.</summary>
public sealed record TaskPushNotificationConfig
{
    /// <summary>The agent's tenant as its card says; null or empty for none.</summary>
    public string? Tenant { get; init; }

    /// <summary>Made by the caller or, where it made none, by the agent.</summary>
    public string? Id { get; init; }

    /// <summary>The task; null or empty inline in a message that begins one.</summary>
    public string? TaskId { get; init; }

    /// <summary>Receives a POST with a <see cref="StreamResponse"/>.</summary>
    public string Url { get; init => field = value ?? ""; } = "";

    /// <summary>Sent as <c>X-A2A-Notification-Token</c>; null or empty for none.</summary>
    public string? Token { get; init; }

    /// <summary>How the push proves itself; null for not at all.</summary>
    public AuthenticationInfo? Authentication { get; init; }
}

/// <summary>Names one push configuration of a task (get and delete).</summary>
public sealed record PushNotificationConfigRequest
{
    /// <summary>The agent's tenant as its card says; null or empty for none.</summary>
    public string? Tenant { get; init; }

    /// <summary>The task.</summary>
    public string TaskId { get; init => field = value ?? ""; } = "";

    /// <summary>The configuration.</summary>
    public string Id { get; init => field = value ?? ""; } = "";
}

/// <summary>Lists a task's push configurations.</summary>
public sealed record ListPushNotificationConfigsRequest
{
    /// <summary>The agent's tenant as its card says; null or empty for none.</summary>
    public string? Tenant { get; init; }

    /// <summary>The task.</summary>
    public string TaskId { get; init => field = value ?? ""; } = "";

    /// <summary>Rows of a page; null or 0 for the agent's choice.</summary>
    public int? PageSize { get; init; }

    /// <summary>Where the previous page ended; null or empty for the first.</summary>
    public string? PageToken { get; init; }
}

/// <summary>A task's push configurations.</summary>
public sealed record ListPushNotificationConfigsResponse
{
    /// <summary>Without their secrets where the agent withholds them.</summary>
    public IReadOnlyList<TaskPushNotificationConfig> Configs { get; init => field = value ?? []; } = [];

    /// <summary>Null or empty at the end.</summary>
    public string? NextPageToken { get; init; }
}

/// <summary>Names of the operations: JSON-RPC methods as the specification writes them.</summary>
public static class A2AMethods
{
    /// <summary>Answers a <see cref="SendMessageResponse"/>.</summary>
    public const string SendMessage = "SendMessage";

    /// <summary>Streams <see cref="StreamResponse"/>.</summary>
    public const string SendStreamingMessage = "SendStreamingMessage";

    /// <summary>Answers an <see cref="A2ATask"/>.</summary>
    public const string GetTask = "GetTask";

    /// <summary>Answers a <see cref="ListTasksResponse"/>.</summary>
    public const string ListTasks = "ListTasks";

    /// <summary>Answers an <see cref="A2ATask"/>.</summary>
    public const string CancelTask = "CancelTask";

    /// <summary>Streams <see cref="StreamResponse"/>.</summary>
    public const string SubscribeToTask = "SubscribeToTask";

    /// <summary>Answers a <see cref="TaskPushNotificationConfig"/>.</summary>
    public const string CreateTaskPushNotificationConfig = "CreateTaskPushNotificationConfig";

    /// <summary>Answers a <see cref="TaskPushNotificationConfig"/>.</summary>
    public const string GetTaskPushNotificationConfig = "GetTaskPushNotificationConfig";

    /// <summary>Answers a <see cref="ListPushNotificationConfigsResponse"/>.</summary>
    public const string ListTaskPushNotificationConfigs = "ListTaskPushNotificationConfigs";

    /// <summary>Answers nothing.</summary>
    public const string DeleteTaskPushNotificationConfig = "DeleteTaskPushNotificationConfig";

    /// <summary>Answers an <see cref="AgentCard"/>.</summary>
    public const string GetExtendedAgentCard = "GetExtendedAgentCard";
}
