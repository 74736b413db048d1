using Hermes.Infrastructure.Persistence;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using Quartz;

namespace Hermes.Infrastructure.Ledger;

/// <summary>
/// Makes the entries' partitions of the next months and archives the oldest one that need not be kept, every night, once in the
/// installation; the migration makes the first ones.
/// </summary>
[DisallowConcurrentExecution]
internal sealed class TendPartitionsJob(
    [FromKeyedServices(DataSources.Engine)] NpgsqlDataSource engine, GroupWriterOptions options, TimeProvider clock, ILogger<TendPartitionsJob> logger) : IJob
{
    public const string Schedule = "0 20 0 * * ?";

    public const int MonthsAhead = 3;

    public static readonly JobKey Key = new("partitions", "ledger");

    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
    {
        await using var make = engine.CreateCommand("SELECT ledger.make_partitions($1, $2)");
        make.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = clock.GetUtcNow() });
        make.Parameters.Add(new NpgsqlParameter<int> { TypedValue = MonthsAhead });
        if (await make.ExecuteScalarAsync(cancellationToken) is int and > 0)
            logger.LogInformation("The ledger has partitions for its entries up to {Months} months ahead", MonthsAhead);
        if (options.KeepMonths is not { } keep)
            return;
        await using var archive = engine.CreateCommand("SELECT to_char(ledger.archive_oldest($1, $2), 'YYYY-MM')");
        archive.Parameters.Add(new NpgsqlParameter<int> { TypedValue = keep });
        archive.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = clock.GetUtcNow() });
        if (await archive.ExecuteScalarAsync(cancellationToken) is string month)
            logger.LogInformation("The ledger's entries of {Month} are detached: their table may be dumped and dropped", month);
    }
}
