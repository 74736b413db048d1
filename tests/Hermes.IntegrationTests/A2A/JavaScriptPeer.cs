using System.Diagnostics;
using Hermes.IntegrationTests.Shared;

namespace Hermes.IntegrationTests.A2A;

/// <summary>An agent on the protocol's own JavaScript SDK, restored from npm and run as a program of its own.</summary>
public class JavaScriptPeer : IAsyncLifetime
{
    private static readonly Lazy<Task<string>> Restored = new(RestoreAsync);
    private Process? _node;

    /// <summary>Where it listens.</summary>
    public Uri Url { get; private set; } = null!;

    /// <summary>The folder with the peers' programs and the restored SDK; other tests' programs may lie there, too.</summary>
    public static Task<string> FolderAsync() => Restored.Value;

    /// <summary>Environment of the program.</summary>
    protected virtual IReadOnlyDictionary<string, string> Environment { get; } = new Dictionary<string, string>();

    /// <inheritdoc />
    public async Task InitializeAsync()
    {
        var start = new ProcessStartInfo("node", "server.js") { WorkingDirectory = await Restored.Value, RedirectStandardOutput = true };
        foreach (var (name, value) in Environment)
            start.Environment[name] = value;
        _node = Process.Start(start)!;
        using var patience = new CancellationTokenSource(Eventually.Patience);
        var line = await _node.StandardOutput.ReadLineAsync(patience.Token) ?? throw new InvalidOperationException("The JavaScript agent ended.");
        Url = new Uri($"http://127.0.0.1:{line.Split(' ')[1]}");
        _node.StandardOutput.ReadToEndAsync(CancellationToken.None).Forget();
    }

    /// <inheritdoc />
    public async Task DisposeAsync()
    {
        if (_node is null)
            return;
        _node.Kill(entireProcessTree: true);
        await _node.WaitForExitAsync();
        _node.Dispose();
    }

    private static async Task<string> RestoreAsync()
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root!.FullName, "Hermes.sln")))
            root = root.Parent;
        var folder = Path.Combine(root.FullName, "tests", "a2a-js");
        // Test projects run at the same time: one restores, the others wait for it.
        await using var turn = await TakeAsync(Path.Combine(Path.GetTempPath(), "hermes-a2a-js.lock"));
        if (File.Exists(Path.Combine(folder, "node_modules", ".package-lock.json")))
            return folder;
        using var npm = Process.Start(new ProcessStartInfo("npm", "ci --no-audit --no-fund --loglevel=error") { WorkingDirectory = folder })!;
        await npm.WaitForExitAsync();
        return npm.ExitCode == 0 ? folder : throw new InvalidOperationException("npm can't restore the JavaScript SDK.");
    }

    private static async Task<FileStream> TakeAsync(string path)
    {
        for (var tries = 0; ; tries++)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (tries < 600)
            {
                await Task.Delay(200);
            }
        }
    }
}

/// <summary>The same agent, which wants a bearer token.</summary>
public sealed class GuardedJavaScriptPeer : JavaScriptPeer
{
    /// <summary>What it wants.</summary>
    public const string Token = "peer-secret";

    /// <inheritdoc />
    protected override IReadOnlyDictionary<string, string> Environment { get; } = new Dictionary<string, string> { ["TOKEN"] = Token };
}

/// <summary>The same agent, which pushes nothing and has lost the extended card that its card promises.</summary>
public sealed class SparseJavaScriptPeer : JavaScriptPeer
{
    /// <inheritdoc />
    protected override IReadOnlyDictionary<string, string> Environment { get; } = new Dictionary<string, string> { ["PUSHES"] = "false", ["EXTENDED"] = "false" };
}

internal static class Tasks
{
    /// <summary>Lets a task run whose end nobody waits for.</summary>
    public static void Forget(this Task task) => task.ContinueWith(t => _ = t.Exception, TaskScheduler.Default);
}
