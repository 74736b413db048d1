namespace Hermes.Domain.Agents;

/// <summary>Whether an agent can be reached: as its sockets tell, or, without one, its probes.</summary>
public enum Presence
{
    /// <summary>No socket on any node, and no endpoint that its probes found to work.</summary>
    Offline,
    /// <summary>Connected, and says it is busy on every socket.</summary>
    Busy,
    /// <summary>Connected and free, or not connected and listed with an endpoint.</summary>
    Online,
}
