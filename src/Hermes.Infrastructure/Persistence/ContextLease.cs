using Hermes.Application.Shared;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.Extensions.DependencyInjection;

namespace Hermes.Infrastructure.Persistence;

/// <summary>
/// The context of one scope, from the pool of its role: the engine's for whoever acts across tenants, else the app's. It goes
/// back with the lease, which the container disposes of after everything that was made with the context.
/// </summary>
internal sealed class ContextLease(IServiceProvider services, ICurrentActor current) : IAsyncDisposable, IDisposable
{
    public HermesDbContext Context { get; } = services
        .GetRequiredKeyedService<PooledDbContextFactory<HermesDbContext>>(
            current.Actor is { Kind: ActorKind.System } or { AcrossTenants: true } ? DataSources.Engine : DataSources.App)
        .CreateDbContext().LendTo(current);

    public ValueTask DisposeAsync() => Context.TakeBackAsync();

    public void Dispose() => Context.TakeBack();
}
