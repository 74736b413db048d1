using Hermes.Infrastructure.Persistence;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using Quartz;

namespace Hermes.Infrastructure.Ledger;

/// <summary>Makes the entries' partitions of the next months, every night, once in the installation; the migration makes the first ones.</summary>
[DisallowConcurrentExecution]
internal sealed class MakePartitionsJob([FromKeyedServices(DataSources.Engine)] NpgsqlDataSource engine, TimeProvider clock, ILogger<MakePartitionsJob> logger) : IJob
{
    public const string Schedule = "0 20 0 * * ?";

    public const int MonthsAhead = 3;

    public static readonly JobKey Key = new("partitions", "ledger");

    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
    {
        await using var command = engine.CreateCommand("SELECT ledger.make_partitions($1, $2)");
        command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = clock.GetUtcNow() });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = MonthsAhead });
        if (await command.ExecuteScalarAsync(cancellationToken) is int and > 0)
            logger.LogInformation("The ledger has partitions for its entries up to {Months} months ahead", MonthsAhead);
    }
}
