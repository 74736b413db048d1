using Hermes.Application.Billing;
using Hermes.Application.Ledger.Public;
using Hermes.Domain.Billing;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Persistence;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Hermes.Infrastructure.Billing;

/// <summary>What was read of providers and up to when, in <c>billing.balance_movements</c> and <c>billing.looks</c>.</summary>
internal sealed class BalanceBook([FromKeyedServices(DataSources.Engine)] NpgsqlDataSource engine, IPaymentProvider provider) : IBalanceBook, ILooks, IProviderMovements
{
    public IReadOnlyCollection<string> SubjectTypes => provider.IsThere ? ["purchase", "invoice", "payout", IBalanceBook.UnknownSubject] : [];

    public async Task<DateTimeOffset> KnownUntilAsync(CancellationToken cancellationToken) => await LastAsync(IBalanceBook.LookOf(provider.Name), cancellationToken) ?? DateTimeOffset.MinValue;

    public async Task<IReadOnlyList<ProviderMovement>> BetweenAsync(DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken)
    {
        await using var command = engine.CreateCommand("""
            SELECT provider, kind || ' ' || source_id, subject_type, subject_id, amount, currency, at FROM billing.balance_movements WHERE at >= $1 AND at < $2 ORDER BY at, id
            """);
        command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = from });
        command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = to });
        var moved = new List<ProviderMovement>();
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
            moved.Add(new ProviderMovement(row.GetString(0), row.GetString(1), row.GetString(2), row.GetGuid(3), new Money(row.GetInt64(4), Currency.Parse(row.GetString(5))),
                row.GetFieldValue<DateTimeOffset>(6)));
        return moved;
    }

    public async Task<bool> KnowsAsync(string from, string movement, CancellationToken cancellationToken)
    {
        await using var command = engine.CreateCommand("SELECT FROM billing.balance_movements WHERE provider = $1 AND id = $2");
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = from });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = movement });
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken);
    }

    public async Task<bool> KeepAsync(string from, BalanceMovement movement, string subjectType, Guid subjectId, CancellationToken cancellationToken)
    {
        await using var command = engine.CreateCommand("""
            INSERT INTO billing.balance_movements (provider, id, kind, source_id, subject_type, subject_id, amount, currency, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            ON CONFLICT DO NOTHING
            """);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = from });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = movement.Id });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = movement.Kind });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = movement.SourceId });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = subjectType });
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = subjectId });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = MinorUnits.ToMoney(movement.Minor, movement.Currency).MicroUnits });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = movement.Currency.Code });
        command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = movement.At });
        return await command.ExecuteNonQueryAsync(cancellationToken) == 1;
    }

    public async Task<DateTimeOffset?> LastAsync(string what, CancellationToken cancellationToken)
    {
        await using var command = engine.CreateCommand("SELECT until FROM billing.looks WHERE what = $1");
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = what });
        return await command.ExecuteScalarAsync(cancellationToken) is DateTime at ? new DateTimeOffset(at, TimeSpan.Zero) : null;
    }

    public async Task RememberAsync(string what, DateTimeOffset until, CancellationToken cancellationToken)
    {
        await using var command = engine.CreateCommand("""
            INSERT INTO billing.looks AS l (what, until) VALUES ($1, $2) ON CONFLICT (what) DO UPDATE SET until = greatest(l.until, excluded.until)
            """);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = what });
        command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = until });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
