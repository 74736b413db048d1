using Hermes.Application.Notifications;
using Hermes.Infrastructure.Notifications.Public;
using Hermes.Infrastructure.Shared;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Hermes.Infrastructure.Notifications;

// The listener's hub knows its observers, and observers wait for the listener: it is looked up when it is needed.
internal sealed class StartedFeed(IServiceProvider services) : IEventFeed
{
    public Task Started => services.GetRequiredService<EventListener>().Started;
}

internal sealed class NotificationsModule : IModule
{
    public void Register(IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<NodeIdentity>();
        services.AddSingleton<EventLog>();
        services.AddSingleton<IEventLog>(sp => sp.GetRequiredService<EventLog>());
        services.AddSingleton<EventHub>();
        services.AddSingleton<StandingRefresher>();
        services.AddSingleton<IEventObserver>(sp => sp.GetRequiredService<StandingRefresher>());
        services.AddHostedService(sp => sp.GetRequiredService<StandingRefresher>());
        services.AddSingleton<EventListener>();
        services.AddSingleton<IEventFeed, StartedFeed>();
        services.AddHostedService(sp => sp.GetRequiredService<EventListener>());
        services.AddSingleton<OutboxDispatcher>();
        services.AddHostedService(sp => sp.GetRequiredService<OutboxDispatcher>());
        services.AddSingleton<OutboxCleaner>();
        services.AddHostedService(sp => sp.GetRequiredService<OutboxCleaner>());
    }
}
