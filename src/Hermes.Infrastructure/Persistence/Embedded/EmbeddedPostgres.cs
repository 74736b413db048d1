using System.Globalization;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Text;
using Hermes.Infrastructure.Shared;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hermes.Infrastructure.Persistence.Embedded;

/// <summary>
/// The private PostgreSQL of an installation that configures no server. It listens on a Unix socket only: no port can
/// clash, no other machine and no other user can reach it, and a round trip is cheaper than over TCP. A random password
/// (file <c>password</c>, mode 600) is asked for as well.
/// <para>
/// Several hosts may use one data folder: the first starts the server, the others attach, and the last one that stops
/// stops it. A host that is killed leaves the server running, and the next start attaches to it.
/// </para>
/// </summary>
/// <remarks>
/// Who still uses the server is known by lock files: each host holds an exclusive lock on a file of its own in
/// <c>hosts/</c>, which the kernel releases when the host dies, however it dies. Starting and stopping happen under the
/// exclusive lock on <c>lock</c>.
/// </remarks>
public sealed class EmbeddedPostgres : IAsyncDisposable
{
    private const string User = "hermes";
    private const string Database = "hermes";
    private const int Port = 5432;
    private const int LongestSocketPath = 100;
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(40);

    private readonly EmbeddedPostgresOptions _options;
    private readonly ILogger _logger;
    private readonly string _folder;
    private readonly string _cluster;
    private readonly string _socketFolder;
    private readonly string _password;
    private FileStream? _presence;

    [UnsupportedOSPlatform("windows")]
    private EmbeddedPostgres(EmbeddedPostgresOptions options, string folder, ILogger logger)
    {
        _options = options;
        _logger = logger;
        _folder = folder;
        _cluster = Path.Combine(folder, "cluster");
        _socketFolder = SocketFolder(folder);
        _password = ReadOrMakePassword(Path.Combine(folder, "password"));
        OwnerConnectionString = ConnectionString(Database);
    }

    /// <summary>Connects to the database <c>hermes</c> as the cluster's owner (a superuser).</summary>
    public string OwnerConnectionString { get; }

    /// <summary>True when this call started the server, false when it attached to one that was running.</summary>
    public bool Started { get; private set; }

    /// <summary>Starts the server, or attaches to the one that runs on this data folder, and makes the database when missing.</summary>
    /// <exception cref="StartRefusedException">No server can be run here; the message says what to do.</exception>
    public static async Task<EmbeddedPostgres> StartAsync(
        EmbeddedPostgresOptions options, ILogger logger, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(logger);
        if (OperatingSystem.IsWindows())
            throw new StartRefusedException("The embedded PostgreSQL runs on Linux and macOS: set ConnectionStrings:Hermes to a PostgreSQL server.");

        var folder = Path.GetFullPath(Path.Combine(options.DataFolder, "postgres"));
        try
        {
            Directory.CreateDirectory(Path.Combine(folder, "hosts"));
            Directory.CreateDirectory(Path.Combine(folder, "log"));
            await using var gate = await LockAsync(folder, options.Timeout, cancellationToken);
            var server = new EmbeddedPostgres(options, folder, logger);
            await server.StartUnderLockAsync(cancellationToken);
            return server;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StartRefusedException($"The data folder '{folder}' can't be used: {exception.Message}", exception);
        }
    }

    /// <summary>
    /// Leaves the server, and stops it when no other host uses it (connections that are still open are cut). May be
    /// called more than once.
    /// </summary>
    public async ValueTask StopAsync()
    {
        if (Interlocked.Exchange(ref _presence, null) is not { } presence)
            return;
        await using var gate = await LockAsync(_folder, _options.Timeout, CancellationToken.None);
        await presence.DisposeAsync();
        File.Delete(presence.Name);
        if (AnotherHostLives())
        {
            _logger.LogInformation("PostgreSQL is left running: another Hermes uses {Folder}", _folder);
            return;
        }

        NpgsqlConnection.ClearAllPools();
        var user = await Unprivileged.FindAsync(_options.WithoutUserNamespace, CancellationToken.None);
        var binaries = await PostgresBinaries.FindAsync(_options, _folder, ClusterMajor(), _logger, CancellationToken.None);
        var (code, output) = await user.RunAsync(
            [binaries.PgCtl, "stop", "-D", _cluster, "-m", "fast", "-w", "-t", Seconds(_options.Timeout)], CancellationToken.None);
        // pg_ctl knows the server by its file, which goes a moment before the last of its processes.
        for (var waited = TimeSpan.Zero; code == 0 && waited < _options.Timeout && RunningOn(_cluster); waited += Poll)
            await Task.Delay(Poll);
        if (RunningOn(_cluster))
            _logger.LogWarning("PostgreSQL did not stop: {Output}", output);
        else
            _logger.LogInformation("PostgreSQL stopped");
    }

    /// <summary>What the kernel does to a host that is killed: its lock goes, its file and the server stay. For tests.</summary>
    internal void Abandon() => Interlocked.Exchange(ref _presence, null)?.Dispose();

    /// <inheritdoc />
    public ValueTask DisposeAsync() => StopAsync();

    [UnsupportedOSPlatform("windows")]
    private async Task StartUnderLockAsync(CancellationToken cancellationToken)
    {
        var watch = System.Diagnostics.Stopwatch.StartNew();
        var user = await Unprivileged.FindAsync(_options.WithoutUserNamespace, cancellationToken);
        MakePrivate(_socketFolder);
        await user.OwnAsync(_socketFolder, cancellationToken);
        await user.OwnAsync(Path.Combine(_folder, "log"), cancellationToken);

        if (!await AttachAsync(cancellationToken))
        {
            var binaries = await PostgresBinaries.FindAsync(_options, _folder, ClusterMajor(), _logger, cancellationToken);
            if (ClusterMajor() is null)
                await CreateClusterAsync(binaries, user, cancellationToken);
            RemoveStaleLocks();
            await StartServerAsync(binaries, user, cancellationToken);
            Started = true;
            _logger.LogInformation("PostgreSQL {Major} started in {Folder} within {Elapsed} ms", binaries.Major, _folder, watch.ElapsedMilliseconds);
        }

        await MakeDatabaseAsync(cancellationToken);
        _presence = OpenExclusive(Path.Combine(_folder, "hosts", $"{Environment.ProcessId}-{Guid.NewGuid():N}"))
            ?? throw new IOException("A new file was locked by somebody else.");
    }

    // A cluster that is starting, recovering or stopping is waited for: it ends up reachable or gone.
    private async Task<bool> AttachAsync(CancellationToken cancellationToken)
    {
        var deadline = Environment.TickCount64 + (long)_options.Timeout.TotalMilliseconds;
        while (RunningOn(_cluster))
        {
            if (await AnswersAsync(cancellationToken))
            {
                _logger.LogInformation("Attached to the PostgreSQL that already runs in {Folder}", _folder);
                return true;
            }

            if (Environment.TickCount64 > deadline)
                throw new StartRefusedException(
                    $"A PostgreSQL runs in '{_folder}' and has not answered for {Seconds(_options.Timeout)} s: see its log in '{_folder}/log', or stop it.");
            await Task.Delay(Poll, cancellationToken);
        }

        return false;
    }

    private async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = new NpgsqlConnection(ConnectionString("postgres"));
            await connection.OpenAsync(cancellationToken);
            return true;
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.InvalidPassword)
        {
            throw new StartRefusedException(
                $"The PostgreSQL in '{_folder}' refuses the password in '{_folder}/password': the two don't belong together.", exception);
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    [UnsupportedOSPlatform("windows")]
    private async Task CreateClusterAsync(PostgresBinaries binaries, Unprivileged user, CancellationToken cancellationToken)
    {
        // Made aside and renamed, so that a start that was cut off leaves no half cluster behind.
        foreach (var leftover in Directory.GetDirectories(_folder, "new-*"))
            Directory.Delete(leftover, recursive: true);
        var making = Path.Combine(_folder, "new-" + Guid.NewGuid().ToString("N")[..8]);
        MakePrivate(making);
        var passwordFile = Path.Combine(making, "password");
        await WritePrivateAsync(passwordFile, _password, cancellationToken);
        await user.OwnAsync(making, cancellationToken);

        var fresh = Path.Combine(making, "cluster");
        string[] command =
        [
            binaries.InitDb, "-D", fresh, "-U", User, $"--pwfile={passwordFile}", "--auth-local=scram-sha-256",
            "--auth-host=reject", "--encoding=UTF8", "--data-checksums", .. _options.Durable ? Array.Empty<string>() : ["--no-sync"],
        ];
        // C.UTF-8 sorts by code point and still knows the case of every letter; plain C is for C libraries without it.
        string[] locale = binaries.Major >= 17 ? ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"] : ["--locale=C.UTF-8"];
        var (code, output) = await user.RunAsync([.. command, .. locale], cancellationToken);
        if (code != 0 && binaries.Major < 17)
            (code, output) = await user.RunAsync([.. command, "--locale=C"], cancellationToken);
        if (code != 0)
            throw new StartRefusedException($"PostgreSQL's initdb failed in '{_folder}': {Programs.LastLine(output)}.");

        await File.AppendAllTextAsync(Path.Combine(fresh, "postgresql.conf"), $"""

            # Hermes: short transactions on a shared machine. Change them here; a restart applies them.
            max_connections = {_options.MaxConnections}
            shared_buffers = 128MB
            max_wal_size = 2GB
            jit = off
            random_page_cost = 1.1
            timezone = 'UTC'
            log_timezone = 'UTC'
            log_line_prefix = '%m [%p] '
            autovacuum_naptime = 15s
            tcp_keepalives_idle = 60
            """.Replace("            ", "", StringComparison.Ordinal) + "\n", cancellationToken);
        Directory.Move(fresh, _cluster);
        Directory.Delete(making, recursive: true);
    }

    // PostgreSQL believes a lock file whose process id lives, and process ids come round again (in a container at once).
    // Nothing has the cluster as its working directory here, so whatever the files name is another program.
    private void RemoveStaleLocks()
    {
        File.Delete(Path.Combine(_cluster, "postmaster.pid"));
        File.Delete(Path.Combine(_socketFolder, $".s.PGSQL.{Port}"));
        File.Delete(Path.Combine(_socketFolder, $".s.PGSQL.{Port}.lock"));
    }

    private async Task StartServerAsync(PostgresBinaries binaries, Unprivileged user, CancellationToken cancellationToken)
    {
        var log = Path.Combine(_folder, "log", "postgres.log");
        KeepShort(log);
        var settings = new StringBuilder()
            .Append(CultureInfo.InvariantCulture, $"-p {Port} -c listen_addresses='' -c unix_socket_permissions=0700 ")
            .Append(CultureInfo.InvariantCulture, $"-c unix_socket_directories='{_socketFolder}'");
        if (!_options.Durable)
            settings.Append(" -c fsync=off -c synchronous_commit=off -c full_page_writes=off");

        // pg_ctl makes the server the leader of a session of its own: Ctrl+C in the terminal reaches Hermes only, which
        // then finishes its work and stops the server last.
        var (code, output) = await user.RunAsync(
            [binaries.PgCtl, "start", "-D", _cluster, "-l", log, "-w", "-t", Seconds(_options.Timeout), "-o", settings.ToString()],
            cancellationToken);
        if (code != 0)
            throw new StartRefusedException(
                $"PostgreSQL {binaries.Major} did not start in '{_folder}': {Programs.LastLine(LastWords(log) ?? output)} (log: '{log}').");
    }

    private async Task MakeDatabaseAsync(CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(ConnectionString("postgres"));
        await connection.OpenAsync(cancellationToken);
        await using var exists = new NpgsqlCommand($"SELECT EXISTS (SELECT FROM pg_database WHERE datname = '{Database}')", connection);
        if (await exists.ExecuteScalarAsync(cancellationToken) is true)
            return;
        await using var create = new NpgsqlCommand($"CREATE DATABASE {Database}", connection);
        await create.ExecuteNonQueryAsync(cancellationToken);
    }

    private string ConnectionString(string database) => new NpgsqlConnectionStringBuilder
    {
        Host = _socketFolder,
        Port = Port,
        Username = User,
        Password = _password,
        Database = database,
        Pooling = database == Database,
    }.ConnectionString;

    private int? ClusterMajor()
    {
        var version = Path.Combine(_cluster, "PG_VERSION");
        return File.Exists(version) ? int.Parse(File.ReadAllText(version).Trim().Split('.')[0], CultureInfo.InvariantCulture) : null;
    }

    private bool AnotherHostLives()
    {
        foreach (var file in Directory.GetFiles(Path.Combine(_folder, "hosts")))
        {
            using var dead = OpenExclusive(file);
            if (dead is null)
                return true;
            File.Delete(file);
        }

        return false;
    }

    // Every process of a server has the cluster as its working directory. Without /proc the process id that the server
    // left is believed when such a process lives.
    private static bool RunningOn(string cluster)
    {
        if (!File.Exists(Path.Combine(cluster, "PG_VERSION")))
            return false;
        if (!Directory.Exists("/proc/self"))
            return LivesByLockFile(Path.Combine(cluster, "postmaster.pid"));
        var physical = Physical(cluster);
        return Directory.EnumerateDirectories("/proc")
            .Where(process => char.IsAsciiDigit(Path.GetFileName(process)[0]))
            .Any(process => WorkingFolder(process) == physical);
    }

    private static string? WorkingFolder(string process)
    {
        try
        {
            return new FileInfo(Path.Combine(process, "cwd")).LinkTarget;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null; // It ended meanwhile, or it is another user's.
        }
    }

    private static string Physical(string folder)
    {
        var parent = Path.GetDirectoryName(folder);
        var here = new DirectoryInfo(folder).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? folder;
        return parent is null || here != folder ? here : Path.Combine(Physical(parent), Path.GetFileName(folder));
    }

    private static bool LivesByLockFile(string file)
    {
        if (!File.Exists(file) || !int.TryParse(File.ReadLines(file).FirstOrDefault(), CultureInfo.InvariantCulture, out var id))
            return false;
        try
        {
            using var process = System.Diagnostics.Process.GetProcessById(id);
            return process.ProcessName.StartsWith("postgres", StringComparison.Ordinal);
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    // The address of a Unix socket holds 107 bytes; a data folder deeper than that keeps its socket in the temporary folder.
    private static string SocketFolder(string folder)
    {
        var near = Path.Combine(folder, "socket");
        if (Encoding.UTF8.GetByteCount(near) <= LongestSocketPath - ".s.PGSQL.5432.lock".Length)
            return near;
        var name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(folder)))[..16];
        return Path.Combine("/tmp", "hermes-" + name);
    }

    [UnsupportedOSPlatform("windows")]
    private static void MakePrivate(string folder)
    {
        const UnixFileMode own = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        Directory.CreateDirectory(folder, own);
        // Throws for a folder that another user made first under this name.
        File.SetUnixFileMode(folder, own);
    }

    [UnsupportedOSPlatform("windows")]
    private static string ReadOrMakePassword(string file)
    {
        if (File.Exists(file) && File.ReadAllText(file).Trim() is { Length: > 0 } known)
            return known;
        var password = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        using var stream = CreatePrivate(file);
        stream.Write(Encoding.ASCII.GetBytes(password));
        stream.Flush(flushToDisk: true);
        return password;
    }

    [UnsupportedOSPlatform("windows")]
    private static async Task WritePrivateAsync(string file, string text, CancellationToken cancellationToken)
    {
        await using var stream = CreatePrivate(file);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(text), cancellationToken);
    }

    [UnsupportedOSPlatform("windows")]
    private static FileStream CreatePrivate(string file) => new(file, new FileStreamOptions
    {
        Mode = FileMode.Create,
        Access = FileAccess.Write,
        UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
    });

    private static void KeepShort(string log)
    {
        const long longest = 16 * 1024 * 1024;
        if (File.Exists(log) && new FileInfo(log).Length > longest)
            File.Move(log, log + ".old", overwrite: true);
    }

    private static string? LastWords(string log) =>
        File.Exists(log) ? File.ReadLines(log).LastOrDefault(line => line.Contains("FATAL", StringComparison.Ordinal)) : null;

    private static async Task<FileStream> LockAsync(string folder, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var deadline = Environment.TickCount64 + (long)timeout.TotalMilliseconds;
        while (true)
        {
            if (OpenExclusive(Path.Combine(folder, "lock")) is { } gate)
                return gate;
            if (Environment.TickCount64 > deadline)
                throw new StartRefusedException($"Another Hermes has been starting or stopping PostgreSQL in '{folder}' for {Seconds(timeout)} s.");
            await Task.Delay(Poll, cancellationToken);
        }
    }

    // Null when somebody else holds it. The kernel's lock goes with the process that holds it.
    private static FileStream? OpenExclusive(string file)
    {
        try
        {
            return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception) when (exception is not (DirectoryNotFoundException or PathTooLongException))
        {
            return null;
        }
    }

    private static string Seconds(TimeSpan time) => ((int)Math.Ceiling(time.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
}
