using System.Collections.Concurrent;
using System.Net.WebSockets;
using Hermes.Application.Agents;
using Hermes.Application.Agents.Public;
using Hermes.Application.Shared;
using Hermes.Application.Shared.Settings;
using Hermes.Application.Tenancy.Public;
using Hermes.Domain.Agents;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Agents;
using Hermes.Infrastructure.Notifications.Public;

namespace Hermes.Web.Live;

/// <summary>
/// This node's agent sockets: sends their heartbeats from one timer, closes those whose key ended, replaces the oldest
/// when an agent opens too many, and closes all when the node stops.
/// </summary>
internal sealed class SocketKeeper : BackgroundService, IEventObserver
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);
    private const int TenantCheckSeconds = 2;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private readonly ConcurrentDictionary<AgentId, List<AgentSocket>> _sockets = new();
    private readonly ConcurrentQueue<AgentId> _suspects = new();
    private readonly IAgentKeys _keys;
    private readonly ITenants _tenants;
    private readonly PresenceBoard _presence;
    private readonly LiveSettings _settings;
    private readonly TimeProvider _clock;
    private readonly ILogger<SocketKeeper> _logger;
    private int _count;

    public SocketKeeper(IAgentKeys keys, ITenants tenants, PresenceBoard presence, LiveSettings settings, TimeProvider clock, IHostApplicationLifetime lifetime, ILogger<SocketKeeper> logger)
    {
        (_keys, _tenants, _presence, _settings, _clock, _logger) = (keys, tenants, presence, settings, clock, logger);
        PipelineTelemetry.Meter.CreateObservableGauge("hermes.live.sockets", () => Volatile.Read(ref _count), "{socket}", "Agents' sockets on this node.");
        // Before the server stops taking part in connections, so that every agent is told to go elsewhere.
        lifetime.ApplicationStopping.Register(CloseAll);
    }

    /// <summary>Sockets of this node.</summary>
    public int Count => Volatile.Read(ref _count);

    public void Add(AgentSocket socket)
    {
        while (!TryAdd(_sockets.GetOrAdd(socket.Principal.Agent, _ => []), socket))
        {
            // Look has just removed the list because it was empty.
        }
        Interlocked.Increment(ref _count);
        _presence.Set(socket.Principal.Agent, socket, socket.Presence);
    }

    private bool TryAdd(List<AgentSocket> own, AgentSocket socket)
    {
        lock (own)
        {
            if (!_sockets.TryGetValue(socket.Principal.Agent, out var present) || present != own)
                return false;
            var open = own.FindAll(s => s.ClosingSince is null);
            for (var i = 0; i <= open.Count - _settings.SocketsPerAgent; i++)
                open[i].Close(SocketCloses.Replaced, "replaced by a newer socket of this agent");
            own.Add(socket);
            return true;
        }
    }

    public void Remove(AgentSocket socket)
    {
        if (_sockets.TryGetValue(socket.Principal.Agent, out var own))
        {
            lock (own)
                own.Remove(socket);
        }
        Interlocked.Decrement(ref _count);
        _presence.Set(socket.Principal.Agent, socket, Presence.Offline);
    }

    /// <summary>The agent says how it is.</summary>
    public void Said(AgentSocket socket) => _presence.Set(socket.Principal.Agent, socket, socket.Presence);

    public void Seen(LiveFrame frame)
    {
        if (frame.Type == AgentEvents.KeyRevoked)
            _suspects.Enqueue(new AgentId(frame.SubjectId));
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Tick);
        for (var second = 0L; await NextAsync(timer, stoppingToken); second++)
        {
            try
            {
                Look(second);
                // One whose check fails stays first and is checked again.
                while (_suspects.TryPeek(out var agent))
                {
                    await CheckKeysAsync(agent, stoppingToken);
                    _suspects.TryDequeue(out _);
                }
                if (second % TenantCheckSeconds == 0)
                    await CheckTenantsAsync(stoppingToken);
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                _logger.LogWarning(failure, "Agents' keys can't be checked at the moment.");
            }
        }
    }

    private static async Task<bool> NextAsync(PeriodicTimer timer, CancellationToken cancellationToken)
    {
        try
        {
            return await timer.WaitForNextTickAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>Each second a part of the agents is due for a heartbeat, so that they don't all come at once.</summary>
    internal void Look(long second)
    {
        var now = _clock.GetUtcNow();
        foreach (var (agent, own) in _sockets)
        {
            var due = (agent.GetHashCode() & 0x7fffffff) % _settings.HeartbeatSeconds == second % _settings.HeartbeatSeconds;
            lock (own)
            {
                foreach (var socket in own)
                {
                    if (socket.KeyEndsAt <= now)
                        socket.Close(SocketCloses.Unauthorised, "the key has ended");
                    else if (due)
                        socket.Beat();
                    if (socket.ClosingSince is { } since && TimeProvider.System.GetElapsedTime(since) > Patience)
                        socket.Abort();
                }
                if (own.Count == 0)
                    _sockets.TryRemove(new KeyValuePair<AgentId, List<AgentSocket>>(agent, own));
            }
        }
    }

    private async Task CheckKeysAsync(AgentId agent, CancellationToken cancellationToken)
    {
        if (!_sockets.TryGetValue(agent, out var own))
            return;
        AgentSocket[] sockets;
        lock (own)
            sockets = [.. own];
        foreach (var group in sockets.GroupBy(s => s.Principal.Key))
        {
            var (isLive, endsAt) = await _keys.CheckAsync(group.Key, cancellationToken);
            foreach (var socket in group)
            {
                socket.KeyEndsAt = endsAt;
                if (!isLive)
                    socket.Close(SocketCloses.Unauthorised, "the key was revoked");
            }
        }
    }

    /// <summary>Agents of an organisation that was suspended are sent away.</summary>
    private async Task CheckTenantsAsync(CancellationToken cancellationToken)
    {
        var open = new List<AgentSocket>();
        foreach (var own in _sockets.Values)
        {
            lock (own)
                open.AddRange(own);
        }
        if (open.Count == 0)
            return;
        var listings = await _tenants.FindAsync([.. open.Select(s => s.Principal.Tenant).Distinct()], cancellationToken);
        foreach (var socket in open)
        {
            if (listings.GetValueOrDefault(socket.Principal.Tenant) is not { IsActive: true })
                socket.Close(SocketCloses.Unauthorised, "the organisation is suspended");
        }
    }

    private void CloseAll()
    {
        foreach (var own in _sockets.Values)
        {
            lock (own)
            {
                foreach (var socket in own)
                    socket.Close(WebSocketCloseStatus.EndpointUnavailable, "the server stops; connect again and resume");
            }
        }
    }
}
