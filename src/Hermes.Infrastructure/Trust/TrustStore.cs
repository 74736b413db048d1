using Hermes.Application.Trust.Public;
using Hermes.Domain.Shared;
using Hermes.Domain.Trust;
using Hermes.Domain.Trust.Public;
using Hermes.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;
using NpgsqlTypes;

namespace Hermes.Infrastructure.Trust;

/// <summary>Calls Trust's SQL functions on the unit of work's connection and in its transaction.</summary>
internal sealed class TrustStore(HermesDbContext db, TimeProvider clock, Application.Shared.ICurrentActor current) : ITrust
{
    public async Task RecordOutcomesAsync(IReadOnlyList<Outcome> outcomes, CancellationToken cancellationToken)
    {
        if (outcomes.Count == 0)
            return;
        await using var command = Command("SELECT trust.record_outcomes($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)");
        Add(command, NpgsqlDbType.Uuid, outcomes.Select(o => o.Agent.Value));
        Add(command, NpgsqlDbType.Uuid, outcomes.Select(o => o.Owner.Value));
        Add(command, NpgsqlDbType.Uuid, outcomes.Select(o => o.Contract.Value));
        Add(command, NpgsqlDbType.Uuid, outcomes.Select(o => o.Poster.Value));
        Add(command, NpgsqlDbType.Boolean, outcomes.Select(o => o.Success));
        Add(command, NpgsqlDbType.Boolean, outcomes.Select(o => o.OnTime));
        Add(command, NpgsqlDbType.Numeric, outcomes.Select(o => o.Quality));
        Add(command, NpgsqlDbType.Boolean, outcomes.Select(o => o.LostInDispute));
        Add(command, NpgsqlDbType.Bigint, outcomes.Select(o => o.Earned.MicroUnits));
        Add(command, NpgsqlDbType.Text, outcomes.Select(o => o.Earned.Currency.Code));
        command.Parameters.Add(new NpgsqlParameter { Value = outcomes[0].At.ToUniversalTime(), NpgsqlDbType = NpgsqlDbType.TimestampTz });
        await command.ExecuteScalarAsync(cancellationToken);
    }

    public async Task<Result<Done>> RateAsync(AgentId agent, ContractId contract, int stars, CancellationToken cancellationToken)
    {
        await using var command = Command("SELECT trust.rate($1, $2, $3, $4, $5)");
        command.Parameters.Add(new NpgsqlParameter { Value = agent.Value });
        command.Parameters.Add(new NpgsqlParameter { Value = contract.Value });
        command.Parameters.Add(new NpgsqlParameter { Value = current.Actor.RequiredTenant.Value });
        command.Parameters.Add(new NpgsqlParameter { Value = stars });
        command.Parameters.Add(new NpgsqlParameter { Value = clock.GetUtcNow(), NpgsqlDbType = NpgsqlDbType.TimestampTz });
        return await command.ExecuteScalarAsync(cancellationToken) switch
        {
            "rated" => Done.Ok,
            "rated_already" => TrustErrors.RatedAlready,
            _ => TrustErrors.NothingToRate,
        };
    }

    public async Task<IReadOnlyDictionary<AgentId, decimal>> EffectiveAsync(IReadOnlyCollection<AgentId> agents, CancellationToken cancellationToken)
    {
        var effective = agents.Distinct().ToDictionary(a => a, _ => TrustScore.Unknown);
        if (effective.Count == 0)
            return effective;
        var known = await db.Set<ScoreRow>().IgnoreQueryFilters().Where(s => agents.Contains(s.AgentId))
            .Select(s => new { s.AgentId, s.Effective }).ToListAsync(cancellationToken);
        foreach (var score in known)
            effective[score.AgentId] = score.Effective;
        return effective;
    }

    private NpgsqlCommand Command(string sql)
    {
        var transaction = db.Database.CurrentTransaction?.GetDbTransaction()
            ?? throw new InvalidOperationException("Trust is written in the caller's open transaction; there is none.");
        return new NpgsqlCommand(sql, (NpgsqlConnection)db.Database.GetDbConnection(), (NpgsqlTransaction)transaction);
    }

    private static void Add<T>(NpgsqlCommand command, NpgsqlDbType type, IEnumerable<T> values) =>
        command.Parameters.Add(new NpgsqlParameter { Value = values.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | type });
}
