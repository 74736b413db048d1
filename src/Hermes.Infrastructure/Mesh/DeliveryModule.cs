using Hermes.Application.Ledger.Public;
using Hermes.Application.Mesh;
using Hermes.Infrastructure.Shared;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Hermes.Infrastructure.Mesh;

internal sealed class DeliveryModule : IModule
{
    public void Register(IServiceCollection services, IConfiguration configuration)
    {
        services.AddScoped<IDueContracts, DueContracts>();
        services.AddScoped<SettlementDesk>();
        services.AddSingleton<Application.Mesh.Public.IMeshWork, MeshWork>();
        services.AddScoped<Forfeiture>();
        services.AddScoped<DisputeDesk>();
        services.AddScoped<MilestoneDesk>();
        services.AddScoped<EscrowDesk>();
        services.AddScoped<IDeliveryTwins, DeliveryTwins>();
        services.AddScoped<IProposedAct, ProposedRuling>();
        services.AddScoped<IProposedAct, ProposedMove>();
        foreach (var sweep in typeof(ISweep).Assembly.GetTypes().Where(t => t is { IsClass: true, IsAbstract: false } && typeof(ISweep).IsAssignableFrom(t)))
            services.AddSingleton(typeof(ISweep), sweep);
        services.AddSingleton<Quarantine>();
        services.AddSingleton<SettlementEngine>();
        services.AddSingleton<ISettlementSignal>(sp => sp.GetRequiredService<SettlementEngine>());
        services.AddHostedService(sp => sp.GetRequiredService<SettlementEngine>());
        services.AddHostedService<Sweeper>();
    }
}
