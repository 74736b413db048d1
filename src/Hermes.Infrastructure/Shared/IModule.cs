using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Hermes.Infrastructure.Shared;

/// <summary>A capability's registrations; every implementation in this assembly is found and run at start.</summary>
public interface IModule
{
    /// <summary>Registers the capability's adapters.</summary>
    void Register(IServiceCollection services, IConfiguration configuration);
}
