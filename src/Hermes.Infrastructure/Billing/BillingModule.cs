using Hermes.Application.Billing;
using Hermes.Application.Shared;
using Hermes.Application.Shared.Settings;
using Hermes.Infrastructure.Notifications.Public;
using Hermes.Infrastructure.Shared;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Hermes.Infrastructure.Billing;

internal sealed class BillingModule : IModule
{
    public void Register(IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<PlanBook>();
        services.AddSingleton<PlanDirectory>();
        services.AddSingleton<IPlans>(sp => sp.GetRequiredService<PlanDirectory>());
        services.AddSingleton<IEventObserver>(sp => sp.GetRequiredService<PlanDirectory>());
        services.AddSingleton<UsageMeter>();
        services.AddSingleton<IQuotas>(sp => sp.GetRequiredService<UsageMeter>());
        services.AddHostedService(sp => sp.GetRequiredService<UsageMeter>());
        services.AddScoped<IUsageBook, UsageBook>();
    }
}
