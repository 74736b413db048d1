using Hermes.Infrastructure.Persistence;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;
using Quartz;

namespace Hermes.Infrastructure.Shared.Health;

/// <summary>Registers what <c>/health/ready</c> asks.</summary>
public static class ReadinessChecks
{
    /// <summary>Database, migrations, scheduler and the outbox's lag.</summary>
    public static IHealthChecksBuilder AddReadinessChecks(this IServiceCollection services) => services.AddHealthChecks()
        .AddCheck<DatabaseCheck>("database", timeout: TimeSpan.FromSeconds(3))
        .AddCheck<MigrationsCheck>("migrations", timeout: TimeSpan.FromSeconds(3))
        .AddCheck<SchedulerCheck>("scheduler", timeout: TimeSpan.FromSeconds(3))
        .AddCheck<OutboxCheck>("outbox", timeout: TimeSpan.FromSeconds(3));
}

internal sealed class DatabaseCheck([FromKeyedServices(DataSources.App)] NpgsqlDataSource database) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await using var command = database.CreateCommand("SELECT 1");
            await command.ExecuteScalarAsync(cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (NpgsqlException failure)
        {
            return HealthCheckResult.Unhealthy("The database does not answer.", failure);
        }
    }
}

// A node whose database was migrated by a newer version still works until the contract phase; an older one does not.
internal sealed class MigrationsCheck([FromKeyedServices(DataSources.Engine)] NpgsqlDataSource database) : IHealthCheck
{
    private bool _upToDate;

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (_upToDate)
            return HealthCheckResult.Healthy();
        try
        {
            await using var command = database.CreateCommand("""SELECT count(*) FROM shared.migrations WHERE "MigrationId" = ANY ($1)""");
            var own = Migrator.Names;
            command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. own] });
            _upToDate = await command.ExecuteScalarAsync(cancellationToken) is long count && count == own.Count;
            return _upToDate ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("The database lacks migrations of this version.");
        }
        catch (NpgsqlException failure)
        {
            return HealthCheckResult.Unhealthy("The database does not answer.", failure);
        }
    }
}

internal sealed class SchedulerCheck(IServiceProvider services) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (services.GetService<ISchedulerFactory>() is not { } factory)
            return HealthCheckResult.Healthy("No scheduler runs on this node.");
        var scheduler = await factory.GetScheduler(cancellationToken);
        return await scheduler.GetStatus(cancellationToken) == SchedulerStatus.Running
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Unhealthy("The scheduler is not running.");
    }
}

internal sealed class OutboxCheck([FromKeyedServices(DataSources.Engine)] NpgsqlDataSource database, TimeProvider clock) : IHealthCheck
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await using var command = database.CreateCommand("SELECT created_at FROM notifications.outbox WHERE position IS NULL ORDER BY seq LIMIT 1");
            if (await command.ExecuteScalarAsync(cancellationToken) is not DateTime oldest)
                return HealthCheckResult.Healthy();
            var lag = clock.GetUtcNow() - new DateTimeOffset(oldest, TimeSpan.Zero);
            return lag < Longest
                ? HealthCheckResult.Healthy()
                : HealthCheckResult.Degraded($"The oldest event has been waiting for {lag.TotalSeconds:0} s.");
        }
        catch (NpgsqlException failure)
        {
            return HealthCheckResult.Unhealthy("The database does not answer.", failure);
        }
    }
}
