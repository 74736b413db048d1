namespace Hermes.Infrastructure.Notifications.Public;

/// <summary>Hears of every event on this node before connections do; must be quick.</summary>
public interface IEventObserver
{
    /// <summary>An event came.</summary>
    void Seen(LiveFrame frame);
}
