using Hermes.Application.Billing;
using Hermes.Application.Shared;
using Hermes.Domain.Billing;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Hermes.Infrastructure.Billing;

/// <summary>Processes stored events on every node: several objects at a time, one event of an object after the other.</summary>
internal sealed class EventEngine(WebhookStore store, EventSignal signal, ISystemScopes scopes, TimeProvider clock, ILogger<EventEngine> logger) : BackgroundService
{
    private const int AtATime = 6;
    private const int Batch = 96;
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var due = await store.ClaimAsync(Batch, Lease, stoppingToken);
                await Parallel.ForEachAsync(due, new ParallelOptions { MaxDegreeOfParallelism = AtATime, CancellationToken = stoppingToken }, async (id, ct) => await ProcessAsync(id, ct));
                if (due.Count == 0)
                    await signal.WaitAsync(Look, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure)
            {
                logger.LogWarning(failure, "Payment events can't be processed at the moment.");
                await Task.Delay(Look, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task ProcessAsync(WebhookEventId id, CancellationToken cancellationToken)
    {
        try
        {
            await using var scope = scopes.Begin("payment-events");
            var processed = await scope.SendAsync(new ProcessEvent(id), cancellationToken);
            if (processed is { Succeeded: true, Value: WebhookEventState.Parked })
                logger.LogError("Event {Event} failed too often and is parked.", id);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            logger.LogError(failure, "Event {Event} broke off and is tried again.", id);
            await using var scope = scopes.Begin("payment-events");
            await scope.SendAsync(new FailEvent(id, failure.GetType().Name), CancellationToken.None);
        }
    }
}
