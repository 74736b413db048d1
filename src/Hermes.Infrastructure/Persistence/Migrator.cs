using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql;

namespace Hermes.Infrastructure.Persistence;

/// <summary>
/// Brings the database up to date, once however many nodes start: roles, tables (EF Core's migrations), then the
/// hand-written scripts (functions, triggers, policies), which are run again whenever one of them has changed.
/// </summary>
public static class Migrator
{
    private const long Lock = 0x4865726D6573; // "Hermes"

    /// <summary>Ids of this version's migrations, oldest first.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        .. typeof(Migrator).Assembly.GetTypes().Select(t => t.GetCustomAttribute<MigrationAttribute>()?.Id).OfType<string>().Order(StringComparer.Ordinal),
    ];

    /// <summary>Runs what is missing.</summary>
    /// <exception cref="NpgsqlException">The server can't be reached or refuses.</exception>
    public static async Task MigrateAsync(HermesDatabase database, CancellationToken cancellationToken)
    {
        // A pool of its own would keep an owner's connection open for nothing; the lock's must not be shared.
        var owner = new NpgsqlConnectionStringBuilder(database.Owner) { Pooling = false }.ConnectionString;
        await using var connection = new NpgsqlConnection(owner);
        await connection.OpenAsync(cancellationToken);
        await ExecuteAsync(connection, $"SELECT pg_advisory_lock({Lock})", cancellationToken);
        if (database.DerivesRoles)
            await MakeRolesAsync(connection, database, cancellationToken);
        await using (var db = new HermesDbContext(Options(owner)))
        {
            // To migrate, EF Core builds the model twice over and compares it, also when nothing is missing: a second of every start.
            if ((await db.Database.GetPendingMigrationsAsync(cancellationToken)).Any())
                await db.Database.MigrateAsync(cancellationToken);
        }
        await RunScriptsAsync(connection, cancellationToken);
    }

    /// <summary>Options of a context that migrates as the owner.</summary>
    public static DbContextOptions<HermesDbContext> Options(string ownerConnectionString) =>
        new DbContextOptionsBuilder<HermesDbContext>()
            .UseNpgsql(ownerConnectionString, npgsql => npgsql.MigrationsHistoryTable("migrations", "shared"))
            .Options;

    /// <summary>The scripts in the order they run: numbered shared ones, then the capabilities' by name.</summary>
    public static IReadOnlyList<(string Name, string Text)> Scripts()
    {
        var assembly = typeof(Migrator).Assembly;
        return [("Quartz", QuartzTables()), .. assembly.GetManifestResourceNames()
            .Where(n => n.EndsWith(".sql", StringComparison.Ordinal))
            .OrderBy(n => !n.Contains(".Persistence.Sql.", StringComparison.Ordinal)).ThenBy(n => n, StringComparer.Ordinal)
            .Select(n =>
            {
                using var reader = new StreamReader(assembly.GetManifestResourceStream(n)!);
                return (n, reader.ReadToEnd());
            })];
    }

    // The scheduler's own script, which creates what is missing and drops nothing: made here by the owner, so that the
    // scheduler itself needs no right to make tables.
    private static string QuartzTables()
    {
        using var reader = new StreamReader(typeof(Quartz.IScheduler).Assembly.GetManifestResourceStream("Quartz.Impl.AdoJobStore.Schema.create_postgres.sql")
            ?? throw new InvalidOperationException("Quartz no longer carries its schema where it did."));
        return "CREATE SCHEMA IF NOT EXISTS quartz;\n" + reader.ReadToEnd()
            .Replace("{0}", "quartz.qrtz_", StringComparison.Ordinal).Replace("{1}", "qrtz_", StringComparison.Ordinal);
    }

    private static async Task MakeRolesAsync(NpgsqlConnection connection, HermesDatabase database, CancellationToken cancellationToken)
    {
        foreach (var role in new[] { DataSources.Roles.App, DataSources.Roles.Engine })
        {
            var password = DataSources.PasswordOf(role, database.Owner);
            // Roles are the cluster's: another database's migration may make the same one at the same time.
            await ExecuteAsync(connection, $"""
                DO $$
                BEGIN
                    PERFORM pg_advisory_xact_lock({Lock});
                    IF EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN
                        ALTER ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD '{password}';
                    ELSE
                        CREATE ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD '{password}';
                    END IF;
                EXCEPTION WHEN duplicate_object OR unique_violation OR internal_error THEN
                    NULL;
                END $$
                """, cancellationToken);
        }
    }

    private static async Task RunScriptsAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var scripts = Scripts();
        var hash = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(scripts.Select(s => s.Name + s.Text)))));
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await ExecuteAsync(connection, "CREATE TABLE IF NOT EXISTS shared.scripts (only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row), hash text NOT NULL)", cancellationToken);
        await using (var known = new NpgsqlCommand("SELECT hash FROM shared.scripts", connection))
        {
            if (await known.ExecuteScalarAsync(cancellationToken) as string == hash)
                return;
        }
        foreach (var (name, text) in scripts)
        {
            try
            {
                await ExecuteAsync(connection, text, cancellationToken);
            }
            catch (PostgresException failure)
            {
                throw new InvalidOperationException($"Database script {name} failed: {failure.MessageText} (near character {failure.Position})", failure);
            }
        }
        await ExecuteAsync(connection, $"INSERT INTO shared.scripts (hash) VALUES ('{hash}') ON CONFLICT (only_row) DO UPDATE SET hash = excluded.hash", cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
