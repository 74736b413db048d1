using Hermes.Application.Agents;
using Hermes.Application.Agents.Public;
using Hermes.Infrastructure.Shared;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Hermes.Infrastructure.Agents;

internal sealed class AgentsModule : IModule
{
    public void Register(IServiceCollection services, IConfiguration configuration)
    {
        services.AddScoped<IAgentCatalogue, AgentCatalogue>();
        services.AddSingleton<IAgents, AgentDirectory>();
        services.AddSingleton<AgentKeyring>();
        services.AddSingleton<IAgentKeys>(sp => sp.GetRequiredService<AgentKeyring>());
    }
}
