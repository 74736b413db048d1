using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using Npgsql;

namespace Hermes.IntegrationTests.Mesh;

/// <summary>The engine's SQL and the domain's rule rank the same bids the same way, digit by digit.</summary>
public sealed class AwardRuleTests(MeshApp app) : IClassFixture<MeshApp>
{
    private const int Contracts = 300;

    [Fact]
    public async Task The_database_ranks_as_the_domain_does()
    {
        var random = new Random(20260301);
        await FillAsync(random);
        await using var connection = new NpgsqlConnection(app.Database.Owner);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("""
            SELECT r.contract_id, r.id, r.price, r.eta, r.confidence, r.trust, r.bid_at, r.price_score, r.performance_score, coalesce(r.speed_score, 0), r.reputation_score, coalesce(r.total, 0), r.rank, coalesce(r.horizon, 0),
                c.reward_micro_units, c.delivery_window_seconds, c.weights_price, c.weights_performance, c.weights_speed, c.weights_reputation, c.min_reputation
            FROM unnest(mesh.rank_bids(ARRAY(SELECT id FROM mesh.contracts WHERE state = 'bidding'))) r JOIN mesh.contracts c ON c.id = r.contract_id
            """, connection);
        var rows = new List<(Guid Contract, Candidate Candidate, BidScore Score, int? Rank, int Horizon, Money Reward, int? Window, BidWeights Weights, decimal Least)>();
        await using (var reader = await command.ExecuteReaderAsync())
        {
            while (await reader.ReadAsync())
                rows.Add((reader.GetGuid(0),
                    new Candidate(new BidId(reader.GetGuid(1)), new Money(reader.GetInt64(2), Currency.Usd), reader.GetInt32(3), reader.GetDecimal(4), reader.GetDecimal(5), reader.GetFieldValue<DateTimeOffset>(6)),
                    new BidScore(reader.GetDecimal(7), reader.GetDecimal(8), reader.GetDecimal(9), reader.GetDecimal(10), reader.GetDecimal(11)),
                    reader.IsDBNull(12) ? null : reader.GetInt32(12), reader.GetInt32(13), new Money(reader.GetInt64(14), Currency.Usd), reader.IsDBNull(15) ? null : reader.GetInt32(15),
                    BidWeights.Of(reader.GetInt32(16), reader.GetInt32(17), reader.GetInt32(18), reader.GetInt32(19)).Value, reader.GetDecimal(20)));
        }

        rows.Select(r => r.Contract).Distinct().Count().ShouldBe(Contracts);
        var ties = 0;
        foreach (var contract in rows.GroupBy(r => r.Contract))
        {
            var eligible = contract.Where(r => r.Candidate.EffectiveTrust >= r.Least).ToList();
            contract.Except(eligible).ShouldAllBe(r => r.Rank == null);
            if (eligible.Count == 0)
                continue;
            var first = eligible[0];
            var ranking = Ranking.Of([.. eligible.Select(r => r.Candidate)], first.Reward, first.Window, first.Weights)!;
            ties += ranking.TieBreak == TieBreak.None ? 0 : 1;
            first.Horizon.ShouldBe(ranking.HorizonSeconds);
            foreach (var ranked in ranking.Bids)
            {
                var row = eligible.Single(r => r.Candidate.Bid == ranked.Candidate.Bid);
                row.Rank.ShouldBe(ranked.Rank);
                row.Score.ShouldBe(ranked.Score);
            }
        }
        ties.ShouldBeGreaterThan(10);
    }

    [Fact]
    public async Task Components_are_rounded_alike_where_a_quotient_is_endless_or_lies_between_two()
    {
        foreach (var (price, reward) in new (long, long)[] { (1, 3), (2, 3), (1, 1_000_000), (1, 2_000_000), (3, 4_000_000), (999_999_999_999, 1_000_000_000_000), (123_456_789, 987_654_321), (5, 1), (2, 1), (1, 666_667) })
        {
            var sql = await app.SqlAsync<decimal>($"SELECT mesh.component(2::numeric * {reward} - {price}, 2::numeric * {reward})::numeric");
            sql.ShouldBe(BidScore.Of(new Candidate(default, new Money(price, Currency.Usd), 1, 0m, 0m, default), new Money(reward, Currency.Usd), 1, BidWeights.Equal).Price, $"{price} of {reward}");
        }
    }

    [Theory]
    [InlineData(0, "0.00")]
    [InlineData(1, "0.000001")]
    [InlineData(1_000_000, "1.00")]
    [InlineData(1_250_000, "1.25")]
    [InlineData(1_200_000, "1.20")]
    [InlineData(1_234_567, "1.234567")]
    [InlineData(10_000_000_000_000, "10000000.00")]
    public async Task Amounts_are_written_alike(long micro, string text)
    {
        (await app.SqlAsync<string>($"SELECT mesh.amount({micro})")).ShouldBe(text);
        new Money(micro, Currency.Usd).ToAmountString().ShouldBe(text);
    }

    // Straight into the tables: random terms, up to twelve bids each, few distinct values so that ties are common.
    private async Task FillAsync(Random random)
    {
        var bidder = Guid.CreateVersion7();
        await using var connection = new NpgsqlConnection(app.Database.Owner);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("""
            WITH agents AS (SELECT gen_random_uuid() AS id, n FROM generate_series(1, 12) n),
            scored AS (
                INSERT INTO trust.scores (agent_id, tenant_id, changed_at, effective)
                SELECT id, @bidder, now(), (n % 5) / 4.0 FROM agents WHERE n > 2 RETURNING agent_id),
            contracts AS (
                INSERT INTO mesh.contracts (id, tenant_id, title, intent, context, required_capabilities, bidding_window_seconds, delivery_window_seconds, acceptance_window_seconds, validation,
                    visibility, invited_agents, invited_tenants, min_reputation, min_confidence, watch_bids, reaward, state, created_at, bidding_closes_at, rounds, promotional_micro_units,
                    max_price_currency, max_price_micro_units, reward_currency, reward_micro_units, weights_price, weights_performance, weights_speed, weights_reputation)
                SELECT gen_random_uuid(), @bidder, 't', 'i', '{}', '{}', 30, u.delivery, 60, '{}', 'network', '{}', '{}', u.least, 0, false, true, 'bidding', now(), now() + interval '1 day', 0, 0,
                    'USD', 1000000000, 'USD', u.reward, u.a, u.b, u.c, 100 - u.a - u.b - u.c
                FROM unnest(@rewards, @deliveries, @leasts, @a, @b, @c) u(reward, delivery, least, a, b, c) RETURNING id, tenant_id)
            SELECT array_agg(DISTINCT c.id), array_agg(DISTINCT a.id) FROM contracts c, agents a
            """, connection);
        var weights = Enumerable.Range(0, Contracts).Select(_ => Split(random)).ToList();
        command.Parameters.AddWithValue("bidder", bidder);
        command.Parameters.AddWithValue("rewards", Enumerable.Range(0, Contracts).Select(_ => random.Next(2) == 0 ? 5_000_000L : random.NextInt64(1, 9_999_999)).ToArray());
        command.Parameters.AddWithValue("deliveries", Enumerable.Range(0, Contracts).Select(_ => random.Next(2) == 0 ? (int?)null : random.Next(1, 120)).ToArray());
        command.Parameters.AddWithValue("leasts", Enumerable.Range(0, Contracts).Select(_ => random.Next(4) == 0 ? 0.5m : 0m).ToArray());
        command.Parameters.AddWithValue("a", weights.Select(w => w.A).ToArray());
        command.Parameters.AddWithValue("b", weights.Select(w => w.B).ToArray());
        command.Parameters.AddWithValue("c", weights.Select(w => w.C).ToArray());
        Guid[] contracts, agents;
        await using (var reader = await command.ExecuteReaderAsync())
        {
            await reader.ReadAsync();
            (contracts, agents) = (reader.GetFieldValue<Guid[]>(0), reader.GetFieldValue<Guid[]>(1));
        }
        await using var bids = new NpgsqlCommand("""
            INSERT INTO mesh.bids (id, contract_id, poster_tenant_id, agent_id, tenant_id, eta_seconds, confidence, state, placed_at, bid_at, revisions, price_currency, price_micro_units)
            SELECT gen_random_uuid(), u.contract, @poster, u.agent, @poster, u.eta, u.confidence, 'live', u.at, u.at, 0, 'USD', u.price
            FROM unnest(@contracts, @agents, @etas, @confidences, @ats, @prices) u(contract, agent, eta, confidence, at, price)
            """, connection);
        var rows = contracts.SelectMany(c => agents.Take(random.Next(1, 13)).Select(a => (Contract: c, Agent: a))).ToList();
        bids.Parameters.AddWithValue("poster", bidder);
        bids.Parameters.AddWithValue("contracts", rows.Select(r => r.Contract).ToArray());
        bids.Parameters.AddWithValue("agents", rows.Select(r => r.Agent).ToArray());
        bids.Parameters.AddWithValue("etas", rows.Select(_ => random.Next(1, 5) * 30).ToArray());
        bids.Parameters.AddWithValue("confidences", rows.Select(_ => random.Next(0, 5) / 4m).ToArray());
        bids.Parameters.AddWithValue("ats", rows.Select(_ => DateTime.UnixEpoch.AddYears(56).AddSeconds(random.Next(0, 3))).ToArray());
        bids.Parameters.AddWithValue("prices", rows.Select(_ => random.Next(3) > 0 ? random.Next(1, 4) * 1_000_000L : random.NextInt64(1, 9_000_000)).ToArray());
        await bids.ExecuteNonQueryAsync();
    }

    private static (int A, int B, int C) Split(Random random)
    {
        if (random.Next(3) == 0)
            return random.Next(2) == 0 ? (100, 0, 0) : (0, 100, 0);
        var a = random.Next(0, 101);
        var b = random.Next(0, 101 - a);
        return (a, b, random.Next(0, 101 - a - b));
    }
}
