using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using Hermes.Benchmarks.Shared;

namespace Hermes.Benchmarks;

/// <summary>From a fresh clone, with packages in the caches, to the first settled contract of the demo.</summary>
public sealed class FirstRunBenchmark : IBenchmark
{
    public string Name => "first-run";

    public string Goal => "fresh clone to a settled demo contract ≤ 60 s (packages cached)";

    public async Task RunAsync(Stage stage, CancellationToken cancellationToken)
    {
        var clone = Path.Combine(stage.Folder, "clone");
        await RunAsync("git", ["clone", "-q", Stage.Root(), clone], "/", cancellationToken);

        // The limit: what compiling and starting alone takes, which no product could go below.
        var watch = Stopwatch.StartNew();
        await RunAsync("dotnet", ["build", "-v", "q", "src/Hermes.Web"], clone, cancellationToken);
        var build = watch.Elapsed.TotalSeconds;

        var port = Stage.FreePort();
        var started = watch.Elapsed.TotalSeconds;
        using var hermes = Process.Start(new ProcessStartInfo("dotnet", ["run", "--no-build", "--project", "src/Hermes.Web", "--urls", $"http://127.0.0.1:{port}"])
        {
            WorkingDirectory = clone,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        hermes.OutputDataReceived += (_, _) => { };
        hermes.ErrorDataReceived += (_, _) => { };
        hermes.BeginOutputReadLine();
        hermes.BeginErrorReadLine();
        try
        {
            using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
            await UntilAsync(async () => (await client.GetAsync("/health/ready", cancellationToken)).IsSuccessStatusCode, cancellationToken);
            var ready = watch.Elapsed.TotalSeconds;
            await UntilAsync(async () => await SettledAsync(client, cancellationToken), cancellationToken);
            var settled = watch.Elapsed.TotalSeconds;
            Report.Note($"build {build:0.0} s, start to ready {ready - started:0.0} s, ready to settled {settled - ready:0.0} s");
            Report.Time("fresh clone to settled contract", build, settled, "s", goal: 60);
        }
        finally
        {
            using var stop = Process.Start("pkill", ["-INT", "-P", $"{hermes.Id}"]);
            await stop.WaitForExitAsync(CancellationToken.None);
            if (!hermes.WaitForExit(TimeSpan.FromSeconds(20)))
                hermes.Kill(entireProcessTree: true);
        }
    }

    // The leaderboard is public and counts settled contracts.
    private static async Task<bool> SettledAsync(HttpClient client, CancellationToken cancellationToken)
    {
        var page = await client.GetFromJsonAsync<JsonElement>("/api/v1/marketplace/leaderboard?sort=contracts&limit=1", cancellationToken);
        return page.GetProperty("items").EnumerateArray().Any(row => Numbers(row).Any(n => n.Name.Contains("contracts", StringComparison.Ordinal) && n.Value.GetInt64() > 0));
    }

    private static IEnumerable<JsonProperty> Numbers(JsonElement row) => row.EnumerateObject().Where(p => p.Value.ValueKind == JsonValueKind.Number && p.Value.TryGetInt64(out _));

    private static async Task UntilAsync(Func<Task<bool>> done, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed < TimeSpan.FromMinutes(3))
        {
            try
            {
                if (await done())
                    return;
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }

            await Task.Delay(100, cancellationToken);
        }

        throw new InvalidOperationException("Waited three minutes for it.");
    }

    private static async Task RunAsync(string program, string[] arguments, string folder, CancellationToken cancellationToken)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} failed:\n{await output}");
    }
}
