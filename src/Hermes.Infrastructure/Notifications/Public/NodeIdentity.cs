namespace Hermes.Infrastructure.Notifications.Public;

/// <summary>This process.</summary>
internal sealed class NodeIdentity(TimeProvider clock)
{
    /// <summary>New at every start.</summary>
    public Guid Id { get; } = Guid.CreateVersion7(clock.GetUtcNow());

    /// <summary>Machine and process.</summary>
    public string Name { get; } = $"{Environment.MachineName}/{Environment.ProcessId}";
}
