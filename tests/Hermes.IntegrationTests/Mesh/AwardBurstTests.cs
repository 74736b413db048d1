using System.Diagnostics;
using Hermes.Application.Ledger;
using Hermes.Domain.Shared;
using Xunit.Abstractions;

namespace Hermes.IntegrationTests.Mesh;

/// <summary>A thousand contracts that close at once.</summary>
public sealed class AwardBurstTests(QuietMeshApp app, ITestOutputHelper output) : IClassFixture<QuietMeshApp>
{
    private const int Contracts = 1_000;
    private const int Bids = 5;

    [Fact]
    public async Task They_are_awarded_in_a_handful_of_transactions()
    {
        var posters = new[] { await app.PosterAsync(0), await app.PosterAsync(0), await app.PosterAsync(0) };
        foreach (var poster in posters)
            (await app.SendAsync(poster, new AddCredits(Money.Usd(100_000m)))).Error.ShouldBeNull();
        var agents = new List<Guid>();
        for (var i = 0; i < Bids; i++)
            agents.Add((await app.AgentAsync(capacity: 10_000)).RequiredAgent.Value);
        // One through the front door first: the installation's signing key is made and the code is warm.
        var first = await app.PostAsync(posters[0]);
        await app.BidAsync(await app.AgentAsync(), first);
        await app.CloseAsync(first);
        await FillAsync([.. posters.Select(p => p.RequiredTenant.Value)], agents);

        var watch = Stopwatch.StartNew();
        var (runs, awarded) = (0, 0);
        for (; ; runs++)
        {
            var run = await app.AwardDueAsync();
            awarded += run.Awarded;
            if (run.Handled == 0)
                break;
        }
        output.WriteLine($"{awarded} contracts with {Bids} bids each in {runs} transactions: {watch.Elapsed.TotalMilliseconds:0} ms");

        awarded.ShouldBe(Contracts);
        runs.ShouldBe(4);
        (await app.SqlAsync<long>("SELECT count(*) FROM mesh.contracts WHERE title = 'burst' AND state = 'awarded'")).ShouldBe(Contracts);
        (await app.SqlAsync<long>("SELECT count(*) FROM mesh.bids b JOIN mesh.contracts c ON c.id = b.contract_id WHERE title = 'burst' AND b.state = 'lost' AND b.total_score IS NOT NULL")).ShouldBe(Contracts * (Bids - 1));
        (await app.SqlAsync<long>("SELECT count(*) FROM mesh.receipts")).ShouldBe(Contracts + 1);
        (await app.SqlAsync<long>("SELECT count(*) FROM notifications.outbox o JOIN mesh.contracts c ON c.id = o.subject_id WHERE c.title = 'burst'")).ShouldBe(3 * Contracts);
        (await app.SqlAsync<bool>("SELECT (SELECT sum(balance) FROM ledger.accounts WHERE kind = 'escrow') = (SELECT sum(price_micro_units) FROM mesh.contracts)")).ShouldBeTrue();
        (await app.SqlAsync<long>("SELECT coalesce(sum(violations), 0)::bigint FROM ledger.check()")).ShouldBe(0);
        (await app.SumOfEntriesAsync()).ShouldBe(0m);
    }

    private async Task FillAsync(Guid[] posters, List<Guid> agents)
    {
        await app.SqlAsync<object>($"""
            WITH posters AS (SELECT id, row_number() OVER () - 1 AS n FROM unnest(ARRAY['{string.Join("','", posters)}']::uuid[]) id)
            INSERT INTO mesh.contracts (id, tenant_id, title, intent, context, required_capabilities, bidding_window_seconds, acceptance_window_seconds, validation, visibility, invited_agents,
                invited_tenants, min_reputation, min_confidence, watch_bids, reaward, state, created_at, opened_at, bidding_closes_at, rounds, promotional_micro_units, max_price_currency,
                max_price_micro_units, reward_currency, reward_micro_units, weights_price, weights_performance, weights_speed, weights_reputation)
            SELECT gen_random_uuid(), p.id, 'burst', 'i', '{"{}"}', '{"{}"}', 60, 60, '{"{}"}', 'network', '{"{}"}', '{"{}"}', 0, 0, false, true, 'bidding', now(), now(), now() - interval '1 second', 0, 0,
                'USD', 5000000, 'USD', 5000000, 25, 25, 25, 25
            FROM generate_series(1, {Contracts}) g JOIN posters p ON p.n = g % {posters.Length}
            """);
        await app.SqlAsync<object>($"""
            INSERT INTO mesh.bids (id, contract_id, poster_tenant_id, agent_id, tenant_id, eta_seconds, confidence, state, placed_at, bid_at, revisions, price_currency, price_micro_units)
            SELECT gen_random_uuid(), c.id, c.tenant_id, a.id, a.tenant_id, 10 + a.capacity % 7, 0.9, 'live', now(), now(), 0, 'USD', 1000000 + (random() * 3000000)::bigint
            FROM mesh.contracts c, agents.agents a WHERE c.title = 'burst' AND a.id IN ('{string.Join("','", agents)}')
            """);
    }
}
