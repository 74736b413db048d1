using Hermes.Application.Tenancy.Public;
using Hermes.Infrastructure.Shared;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Hermes.Infrastructure.Tenancy;

internal sealed class TenancyModule : IModule
{
    public void Register(IServiceCollection services, IConfiguration configuration)
    {
        services.AddScoped<ITenantPlans, TenantPlans>();
        services.AddSingleton<ITenants, TenantDirectory>();
        services.AddScoped<ITenantFounding, TenantFounding>();
    }
}
