using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Hermes.Application.Shared;
using Hermes.IntegrationTests.Shared;

namespace Hermes.IntegrationTests.Faults;

/// <summary>A node as a process of its own: the built Hermes.Web on a database that others use too.</summary>
internal sealed partial class Node : IDisposable
{
    public const string OperatorToken = "hp_faults_0123456789_0123456789_0123456789";

    private readonly Process _process;
    private readonly List<string> _output;
    private bool _disposed;

    private Node(Process process, List<string> output, Uri? address)
    {
        _process = process;
        _output = output;
        Address = address;
    }

    /// <summary>Null when its fault point was reached before it listened.</summary>
    public Uri? Address { get; }

    public bool HasExited => _process.HasExited;

    public string Output
    {
        get
        {
            lock (_output)
                return string.Join('\n', _output);
        }
    }

    /// <summary>Starts one and waits until it listens, or until its fault point has ended it.</summary>
    public static async Task<Node> StartAsync(string ownerConnectionString, string? faultPoint = null, IReadOnlyDictionary<string, string>? settings = null)
    {
        var web = Repository.PathOf("src", "Hermes.Web");
        var start = new ProcessStartInfo("dotnet", [Path.Combine(web, "bin", Repository.Configuration, "net10.0", "Hermes.Web.dll"), "--urls", "http://127.0.0.1:0"])
        {
            WorkingDirectory = web,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                ["ASPNETCORE_ENVIRONMENT"] = "Testing",
                ["ConnectionStrings__Hermes"] = ownerConnectionString,
                ["Hermes__Demo"] = "false",
                ["Hermes__Plans__Enforce"] = "false",
                ["Hermes__Plans__Default"] = "Pro",
                ["Hermes__Billing__HoldDays"] = "0",
                ["Hermes__Idempotency__DerivedWindow"] = "00:00:00",
                ["Hermes__Bootstrap__Email"] = "operator@example.test",
                ["Hermes__Bootstrap__Password"] = "a long enough passphrase 7",
                ["Hermes__Bootstrap__Token"] = OperatorToken,
                ["Hermes__Outgoing__AllowLoopback"] = "true",
                ["Hermes__Outgoing__AllowHttp"] = "true",
                ["Hermes__Probes__Enabled"] = "false",
                ["Hermes__RateLimits__PersonPerMinute"] = "0",
                ["Hermes__RateLimits__AgentPerMinute"] = "0",
                ["Hermes__RateLimits__AddressPerMinute"] = "0",
                ["Hermes__RateLimits__SignInsPerMinute"] = "0",
                ["Logging__LogLevel__Default"] = "Warning",
                ["Logging__LogLevel__Microsoft.Hosting.Lifetime"] = "Information",
                ["HERMES_FAULT_POINT"] = faultPoint,
            },
        };
        foreach (var (key, value) in settings ?? new Dictionary<string, string>())
            start.Environment[key] = value;
        var process = Process.Start(start)!;
        var output = new List<string>();
        var listening = new TaskCompletionSource<Uri>(TaskCreationOptions.RunContinuationsAsynchronously);
        void Heard(object _, DataReceivedEventArgs line)
        {
            if (line.Data is null)
                return;
            lock (output)
                output.Add(line.Data);
            if (ListeningOn().Match(line.Data) is { Success: true } match)
                listening.TrySetResult(new Uri(match.Groups[1].Value));
        }
        process.OutputDataReceived += Heard;
        process.ErrorDataReceived += Heard;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        process.EnableRaisingEvents = true;
        process.Exited += (_, _) => listening.TrySetException(new InvalidOperationException("The node ended before it listened."));
        if (process.HasExited)
            listening.TrySetException(new InvalidOperationException("The node ended before it listened."));
        try
        {
            return new Node(process, output, await listening.Task.WaitAsync(TimeSpan.FromSeconds(180)));
        }
        catch (InvalidOperationException) when (faultPoint is not null)
        {
            return new Node(process, output, null);
        }
        catch (Exception failure) when (failure is TimeoutException or InvalidOperationException)
        {
            if (!process.HasExited)
                process.Kill();
            lock (output)
                throw new InvalidOperationException(string.Join('\n', output), failure);
        }
    }

    /// <summary>kill −9.</summary>
    public void Kill() => _process.Kill();

    /// <summary>Waits until the fault point has ended the process.</summary>
    public async Task DiedAsync()
    {
        try
        {
            // What a dead node had taken may have to wait for its lease first.
            await _process.WaitForExitAsync().WaitAsync(2 * Eventually.Patience);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"{_process.StartInfo.Environment["HERMES_FAULT_POINT"]} was not reached:\n{Output}");
        }
        _process.ExitCode.ShouldBe(137, Output);
    }

    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit(10_000);
        }
        _process.Dispose();
    }

    [GeneratedRegex(@"listening on:? (http://127\.0\.0\.1:\d+)", RegexOptions.IgnoreCase)]
    private static partial Regex ListeningOn();
}

/// <summary>A caller that knows the installation by whichever node lives: it repeats a call with the same key until it is answered.</summary>
internal sealed class Caller(Func<Uri?> node, string bearer) : IDisposable
{
    private readonly HttpClient _client = new() { Timeout = TimeSpan.FromSeconds(10), DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", bearer) } };

    /// <summary>One try; null when nobody answered.</summary>
    public async Task<(int Status, JsonElement Body)?> TryAsync(HttpMethod method, string path, object? body = null, string? key = null, string? payment = null)
    {
        if (node() is not { } address)
            return null;
        using var request = new HttpRequestMessage(method, new Uri(address, "/api/v1" + path));
        if (body is not null)
            request.Content = JsonContent.Create(body, body.GetType(), options: HermesJson.Options);
        if (key is not null)
            request.Headers.Add("Idempotency-Key", key);
        if (payment is not null)
            request.Headers.Add("X-PAYMENT", payment);
        try
        {
            using var answer = await _client.SendAsync(request);
            var text = await answer.Content.ReadAsStringAsync();
            return ((int)answer.StatusCode, text.Length > 0 && text[0] is '{' or '[' ? JsonDocument.Parse(text).RootElement : default);
        }
        catch (Exception failure) when (failure is HttpRequestException or TaskCanceledException or IOException)
        {
            return null;
        }
    }

    /// <summary>Repeats with the same key until a node gives a lasting answer, and returns the body of a success.</summary>
    public async Task<JsonElement> SendAsync(HttpMethod method, string path, object? body = null, string? key = null, string? payment = null)
    {
        key ??= method == HttpMethod.Post ? Guid.NewGuid().ToString() : null;
        for (var i = 0; i < 1_800; i++)
        {
            if (await TryAsync(method, path, body, key, payment) is { Status: < 500 } answer)
            {
                answer.Status.ShouldBeInRange(200, 299, $"{method} {path}: {answer.Body}");
                return answer.Body;
            }
            await Task.Delay(100);
        }
        throw new TimeoutException($"{method} {path} was not answered.");
    }

    public void Dispose() => _client.Dispose();
}
