using Hermes.Application.Insights;
using Hermes.Infrastructure.Shared;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Hermes.Infrastructure.Insights;

internal sealed class InsightsModule : IModule
{
    public void Register(IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<IInstallationFigures, InstallationFigures>();
        services.AddScoped<IFleetFigures, FleetFigures>();
    }
}
