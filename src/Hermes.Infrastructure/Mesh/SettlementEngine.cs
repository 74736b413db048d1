using Hermes.Application.Mesh;
using Hermes.Application.Shared;
using Hermes.Domain.Shared;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Hermes.Infrastructure.Mesh;

/// <summary>
/// Settles what is validated: at once when a validation on this node has committed, and once a second what another node
/// left behind. One transaction takes all that waits, so that the platform's one fee account is written once for many.
/// </summary>
internal sealed class SettlementEngine(ISystemScopes scopes, Quarantine quarantine, TimeProvider clock, ILogger<SettlementEngine> logger) : BackgroundService, ISettlementSignal
{
    private const int Limit = 100;
    private const string Work = "Settlement";
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
        try
        {
            await using var engine = scopes.Begin("settlement");
            var run = await engine.SendAsync(new SettleDue(Limit, Except: quarantine.Resting(Work)), cancellationToken);
            if (run.Succeeded)
                return run.Value.Settled;
            logger.LogWarning("A batch of settlements was refused ({Code}); settling one by one", run.Error.Code);
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            logger.LogWarning(failure, "A batch of settlements failed; settling one by one");
        }
        return await OneByOneAsync(cancellationToken);
    }

    // One contract that can't be settled must not keep the others waiting.
    private async Task<int> OneByOneAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<ContractId> due;
        await using (var look = scopes.Begin("settlement"))
            due = await look.Services.GetRequiredService<IDueContracts>().ListAsync(DueKind.Settlement, clock.GetUtcNow(), Limit, quarantine.Resting(Work), cancellationToken);
        foreach (var contract in due)
        {
            await quarantine.HandleAsync(Work, contract, async () =>
            {
                await using var engine = scopes.Begin("settlement");
                return (await engine.SendAsync(new SettleDue(1, contract), cancellationToken)).Error;
            }, cancellationToken);
        }
        return due.Count;
    }
}
