using Hermes.Application;
using Hermes.Application.Shared;
using Hermes.Infrastructure.Notifications.Public;
using Hermes.Infrastructure.Shared;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Hermes.Infrastructure.Persistence;

internal sealed class PersistenceModule : IModule
{
    public void Register(IServiceCollection services, IConfiguration configuration)
    {
        services.AddKeyedSingleton(DataSources.App, (sp, _) => Build(sp.GetRequiredService<HermesDatabase>().App));
        services.AddKeyedSingleton(DataSources.Engine, (sp, _) => Build(sp.GetRequiredService<HermesDatabase>().Engine));
        services.AddScoped<TenantWall>();
        services.AddDbContext<HermesDbContext>((sp, options) => options
            .UseNpgsql(sp.GetRequiredKeyedService<NpgsqlDataSource>(
                sp.GetRequiredService<ICurrentActor>().Actor is { Kind: ActorKind.System } or { AcrossTenants: true } ? DataSources.Engine : DataSources.App),
                npgsql => npgsql.MigrationsHistoryTable("migrations", "shared"))
            .AddInterceptors(sp.GetRequiredService<TenantWall>()));
        // Each capability's port is the same context.
        foreach (var port in typeof(HermesDbContext).GetInterfaces().Where(i => i.Assembly == typeof(AssemblyMark).Assembly))
            services.AddScoped(port, sp => sp.GetRequiredService<HermesDbContext>());
        services.AddSingleton<OutboxSignal>();
        services.AddSingleton<IOutboxSignal>(sp => sp.GetRequiredService<OutboxSignal>());
        services.AddScoped<UnitOfWork>();
        services.AddScoped<IUnitOfWork>(sp => sp.GetRequiredService<UnitOfWork>());
        services.AddScoped<ITransactionalSend>(sp => sp.GetRequiredService<UnitOfWork>());
        services.AddScoped<IOutbox>(sp => sp.GetRequiredService<UnitOfWork>());
        services.AddScoped<IAudit>(sp => sp.GetRequiredService<UnitOfWork>());
    }

    private static NpgsqlDataSource Build(string connectionString) =>
        new NpgsqlDataSourceBuilder(new NpgsqlConnectionStringBuilder(connectionString) { MaxAutoPrepare = 100 }.ConnectionString).Build();
}
