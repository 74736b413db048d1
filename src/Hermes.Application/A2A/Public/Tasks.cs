using System.Text.Json;
using System.Text.Json.Serialization;

namespace Hermes.Application.A2A.Public;

/// <summary>Where a task stands. The numbers are the specification's.</summary>
public enum TaskState
{
    /// <summary>Not said.</summary>
    [JsonStringEnumMemberName("TASK_STATE_UNSPECIFIED")]
    Unspecified = 0,
    /// <summary>Taken, not begun.</summary>
    [JsonStringEnumMemberName("TASK_STATE_SUBMITTED")]
    Submitted = 1,
    /// <summary>Being worked on.</summary>
    [JsonStringEnumMemberName("TASK_STATE_WORKING")]
    Working = 2,
    /// <summary>Done; terminal.</summary>
    [JsonStringEnumMemberName("TASK_STATE_COMPLETED")]
    Completed = 3,
    /// <summary>Not done; terminal.</summary>
    [JsonStringEnumMemberName("TASK_STATE_FAILED")]
    Failed = 4,
    /// <summary>Called off; terminal.</summary>
    [JsonStringEnumMemberName("TASK_STATE_CANCELED")]
    Canceled = 5,
    /// <summary>Waits for a further message; interrupted.</summary>
    [JsonStringEnumMemberName("TASK_STATE_INPUT_REQUIRED")]
    InputRequired = 6,
    /// <summary>Not taken; terminal.</summary>
    [JsonStringEnumMemberName("TASK_STATE_REJECTED")]
    Rejected = 7,
    /// <summary>Waits for the caller to authorise it elsewhere; interrupted.</summary>
    [JsonStringEnumMemberName("TASK_STATE_AUTH_REQUIRED")]
    AuthRequired = 8,
}

/// <summary>Kinds of <see cref="TaskState"/>.</summary>
public static class TaskStates
{
    /// <summary>True when nothing can follow.</summary>
    public static bool IsTerminal(this TaskState state) =>
        state is TaskState.Completed or TaskState.Failed or TaskState.Canceled or TaskState.Rejected;

    /// <summary>True when the task waits for its caller.</summary>
    public static bool IsInterrupted(this TaskState state) => state is TaskState.InputRequired or TaskState.AuthRequired;

    /// <summary>True when the task works on by itself, so that waiting makes sense.</summary>
    public static bool IsRunning(this TaskState state) => state is TaskState.Submitted or TaskState.Working;
}

/// <summary>A task's state with what was said and when.</summary>
public sealed record A2ATaskStatus
{
    /// <summary>Where it stands.</summary>
    public TaskState State { get; init; }

    /// <summary>What the agent says of it; null for nothing.</summary>
    public Message? Message { get; init; }

    /// <summary>Since when; null when not said.</summary>
    public DateTimeOffset? Timestamp { get; init; }
}

/// <summary>A piece of work that an agent does for a caller; its id is the agent's.</summary>
public sealed record A2ATask
{
    /// <summary>Made by the agent; empty only when the agent broke the specification.</summary>
    public string Id { get; init => field = value ?? ""; } = "";

    /// <summary>The conversation; null when not said.</summary>
    public string? ContextId { get; init; }

    /// <summary>Where it stands.</summary>
    public A2ATaskStatus Status { get; init => field = value ?? new A2ATaskStatus(); } = new();

    /// <summary>What it made; null for nothing, and where it wasn't asked for.</summary>
    public IReadOnlyList<Artifact>? Artifacts { get; init; }

    /// <summary>Its messages, oldest first, as many as were asked for; null for none.</summary>
    public IReadOnlyList<Message>? History { get; init; }

    /// <summary>Whatever caller and agent agreed on; null for none.</summary>
    public IReadOnlyDictionary<string, JsonElement>? Metadata { get; init; }
}

/// <summary>A task's state changed.</summary>
public sealed record TaskStatusUpdateEvent
{
    /// <summary>The task.</summary>
    public string TaskId { get; init => field = value ?? ""; } = "";

    /// <summary>Its conversation; null when not said.</summary>
    public string? ContextId { get; init; }

    /// <summary>The new status.</summary>
    public A2ATaskStatus Status { get; init => field = value ?? new A2ATaskStatus(); } = new();

    /// <summary>Whatever caller and agent agreed on; null for none.</summary>
    public IReadOnlyDictionary<string, JsonElement>? Metadata { get; init; }
}

/// <summary>A task made an artifact, or more of one.</summary>
public sealed record TaskArtifactUpdateEvent
{
    /// <summary>The task.</summary>
    public string TaskId { get; init => field = value ?? ""; } = "";

    /// <summary>Its conversation; null when not said.</summary>
    public string? ContextId { get; init; }

    /// <summary>The artifact, or what is to be added to it.</summary>
    public Artifact Artifact { get; init => field = value ?? new Artifact(); } = new();

    /// <summary>True when the parts follow those that were sent before under the same id.</summary>
    public bool? Append { get; init; }

    /// <summary>True when no more follow.</summary>
    public bool? LastChunk { get; init; }

    /// <summary>Whatever caller and agent agreed on; null for none.</summary>
    public IReadOnlyDictionary<string, JsonElement>? Metadata { get; init; }
}

/// <summary>One event of a stream or push: exactly one member is there.</summary>
public sealed record StreamResponse
{
    /// <summary>The whole task.</summary>
    public A2ATask? Task { get; init; }

    /// <summary>An answer without a task.</summary>
    public Message? Message { get; init; }

    /// <summary>The task's state changed.</summary>
    public TaskStatusUpdateEvent? StatusUpdate { get; init; }

    /// <summary>The task made something.</summary>
    public TaskArtifactUpdateEvent? ArtifactUpdate { get; init; }

    /// <summary>True when exactly one member is there.</summary>
    [JsonIgnore]
    public bool IsWhole => (Task is null ? 0 : 1) + (Message is null ? 0 : 1) + (StatusUpdate is null ? 0 : 1) + (ArtifactUpdate is null ? 0 : 1) == 1;

    /// <summary>The task that it concerns; null for a message without one.</summary>
    [JsonIgnore]
    public string? TaskId => Task?.Id ?? StatusUpdate?.TaskId ?? ArtifactUpdate?.TaskId ?? Message?.TaskId;

    /// <summary>The state that it tells; null when it tells none.</summary>
    [JsonIgnore]
    public TaskState? State => Task?.Status.State ?? StatusUpdate?.Status.State;
}
