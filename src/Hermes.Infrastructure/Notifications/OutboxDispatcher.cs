using System.Diagnostics.Metrics;
using Hermes.Application.Shared;
using Hermes.Infrastructure.Notifications.Public;
using Hermes.Infrastructure.Persistence;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hermes.Infrastructure.Notifications;

/// <summary>
/// Gives committed events their positions and tells every node. Runs on each node, woken by that node's commits; the
/// database lets one at a time do it. What a dead node left is found by the others' poll.
/// </summary>
internal sealed class OutboxDispatcher([FromKeyedServices(DataSources.Engine)] NpgsqlDataSource engine, OutboxSignal signal, TimeProvider clock, ILogger<OutboxDispatcher> logger)
    : BackgroundService
{
    private const int Batch = 1_000;
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(250);
    private static readonly Counter<long> Dispatched = PipelineTelemetry.Meter.CreateCounter<long>("hermes.outbox.dispatched", "{event}", "Events that were given a position by this node.");
    private static readonly Histogram<double> Lag = PipelineTelemetry.Meter.CreateHistogram<double>("hermes.outbox.lag", "ms", "Age of a batch's oldest event when it was given its position.");

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var failures = 0;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await signal.WaitAsync(failures == 0 ? Poll : TimeSpan.FromSeconds(Math.Min(5, failures)), stoppingToken);
                while (await DispatchAsync(stoppingToken) == Batch)
                {
                }
                failures = 0;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure)
            {
                // The database is away for a moment: events wait in the table.
                if (failures++ == 0)
                    logger.LogWarning(failure, "Events can't be dispatched at the moment.");
            }
        }
    }

    private async Task<int> DispatchAsync(CancellationToken cancellationToken)
    {
        await using var command = engine.CreateCommand("SELECT dispatched, oldest FROM notifications.dispatch($1)");
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = Batch });
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        var count = row.GetInt32(0);
        if (count > 0)
        {
            Dispatched.Add(count);
            Lag.Record((clock.GetUtcNow() - row.GetFieldValue<DateTimeOffset>(1)).TotalMilliseconds);
        }
        return count;
    }
}
