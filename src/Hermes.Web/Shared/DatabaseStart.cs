using Hermes.Infrastructure.Persistence;
using Hermes.Infrastructure.Persistence.Embedded;

namespace Hermes.Web.Shared;

/// <summary>Finds or starts the database before the host is built, and migrates it before the host listens.</summary>
internal static class DatabaseStart
{
    public static async Task AddDatabaseAsync(this WebApplicationBuilder builder)
    {
        var connections = builder.Configuration.GetSection("ConnectionStrings");
        var owner = connections["Hermes"];
        if (string.IsNullOrWhiteSpace(owner))
        {
            var folder = Path.Combine(builder.Environment.ContentRootPath, builder.Configuration["Hermes:DataFolder"] ?? "data");
            using var loggers = LoggerFactory.Create(logging => logging.AddConsole());
            var server = await EmbeddedPostgres.StartAsync(
                new EmbeddedPostgresOptions { DataFolder = folder }, loggers.CreateLogger("Hermes.EmbeddedPostgres"), CancellationToken.None);
            builder.Services.AddSingleton(server);
            // First registered, last stopped: everything that uses the database is gone by then.
            builder.Services.Insert(0, ServiceDescriptor.Singleton<IHostedService>(_ => new StopsWithHost(server)));
            owner = server.OwnerConnectionString;
        }
        builder.Services.AddSingleton(HermesDatabase.From(owner, connections["HermesApp"], connections["HermesEngine"]));
    }

    public static Task PrepareDatabaseAsync(this WebApplication app) =>
        Migrator.MigrateAsync(app.Services.GetRequiredService<HermesDatabase>(), app.Lifetime.ApplicationStopping);

    private sealed class StopsWithHost(EmbeddedPostgres server) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public async Task StopAsync(CancellationToken cancellationToken) => await server.StopAsync();
    }
}
