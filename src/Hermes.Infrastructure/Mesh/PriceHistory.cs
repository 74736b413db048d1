using Hermes.Application.Mesh;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Persistence;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Hermes.Infrastructure.Mesh;

/// <summary>Reads as an engine, across organisations, and answers with quartiles only.</summary>
internal sealed class PriceHistory([FromKeyedServices(DataSources.Engine)] NpgsqlDataSource engine, TimeProvider clock) : IPriceHistory
{
    private const int Days = 180;
    private const int LeastContracts = 5;
    private const int LeastOrganisations = 3;

    private const string Awards = """
        SELECT count(*)::int, count(DISTINCT tenant_id)::int, percentile_disc(ARRAY[0.25, 0.5, 0.75]) WITHIN GROUP (ORDER BY price_micro_units)
        FROM mesh.contracts
        WHERE price_micro_units IS NOT NULL AND reward_currency = $2 AND required_capabilities @> $1 AND awarded_at > $3
        """;

    private const string Listed = """
        SELECT count(*)::int, count(DISTINCT tenant_id)::int, percentile_disc(ARRAY[0.25, 0.5, 0.75]) WITHIN GROUP (ORDER BY base_price_micro_units)
        FROM agents.agents
        WHERE visibility = 'public' AND status = 'active' AND base_price_currency = $2 AND capabilities @> $1
        """;

    public async Task<ContractEstimate> OfAsync(IReadOnlyCollection<string> capabilities, Currency currency, CancellationToken cancellationToken) =>
        await ReadAsync(Awards, EstimateBasis.Awards, LeastContracts, capabilities, currency, cancellationToken)
        ?? (capabilities.Count == 0 ? null : await ReadAsync(Listed, EstimateBasis.ListedPrices, LeastOrganisations, capabilities, currency, cancellationToken))
        ?? ContractEstimate.Unknown;

    private async Task<ContractEstimate?> ReadAsync(string sql, EstimateBasis basis, int least, IReadOnlyCollection<string> capabilities, Currency currency, CancellationToken cancellationToken)
    {
        await using var command = engine.CreateCommand(sql);
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. capabilities] });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = currency.Code });
        if (basis == EstimateBasis.Awards)
            command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = clock.GetUtcNow().AddDays(-Days) });
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        if (row.GetInt32(0) < least || row.GetInt32(1) < LeastOrganisations)
            return null;
        var quartiles = row.GetFieldValue<long[]>(2);
        return new ContractEstimate(basis, row.GetInt32(0), new Money(quartiles[0], currency), new Money(quartiles[1], currency), new Money(quartiles[2], currency));
    }
}
