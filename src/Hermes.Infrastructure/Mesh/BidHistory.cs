using System.Text.Json;
using Hermes.Application.Mesh;
using Hermes.Application.Shared;
using Hermes.Domain.Mesh;
using Hermes.Infrastructure.Persistence;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using NpgsqlTypes;

namespace Hermes.Infrastructure.Mesh;

/// <summary>Reads and writes as an engine: what is learnt is everybody's, and nothing of a contract that still takes bids goes into it.</summary>
internal sealed class BidHistory([FromKeyedServices(DataSources.Engine)] NpgsqlDataSource engine) : IBidHistory
{
    // The first award decided between the bids; what came after a forfeiture is another question.
    private const string Decided = """
        SELECT b.contract_id, array_to_string(c.required_capabilities, '+'), b.tenant_id,
            (b.price_score * c.weights_price / 100)::float8, (b.performance_score * c.weights_performance / 100)::float8,
            (b.speed_score * c.weights_speed / 100)::float8, (b.reputation_score * c.weights_reputation / 100)::float8,
            (count(*) OVER (PARTITION BY b.contract_id) - 1)::float8, a.bid_id = b.id
        FROM (SELECT k.* FROM mesh.contracts k WHERE k.awarded_at IS NOT NULL AND k.state <> 'bidding' ORDER BY k.awarded_at DESC LIMIT 20000) c
        JOIN mesh.awards a ON a.contract_id = c.id AND a.round = 1
        JOIN mesh.bids b ON b.contract_id = c.id AND b.state IN ('won', 'lost', 'forfeited') AND b.total_score IS NOT NULL
        """;

    public async Task<IReadOnlyList<DecidedBid>> DecidedAsync(CancellationToken cancellationToken)
    {
        await using var command = engine.CreateCommand(Decided);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var decided = new List<DecidedBid>();
        while (await row.ReadAsync(cancellationToken))
        {
            decided.Add(new DecidedBid(row.GetGuid(0), row.GetString(1), row.GetGuid(2),
                new BidFeatures(row.GetDouble(3), row.GetDouble(4), row.GetDouble(5), row.GetDouble(6), row.GetDouble(7)), row.GetBoolean(8)));
        }
        return decided;
    }

    public async Task StoreAsync(BidModel model, DateTimeOffset fittedAt, CancellationToken cancellationToken)
    {
        await using var command = engine.CreateCommand("INSERT INTO mesh.bid_models (id, fitted_at, model) VALUES ($1, $2, $3)");
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = Guid.CreateVersion7(fittedAt) });
        command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = fittedAt });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = JsonSerializer.Serialize(model, HermesJson.Options), NpgsqlDbType = NpgsqlDbType.Jsonb });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public async Task<(BidModel Model, DateTimeOffset? FittedAt)> LatestAsync(CancellationToken cancellationToken)
    {
        await using var command = engine.CreateCommand("SELECT model::text, fitted_at FROM mesh.bid_models ORDER BY fitted_at DESC, id DESC LIMIT 1");
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken)
            ? (JsonSerializer.Deserialize<BidModel>(row.GetString(0), HermesJson.Options)!, row.GetFieldValue<DateTimeOffset>(1))
            : (BidModel.Unfitted, null);
    }
}
