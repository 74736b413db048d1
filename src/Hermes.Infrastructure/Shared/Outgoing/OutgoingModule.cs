using Hermes.Application.Shared;
using Hermes.Application.Shared.Settings;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Hermes.Infrastructure.Shared.Outgoing;

internal sealed class OutgoingModule : IModule
{
    public void Register(IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<IHostAddresses, HostAddresses>();
        services.AddSingleton(sp => new OutgoingRules(sp.GetRequiredService<OutgoingSettings>(), sp.GetRequiredService<IHostEnvironment>().IsDevelopment()));
        services.AddSingleton<IOutgoingHttp, GuardedHttp>();
    }
}
