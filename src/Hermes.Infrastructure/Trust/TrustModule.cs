using Hermes.Application.Trust;
using Hermes.Application.Trust.Public;
using Hermes.Infrastructure.Shared;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Hermes.Infrastructure.Trust;

internal sealed class TrustModule : IModule
{
    public void Register(IServiceCollection services, IConfiguration configuration)
    {
        services.AddScoped<ITrust, TrustStore>();
        services.AddScoped<ITrustRecords, TrustRecords>();
    }
}
