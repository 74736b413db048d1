using Hermes.Application.A2A.Public;
using Hermes.Infrastructure.Shared;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Hermes.Infrastructure.A2A;

internal sealed class A2AModule : IModule
{
    public void Register(IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<IA2AClient, A2AClient>();
        services.AddSingleton<IAgentCardReader, AgentCardReader>();
    }
}
