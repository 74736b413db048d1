using System.Diagnostics;
using System.Globalization;
using Hermes.Benchmarks.Shared;
using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Ledger;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Hermes.Benchmarks.Ledger;

/// <summary>
/// What a transfer and a look at the history cost when the ledger holds 10⁵, 10⁶ and 10⁷ entries, spread over the partitions of a
/// year: uniform, one hot account, and real work (a hold and its settlement in five ways), each beside a bare group commit that
/// inserts as many entries (<see cref="LedgerLimit"/>) into a table that holds as many. <c>--entries</c> says how far it goes.
/// </summary>
public sealed class LedgerGrowthBenchmark : IBenchmark
{
    private const int Wallets = 10_000;
    private const int Fillers = 10_000;

    public string Name => "ledger-growth";

    public string Goal => "a transfer costs the same at 10⁵, 10⁶ and 10⁷ entries: 0.9 of 10⁵ at every size";

    public async Task RunAsync(Stage stage, CancellationToken cancellationToken)
    {
        var ct = cancellationToken;
        var most = stage.Options.Number("entries", 10_000_000, 100_000);
        var database = await stage.DatabaseAsync(ct);
        await using var source = NpgsqlDataSource.Create(LedgerModule.ConnectionString(database));
        await using var writer = new GroupWriter(source, new GroupWriterOptions(), TimeProvider.System, NullLogger<GroupWriter>.Instance);
        await writer.StartAsync(ct);
        await using var owner = new NpgsqlConnection(database.Owner + ";Command Timeout=300");
        await owner.OpenAsync(ct);
        await SqlAsync(owner, "select ledger.make_partitions(now() - interval '11 months', 14)", ct);
        await SqlAsync(owner, $"""
            create temp table filler as select gen_random_uuid() as a, gen_random_uuid() as b, gen_random_uuid() as tenant, n from generate_series(1, {Fillers}) n
            """, ct);
        var tenants = Enumerable.Range(0, Wallets).Select(_ => new TenantId(Guid.CreateVersion7())).ToArray();
        await Task.WhenAll(tenants.Select(tenant => PostAsync(writer, "bench.fund", [new(AccountRef.PaymentClearing(Currency.Usd), -1_000_000_000), new(AccountRef.Available(tenant, Currency.Usd), 1_000_000_000)], ct)));
        await SqlAsync(owner, "vacuum analyze ledger.accounts", ct);

        await using var second = new NpgsqlConnection(database.Owner);
        await second.OpenAsync(ct);
        foreach (var statement in LedgerLimit.Schema.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            await SqlAsync(owner, statement, ct);
        await SqlAsync(owner, $"insert into bare.accounts select gen_random_uuid(), 1000000000000000 from generate_series(1, {Wallets})", ct);
        var bare = (Guid[])(await new NpgsqlCommand("select array_agg(id) from bare.accounts", owner).ExecuteScalarAsync(ct))!;
        await SqlAsync(owner, "vacuum analyze bare.accounts", ct);
        await using var limit = new LedgerLimit(second);
        var first = new Dictionary<string, double>();

        Console.WriteLine($"{"entries",12}  {"variant",-14} {"limit /s",12} {"Hermes /s",12} {"ratio",6} {"of 10⁵",7} {"p50 ms",8} {"p99 ms",8}");
        foreach (var size in new[] { 100_000, 1_000_000, 10_000_000 }.Where(size => size <= most))
        {
            var filled = Stopwatch.GetTimestamp();
            await FillAsync(owner, size, ct);
            var count = await CountAsync(owner, ct);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{count,12:#,##0}  filled in {Stopwatch.GetElapsedTime(filled).TotalSeconds:0} s"));
            foreach (var (name, bound, work) in new (string, Func<Random, Task<int>>, Func<Random, Task<int>>)[]
            {
                ("uniform", random => BareAsync(limit, bare, random, 1), random => UniformAsync(writer, tenants, random, ct)),
                ("hot account", random => BareHotAsync(limit, bare, random), random => HotAsync(writer, tenants, random, ct)),
                // A hold has two entries, its settlement six.
                ("five-way", async random => await BareAsync(limit, bare, random, 1) + await BareAsync(limit, bare, random, 3), random => FiveWayAsync(writer, tenants, random, ct)),
            })
            {
                await TurnAsync(bound, TimeSpan.FromSeconds(1));
                var (atMost, _, _) = await TurnAsync(bound, TimeSpan.FromSeconds(3));
                await TurnAsync(work, TimeSpan.FromSeconds(1));
                var (perSecond, p50, p99) = await TurnAsync(work, TimeSpan.FromSeconds(3));
                first.TryAdd(name, perSecond);
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{"",12}  {name,-14} {atMost,12:#,##0} {perSecond,12:#,##0} {perSecond / atMost,6:0.00} {perSecond / first[name],7:0.00} {p50,8:0.00} {p99,8:0.00}"));
            }
            await LookAsync(owner, ct);
        }
    }

    /// <summary>Entries of other accounts, put there without the ledger's functions: what is measured is what their presence costs.</summary>
    private static async Task FillAsync(NpgsqlConnection owner, int size, CancellationToken ct)
    {
        var rounds = (size - (int)await CountAsync(owner, ct)) / (2 * Fillers);
        if (rounds <= 0)
            return;
        await SqlAsync(owner, $"""
            set session_replication_role = replica;
            insert into ledger.entries (account_id, seq, transfer_id, tenant_id, amount, balance_after, created_at, subject_id, currency, purpose, subject_type)
            select case s.side when 0 then f.a else f.b end, m.last + r.n, t.id, f.tenant, case when (r.n + s.side) % 2 = 0 then 1 else -1 end, 0,
                   now() - interval '330 days' + r.n * (interval '330 days' / {rounds + 1}), t.id, 'USD', 'bench.fill', 'bench'
              from (select coalesce(max(e.seq), 0) as last from ledger.entries e where e.account_id = (select a from filler limit 1)) m,
                   generate_series(1, {rounds}) r(n), filler f, lateral (select ledger.new_id(now() - interval '330 days' + r.n * (interval '330 days' / {rounds + 1})) as id) t,
                   (values (0), (1)) s(side);
            reset session_replication_role;
            insert into bare.entries (transfer_id, account_id, amount)
            select gen_random_uuid(), (select id from bare.accounts limit 1), 1 from generate_series((select count(*) from bare.entries) + 1, {size})
            """, ct);
        await SqlAsync(owner, "analyze ledger.entries", ct);
        await SqlAsync(owner, "checkpoint", ct);
    }

    private static async Task LookAsync(NpgsqlConnection owner, CancellationToken ct)
    {
        await using var page = new NpgsqlCommand("select * from ledger.entries where account_id = $1 and seq >= 1 and seq <= $2 order by seq desc limit 26", owner);
        await using var balance = new NpgsqlCommand("select balance from ledger.balances_before($1, $2, array[now() - interval '30 days'])", owner);
        var accounts = new List<(Guid Id, long Count)>();
        await using (var reader = await new NpgsqlCommand("select f.a, (select max(e.seq) from ledger.entries e where e.account_id = f.a) from filler f limit 200", owner).ExecuteReaderAsync(ct))
        {
            while (await reader.ReadAsync(ct))
                accounts.Add((reader.GetGuid(0), reader.GetInt64(1)));
        }
        foreach (var (name, command) in new[] { ("history page", page), ("balance then", balance) })
        {
            command.Parameters.Add(new NpgsqlParameter<Guid>());
            command.Parameters.Add(new NpgsqlParameter<long>());
            await command.PrepareAsync(ct);
            var times = new List<double>();
            foreach (var (id, count) in accounts)
            {
                (command.Parameters[0].Value, command.Parameters[1].Value) = (id, count);
                var started = Stopwatch.GetTimestamp();
                await using (var reader = await command.ExecuteReaderAsync(ct))
                {
                    while (await reader.ReadAsync(ct))
                    {
                    }
                }
                times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            }
            times.Sort();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{"",12}  {name,-14} {"",40} {times[times.Count / 2],8:0.00} {times[(int)(times.Count * 0.99)],8:0.00}"));
        }
    }

    private static async Task<int> UniformAsync(GroupWriter writer, TenantId[] tenants, Random random, CancellationToken ct)
    {
        var from = random.Next(tenants.Length);
        await PostAsync(writer, "bench.move", [new(Wallet(tenants[from]), -1), new(Wallet(tenants[(from + 1 + random.Next(tenants.Length - 1)) % tenants.Length]), 1)], ct);
        return 1;
    }

    /// <summary>One bare transfer of so many pairs of entries.</summary>
    private static async Task<int> BareAsync(LedgerLimit limit, Guid[] bare, Random random, int pairs)
    {
        await Task.WhenAll(Enumerable.Range(0, pairs).Select(_ => limit.PostAsync(bare[random.Next(bare.Length)], bare[random.Next(bare.Length)], 1)));
        return 1;
    }

    private static async Task<int> BareHotAsync(LedgerLimit limit, Guid[] bare, Random random)
    {
        await limit.PostAsync(bare[random.Next(1, bare.Length)], bare[0], 1);
        return 1;
    }

    private static async Task<int> HotAsync(GroupWriter writer, TenantId[] tenants, Random random, CancellationToken ct)
    {
        await PostAsync(writer, "bench.move", [new(Wallet(tenants[random.Next(tenants.Length)]), -1), new(AccountRef.PlatformFees(Currency.Usd), 1)], ct);
        return 1;
    }

    private static async Task<int> FiveWayAsync(GroupWriter writer, TenantId[] tenants, Random random, CancellationToken ct)
    {
        TenantId Any() => tenants[random.Next(tenants.Length)];
        var payer = Any();
        var escrow = new AccountRef(AccountKind.Escrow, Guid.CreateVersion7(), payer, Currency.Usd);
        await PostAsync(writer, "bench.hold", [new(Wallet(payer), -10_000), new(escrow, 10_000)], ct);
        await PostAsync(writer, "bench.settle", [new(escrow, -10_000), new(AccountRef.Earnings(Any(), Currency.Usd), 7_000), new(AccountRef.PlatformFees(Currency.Usd), 1_500),
            new(Wallet(Any()), 600), new(AccountRef.Earnings(Any(), Currency.Usd), 500), new(Wallet(payer), 400)], ct);
        return 2;
    }

    private static AccountRef Wallet(TenantId tenant) => AccountRef.Available(tenant, Currency.Usd);

    private static async Task PostAsync(GroupWriter writer, string purpose, Posting[] postings, CancellationToken ct)
    {
        var id = Guid.CreateVersion7();
        var result = await writer.PostAsync(Transfer.Create(new TransferId(id), purpose, $"bench:{id}", "bench", id, postings).Value, ct);
        if (!result.Succeeded)
            throw new InvalidOperationException(result.Error.Message);
    }

    private static async Task<(double PerSecond, double P50, double P99)> TurnAsync(Func<Random, Task<int>> work, TimeSpan length)
    {
        var started = Stopwatch.GetTimestamp();
        var times = await Task.WhenAll(Enumerable.Range(0, 1_000).Select(caller => Task.Run(async () =>
        {
            var random = new Random(caller);
            var (own, posted) = (new List<double>(), 0);
            for (var begun = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(started) < length; begun = Stopwatch.GetTimestamp())
            {
                posted += await work(random);
                own.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
            }
            return (own, posted);
        })));
        var elapsed = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var all = times.SelectMany(t => t.own).Order().ToArray();
        return (times.Sum(t => t.posted) / elapsed, all[all.Length / 2], all[(int)(all.Length * 0.99)]);
    }

    private static async Task<long> CountAsync(NpgsqlConnection owner, CancellationToken ct) =>
        (long)(await new NpgsqlCommand("select count(*) from ledger.entries", owner).ExecuteScalarAsync(ct))!;

    private static async Task SqlAsync(NpgsqlConnection owner, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, owner);
        await command.ExecuteNonQueryAsync(ct);
    }
}
