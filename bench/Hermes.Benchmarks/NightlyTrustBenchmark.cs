using System.Diagnostics;
using Hermes.Benchmarks.Shared;
using Npgsql;

namespace Hermes.Benchmarks;

/// <summary>The nightly recalculation of every agent's trust against the barest statement that reads the same outcomes and writes as many scores.</summary>
public sealed class NightlyTrustBenchmark : IBenchmark
{
    public string Name => "nightly-trust";

    public string Goal => "100,000 agents × 20 outcomes within 1.3 × the bare statement";

    public async Task RunAsync(Stage stage, CancellationToken cancellationToken)
    {
        var agents = stage.Options.Number("agents", 100_000, 20_000);
        var database = await stage.DatabaseAsync(cancellationToken);
        Report.Step($"writing {agents:#,0} agents with 20 outcomes each");
        await stage.ExecuteAsync($"""
            CREATE TEMP TABLE ids AS SELECT gen_random_uuid() AS id FROM generate_series(1, {agents});
            INSERT INTO trust.scores (agent_id, tenant_id, changed_at) SELECT id, '00000000-0000-7000-8000-0000000000aa', now() FROM ids;
            UPDATE trust.scores SET last_sequence = 20;
            INSERT INTO trust.outcomes (agent_id, contract_id, tenant_id, poster_tenant_id, poster, sequence, at, success, on_time, quality, lost_in_dispute, hash)
            SELECT id, gen_random_uuid(), '00000000-0000-7000-8000-0000000000aa', '00000000-0000-7000-8000-0000000000bb', 1, n,
                now() - n * interval '3 days', random() < 0.9, random() < 0.8, round(random()::numeric, 4), false, md5(n::text) || md5(id::text)
            FROM ids, generate_series(1, 20) n;
            CREATE UNLOGGED TABLE public.bare_scores AS SELECT agent_id, 0::numeric AS score, 0::numeric AS effective, now() AS changed_at FROM trust.scores;
            ALTER TABLE public.bare_scores ADD PRIMARY KEY (agent_id);
            ALTER TABLE public.bare_scores SET LOGGED;
            ANALYZE trust.scores; ANALYZE trust.outcomes; ANALYZE public.bare_scores;
            CHECKPOINT;
            """, cancellationToken);

        var bare = new List<double>();
        var hermes = new List<double>();
        for (var round = 0; round < 3; round++)
        {
            await stage.ExecuteAsync("UPDATE public.bare_scores SET score = 0; UPDATE trust.scores SET score = 0", cancellationToken);
            await stage.ExecuteAsync("VACUUM public.bare_scores, trust.scores", cancellationToken);
            await stage.ExecuteAsync("CHECKPOINT", cancellationToken);
            bare.Add(await TimeAsync(database.Owner, """
                UPDATE public.bare_scores s SET score = n.score, effective = round((n.contracts * n.score + 2.5) / (n.contracts + 5), 4), changed_at = now()
                FROM (SELECT agent_id, count(*) AS contracts, round(0.4 * avg(success::int) + 0.2 * avg(on_time::int) + 0.2 * coalesce(avg(stars) / 5, 0.5)
                        + 0.1 * least(extract(day FROM now() - min(at)) / 365, 1) + 0.1 * greatest(1 - var_pop(quality), 0), 4) AS score
                      FROM trust.outcomes GROUP BY agent_id) n
                WHERE s.agent_id = n.agent_id
                """, cancellationToken));
            hermes.Add(await TimeAsync(database.Engine, "SELECT trust.recalculate(now())", cancellationToken));
        }

        var (limit, ours) = (bare.Order().ElementAt(1), hermes.Order().ElementAt(1));
        Report.Time($"{agents:#,0} agents × 20 outcomes", limit, ours, "ms", goal: 1.3 * limit);
    }

    private static async Task<double> TimeAsync(string connectionString, string sql, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 600 };
        var watch = Stopwatch.StartNew();
        await command.ExecuteNonQueryAsync(cancellationToken);
        return watch.Elapsed.TotalMilliseconds;
    }
}
