using Hermes.Application.Shared.Settings;
using Hermes.Infrastructure.Persistence;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hermes.Infrastructure.Notifications;

/// <summary>Deletes events that are older than they are kept, in small steps so that nobody waits for it.</summary>
internal sealed class OutboxCleaner([FromKeyedServices(DataSources.Engine)] NpgsqlDataSource engine, LiveSettings settings, TimeProvider clock, ILogger<OutboxCleaner> logger) : BackgroundService
{
    private const int Step = 5_000;
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                try
                {
                    while (await CleanAsync(stoppingToken) == Step)
                        await Task.Delay(100, stoppingToken);
                }
                catch (NpgsqlException failure)
                {
                    logger.LogWarning(failure, "Old events can't be deleted at the moment.");
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    /// <summary>Deletes one step; answers with how many. Two nodes at the same time skip each other's rows.</summary>
    internal async Task<int> CleanAsync(CancellationToken cancellationToken)
    {
        await using var command = engine.CreateCommand("""
            DELETE FROM notifications.outbox WHERE seq IN (
                SELECT seq FROM notifications.outbox WHERE position IS NOT NULL AND created_at < $1 ORDER BY position LIMIT $2 FOR UPDATE SKIP LOCKED)
            """);
        command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = clock.GetUtcNow().AddDays(-settings.KeepEventsDays) });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = Step });
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
