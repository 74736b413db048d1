using Hermes.Application.Shared.Settings;
using Hermes.Infrastructure.Persistence;
using Hermes.Infrastructure.Persistence.Embedded;
using Hermes.Infrastructure.Shared;
using Microsoft.Extensions.Logging.Console;
using Npgsql;

namespace Hermes.Web.Shared;

/// <summary>Finds or starts the database before the host is built, and migrates it before the host listens.</summary>
internal static class DatabaseStart
{
    /// <summary>The embedded server, which the caller stops after the host has stopped; null where a server is configured.</summary>
    public static async Task<EmbeddedPostgres?> AddDatabaseAsync(this WebApplicationBuilder builder)
    {
        var connections = builder.Configuration.GetSection("ConnectionStrings");
        var owner = connections["Hermes"];
        EmbeddedPostgres? server = null;
        if (string.IsNullOrWhiteSpace(owner))
        {
            var folder = SettingsReader.Read<InstallationSettings>(builder.Configuration).DataFolder;
            var settings = SettingsReader.Read<PostgresSettings>(builder.Configuration);
            using var loggers = LoggerFactory.Create(logging => logging.AddConfiguration(builder.Configuration.GetSection("Logging"))
                .AddConsole(console => console.FormatterName = HermesConsoleFormatter.FormatterName).AddConsoleFormatter<HermesConsoleFormatter, ConsoleFormatterOptions>());
            server = await EmbeddedPostgres.StartAsync(
                new EmbeddedPostgresOptions
                {
                    DataFolder = Path.Combine(builder.Environment.ContentRootPath, folder),
                    BinariesFolder = string.IsNullOrEmpty(settings.BinariesFolder) ? null : settings.BinariesFolder,
                    AllowDownload = settings.AllowDownload,
                    MaxConnections = settings.MaxConnections,
                },
                loggers.CreateLogger("Hermes.EmbeddedPostgres"), CancellationToken.None);
            owner = server.OwnerConnectionString;
        }

        try
        {
            builder.Services.AddSingleton(HermesDatabase.From(owner, Unless(connections["HermesApp"]), Unless(connections["HermesEngine"])));
        }
        catch (Exception failure) when (failure is ArgumentException or InvalidOperationException or FormatException)
        {
            throw new StartRefusedException($"A connection string can't be used: {failure.Message}", failure);
        }

        return server;
    }

    public static async Task PrepareDatabaseAsync(this WebApplication app)
    {
        var database = app.Services.GetRequiredService<HermesDatabase>();
        try
        {
            await Migrator.MigrateAsync(database, app.Lifetime.ApplicationStopping);
        }
        catch (NpgsqlException failure) when (failure is not PostgresException || failure.SqlState is { } state && state[..2] is "28" or "3D" or "53" or "57")
        {
            var server = new NpgsqlConnectionStringBuilder(database.Owner);
            throw new StartRefusedException(
                $"The PostgreSQL server of ConnectionStrings:Hermes ({server.Host}:{server.Port}, database {server.Database}) can't be used: {failure.Message.TrimEnd('.')}.", failure);
        }
    }

    private static string? Unless(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}
