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
/// Transfers a second through the ledger's port, all checks on, against the group-commit limit. The variants take turns
/// second by second, so that what else the machine does hits all of them; figures are medians of their turns.
/// </summary>
public sealed class LedgerBenchmark : IBenchmark
{
    private const int Accounts = 10_000;

    public string Name => "ledger";

    public string Goal => "≥ 0.6 of the group-commit limit at 32 and 1,000 callers, all checks on; a hot account ≥ 0.8 of uniform";

    public async Task RunAsync(Stage stage, CancellationToken cancellationToken)
    {
        var rounds = stage.Options.Number("rounds", 5, 2);
        var ct = cancellationToken;
        var database = await stage.DatabaseAsync(ct);
        await using var source = NpgsqlDataSource.Create(LedgerModule.ConnectionString(database));
        await using var writer = new GroupWriter(source, new GroupWriterOptions(), TimeProvider.System, NullLogger<GroupWriter>.Instance);
        await writer.StartAsync(ct);
        await using var owner = new NpgsqlConnection(database.Owner);
        await owner.OpenAsync(ct);
        var bare = Enumerable.Range(0, Accounts).Select(_ => Guid.CreateVersion7()).ToArray();
        foreach (var statement in LedgerLimit.Schema.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            await new NpgsqlCommand(statement, owner).ExecuteNonQueryAsync(ct);
        await using (var fill = new NpgsqlCommand("insert into bare.accounts select id, 1000000000000000 from unnest($1) id", owner) { Parameters = { new() { Value = bare } } })
            await fill.ExecuteNonQueryAsync(ct);
        await new NpgsqlCommand("vacuum analyze bare.accounts", owner).ExecuteNonQueryAsync(ct);
        var tenants = Enumerable.Range(0, Accounts).Select(_ => new TenantId(Guid.CreateVersion7())).ToArray();
        var wallets = Array.ConvertAll(tenants, tenant => AccountRef.Available(tenant, Currency.Usd));
        await Task.WhenAll(wallets.Select((wallet, i) => PostAsync(writer, AccountRef.PaymentClearing(Currency.Usd), wallet, 1_000_000_000, ct)));
        await using (var second = new NpgsqlConnection(database.Owner))
        {
            await second.OpenAsync(ct);
            await new NpgsqlCommand("vacuum analyze ledger.accounts", second).ExecuteNonQueryAsync(ct);
        }

        await using var backends = new NpgsqlCommand("select pid from pg_stat_activity where application_name = 'hermes_ledger'", owner);
        int[] servers = [(int)(await backends.ExecuteScalarAsync(ct))!, owner.ProcessID];
        await using var limit = new LedgerLimit(owner);

        var hot = AccountRef.PlatformFees(Currency.Usd);
        (string Name, Func<Random, Task> Post)[] variants =
        [
            ("limit, uniform", random => limit.PostAsync(bare[random.Next(Accounts)], bare[random.Next(Accounts)], 1)),
            ("Hermes, uniform", random => Uniform(writer, wallets, random, ct)),
            ("limit, hot account", random => limit.PostAsync(bare[random.Next(1, Accounts)], bare[0], 1)),
            ("Hermes, hot account", random => PostAsync(writer, wallets[random.Next(Accounts)], hot, 1, ct)),
        ];
        Console.WriteLine($"{"callers",8}  {"variant",-20} {"transfers/s",12} {"p50 ms",8} {"p99 ms",8} {"CPU µs",8} {"of it server",12}  ratio");
        foreach (var callers in new[] { 32, 1_000 })
        {
            var turns = variants.Select(_ => new List<Turn>()).ToArray();
            for (var round = -1; round < rounds; round++)
            {
                for (var v = 0; v < variants.Length; v++)
                {
                    var turn = await TurnAsync(callers, variants[v].Post, servers[(v + 1) % 2], TimeSpan.FromSeconds(round < 0 ? 2 : 1));
                    if (round >= 0)
                        turns[v].Add(turn);
                }
            }
            var medians = turns.Select(list => list.Select(t => t.PerSecond).Order().ElementAt(list.Count / 2)).ToArray();
            for (var v = 0; v < variants.Length; v++)
            {
                var ratio = v switch
                {
                    1 => $"{medians[1] / medians[0]:0.00} of limit (goal 0.60)",
                    3 => $"{medians[3] / medians[1]:0.00} of uniform (goal 0.80), {medians[3] / medians[2]:0.00} of limit",
                    _ => "",
                };
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{callers,8}  {variants[v].Name,-20} {medians[v],12:#,##0} {Middle(turns[v], t => t.P50),8:0.00} {Middle(turns[v], t => t.P99),8:0.00} {Middle(turns[v], t => t.Cpu),8:0.0} {Middle(turns[v], t => t.ServerCpu),12:0.0}  {ratio}"));
            }
        }

        await using var check = new NpgsqlConnection(database.Owner);
        await check.OpenAsync(ct);
        var broken = await new NpgsqlCommand("select string_agg(rule, '; ') from ledger.check()", check).ExecuteScalarAsync(ct);
        Console.WriteLine(broken is string text ? $"BOOKS BROKEN: {text}" : $"books right: {await new NpgsqlCommand("select count(*) from ledger.entries", check).ExecuteScalarAsync(ct)} entries checked");
    }

    private static Task Uniform(GroupWriter writer, AccountRef[] wallets, Random random, CancellationToken ct)
    {
        var from = random.Next(wallets.Length);
        return PostAsync(writer, wallets[from], wallets[(from + 1 + random.Next(wallets.Length - 1)) % wallets.Length], 1, ct);
    }

    private static async Task PostAsync(GroupWriter writer, AccountRef from, AccountRef to, long amount, CancellationToken ct)
    {
        var id = Guid.CreateVersion7();
        var transfer = Transfer.Create(new TransferId(id), "bench.move", $"bench:{id}", "bench", id, [new(from, -amount), new(to, amount)]);
        var result = await writer.PostAsync(transfer.Value, ct);
        if (!result.Succeeded)
            throw new InvalidOperationException(result.Error.Message);
    }

    private static async Task<Turn> TurnAsync(int callers, Func<Random, Task> post, int server, TimeSpan length)
    {
        var (own0, server0) = (Environment.CpuUsage.TotalTime.TotalMicroseconds, ServerCpu(server));
        var started = Stopwatch.GetTimestamp();
        var times = await Task.WhenAll(Enumerable.Range(0, callers).Select(caller => Task.Run(async () =>
        {
            var random = new Random(caller);
            var own = new List<float>();
            for (var begun = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(started) < length;)
            {
                await post(random);
                var now = Stopwatch.GetTimestamp();
                own.Add((float)Stopwatch.GetElapsedTime(begun, now).TotalMilliseconds);
                begun = now;
            }
            return own;
        })));
        var elapsed = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var (own, ofServer) = (Environment.CpuUsage.TotalTime.TotalMicroseconds - own0, ServerCpu(server) - server0);
        var all = times.SelectMany(t => t).Order().ToArray();
        return new Turn(all.Length / elapsed, all[all.Length / 2], all[(int)(all.Length * 0.99)], (own + ofServer) / all.Length, ofServer / all.Length);
    }

    /// <summary>Processor time of a server process in µs so far (Linux; 0 elsewhere): shows the cost also while the machine does other work.</summary>
    private static double ServerCpu(int process)
    {
        var file = $"/proc/{process}/stat";
        if (!File.Exists(file))
            return 0;
        var fields = File.ReadAllText(file).Split(") ")[1].Split(' ');
        return (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) * 10_000d;
    }

    private static double Middle(List<Turn> turns, Func<Turn, double> part) => turns.Select(part).Order().ElementAt(turns.Count / 2);

    private sealed record Turn(double PerSecond, double P50, double P99, double Cpu, double ServerCpu);
}
