using Hermes.Application.Identity.Public;
using Hermes.Infrastructure.Shared;

namespace Hermes.Web.Demo;

internal sealed class DemoModule : IModule
{
    public void Register(IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<DemoSwitch>();
        services.AddSingleton<IDemoSignIns>(sp => sp.GetRequiredService<DemoSwitch>());
        services.AddSingleton<DemoStage>();
        services.AddHostedService<DemoHost>();
    }
}
