using Hermes.Infrastructure.Notifications.Public;
using Hermes.Infrastructure.Shared;

namespace Hermes.Web.Live;

internal sealed class LiveModule : IModule
{
    public void Register(IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<SocketKeeper>();
        services.AddSingleton<IEventObserver>(sp => sp.GetRequiredService<SocketKeeper>());
        services.AddHostedService(sp => sp.GetRequiredService<SocketKeeper>());
        services.AddSingleton<EventStreams>();
    }
}
