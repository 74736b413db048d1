using System.Diagnostics;
using Hermes.Infrastructure.Persistence.Embedded;
using Hermes.Infrastructure.Shared;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Hermes.IntegrationTests.Persistence;

[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class EmbeddedPostgresTests : IDisposable
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), "hermes-embedded-" + Guid.NewGuid().ToString("N")[..8]);

    [Fact]
    public async Task First_start_makes_a_cluster_that_only_its_owner_can_reach()
    {
        await using var server = await StartAsync();

        server.Started.ShouldBeTrue();
        (await ScalarAsync(server, "SHOW fsync")).ShouldBe("on");
        (await ScalarAsync(server, "SHOW listen_addresses")).ShouldBe("");
        (await ScalarAsync(server, "SHOW server_encoding")).ShouldBe("UTF8");
        (await ScalarAsync(server, "SELECT lower('ÄÖ')")).ShouldBe("äö");
        File.GetUnixFileMode(Path.Combine(_folder, "postgres", "password"))
            .ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var stranger = new NpgsqlConnectionStringBuilder(server.OwnerConnectionString) { Password = "guess", Pooling = false };
        await using var connection = new NpgsqlConnection(stranger.ConnectionString);
        (await Should.ThrowAsync<PostgresException>(() => connection.OpenAsync())).SqlState.ShouldBe(PostgresErrorCodes.InvalidPassword);
    }

    [Fact]
    public async Task Data_outlives_a_clean_stop_and_no_process_remains()
    {
        var server = await StartAsync();
        await RunAsync(server, "CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)");
        await server.StopAsync();
        await server.StopAsync();
        Servers().ShouldBeEmpty();

        await using var again = await StartAsync();
        again.Started.ShouldBeTrue();
        (await ScalarAsync(again, "SELECT n FROM kept")).ShouldBe(7);
    }

    [Fact]
    public async Task A_killed_host_leaves_the_server_and_the_next_start_attaches()
    {
        var killed = await StartAsync();
        var process = await ScalarAsync(killed, "SELECT pg_postmaster_start_time()");
        killed.Abandon();

        var next = await StartAsync();
        next.Started.ShouldBeFalse();
        (await ScalarAsync(next, "SELECT pg_postmaster_start_time()")).ShouldBe(process);
        await next.StopAsync();
        Servers().ShouldBeEmpty();
    }

    [Fact]
    public async Task Host_and_server_killed_recovery_keeps_what_was_committed()
    {
        var killed = await StartAsync();
        await RunAsync(killed, "CREATE TABLE kept (n int); INSERT INTO kept SELECT generate_series(1, 1000)");
        killed.Abandon();
        foreach (var process in Servers())
            process.Kill();
        var lockFile = Path.Combine(_folder, "postgres", "cluster", "postmaster.pid");
        File.Exists(lockFile).ShouldBeTrue();
        // The worst leftover: the lock file names a process that lives and has nothing to do with it.
        await File.WriteAllLinesAsync(lockFile, (await File.ReadAllLinesAsync(lockFile)).Select((line, i) => i == 0 ? $"{Environment.ProcessId}" : line));
        NpgsqlConnection.ClearAllPools();

        await using var next = await StartAsync();
        next.Started.ShouldBeTrue();
        (await ScalarAsync(next, "SELECT count(*) FROM kept")).ShouldBe(1000L);
    }

    [Fact]
    public async Task Two_hosts_share_it_and_the_last_one_stops_it()
    {
        var both = await Task.WhenAll(StartAsync(), StartAsync());
        both.Count(server => server.Started).ShouldBe(1);

        await both.Single(server => server.Started).StopAsync();
        var last = both.Single(server => !server.Started);
        (await ScalarAsync(last, "SELECT 1")).ShouldBe(1);
        await last.StopAsync();
        Servers().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_start_that_was_cut_off_while_making_the_cluster_is_begun_again()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "postgres", "new-cut", "cluster"));
        await File.WriteAllTextAsync(Path.Combine(_folder, "postgres", "new-cut", "cluster", "PG_VERSION"), "15");

        await using var server = await StartAsync();
        Directory.Exists(Path.Combine(_folder, "postgres", "new-cut")).ShouldBeFalse();
        (await ScalarAsync(server, "SELECT 1")).ShouldBe(1);
    }

    [Fact]
    public async Task A_data_folder_deeper_than_a_socket_address_works()
    {
        var deep = Path.Combine(_folder, new string('a', 60), new string('b', 60));
        await using var server = await StartAsync(new EmbeddedPostgresOptions { DataFolder = deep, Durable = false });
        (await ScalarAsync(server, "SHOW fsync")).ShouldBe("off");
    }

    [Fact]
    public async Task A_machine_without_PostgreSQL_gets_it_from_npm_once()
    {
        var options = new EmbeddedPostgresOptions { DataFolder = _folder, OnlyDownloaded = true };
        var first = await StartAsync(options);
        (await ScalarAsync(first, "SHOW server_version")).ShouldBe("18.4");
        (await ScalarAsync(first, "SELECT lower('ÄÖ')")).ShouldBe("äö");
        await first.StopAsync();
        Servers().ShouldBeEmpty();

        await using var second = await StartAsync(options with { AllowDownload = false });
        (await ScalarAsync(second, "SELECT 1")).ShouldBe(1);
    }

    [Fact]
    public async Task A_kernel_without_user_namespaces_runs_it_as_nobody()
    {
        var options = new EmbeddedPostgresOptions { DataFolder = _folder, WithoutUserNamespace = true };
        var first = await StartAsync(options);
        await RunAsync(first, "CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)");
        await first.StopAsync();
        Servers().ShouldBeEmpty();

        await using var second = await StartAsync(options);
        (await ScalarAsync(second, "SELECT n FROM kept")).ShouldBe(7);
    }

    [Fact]
    public async Task Without_programs_the_refusal_says_what_to_do()
    {
        var options = new EmbeddedPostgresOptions { DataFolder = _folder, BinariesFolder = "/nowhere" };
        (await Should.ThrowAsync<StartRefusedException>(() => StartAsync(options))).Message.ShouldContain("Hermes:Postgres:BinariesFolder");
    }

    [Fact]
    public async Task A_cluster_of_a_version_that_is_not_installed_is_named()
    {
        var cluster = Directory.CreateDirectory(Path.Combine(_folder, "postgres", "cluster")).FullName;
        await File.WriteAllTextAsync(Path.Combine(cluster, "PG_VERSION"), "12\n");
        (await Should.ThrowAsync<StartRefusedException>(() => StartAsync())).Message.ShouldContain("written by PostgreSQL 12");
    }

    public void Dispose()
    {
        NpgsqlConnection.ClearAllPools();
        foreach (var process in Servers())
            process.Kill();
        if (Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
    }

    private Task<EmbeddedPostgres> StartAsync(EmbeddedPostgresOptions? options = null) =>
        EmbeddedPostgres.StartAsync(options ?? new EmbeddedPostgresOptions { DataFolder = _folder }, NullLogger.Instance, CancellationToken.None);

    private static async Task RunAsync(EmbeddedPostgres server, string sql)
    {
        await using var connection = new NpgsqlConnection(server.OwnerConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<object?> ScalarAsync(EmbeddedPostgres server, string sql)
    {
        await using var connection = new NpgsqlConnection(server.OwnerConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }

    // Only this test's own servers: those whose working directory lies in its folder.
    private List<Process> Servers() => Process.GetProcesses()
        .Where(process => LinkOf(process)?.StartsWith(_folder, StringComparison.Ordinal) == true)
        .ToList();

    private static string? LinkOf(Process process)
    {
        try
        {
            return new FileInfo($"/proc/{process.Id}/cwd").LinkTarget;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
