using Hermes.Application.Identity.Public;
using Hermes.Application.Shared.Settings;
using Hermes.Infrastructure.Persistence;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Npgsql;

namespace Hermes.Web.Demo;

/// <summary>
/// Runs the demo on one node at a time: the one that holds a lock in the database. When it goes, another takes over.
/// </summary>
internal sealed class DemoHost(
    [FromKeyedServices(DataSources.Engine)] NpgsqlDataSource engine, DemoStage stage, DemoSwitch demo, IServer server, IHostApplicationLifetime lifetime, ILogger<DemoHost> logger)
    : BackgroundService
{
    private const long Lock = 0x4865726D44656D6F; // "HermDemo"
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!demo.IsOn)
            return;
        if (SampleAgentsProcess.FindProgram(AppContext.BaseDirectory) is not { } program)
        {
            logger.LogWarning("The demo's agents are not built beside this program; the demo is off.");
            return;
        }
        try
        {
            await StartedAsync(stoppingToken);
            while (!stoppingToken.IsCancellationRequested)
            {
                try
                {
                    await HoldAsync(program, stoppingToken);
                }
                catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
                {
                    logger.LogWarning(failure, "The demo was interrupted and begins again.");
                }
                await Task.Delay(Again, stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    private async Task StartedAsync(CancellationToken cancellationToken)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var _ = lifetime.ApplicationStarted.Register(() => started.TrySetResult());
        await started.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Plays as long as this node has the lock.</summary>
    private async Task HoldAsync(string program, CancellationToken cancellationToken)
    {
        await using var connection = await engine.OpenConnectionAsync(cancellationToken);
        await using (var take = new NpgsqlCommand($"SELECT pg_try_advisory_lock({Lock})", connection))
        {
            if (!(bool)(await take.ExecuteScalarAsync(cancellationToken))!)
                return;
        }
        var seats = await stage.SetAsync(cancellationToken);
        var address = OwnAddress();
        logger.LogInformation("The demo is at {Address}. Sign in as one of: {People}. Everybody's password is {Password}.",
            address, string.Join(", ", demo.People.Select(p => $"{p.Email} ({p.Role}, {p.Organisation})")), DemoCast.Password);
        await using var agents = await SampleAgentsProcess.StartAsync(program, address, seats, line => logger.LogDebug("{Line}", line));
        var playing = stage.PlayAsync(cancellationToken);
        while (!agents.Ended.IsCompleted)
        {
            await Task.WhenAny(agents.Ended, Task.Delay(Look, cancellationToken));
            cancellationToken.ThrowIfCancellationRequested();
            if (playing.IsFaulted)
                await playing;
            // Fails when the connection, and with it the lock, is gone.
            await using var look = new NpgsqlCommand("SELECT 1", connection);
            await look.ExecuteScalarAsync(cancellationToken);
        }
        logger.LogWarning("The demo's agents have ended; they are started again.");
    }

    /// <summary>Where this server listens, as a program on the same machine reaches it; plain http where there is a choice.</summary>
    private Uri OwnAddress()
    {
        var addresses = server.Features.Get<IServerAddressesFeature>()?.Addresses ?? [];
        var address = addresses.OrderBy(a => a.StartsWith("https", StringComparison.OrdinalIgnoreCase)).FirstOrDefault()
            ?? throw new InvalidOperationException("The server listens nowhere.");
        foreach (var everywhere in new[] { "://0.0.0.0", "://[::]", "://*", "://+" })
            address = address.Replace(everywhere, "://127.0.0.1", StringComparison.Ordinal);
        return new Uri(address.TrimEnd('/') + "/");
    }
}

/// <summary>Whether there is a demo: on developers' machines unless it is switched off, never in Production.</summary>
internal sealed class DemoSwitch(InstallationSettings settings, BootstrapSettings bootstrap, IHostEnvironment environment) : IDemoSignIns
{
    public bool IsOn { get; } = !environment.IsProduction() && (settings.Demo ?? environment.IsDevelopment());

    public IReadOnlyList<DemoSignIn> People => IsOn ? DemoCast.SignIns(bootstrap.Email is null) : [];
}
