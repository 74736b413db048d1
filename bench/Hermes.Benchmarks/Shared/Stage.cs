using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.RegularExpressions;
using Hermes.Infrastructure.Persistence;
using Hermes.Infrastructure.Persistence.Embedded;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Hermes.Benchmarks.Shared;

/// <summary>What a program runs on: a durable PostgreSQL of its own and as many nodes of Hermes, in processes of their own, as it asks for.</summary>
public sealed partial class Stage(Options options) : IAsyncDisposable
{
    /// <summary>The first operator's token on every node of the stage.</summary>
    public const string OperatorToken = "hp_benchmark-operator-token-0123456789abcdef";

    private readonly string _folder = Path.Combine(Path.GetTempPath(), "hermes-bench-" + Guid.NewGuid().ToString("N")[..8]);
    private readonly List<Node> _nodes = [];
    private EmbeddedPostgres? _server;

    /// <summary>The command line.</summary>
    public Options Options { get; } = options;

    /// <summary>A folder that goes with the stage.</summary>
    public string Folder => Directory.CreateDirectory(_folder).FullName;

    /// <summary>The server's owner, database <c>hermes</c>; fsync is on.</summary>
    public async Task<string> OwnerAsync(CancellationToken cancellationToken)
    {
        _server ??= await EmbeddedPostgres.StartAsync(new EmbeddedPostgresOptions { DataFolder = Folder }, NullLogger.Instance, cancellationToken);
        return _server.OwnerConnectionString;
    }

    /// <summary>The migrated database, without a node.</summary>
    public async Task<HermesDatabase> DatabaseAsync(CancellationToken cancellationToken)
    {
        var database = HermesDatabase.From(await OwnerAsync(cancellationToken));
        await Migrator.MigrateAsync(database, cancellationToken);
        return database;
    }

    /// <summary>Starts Hermes in a process of its own, as it would be in production but without rate limits.</summary>
    public async Task<Node> StartNodeAsync(CancellationToken cancellationToken, params (string Key, string Value)[] settings)
    {
        var port = FreePort();
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = WebRoot(),
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "Hermes.Web.dll"));
        foreach (var (key, value) in new (string, string)[]
        {
            ("urls", $"http://127.0.0.1:{port}"), ("environment", "Production"),
            ("ConnectionStrings:Hermes", await OwnerAsync(cancellationToken)),
            ("Hermes:DataFolder", Folder), ("Hermes:Demo", "false"), ("Hermes:Plans:Default", "Pro"), ("Hermes:Idempotency:DerivedWindow", "00:00:00"), ("Hermes:Ledger:DevelopmentCredits", "true"),
            ("Hermes:Bootstrap:Email", "operator@bench.test"), ("Hermes:Bootstrap:Password", "bench-operator-7261-kiln"), ("Hermes:Bootstrap:Token", OperatorToken),
            ("Hermes:RateLimits:PersonPerMinute", "0"), ("Hermes:RateLimits:AgentPerMinute", "0"),
            ("Hermes:RateLimits:AddressPerMinute", "0"), ("Hermes:RateLimits:SignInsPerMinute", "0"),
            ("Hermes:Plans:Enforce", "false"), ("Logging:LogLevel:Default", "Warning"),
        }.Concat(settings))
            start.ArgumentList.Add($"--{key}={value}");
        var process = Process.Start(start)!;
        var node = new Node(process, new Uri($"http://127.0.0.1:{port}"));
        _nodes.Add(node);
        await node.ReadyAsync(cancellationToken);
        return node;
    }

    /// <summary>A connection as the owner.</summary>
    public async Task<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken)
    {
        var connection = new NpgsqlConnection(await OwnerAsync(cancellationToken));
        await connection.OpenAsync(cancellationToken);
        return connection;
    }

    /// <summary>Runs a statement as the owner.</summary>
    public async Task ExecuteAsync(string sql, CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 600 };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
            await node.DisposeAsync();
        NpgsqlConnection.ClearAllPools();
        if (_server is not null)
            await _server.StopAsync();
        if (Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
    }

    /// <summary>The repository's root.</summary>
    public static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "Hermes.sln")))
            folder = folder.Parent;
        return folder.FullName;
    }

    /// <summary>A port that nobody listens on at the moment.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static string WebRoot() => Path.Combine(Root(), "src", "Hermes.Web");

    /// <summary>One running Hermes.</summary>
    public sealed partial class Node : IAsyncDisposable
    {
        private readonly Process _process;
        private readonly List<string> _log = [];
        private int _disposed;

        internal Node(Process process, Uri address)
        {
            _process = process;
            Address = address;
            process.OutputDataReceived += (_, e) => Keep(e.Data);
            process.ErrorDataReceived += (_, e) => Keep(e.Data);
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
        }

        /// <summary>Where it listens.</summary>
        public Uri Address { get; }

        /// <summary>Resident memory in MiB: what the machine has given it.</summary>
        public double ResidentMiB()
        {
            var line = File.ReadLines($"/proc/{_process.Id}/status").First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal));
            return double.Parse(Digits().Match(line).ValueSpan, System.Globalization.CultureInfo.InvariantCulture) / 1024;
        }

        /// <summary>Processor time that it has used.</summary>
        public TimeSpan ProcessorTime()
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }

        internal async Task ReadyAsync(CancellationToken cancellationToken)
        {
            using var client = new HttpClient { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(5) };
            for (var i = 0; i < 300; i++)
            {
                if (_process.HasExited)
                    throw new InvalidOperationException("Hermes did not start:\n" + Log());
                try
                {
                    using var answer = await client.GetAsync("/health/live", cancellationToken);
                    if (answer.IsSuccessStatusCode)
                        return;
                }
                catch (Exception failure) when (failure is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
                {
                    // Not listening yet, or too busy with its start to answer.
                }

                await Task.Delay(100, cancellationToken);
            }

            throw new InvalidOperationException("Hermes did not answer within 30 s:\n" + Log());
        }

        /// <summary>Waits until its search index is filled.</summary>
        /// <returns>What it says of it, and the seconds that it was waited for.</returns>
        public async Task<(string Said, double Seconds)> IndexedAsync(CancellationToken cancellationToken)
        {
            using var http = new HttpClient { BaseAddress = Address };
            var watch = Stopwatch.StartNew();
            while (true)
            {
                using var answer = await http.GetAsync("/health/ready", cancellationToken);
                var search = (await answer.Content.ReadFromJsonAsync<JsonElement>(cancellationToken)).GetProperty("checks").GetProperty("search");
                if (search.GetProperty("status").GetString() == "healthy")
                    return (search.GetProperty("description").GetString()!, watch.Elapsed.TotalSeconds);
                if (watch.Elapsed > TimeSpan.FromMinutes(4))
                    throw new InvalidOperationException("The search index is not filled after four minutes:\n" + Log());
                await Task.Delay(100, cancellationToken);
            }
        }

        /// <summary>What it wrote, at most the last 200 lines.</summary>
        public string Log()
        {
            lock (_log)
                return string.Join('\n', _log);
        }

        /// <inheritdoc />
        public async ValueTask DisposeAsync()
        {
            // A program may end a node itself; the stage ends all of them once more.
            if (Interlocked.Exchange(ref _disposed, 1) != 0)
                return;
            if (!_process.HasExited)
            {
                using var stop = Process.Start("kill", ["-INT", $"{_process.Id}"]);
                await stop.WaitForExitAsync();
                using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
                try
                {
                    await _process.WaitForExitAsync(patience.Token);
                }
                catch (OperationCanceledException)
                {
                    _process.Kill();
                }
            }

            _process.Dispose();
        }

        private void Keep(string? line)
        {
            if (line is null)
                return;
            lock (_log)
            {
                _log.Add(line);
                if (_log.Count > 200)
                    _log.RemoveAt(0);
            }
        }

        [GeneratedRegex(@"\d+")]
        private static partial Regex Digits();
    }
}
