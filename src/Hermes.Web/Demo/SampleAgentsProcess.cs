using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using Hermes.Application.Shared;

namespace Hermes.Web.Demo;

/// <summary>A sample agent to play: which, as whom, with which key.</summary>
internal sealed record DemoSeat(string Name, Guid Id, string Key);

/// <summary>
/// The sample agents as a process of their own that knows nothing but an address, ids and keys. The keys go through its
/// standard input, never through arguments, environment or logs; when that input ends, so does the process, even when
/// this one is killed.
/// </summary>
internal sealed class SampleAgentsProcess : IAsyncDisposable
{
    private static readonly TimeSpan TimeToStop = TimeSpan.FromSeconds(3);
    private readonly Process _process;

    private SampleAgentsProcess(Process process) => _process = process;

    /// <summary>Done when the process has ended.</summary>
    public Task Ended => _process.WaitForExitAsync();

    /// <summary>
    /// The built sample program beside this one: <c>samples/…/bin/Debug/net10.0</c> for <c>src/…/bin/Debug/net10.0</c>.
    /// Null where there is none, as in a published installation.
    /// </summary>
    public static string? FindProgram(string baseDirectory)
    {
        var output = new DirectoryInfo(baseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        if (output.Parent is not { } configuration)
            return null;
        for (var folder = output.Parent; folder is not null; folder = folder.Parent)
        {
            var program = Path.Combine(folder.FullName, "samples", "Hermes.SampleAgents", "bin", configuration.Name, output.Name, "Hermes.SampleAgents.dll");
            if (File.Exists(program))
                return program;
        }
        return null;
    }

    public static async Task<SampleAgentsProcess> StartAsync(string program, Uri server, IReadOnlyList<DemoSeat> seats, Action<string> log)
    {
        var start = new ProcessStartInfo(DotnetHost()) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        start.ArgumentList.Add("exec");
        start.ArgumentList.Add(program);
        start.ArgumentList.Add("--stdin");
        start.Environment["DOTNET_gcServer"] = "0";
        var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Tell(line.Data);
        process.ErrorDataReceived += (_, line) => Tell(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        await process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(new { server, agents = seats }, HermesJson.Options));
        await process.StandardInput.FlushAsync();
        return new SampleAgentsProcess(process);

        void Tell(string? line)
        {
            if (!string.IsNullOrEmpty(line))
                log(line);
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            _process.StandardInput.Close();
            await _process.WaitForExitAsync().WaitAsync(TimeToStop);
        }
        catch (Exception failure) when (failure is TimeoutException or IOException)
        {
            _process.Kill(entireProcessTree: true);
        }
        _process.Dispose();
    }

    private static string DotnetHost()
    {
        var shared = RuntimeEnvironment.GetRuntimeDirectory();
        var host = Path.GetFullPath(Path.Combine(shared, "..", "..", "..", OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet"));
        return File.Exists(host) ? host : "dotnet";
    }
}
