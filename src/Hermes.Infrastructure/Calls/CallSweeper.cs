using Hermes.Application.Calls;
using Hermes.Application.Shared;
using Hermes.Domain.Calls;
using Hermes.Infrastructure.Persistence;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hermes.Infrastructure.Calls;

/// <summary>Ends calls that are over their deadline, once a second on every node: whichever node comes first does it.</summary>
internal sealed class CallSweeper(ISystemScopes scopes, [FromKeyedServices(DataSources.Engine)] NpgsqlDataSource engine, TimeProvider clock, ILogger<CallSweeper> logger) : BackgroundService
{
    private const int Limit = 100;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>Ends what is due; how many it looked at.</summary>
    public async Task<int> SweepAsync(CancellationToken cancellationToken)
    {
        var due = new List<CallId>();
        await using (var command = engine.CreateCommand("SELECT id FROM calls.calls WHERE ended_at IS NULL AND deadline_at <= $1 ORDER BY deadline_at LIMIT $2"))
        {
            command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = clock.GetUtcNow() });
            command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = Limit });
            await using var row = await command.ExecuteReaderAsync(cancellationToken);
            while (await row.ReadAsync(cancellationToken))
                due.Add(new CallId(row.GetGuid(0)));
        }
        foreach (var call in due)
        {
            await using var scope = scopes.Begin("call-sweeper");
            var expired = await scope.SendAsync(new ExpireCall(call), cancellationToken);
            if (expired.Error is { } error)
                logger.LogError("Call {Call} can't be ended: {Code}: {Message}", call, error.Code, error.Message);
        }
        return due.Count;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Nodes that started together must not look at the same moment for ever.
        await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(1000)), CancellationToken.None);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                while (await SweepAsync(stoppingToken) == Limit)
                {
                }
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                logger.LogError(failure, "Calls that are over their deadline can't be ended at the moment.");
            }
            catch (OperationCanceledException)
            {
                return;
            }
            await Task.Delay(Pause, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
