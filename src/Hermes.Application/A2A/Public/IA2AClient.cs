using System.Security.Cryptography.X509Certificates;

namespace Hermes.Application.A2A.Public;

/// <summary>How an agent is called: one interface of its card with what the call needs.</summary>
/// <param name="Url">The interface's address.</param>
/// <param name="Binding"><see cref="ProtocolBindings.JsonRpc"/> or <see cref="ProtocolBindings.HttpJson"/>.</param>
/// <param name="Tenant">The interface's tenant; null for none. The client puts it into every request.</param>
public sealed record A2ATarget(Uri Url, string Binding, string? Tenant = null)
{
    /// <summary>Headers that prove the caller to the agent; dropped at a redirect to another origin. Secret.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>Query parameters that prove the caller to the agent. Secret.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Query { get; init; } = [];

    /// <summary>Certificate that proves the caller in the TLS handshake; null for none. Secret.</summary>
    public X509Certificate2? ClientCertificate { get; init; }

    /// <summary>Time and size.</summary>
    public A2ALimits Limits { get; init; } = new();

    /// <summary>Shows no secret.</summary>
    public override string ToString() => $"{Binding} at {Url}";
}

/// <summary>Time and size that a call may take.</summary>
public sealed record A2ALimits
{
    /// <summary>For the whole call, a stream included.</summary>
    public TimeSpan Total { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Between two reads: an agent that says nothing for so long is given up.</summary>
    public TimeSpan Silence { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Most bytes of an answer, after decompression; of a stream as a whole.</summary>
    public int MaxBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>Most bytes of one event of a stream.</summary>
    public int MaxEventBytes { get; init; } = 1024 * 1024;
}

/// <summary>
/// Calls other agents over A2A 1.0, through the guarded HTTP client. All methods throw <see cref="A2ACallException"/>;
/// <see cref="OperationCanceledException"/> only when the caller cancels. None retries.
/// </summary>
public interface IA2AClient
{
    /// <summary>Sends a message; the agent waits until its task is terminal or interrupted unless asked to return immediately.</summary>
    Task<SendMessageResponse> SendAsync(A2ATarget target, SendMessageRequest request, CancellationToken cancellationToken);

    /// <summary>Sends a message and streams what follows; ends when the agent closes the stream.</summary>
    IAsyncEnumerable<StreamResponse> StreamAsync(A2ATarget target, SendMessageRequest request, CancellationToken cancellationToken);

    /// <summary>Reads a task.</summary>
    Task<A2ATask> GetTaskAsync(A2ATarget target, GetTaskRequest request, CancellationToken cancellationToken);

    /// <summary>Lists the caller's tasks.</summary>
    Task<ListTasksResponse> ListTasksAsync(A2ATarget target, ListTasksRequest request, CancellationToken cancellationToken);

    /// <summary>Calls a task off.</summary>
    Task<A2ATask> CancelTaskAsync(A2ATarget target, CancelTaskRequest request, CancellationToken cancellationToken);

    /// <summary>Follows a task that is under way.</summary>
    IAsyncEnumerable<StreamResponse> SubscribeAsync(A2ATarget target, SubscribeToTaskRequest request, CancellationToken cancellationToken);

    /// <summary>Asks for pushes of a task's updates.</summary>
    Task<TaskPushNotificationConfig> CreatePushConfigAsync(A2ATarget target, TaskPushNotificationConfig config, CancellationToken cancellationToken);

    /// <summary>Reads a push configuration.</summary>
    Task<TaskPushNotificationConfig> GetPushConfigAsync(A2ATarget target, PushNotificationConfigRequest request, CancellationToken cancellationToken);

    /// <summary>Lists a task's push configurations.</summary>
    Task<ListPushNotificationConfigsResponse> ListPushConfigsAsync(A2ATarget target, ListPushNotificationConfigsRequest request, CancellationToken cancellationToken);

    /// <summary>Ends a push configuration.</summary>
    Task DeletePushConfigAsync(A2ATarget target, PushNotificationConfigRequest request, CancellationToken cancellationToken);

    /// <summary>Reads the card that the agent shows to those who prove themselves.</summary>
    Task<AgentCard> GetExtendedCardAsync(A2ATarget target, CancellationToken cancellationToken);
}
