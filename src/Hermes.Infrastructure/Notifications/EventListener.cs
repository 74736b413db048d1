using System.Diagnostics.Metrics;
using Hermes.Application.Shared;
using Hermes.Infrastructure.Persistence;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hermes.Infrastructure.Notifications;

/// <summary>
/// Reads new events once for this node and hands them to the hub. A notification only says that there is something:
/// what is read is always "everything after the last position", so a cut connection or a lost notification loses
/// nothing.
/// </summary>
public sealed class EventListener([FromKeyedServices(DataSources.Engine)] NpgsqlDataSource engine, EventHub hub, TimeProvider clock, ILogger<EventListener> logger) : BackgroundService
{
    private const int Batch = 500;
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);
    private static readonly Histogram<double> Latency = PipelineTelemetry.Meter.CreateHistogram<double>("hermes.events.latency", "ms", "Time from an event's writing to its fan-out on this node.");
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Done when the node knows where the log is; connections wait for it before they subscribe.</summary>
    public Task Started => _started.Task;

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var failures = 0;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await using var connection = await engine.OpenConnectionAsync(stoppingToken);
                await using (var listen = new NpgsqlCommand("LISTEN hermes_events", connection))
                    await listen.ExecuteNonQueryAsync(stoppingToken);
                if (!_started.Task.IsCompleted)
                {
                    await using var last = new NpgsqlCommand("SELECT last_position FROM notifications.dispatch_state", connection);
                    hub.StartAt((long)(await last.ExecuteScalarAsync(stoppingToken))!);
                    _started.TrySetResult();
                }
                while (!stoppingToken.IsCancellationRequested)
                {
                    await CatchUpAsync(connection, stoppingToken);
                    failures = 0;
                    await connection.WaitAsync(Look, stoppingToken);
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure)
            {
                if (failures == 0)
                    logger.LogWarning(failure, "The event listener was cut off; it connects again and catches up.");
                failures++;
                await Task.Delay(TimeSpan.FromMilliseconds(Math.Min(5_000, 50 << Math.Min(failures, 7))), CancellationToken.None).WaitAsync(stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task CatchUpAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        while (true)
        {
            var frames = await EventLog.ReadAllAsync(connection, hub.Position, Batch, cancellationToken);
            if (frames.Count > 0)
            {
                hub.Publish(frames);
                var now = clock.GetUtcNow();
                foreach (var frame in frames)
                    Latency.Record((now - frame.At).TotalMilliseconds);
            }
            if (frames.Count < Batch)
                return;
        }
    }
}
