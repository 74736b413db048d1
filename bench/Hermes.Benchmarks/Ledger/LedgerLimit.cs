using System.Threading.Channels;
using Npgsql;
using NpgsqlTypes;

namespace Hermes.Benchmarks.Ledger;

/// <summary>
/// What a group commit can do at most on this machine: the same callers, queue and connection, and one statement per batch that
/// changes two balances (checked not to be negative) and inserts two entries per transfer. No idempotency, no transfers, no
/// running balance, no refusals, no walls, no proof.
/// </summary>
internal sealed class LedgerLimit : IAsyncDisposable
{
    public const string Schema = """
        create schema bare;
        create table bare.accounts (id uuid primary key, balance bigint not null check (balance >= 0)) with (fillfactor = 60);
        create table bare.entries (id bigint generated always as identity primary key, transfer_id uuid not null, account_id uuid not null, amount bigint not null);
        """;

    private const string Sql = """
        with p as materialized (select * from unnest($1::uuid[], $2::uuid[], $3::bigint[]) u(transfer_id, account_id, amount)),
        changed as (
          update bare.accounts a set balance = a.balance + s.total
            from (select account_id, sum(amount)::bigint as total from p group by account_id) s where a.id = s.account_id)
        insert into bare.entries (transfer_id, account_id, amount) select transfer_id, account_id, amount from p
        """;

    private readonly Channel<(Guid From, Guid To, long Amount, TaskCompletionSource Done)> _queue =
        Channel.CreateBounded<(Guid, Guid, long, TaskCompletionSource)>(new BoundedChannelOptions(8_192) { SingleReader = true });

    private readonly Task _loop;

    public LedgerLimit(NpgsqlConnection connection) => _loop = Task.Run(() => RunAsync(connection));

    public async Task PostAsync(Guid from, Guid to, long amount)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await _queue.Writer.WriteAsync((from, to, amount, done));
        await done.Task;
    }

    public async ValueTask DisposeAsync()
    {
        _queue.Writer.Complete();
        await _loop;
    }

    private async Task RunAsync(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand(Sql, connection);
        command.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid });
        command.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid });
        command.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint });
        await command.PrepareAsync();
        var batch = new List<(Guid From, Guid To, long Amount, TaskCompletionSource Done)>();
        while (await _queue.Reader.WaitToReadAsync())
        {
            await Task.Yield();
            batch.Clear();
            while (batch.Count < 1_024 && _queue.Reader.TryRead(out var item))
                batch.Add(item);
            var transfers = new Guid[batch.Count * 2];
            var accounts = new Guid[batch.Count * 2];
            var amounts = new long[batch.Count * 2];
            for (var i = 0; i < batch.Count; i++)
            {
                transfers[2 * i] = transfers[(2 * i) + 1] = Guid.CreateVersion7();
                (accounts[2 * i], accounts[(2 * i) + 1]) = (batch[i].From, batch[i].To);
                (amounts[2 * i], amounts[(2 * i) + 1]) = (-batch[i].Amount, batch[i].Amount);
            }
            (command.Parameters[0].Value, command.Parameters[1].Value, command.Parameters[2].Value) = (transfers, accounts, amounts);
            await command.ExecuteNonQueryAsync();
            foreach (var item in batch)
                item.Done.SetResult();
        }
    }
}
