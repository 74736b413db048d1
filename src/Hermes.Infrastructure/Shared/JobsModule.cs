using System.Data.Common;
using Hermes.Application.Shared;
using Hermes.Infrastructure.Persistence;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Npgsql;
using Quartz;

namespace Hermes.Infrastructure.Shared;

/// <summary>
/// The scheduler: clustered on the database, as <c>hermes_engine</c>. Capabilities add their jobs with
/// <c>ConfigureAllQuartzSchedulers</c>; its tables are made by <see cref="Migrator"/>.
/// </summary>
internal sealed class JobsModule : IModule
{
    public void Register(IServiceCollection services, IConfiguration configuration)
    {
        services.TryAddSingleton<IFaultPoints, FaultPoints>();
        services.AddKeyedSingleton<DbDataSource>(DataSources.Engine, (sp, key) => sp.GetRequiredKeyedService<NpgsqlDataSource>(key));
        services.AddHostedService<OneStartAtATime>();
        services.AddQuartz(quartz =>
        {
            quartz.ConfigureScheduler(options =>
            {
                options.InstanceName = "hermes";
                options.GenerateInstanceId = true;
                // Other nodes look only this often for triggers that this one did not announce to them.
                options.IdleWaitTime = TimeSpan.FromSeconds(1);
            });
            quartz.UseDefaultThreadPool(4);
            quartz.UsePersistentStore(store =>
            {
                store.UsePostgres(source => source.DataSourceServiceKey = DataSources.Engine);
                store.UseSystemTextJsonSerializer();
                store.UseClustering(cluster =>
                {
                    cluster.CheckinInterval = TimeSpan.FromSeconds(2);
                    cluster.CheckinMisfireThreshold = TimeSpan.FromSeconds(3);
                });
                store.ConfigureStore(options =>
                {
                    options.TablePrefix = "quartz.qrtz_";
                    options.AcceptEnlistedTransactions = true;
                    // Names of triggers are unique by themselves; without this every posting would hold the cluster's one
                    // lock until its commit.
                    options.LockOnInsert = false;
                });
            });
        });
        services.AddQuartzHostedService(options => options.WaitForJobsToComplete = true);
    }
}

/// <summary>
/// Lets nodes start one after the other: two that register the scheduler's standing jobs in the same moment would each
/// find them missing, and one would fail on the other's rows. Held from before the first hosted service starts until the
/// last one has; the database lets go of it with the connection, however a start ends.
/// </summary>
internal sealed class OneStartAtATime([FromKeyedServices(DataSources.Engine)] NpgsqlDataSource engine) : IHostedLifecycleService, IAsyncDisposable
{
    private const long Lock = 0x4865726D65735374; // "HermesSt"

    private NpgsqlConnection? _connection;

    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        _connection = await engine.OpenConnectionAsync(cancellationToken);
        await using var command = new NpgsqlCommand($"SELECT pg_advisory_lock({Lock})", _connection) { CommandTimeout = 120 };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public async Task StartedAsync(CancellationToken cancellationToken) => await DisposeAsync();

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _connection, null) is not { } connection)
            return;
        await using (connection)
        {
            await using var command = new NpgsqlCommand($"SELECT pg_advisory_unlock({Lock})", connection);
            await command.ExecuteNonQueryAsync(CancellationToken.None);
        }
    }
}
