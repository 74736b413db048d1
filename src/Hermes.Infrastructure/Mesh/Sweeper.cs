using Hermes.Application.Mesh;
using Hermes.Application.Shared;
using Hermes.Domain.Shared;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Hermes.Infrastructure.Mesh;

/// <summary>Runs every <see cref="ISweep"/> about once a second.</summary>
internal sealed class Sweeper(IEnumerable<ISweep> sweeps, ISystemScopes scopes, Quarantine quarantine, TimeProvider clock, ILogger<Sweeper> logger) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Nodes that started together must not look at the same moment for ever.
        await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(1000)), CancellationToken.None);
        while (!stoppingToken.IsCancellationRequested)
        {
            foreach (var sweep in sweeps)
            {
                try
                {
                    await RunAsync(sweep, stoppingToken);
                }
                catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
                {
                    return;
                }
                catch (Exception failure)
                {
                    logger.LogError(failure, "{Sweep} failed and is tried again", sweep.GetType().Name);
                }
            }
            await Task.Delay(Pause, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task RunAsync(ISweep sweep, CancellationToken cancellationToken)
    {
        var work = sweep.GetType().Name;
        IReadOnlyList<ContractId> due;
        await using (var look = scopes.Begin(sweep.Actor))
            due = await sweep.DueAsync(look.Services, clock.GetUtcNow(), quarantine.Resting(work), cancellationToken);
        foreach (var contract in due)
        {
            await quarantine.HandleAsync(work, contract, async () =>
            {
                await using var engine = scopes.Begin(sweep.Actor);
                return await sweep.HandleAsync(engine, contract, cancellationToken);
            }, cancellationToken);
        }
    }
}
