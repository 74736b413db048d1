using Hermes.Infrastructure.Persistence;

namespace Hermes.Web.Shared;

/// <summary>Finds or starts the database before the host is built, and migrates it before the host listens.</summary>
internal static class DatabaseStart
{
    public static Task AddDatabaseAsync(this WebApplicationBuilder builder)
    {
        var connections = builder.Configuration.GetSection("ConnectionStrings");
        var owner = connections["Hermes"] ?? throw new InvalidOperationException("ConnectionStrings:Hermes is missing.");
        builder.Services.AddSingleton(HermesDatabase.From(owner, connections["HermesApp"], connections["HermesEngine"]));
        return Task.CompletedTask;
    }

    public static Task PrepareDatabaseAsync(this WebApplication app) =>
        Migrator.MigrateAsync(app.Services.GetRequiredService<HermesDatabase>(), app.Lifetime.ApplicationStopping);
}
