using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Quartz;

namespace Hermes.Infrastructure.Persistence;

/// <summary>Forgets stored answers after a day, the longest that a key of either kind is known; every hour, once in the installation.</summary>
[DisallowConcurrentExecution]
internal sealed class ForgetAnswersJob([FromKeyedServices(DataSources.Engine)] NpgsqlDataSource engine, TimeProvider clock) : IJob
{
    public const string Schedule = "0 37 * * * ?";

    public static readonly JobKey Key = new("forget-answers", "shared");

    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default) => await ForgetAsync(cancellationToken);

    /// <summary>How many answers were forgotten.</summary>
    public async Task<int> ForgetAsync(CancellationToken cancellationToken)
    {
        var forgotten = 0;
        foreach (var table in (string[])["shared.idempotency_records", "shared.derived_keys"])
        {
            await using var command = engine.CreateCommand($"DELETE FROM {table} WHERE created_at < $1");
            command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = clock.GetUtcNow().AddDays(-1) });
            forgotten += await command.ExecuteNonQueryAsync(cancellationToken);
        }
        return forgotten;
    }
}
