using System.Diagnostics.Metrics;
using Hermes.Application.Notifications;
using Hermes.Application.Shared;
using Hermes.Infrastructure.Notifications.Public;

namespace Hermes.Infrastructure.Notifications;

/// <summary>A connection of this node that takes events. It must not block: it has a queue of its own.</summary>
public interface IEventSink
{
    /// <summary>Takes an event.</summary>
    void Offer(LiveFrame frame);
}

/// <summary>A sink with what decides which events it takes.</summary>
public sealed class Subscription
{
    internal Subscription(IEventSink sink, EventReader reader, AgentStanding? standing) => (Sink, Reader, Standing) = (sink, reader, standing);

    internal IEventSink Sink { get; }

    /// <summary>Who reads.</summary>
    public EventReader Reader { get; }

    /// <summary>The agent's standing, replaced when the agent changes; null for people.</summary>
    public AgentStanding? Standing { get; internal set; }

    /// <summary>True while the agent says it is busy: it hears no announcements.</summary>
    public bool IsBusy { get; set; }
}

/// <summary>
/// This node's connections, and the fan-out of events to them. Events come from one reader, in order; a connection that
/// subscribes is told the position after which it will get every event meant for it.
/// </summary>
public sealed class EventHub(IEnumerable<IEventObserver> observers)
{
    private static readonly Counter<long> Delivered = PipelineTelemetry.Meter.CreateCounter<long>("hermes.events.delivered", "{event}", "Events handed to connections of this node.");

    private readonly Lock _gate = new();
    private readonly IEventObserver[] _observers = [.. observers];
    private readonly Dictionary<Guid, List<Subscription>> _agents = [];
    private readonly Dictionary<string, HashSet<Subscription>> _byCapability = new(StringComparer.Ordinal);
    private readonly Dictionary<Guid, HashSet<Subscription>> _tenants = [];
    private readonly HashSet<Subscription> _people = [];
    private long _position;

    /// <summary>The last event that was fanned out.</summary>
    public long Position
    {
        get
        {
            lock (_gate)
                return _position;
        }
    }

    /// <summary>Agents that have a connection here.</summary>
    public IReadOnlyList<Guid> ConnectedAgents
    {
        get
        {
            lock (_gate)
                return [.. _agents.Keys];
        }
    }

    /// <summary>Where the reader starts: events up to here were fanned out before this node began.</summary>
    public void StartAt(long position)
    {
        lock (_gate)
            _position = Math.Max(_position, position);
    }

    /// <summary>Subscribes; the position says after which event the sink hears all that is meant for it.</summary>
    /// <param name="sink">The connection.</param>
    /// <param name="reader">Who reads.</param>
    /// <param name="standing">For an agent.</param>
    public (Subscription Subscription, long Position) Subscribe(IEventSink sink, EventReader reader, AgentStanding? standing)
    {
        var subscription = new Subscription(sink, reader, standing);
        lock (_gate)
        {
            if (standing is not null)
            {
                Bucket(_agents, standing.Agent.Value).Add(subscription);
                IndexCapabilities(subscription, standing);
            }
            else
            {
                _people.Add(subscription);
                if (reader.Tenant is { } tenant)
                    Bucket(_tenants, tenant.Value).Add(subscription);
            }
            return (subscription, _position);
        }
    }

    /// <summary>No more events; one that is being fanned out may still come.</summary>
    public void Unsubscribe(Subscription subscription)
    {
        lock (_gate)
        {
            if (subscription.Standing is { } standing)
            {
                if (_agents.TryGetValue(standing.Agent.Value, out var own) && own.Remove(subscription) && own.Count == 0)
                    _agents.Remove(standing.Agent.Value);
                foreach (var capability in standing.Capabilities)
                    Drop(_byCapability, capability, subscription);
            }
            else
            {
                _people.Remove(subscription);
                if (subscription.Reader.Tenant is { } tenant)
                    Drop(_tenants, tenant.Value, subscription);
            }
        }
    }

    /// <summary>Replaces what decides which announcements the agents hear.</summary>
    public void Update(IEnumerable<AgentStanding> standings)
    {
        lock (_gate)
        {
            foreach (var standing in standings)
            {
                if (!_agents.TryGetValue(standing.Agent.Value, out var own))
                    continue;
                foreach (var subscription in own)
                {
                    foreach (var capability in subscription.Standing!.Capabilities)
                        Drop(_byCapability, capability, subscription);
                    subscription.Standing = standing;
                    IndexCapabilities(subscription, standing);
                }
            }
        }
    }

    /// <summary>Fans events out. Called by the one reader, in order.</summary>
    public void Publish(IReadOnlyList<LiveFrame> frames)
    {
        foreach (var frame in frames)
        {
            foreach (var observer in _observers)
                observer.Seen(frame);
            lock (_gate)
            {
                if (frame.Position <= _position)
                    continue;
                var count = PublishToAgents(frame) + PublishToPeople(frame);
                _position = frame.Position;
                if (count > 0)
                    Delivered.Add(count);
            }
        }
    }

    private int PublishToAgents(LiveFrame frame)
    {
        var count = 0;
        foreach (var agent in frame.Agents)
        {
            if (!_agents.TryGetValue(agent, out var own))
                continue;
            foreach (var subscription in own)
                subscription.Sink.Offer(frame);
            count += own.Count;
        }
        if (frame.Eligible is not { } terms)
            return count;
        foreach (var subscription in Candidates(terms))
        {
            var standing = subscription.Standing!;
            if (subscription.IsBusy || !standing.Meets(terms, frame.Source) || frame.Agents.Contains(standing.Agent.Value))
                continue;
            subscription.Sink.Offer(frame);
            count++;
        }
        return count;
    }

    /// <summary>Those with the rarest of the needed capabilities; all agents when none is needed.</summary>
    private IEnumerable<Subscription> Candidates(EligibilityTerms terms)
    {
        if (terms.Capabilities.Count == 0)
            return _agents.Values.SelectMany(own => own);
        HashSet<Subscription>? rarest = null;
        foreach (var capability in terms.Capabilities)
        {
            if (!_byCapability.TryGetValue(capability, out var able))
                return [];
            if (rarest is null || able.Count < rarest.Count)
                rarest = able;
        }
        return rarest!;
    }

    private int PublishToPeople(LiveFrame frame)
    {
        var count = 0;
        if (frame.Everyone)
        {
            foreach (var subscription in _people)
                subscription.Sink.Offer(frame);
            return _people.Count;
        }
        foreach (var tenant in frame.Tenants)
        {
            if (!_tenants.TryGetValue(tenant, out var people))
                continue;
            foreach (var subscription in people)
            {
                if (subscription.Reader.NotAbout.Contains(frame.SubjectType))
                    continue;
                subscription.Sink.Offer(frame);
                count++;
            }
        }
        return count;
    }

    private void IndexCapabilities(Subscription subscription, AgentStanding standing)
    {
        foreach (var capability in standing.Capabilities)
            Bucket(_byCapability, capability).Add(subscription);
    }

    private static TSet Bucket<TKey, TSet>(Dictionary<TKey, TSet> index, TKey key) where TKey : notnull where TSet : new()
    {
        if (!index.TryGetValue(key, out var bucket))
            index[key] = bucket = new TSet();
        return bucket;
    }

    private static void Drop<TKey>(Dictionary<TKey, HashSet<Subscription>> index, TKey key, Subscription subscription) where TKey : notnull
    {
        if (index.TryGetValue(key, out var bucket) && bucket.Remove(subscription) && bucket.Count == 0)
            index.Remove(key);
    }
}
