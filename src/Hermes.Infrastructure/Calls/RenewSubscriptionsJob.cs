using Hermes.Application.Calls;
using Hermes.Application.Shared;
using Hermes.Domain.Calls;
using Hermes.Infrastructure.Persistence;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using Quartz;

namespace Hermes.Infrastructure.Calls;

/// <summary>Renews or ends subscriptions whose month is over and ends those of retired agents, every fifteen seconds.</summary>
[DisallowConcurrentExecution]
internal sealed class RenewSubscriptionsJob(
    ISystemScopes scopes, [FromKeyedServices(DataSources.Engine)] NpgsqlDataSource engine, TimeProvider clock, ILogger<RenewSubscriptionsJob> logger) : IJob
{
    public const string Schedule = "11/15 * * * * ?";

    public static readonly JobKey Key = new("subscriptions", "calls");

    private const int Most = 100;

    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
    {
        var due = new List<AgentSubscriptionId>();
        await using (var command = engine.CreateCommand("""
            SELECT s.id FROM calls.subscriptions s LEFT JOIN agents.agents a ON a.id = s.agent_id
            WHERE s.ended_at IS NULL AND (s.period_ends_at <= $1 OR coalesce(a.status, 'retired') = 'retired') ORDER BY s.period_ends_at LIMIT $2
            """))
        {
            command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = clock.GetUtcNow() });
            command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = Most });
            await using var row = await command.ExecuteReaderAsync(cancellationToken);
            while (await row.ReadAsync(cancellationToken))
                due.Add(new AgentSubscriptionId(row.GetGuid(0)));
        }
        foreach (var subscription in due)
        {
            await using var scope = scopes.Begin("subscriptions");
            var renewed = await scope.SendAsync(new RenewSubscription(subscription), cancellationToken);
            if (renewed.Error is { } error)
                logger.LogError("Subscription {Subscription} can't be renewed: {Code}: {Message}", subscription, error.Code, error.Message);
        }
    }
}
