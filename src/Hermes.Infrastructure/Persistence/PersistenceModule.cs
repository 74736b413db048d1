using Hermes.Application;
using Hermes.Application.Shared;
using Hermes.Infrastructure.Notifications.Public;
using Hermes.Infrastructure.Shared;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Quartz;

namespace Hermes.Infrastructure.Persistence;

internal sealed class PersistenceModule : IModule
{
    private const int MostIdleContexts = 128;

    public void Register(IServiceCollection services, IConfiguration configuration)
    {
        foreach (var key in (string[])[DataSources.App, DataSources.Engine])
        {
            services.AddKeyedSingleton(key, (sp, _) =>
            {
                var database = sp.GetRequiredService<HermesDatabase>();
                return Source(key == DataSources.App ? database.App : database.Engine);
            });
            // Putting a context together costs more than a small query.
            services.AddKeyedSingleton(key, (sp, _) => new PooledDbContextFactory<HermesDbContext>(Options(sp, key), MostIdleContexts));
        }
        services.AddScoped<ContextLease>();
        services.AddScoped(sp => sp.GetRequiredService<ContextLease>().Context);
        // Each capability's port is the same context.
        foreach (var port in typeof(HermesDbContext).GetInterfaces().Where(i => i.Assembly == typeof(AssemblyMark).Assembly))
            services.AddScoped(port, sp => sp.GetRequiredService<HermesDbContext>());
        services.AddSingleton<OutboxSignal>();
        services.AddSingleton<IOutboxSignal>(sp => sp.GetRequiredService<OutboxSignal>());
        services.ConfigureAllQuartzSchedulers(quartz => quartz
            .AddJob<ForgetAnswersJob>(job => job.WithIdentity(ForgetAnswersJob.Key).StoreDurably())
            .AddTrigger(trigger => trigger.ForJob(ForgetAnswersJob.Key).WithIdentity("hourly", ForgetAnswersJob.Key.Group)
                .WithCronSchedule(ForgetAnswersJob.Schedule, cron => cron.InTimeZone(TimeZoneInfo.Utc))));
        services.AddScoped<UnitOfWork>();
        services.AddScoped<IUnitOfWork>(sp => sp.GetRequiredService<UnitOfWork>());
        services.AddScoped<ITransactionalSend>(sp => sp.GetRequiredService<UnitOfWork>());
        services.AddScoped<IPaysOnce>(sp => sp.GetRequiredService<UnitOfWork>());
        services.AddScoped<IOutbox>(sp => sp.GetRequiredService<UnitOfWork>());
        services.AddScoped<IAudit>(sp => sp.GetRequiredService<UnitOfWork>());
    }

    private static DbContextOptions<HermesDbContext> Options(IServiceProvider services, string key)
    {
        var options = new DbContextOptionsBuilder<HermesDbContext>()
            .UseApplicationServiceProvider(services)
            .UseNpgsql(services.GetRequiredKeyedService<NpgsqlDataSource>(key), npgsql => npgsql.MigrationsHistoryTable("migrations", "shared"));
        if (key == DataSources.App)
            options.AddInterceptors(new TenantWall());
        return options.Options;
    }

    // A reset between two users of a connection would cost the server 0.2 ms each time. The engine's connections carry no state,
    // and what locks they take they give back themselves; those of the app carry the tenant, which the wall sets at every opening.
    private static NpgsqlDataSource Source(string connectionString) =>
        new NpgsqlDataSourceBuilder(new NpgsqlConnectionStringBuilder(connectionString)
        {
            MaxAutoPrepare = 200,
            AutoPrepareMinUsages = 2,
            NoResetOnClose = true,
        }.ConnectionString).Build();
}
