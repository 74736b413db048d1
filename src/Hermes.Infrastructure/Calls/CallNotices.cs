using Hermes.Application.Calls;
using Hermes.Domain.Calls;
using Hermes.Infrastructure.Notifications.Public;

namespace Hermes.Infrastructure.Calls;

/// <summary>Wakes what carries a call on this node when the agent pushed news of it to whichever node.</summary>
internal sealed class CallNotices : IEventObserver
{
    private readonly CallFeed _feed = new();

    /// <summary>Watches a call from now on; dispose it.</summary>
    public ICallWatch Watch(CallId call) => _feed.Watch(call);

    public void Seen(LiveFrame frame)
    {
        if (frame.Type == CallDesk.Notified)
            _feed.Pulse(new CallId(frame.SubjectId), int.MaxValue);
    }
}
