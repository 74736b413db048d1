namespace Hermes.Infrastructure.Notifications.Public;

/// <summary>This node's reading of the event log.</summary>
public interface IEventFeed
{
    /// <summary>Done when the node knows where the log is: every event after that reaches the observers.</summary>
    Task Started { get; }
}
