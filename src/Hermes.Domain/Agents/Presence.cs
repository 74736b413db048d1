namespace Hermes.Domain.Agents;

/// <summary>Whether an agent is connected, as its sockets tell.</summary>
public enum Presence
{
    /// <summary>No socket on any node.</summary>
    Offline,
    /// <summary>Connected, and says it is busy on every socket.</summary>
    Busy,
    /// <summary>Connected and free.</summary>
    Online,
}
