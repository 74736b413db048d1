namespace Hermes.Infrastructure.Notifications.Public;

/// <summary>A running process of Hermes. What it holds in memory only (sockets) counts while it is alive.</summary>
internal sealed class Node
{
    /// <summary>New at every start.</summary>
    public Guid Id { get; init; }

    /// <summary>Machine and process, for operators.</summary>
    public string Name { get; init; } = "";

    /// <summary>By the database's clock.</summary>
    public DateTimeOffset StartedAt { get; init; }

    /// <summary>By the database's clock; a node that was not seen for 20 seconds counts as dead.</summary>
    public DateTimeOffset SeenAt { get; init; }
}
