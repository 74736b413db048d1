using Hermes.Application.Calls;
using Hermes.Application.Ledger.Public;
using Hermes.Application.Calls.Public;
using Hermes.Infrastructure.Notifications.Public;
using Hermes.Infrastructure.Shared;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Quartz;

namespace Hermes.Infrastructure.Calls;

internal sealed class CallsModule : IModule
{
    public void Register(IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<ICallDirectory, CallDirectory>();
        services.AddSingleton<CallQuotes>();
        services.AddSingleton<CallAccess>();
        services.AddSingleton<ICallAccess>(sp => sp.GetRequiredService<CallAccess>());
        services.AddSingleton<IEventObserver>(sp => sp.GetRequiredService<CallAccess>());
        services.AddScoped<RuleChanges>();
        services.AddScoped<ICallGates, CallGates>();
        services.AddScoped<CallAdmission>();
        services.AddScoped<CallDesk>();
        services.AddScoped<SubscriptionDesk>();
        services.ConfigureAllQuartzSchedulers(quartz => quartz
            .AddJob<RenewSubscriptionsJob>(job => job.WithIdentity(RenewSubscriptionsJob.Key).StoreDurably())
            .AddTrigger(trigger => trigger.ForJob(RenewSubscriptionsJob.Key).WithIdentity("subscriptions", RenewSubscriptionsJob.Key.Group)
                .WithCronSchedule(RenewSubscriptionsJob.Schedule, cron => cron.InTimeZone(TimeZoneInfo.Utc))));
        services.AddScoped<IHeldClaims, CallClaims>();
        services.AddScoped<IAgentWork, CallsInHand>();
        services.AddSingleton<CallFeed>();
        services.AddSingleton<ICallFeed>(sp => sp.GetRequiredService<CallFeed>());
        services.AddSingleton<IEventObserver>(sp => sp.GetRequiredService<CallFeed>());
        services.AddSingleton<CallNotices>();
        services.AddSingleton<IEventObserver>(sp => sp.GetRequiredService<CallNotices>());
        services.AddSingleton<IPushTokens, PushTokens>();
        services.AddSingleton<EndpointCalls>();
        if (configuration.GetValue<bool>("Hermes:A2A:ConformanceAgent"))
            services.AddSingleton<IBuiltInAgent, ConformanceAgent>();
        services.AddSingleton<IBuiltInAgent, MeshAgent>();
        services.AddSingleton<CallCarrier>();
        services.AddSingleton<ICallCarrier>(sp => sp.GetRequiredService<CallCarrier>());
        services.AddHostedService(sp => sp.GetRequiredService<CallCarrier>());
        services.AddHostedService<CallSweeper>();
        services.AddSingleton<PushDeliverer>();
        services.AddSingleton<IEventObserver>(sp => sp.GetRequiredService<PushDeliverer>());
        services.AddHostedService(sp => sp.GetRequiredService<PushDeliverer>());
        services.AddSingleton<IPushSecrets, PushSecrets>();
    }
}
