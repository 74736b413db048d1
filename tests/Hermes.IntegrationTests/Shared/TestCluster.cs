using Hermes.Infrastructure.Persistence;
using Hermes.Infrastructure.Persistence.Embedded;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Hermes.IntegrationTests.Shared;

/// <summary>
/// One private PostgreSQL for the whole test run, with a migrated template that each test class clones. No database means
/// that the tests fail: there is no substitute.
/// </summary>
public static class TestCluster
{
    private static readonly Lazy<Task<EmbeddedPostgres>> Server = new(StartAsync);
    private static readonly Lazy<Task<string>> Template = new(MakeTemplateAsync);
    private static readonly SemaphoreSlim Cloning = new(1);
    private const string Prefix = "hermes-tests-";
    private static int _clones;

    /// <summary>A fresh database, migrated and empty but for what migrations put there.</summary>
    public static async Task<HermesDatabase> CloneAsync()
    {
        var template = await Template.Value;
        var name = $"test_{Interlocked.Increment(ref _clones)}";
        await Cloning.WaitAsync();
        try
        {
            await ExecuteAsync($"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy");
        }
        finally
        {
            Cloning.Release();
        }
        return HermesDatabase.From(await OwnerOfAsync(name));
    }

    /// <summary>Drops a clone.</summary>
    public static async Task DropAsync(HermesDatabase database)
    {
        // Other classes' pools are in use in this process and stay as they are; FORCE ends what is left of this one's.
        await ExecuteAsync($"DROP DATABASE IF EXISTS {new NpgsqlConnectionStringBuilder(database.Owner).Database} WITH (FORCE)");
    }

    private static async Task<EmbeddedPostgres> StartAsync()
    {
        await SweepAsync();
        var folder = Directory.CreateTempSubdirectory(Prefix).FullName;
        var server = await EmbeddedPostgres.StartAsync(
            new EmbeddedPostgresOptions { DataFolder = folder, Durable = false }, NullLogger.Instance, CancellationToken.None);
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            server.StopAsync().AsTask().Wait(TimeSpan.FromSeconds(20));
            Directory.Delete(folder, recursive: true);
        };
        return server;
    }

    // A test host may be killed a moment after its last test, and then its server lives on. Whoever starts an hour later, longer
    // than any run takes, attaches and leaves as its last host, which stops it.
    private static async Task SweepAsync()
    {
        foreach (var left in Directory.GetDirectories(Path.GetTempPath(), Prefix + "*").Where(d => Directory.GetCreationTimeUtc(d) < DateTime.UtcNow.AddHours(-1)))
        {
            await (await EmbeddedPostgres.StartAsync(new EmbeddedPostgresOptions { DataFolder = left, Durable = false }, NullLogger.Instance, CancellationToken.None)).StopAsync();
            Directory.Delete(left, recursive: true);
        }
    }

    private static async Task<string> MakeTemplateAsync()
    {
        await ExecuteAsync("CREATE DATABASE template_hermes");
        var database = HermesDatabase.From(await OwnerOfAsync("template_hermes"));
        await Migrator.MigrateAsync(database, CancellationToken.None);
        NpgsqlConnection.ClearAllPools();
        return "template_hermes";
    }

    private static async Task<string> OwnerOfAsync(string database) =>
        new NpgsqlConnectionStringBuilder((await Server.Value).OwnerConnectionString) { Database = database }.ConnectionString;

    private static async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection((await Server.Value).OwnerConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
