using Hermes.Infrastructure.Shared.Health;
using Hermes.Infrastructure.Shared.RateLimits;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Hermes.Infrastructure.Shared;

/// <summary>What runs the installation: telemetry, health, rate limits.</summary>
internal sealed class OperationsModule : IModule
{
    public void Register(IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<Telemetry.Telemetry>();
        services.AddHostedService(sp => sp.GetRequiredService<Telemetry.Telemetry>());
        services.AddSingleton<RateLimiter>();
        services.AddHostedService(sp => sp.GetRequiredService<RateLimiter>());
        services.AddReadinessChecks();
    }
}
