using System.Collections.Concurrent;
using System.Text.Json;
using Hermes.Application.Calls;
using Hermes.Application.Shared;
using Hermes.Domain.Calls;
using Hermes.Infrastructure.Notifications.Public;

namespace Hermes.Infrastructure.Calls;

/// <summary>This node's waiters; they are woken by commits here and by events that any node wrote.</summary>
internal sealed class CallFeed : ICallFeed, IEventObserver
{
    private readonly ConcurrentDictionary<CallId, HashSet<Waiter>> _waiters = new();

    public ICallWatch Watch(CallId call, int after = 0)
    {
        var waiter = new Waiter(this, call, after);
        while (true)
        {
            var own = _waiters.GetOrAdd(call, _ => []);
            lock (own)
            {
                // An emptied set may just have been taken out.
                if (!_waiters.TryGetValue(call, out var present) || present != own)
                    continue;
                own.Add(waiter);
                return waiter;
            }
        }
    }

    public void Pulse(CallId call, int sequence)
    {
        if (!_waiters.TryGetValue(call, out var own))
            return;
        lock (own)
        {
            foreach (var waiter in own.Where(w => w.After < sequence))
                waiter.Wake();
        }
    }

    public void Seen(LiveFrame frame)
    {
        if (frame.Type == CallDesk.Updated && _waiters.ContainsKey(new CallId(frame.SubjectId)))
            Pulse(new CallId(frame.SubjectId), JsonSerializer.Deserialize<CallUpdated>(frame.Data, HermesJson.Options)!.News);
    }

    private void Leave(Waiter waiter)
    {
        if (!_waiters.TryGetValue(waiter.Call, out var own))
            return;
        lock (own)
        {
            if (own.Remove(waiter) && own.Count == 0)
                _waiters.TryRemove(new KeyValuePair<CallId, HashSet<Waiter>>(waiter.Call, own));
        }
    }

    private sealed class Waiter(CallFeed feed, CallId call, int after) : ICallWatch
    {
        private readonly SemaphoreSlim _news = new(0, 1);

        public CallId Call => call;

        public int After => after;

        public void Wake()
        {
            if (_news.CurrentCount == 0)
                _news.Release();
        }

        public Task WaitAsync(TimeSpan atMost, CancellationToken cancellationToken) => _news.WaitAsync(atMost, cancellationToken);

        public void Dispose()
        {
            feed.Leave(this);
            _news.Dispose();
        }
    }
}
