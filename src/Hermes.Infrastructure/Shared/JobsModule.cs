using System.Data.Common;
using Hermes.Application.Shared;
using Hermes.Infrastructure.Persistence;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
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
