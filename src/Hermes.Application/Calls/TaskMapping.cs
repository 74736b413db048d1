using Hermes.Application.A2A.Public;
using Hermes.Domain.Calls;

namespace Hermes.Application.Calls;

/// <summary>Calls as the protocol's tasks, and their events as its stream.</summary>
public static class TaskMapping
{
    /// <summary>The task as of its last event in the list.</summary>
    /// <param name="progress">The call with all of its events, or with those that <see cref="GetTask"/> and <see cref="ListTasks"/> read.</param>
    /// <param name="historyLength">Messages of history: 0 for none, null for all.</param>
    /// <param name="artifacts">Whether what it made is in it.</param>
    public static A2ATask TaskOf(CallProgress progress, int? historyLength, bool artifacts = true)
    {
        var (call, events) = (progress.Call, progress.Events);
        var last = events.Count > 0 ? events[^1] : null;
        var status = events.LastOrDefault(e => e.Kind == CallEventKind.Status);
        var said = status is { Body: { } word } && status.State == last!.State && status == events.Last(e => e.Kind != CallEventKind.Artifact) ? A2AJson.Read<Message>(word) : null;
        var history = events.Where(e => e.Kind != CallEventKind.Artifact && e.Body is not null && (said is null || e != status))
            .Select(e => A2AJson.Read<Message>(e.Body!.Value)).ToList();
        if (historyLength is { } most && most < history.Count)
            history.RemoveRange(0, history.Count - most);
        return new A2ATask
        {
            Id = call.Id.ToString(),
            ContextId = call.ContextId,
            Status = new A2ATaskStatus { State = StateOf(last?.State ?? call.State), Message = said, Timestamp = last is null || last.Sequence >= call.LastSequence ? call.ChangedAt : last.At },
            Artifacts = artifacts ? [.. CallResult.Assemble(events).Select(A2AJson.Read<Artifact>)] : null,
            History = historyLength == 0 || history.Count == 0 ? null : history,
        };
    }

    /// <summary>The event as the protocol streams and pushes it; null for what the caller said itself.</summary>
    public static StreamResponse? EventOf(CallView call, CallEventView happened) => happened.Kind switch
    {
        CallEventKind.Status => new StreamResponse
        {
            StatusUpdate = new TaskStatusUpdateEvent
            {
                TaskId = call.Id.ToString(),
                ContextId = call.ContextId,
                Status = new A2ATaskStatus { State = StateOf(happened.State), Message = happened.Body is { } word ? A2AJson.Read<Message>(word) : null, Timestamp = happened.At },
            },
        },
        CallEventKind.Artifact => new StreamResponse
        {
            ArtifactUpdate = new TaskArtifactUpdateEvent
            {
                TaskId = call.Id.ToString(),
                ContextId = call.ContextId,
                Artifact = A2AJson.Read<Artifact>(happened.Body!.Value),
                Append = happened.Append,
                LastChunk = happened.LastChunk,
            },
        },
        _ => null,
    };

    /// <summary>The protocol's state.</summary>
    public static TaskState StateOf(CallState state) => state switch
    {
        CallState.Submitted => TaskState.Submitted,
        CallState.Working => TaskState.Working,
        CallState.InputRequired => TaskState.InputRequired,
        CallState.AuthRequired => TaskState.AuthRequired,
        CallState.Completed => TaskState.Completed,
        CallState.Failed => TaskState.Failed,
        CallState.Canceled => TaskState.Canceled,
        _ => TaskState.Rejected,
    };

    /// <summary>The call's state; null for unspecified.</summary>
    public static CallState? StateOf(TaskState state) => state switch
    {
        TaskState.Submitted => CallState.Submitted,
        TaskState.Working => CallState.Working,
        TaskState.InputRequired => CallState.InputRequired,
        TaskState.AuthRequired => CallState.AuthRequired,
        TaskState.Completed => CallState.Completed,
        TaskState.Failed => CallState.Failed,
        TaskState.Canceled => CallState.Canceled,
        TaskState.Rejected => CallState.Rejected,
        _ => null,
    };
}
