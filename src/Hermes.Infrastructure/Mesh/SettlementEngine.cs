using Hermes.Application.Mesh;
using Hermes.Application.Shared;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Hermes.Infrastructure.Mesh;

/// <summary>
/// Settles what is validated: at once when a validation on this node has committed, and once a second what another node
/// left behind. One transaction takes all that waits, so that the platform's one fee account is written once for many.
/// </summary>
internal sealed class SettlementEngine(ISystemScopes scopes, TimeProvider clock, ILogger<SettlementEngine> logger) : BackgroundService, ISettlementSignal
{
    private const int Limit = 100;
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _wake = new(0, 1);

    public void Wake()
    {
        try
        {
            _wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // It is awake already and looks once more.
        }
    }

    public override void Dispose()
    {
        _wake.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                while (await SettleAsync(stoppingToken) == Limit)
                {
                }
                await _wake.WaitAsync(Idle, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure)
            {
                // The database may be away for a while; what is validated waits for it.
                logger.LogError(failure, "Settlement failed and is tried again.");
                await Task.Delay(Idle, CancellationToken.None);
            }
        }
    }

    private async Task<int> SettleAsync(CancellationToken cancellationToken)
    {
        await using var engine = scopes.Begin("settlement");
        var run = await engine.SendAsync(new SettleDue(Limit), cancellationToken);
        return run.Succeeded ? run.Value.Settled : await OneByOneAsync(run.Error.Code, cancellationToken);
    }

    // One contract that can't be settled must not keep the others waiting.
    private async Task<int> OneByOneAsync(string why, CancellationToken cancellationToken)
    {
        logger.LogWarning("A batch of settlements was refused ({Code}); settling one by one.", why);
        IReadOnlyList<Domain.Shared.ContractId> due;
        await using (var look = scopes.Begin("settlement"))
            due = await look.Services.GetRequiredService<IDueContracts>().ListAsync(DueKind.Settlement, clock.GetUtcNow(), Limit, cancellationToken);
        foreach (var contract in due)
        {
            await using var engine = scopes.Begin("settlement");
            var run = await engine.SendAsync(new SettleDue(1, contract), cancellationToken);
            if (!run.Succeeded)
                logger.LogError("Contract {Contract} can't be settled: {Code}: {Message}", contract, run.Error.Code, run.Error.Message);
        }
        return 0;
    }
}

/// <summary>Runs every <see cref="ISweep"/> about once a second.</summary>
internal sealed class Sweeper(IServiceScopeFactory scopes, TimeProvider clock, ILogger<Sweeper> logger) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Nodes that started together must not look at the same moment for ever.
        await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(1000)), CancellationToken.None);
        while (!stoppingToken.IsCancellationRequested)
        {
            await using (var scope = scopes.CreateAsyncScope())
            {
                foreach (var sweep in scope.ServiceProvider.GetServices<ISweep>())
                    await RunAsync(sweep, stoppingToken);
            }
            await Task.Delay(Pause, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task RunAsync(ISweep sweep, CancellationToken cancellationToken)
    {
        try
        {
            await sweep.RunAsync(clock.GetUtcNow(), cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
        catch (Exception failure)
        {
            logger.LogError(failure, "{Sweep} failed and is tried again.", sweep.GetType().Name);
        }
    }
}
