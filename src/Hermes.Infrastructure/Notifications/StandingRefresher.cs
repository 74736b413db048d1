using System.Threading.Channels;
using Hermes.Application.Agents;
using Hermes.Infrastructure.Notifications.Public;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Hermes.Infrastructure.Notifications;

/// <summary>
/// Keeps what decides about announcements current for connected agents: at once when an event says that an agent or its
/// trust changed or that work came to it or left it, and all of them every half minute, which also catches the nightly recalculation of trust.
/// </summary>
internal sealed class StandingRefresher(IServiceProvider services, EventLog log, ILogger<StandingRefresher> logger) : BackgroundService, IEventObserver
{
    private const int Chunk = 1_000;
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(30);
    private readonly Channel<Guid> _changed = Channel.CreateBounded<Guid>(new BoundedChannelOptions(10_000) { FullMode = BoundedChannelFullMode.DropWrite });

    public void Seen(LiveFrame frame)
    {
        if (frame.SubjectType is "agent" && frame.Type is not AgentEvents.PresenceChanged)
            _changed.Writer.TryWrite(frame.SubjectId);
        // What the parties of a contract hear of it may have taken or freed an agent's room.
        if (frame.SubjectType is "contract" && frame.Eligible is null)
        {
            foreach (var agent in frame.Agents)
                _changed.Writer.TryWrite(agent);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The hub knows its observers, so it can't be a constructor's argument here.
        var hub = (EventHub)services.GetService(typeof(EventHub))!;
        var all = new PeriodicTimer(Every);
        var tick = all.WaitForNextTickAsync(stoppingToken).AsTask();
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var changed = _changed.Reader.WaitToReadAsync(stoppingToken).AsTask();
                if (await Task.WhenAny(changed, tick) == tick)
                {
                    await tick;
                    tick = all.WaitForNextTickAsync(stoppingToken).AsTask();
                    foreach (var chunk in hub.ConnectedAgents.Chunk(Chunk))
                        hub.Update(await log.StandingsAsync(chunk, stoppingToken));
                }
                var ids = new HashSet<Guid>();
                while (ids.Count < Chunk && _changed.Reader.TryRead(out var id))
                    ids.Add(id);
                if (ids.Count > 0)
                    hub.Update(await log.StandingsAsync([.. ids], stoppingToken));
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }
            catch (Exception failure)
            {
                logger.LogWarning(failure, "Agents' standings can't be read at the moment.");
                await Task.Delay(1_000, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        all.Dispose();
    }
}
