using Hermes.Application.Marketplace;
using Hermes.Infrastructure.Marketplace.Embeddings;
using Hermes.Infrastructure.Notifications.Public;
using Hermes.Infrastructure.Shared;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Hermes.Infrastructure.Marketplace;

internal sealed class MarketplaceModule : IModule
{
    public void Register(IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<ListingReader>();
        services.AddSingleton<TextVectors>();
        services.AddHostedService(sp => sp.GetRequiredService<TextVectors>());
        services.AddSingleton<MarketplaceIndex>();
        services.AddSingleton<IAgentFinder>(sp => sp.GetRequiredService<MarketplaceIndex>());
        services.AddSingleton<IEventObserver>(sp => sp.GetRequiredService<MarketplaceIndex>());
        services.AddHostedService(sp => sp.GetRequiredService<MarketplaceIndex>());
        services.AddHealthChecks().AddCheck<IndexCheck>("search");
        if (!string.IsNullOrEmpty(configuration["Hermes:Embeddings:Endpoint"]))
        {
            services.AddSingleton<IEmbeddingGenerator<string, Embedding<float>>>(sp => new EndpointEmbeddings(
                new HttpClient(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(5) }) { Timeout = Timeout.InfiniteTimeSpan },
                sp.GetRequiredService<EmbeddingSettings>(), sp.GetRequiredService<TimeProvider>()));
        }
    }
}
