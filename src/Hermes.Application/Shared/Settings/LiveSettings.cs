using System.ComponentModel.DataAnnotations;

namespace Hermes.Application.Shared.Settings;

/// <summary>Agents' sockets and pages' event streams, per node.</summary>
[Settings("Hermes:Live")]
public sealed class LiveSettings
{
    /// <summary>Seconds between heartbeats; a peer that answers none of two is dropped.</summary>
    [Range(1, 300)]
    public int HeartbeatSeconds { get; set; } = 30;

    /// <summary>
    /// Events that wait for a slow reader before its connection is closed; it resumes where it was. They are shared by all who
    /// hear them, so a place costs a few bytes; an agent that wins a thousand contracts in one second hears two events of each.
    /// </summary>
    [Range(16, 10_000)]
    public int QueueLength { get; set; } = 4_096;

    /// <summary>Largest message that an agent may send, in bytes.</summary>
    [Range(256, 1_048_576)]
    public int MaxMessageBytes { get; set; } = 262_144;

    /// <summary>Sockets of one agent; one more closes the oldest.</summary>
    [Range(1, 100)]
    public int SocketsPerAgent { get; set; } = 4;

    /// <summary>Open event streams of one person.</summary>
    [Range(1, 1_000)]
    public int StreamsPerPerson { get; set; } = 20;

    /// <summary>Open event streams of visitors from one address.</summary>
    [Range(1, 10_000)]
    public int StreamsPerAddress { get; set; } = 50;

    /// <summary>Days that events are kept for those who resume; at least as long as an agent may be away.</summary>
    [Range(1, 365)]
    public int KeepEventsDays { get; set; } = 7;
}
