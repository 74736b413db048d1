using Hermes.Application.Agents;
using Hermes.Application.Agents.Public;
using Hermes.Infrastructure.Notifications.Public;
using Hermes.Infrastructure.Persistence;
using Hermes.Infrastructure.Shared;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using Quartz;

namespace Hermes.Infrastructure.Agents;

internal sealed class AgentsModule : IModule
{
    public void Register(IServiceCollection services, IConfiguration configuration)
    {
        services.AddScoped<IOrigins, Origins>();
        services.AddScoped<IAgentMoves, AgentMoves>();
        services.AddScoped<IAgentCatalogue, AgentCatalogue>();
        services.AddSingleton<IAgents, AgentDirectory>();
        services.AddSingleton<IProber, Prober>();
        services.AddSingleton<ICallCredentials, CallCredentials>();
        services.AddSingleton<ICallTargets, CallTargets>();
        services.AddSingleton<ProbeEngine>();
        services.AddHostedService(sp => sp.GetRequiredService<ProbeEngine>());
        services.ConfigureAllQuartzSchedulers(quartz => quartz
            .AddJob<ListPricesJob>(job => job.WithIdentity(ListPricesJob.Key).StoreDurably())
            .AddTrigger(trigger => trigger.ForJob(ListPricesJob.Key).WithIdentity("prices", ListPricesJob.Key.Group)
                .WithCronSchedule(ListPricesJob.Schedule, cron => cron.InTimeZone(TimeZoneInfo.Utc))));
        services.AddSingleton<AgentKeyring>();
        services.AddSingleton<IAgentKeys>(sp => sp.GetRequiredService<AgentKeyring>());
        services.AddSingleton<IEventObserver>(sp => sp.GetRequiredService<AgentKeyring>());
        services.AddSingleton(sp => new PresenceBoard(
            sp.GetRequiredKeyedService<NpgsqlDataSource>(DataSources.Engine), sp.GetRequiredService<NodeIdentity>(), sp.GetRequiredService<OutboxSignal>(),
            sp.GetRequiredService<TimeProvider>(), sp.GetRequiredService<ILogger<PresenceBoard>>()));
        services.AddHostedService(sp => sp.GetRequiredService<PresenceBoard>());
    }
}
