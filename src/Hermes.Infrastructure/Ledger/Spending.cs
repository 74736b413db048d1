using Hermes.Application.Ledger.Public;
using Hermes.Application.Shared.Settings;
using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;
using NpgsqlTypes;

namespace Hermes.Infrastructure.Ledger;

/// <summary>Mandates by the database's own functions, in the unit of work's transaction.</summary>
internal sealed class Spending(HermesDbContext db, IEnumerable<IAgentWork> works, LoopSettings loops, TimeProvider clock) : ISpending
{
    private const string Begin = "SELECT outcome, mandate_id FROM ledger.begin_spend($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13)";

    public async Task<Result<SpendBegun>> BeginAsync(Spend spend, CancellationToken cancellationToken)
    {
        var transaction = db.Database.CurrentTransaction?.GetDbTransaction() as NpgsqlTransaction
            ?? throw new InvalidOperationException("Spending begins in an open transaction: send it from a command.");
        await using var command = new NpgsqlCommand(Begin, transaction.Connection, transaction);
        Add(command, NpgsqlDbType.TimestampTz, clock.Instant());
        Add(command, NpgsqlDbType.Uuid, spend.Payer.Value);
        Add(command, NpgsqlDbType.Uuid, spend.Agent.Value);
        Add(command, NpgsqlDbType.Text, spend.SubjectType);
        Add(command, NpgsqlDbType.Uuid, spend.SubjectId);
        Add(command, NpgsqlDbType.Uuid, spend.Mandate?.Value);
        Add(command, NpgsqlDbType.Uuid, spend.Payee?.Value);
        Add(command, NpgsqlDbType.Uuid, spend.PayeeTenant?.Value);
        Add(command, NpgsqlDbType.Array | NpgsqlDbType.Text, spend.Capabilities.ToArray());
        Add(command, NpgsqlDbType.Text, spend.Project);
        Add(command, NpgsqlDbType.Text, spend.Amount.Currency.Code);
        Add(command, NpgsqlDbType.Bigint, spend.Amount.MicroUnits);
        Add(command, NpgsqlDbType.Integer, loops.MaxPaidPerMinute);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        return row.GetString(0) switch
        {
            "free" => new SpendBegun(null),
            "bound" => new SpendBegun(MandateId.From(row.GetGuid(1))),
            var outcome => SpendErrors.Of(outcome) ?? throw new InvalidOperationException($"ledger.begin_spend answers {outcome}."),
        };
    }

    public async Task<SpendChain> ChainOfAsync(AgentId agent, CancellationToken cancellationToken)
    {
        var deepest = SpendChain.None;
        foreach (var work in works)
        {
            if (await work.DeepestAsync(agent, cancellationToken) is var chain && chain.Agents.Count > deepest.Agents.Count)
                deepest = chain;
        }
        return deepest.With(agent);
    }

    public Task<bool> AllowsAsync(Guid subject, AgentId payee, TenantId payeeTenant, IReadOnlyList<string> capabilities, CancellationToken cancellationToken)
    {
        string[] named = [.. capabilities];
        return db.Database.SqlQuery<bool>($"SELECT ledger.mandate_allows({subject}, {payee.Value}, {payeeTenant.Value}, {named}) AS \"Value\"").SingleAsync(cancellationToken);
    }

    private static void Add(NpgsqlCommand command, NpgsqlDbType type, object? value) =>
        command.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = type, Value = value ?? DBNull.Value });
}
