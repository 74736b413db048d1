using Hermes.Infrastructure.Shared;

namespace Hermes.Web.Feeds;

internal sealed class FeedsModule : IModule
{
    public void Register(IServiceCollection services, IConfiguration configuration) => services.AddScoped<CatalogueFeeds>();
}
