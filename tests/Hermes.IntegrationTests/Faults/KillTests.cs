
namespace Hermes.IntegrationTests.Faults;

/// <summary>Nodes that die by kill −9 between every two steps of award, delivery and settlement.</summary>
public sealed class KillTests : IAsyncLifetime
{
    private readonly Installation _installation = new();

    public Task InitializeAsync() => _installation.InitializeAsync();

    public Task DisposeAsync() => _installation.DisposeAsync();

    [Fact]
    public async Task Every_step_may_be_a_nodes_last_and_the_next_node_finishes_the_work_once()
    {
        string[] points =
        [
            "award.before_hold", "award.after_hold", "award.after_receipts", "award.after_commit", "deliver.before_commit", "deliver.after_commit",
            "settle.after_lock", "settle.after_ledger", "settle.after_trust", "settle.after_commit",
        ];
        const int Contracts = 4;
        var node = await _installation.StartAsync(points[0]);
        var poster = await _installation.PosterAsync();
        var (first, second) = (await _installation.AgentAsync(), await _installation.AgentAsync());
        var contracts = new List<Guid>();
        for (var i = 0; i < Contracts; i++)
            contracts.Add(await PostAsync(poster, first, second));
        await _installation.CloseAsync();

        await using var ear = new Ear(_installation, first);
        await using var loser = new Ear(_installation, second);
        await using var page = new Ear(_installation, poster.Token);
        using var working = new CancellationTokenSource();
        var work = DeliverAllAsync([first, second], contracts, working.Token);
        await DiedAsync(node);
        foreach (var point in points[1..])
            await DiedAsync(await _installation.StartAsync(point));
        await _installation.StartAsync();
        await _installation.EventuallyAsync("SELECT count(*) FROM mesh.contracts WHERE state = 'settled'", (long)Contracts);
        await working.CancelAsync();
        await work;

        await _installation.ShouldBeSoundAsync();
        (await _installation.SqlAsync<long>("SELECT count(*) FROM mesh.deliveries")).ShouldBe(Contracts);
        (await _installation.SqlAsync<decimal>("SELECT sum(agent_micro_units)::numeric FROM mesh.settlements"))
            .ShouldBe(await _installation.SqlAsync<decimal>("SELECT sum(balance)::numeric FROM ledger.accounts WHERE kind = 'earnings'"));
        (await _installation.SqlAsync<decimal>($"SELECT balance::numeric FROM ledger.accounts WHERE kind = 'available' AND owner_id = '{poster.Tenant}'"))
            .ShouldBe(1_000_000_000m - Contracts * 3_000_000m);
        // The winner heard everything, once and in order, over all the nodes that died under it.
        await ear.HearsAsync("settlement", Contracts);
        ear.Heard.Count(e => e.Type == "bid.accepted").ShouldBe(Contracts);
        ear.Heard.Count(e => e.Type == "settlement").ShouldBe(Contracts);
        // So did the loser, and the poster in its pages: that each was awarded, delivered, settled, and what became of the wallet.
        await loser.HearsAsync("contract.lost", Contracts);
        loser.Heard.Count(e => e.Type == "contract.lost").ShouldBe(Contracts);
        await page.HearsAsync("settlement", Contracts);
        foreach (var type in (string[])["contract.awarded", "settlement"])
            page.Heard.Count(e => e.Type == type).ShouldBe(Contracts, type);
        page.Heard.Count(e => e.Type == "contract.updated").ShouldBe(2 * Contracts);
        foreach (var ears in (Ear[])[ear, loser, page])
            ears.Heard.Select(e => e.Id).ShouldBe(ears.Heard.Select(e => e.Id).Distinct().Order());
        // Told once: to the winner that it won, to both that it was paid.
        (await _installation.SqlAsync<long>("SELECT count(*) FROM notifications.outbox WHERE type = 'bid.accepted'")).ShouldBe(Contracts);
        (await _installation.SqlAsync<long>("SELECT count(*) FROM notifications.outbox WHERE type = 'settlement'")).ShouldBe(Contracts);
    }

    [Fact]
    public async Task A_missed_deadline_survives_the_death_of_the_node_that_handles_it()
    {
        var node = await _installation.StartAsync("forfeit.after_refund");
        var poster = await _installation.PosterAsync();
        var (first, second) = (await _installation.AgentAsync(), await _installation.AgentAsync());
        var contract = await PostAsync(poster, first, second, deliverySeconds: 1);
        await _installation.CloseAsync();

        await DiedAsync(node);
        await DiedAsync(await _installation.StartAsync("forfeit.after_commit"));
        await _installation.StartAsync();
        await _installation.EventuallyAsync($"SELECT state FROM mesh.contracts WHERE id = '{contract}'", "refunded");

        await _installation.ShouldBeSoundAsync();
        (await _installation.SqlAsync<int>($"SELECT rounds FROM mesh.contracts WHERE id = '{contract}'")).ShouldBe(2);
        (await _installation.SqlAsync<decimal>($"SELECT balance::numeric FROM ledger.accounts WHERE kind = 'available' AND owner_id = '{poster.Tenant}'")).ShouldBe(1_000_000_000m);
        (await _installation.SqlAsync<long>("SELECT count(*) FROM trust.outcomes WHERE NOT success")).ShouldBe(2);
    }

    [Fact]
    public async Task Two_nodes_race_for_a_burst_and_one_is_killed_in_it()
    {
        const int Contracts = 40;
        var survivor = await _installation.StartAsync();
        var poster = await _installation.PosterAsync();
        var (first, second) = (await _installation.AgentAsync(), await _installation.AgentAsync());
        using var victim = await _installation.BesideAsync();
        _installation.Node = survivor;
        var contracts = await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
        {
            var own = new List<Guid>();
            for (var i = 0; i < Contracts / 4; i++)
                own.Add(await PostAsync(poster, first, second));
            return own;
        }));
        await _installation.CloseAsync();

        using var working = new CancellationTokenSource();
        var work = DeliverAllAsync([first, second], [.. contracts.SelectMany(c => c)], working.Token);
        await _installation.EventuallyAsync("SELECT count(*) > 5 FROM mesh.contracts WHERE state IN ('validated', 'settled')", true);
        victim.Kill();
        await _installation.EventuallyAsync("SELECT count(*) FROM mesh.contracts WHERE state = 'settled'", (long)Contracts);
        await working.CancelAsync();
        await work;

        await _installation.ShouldBeSoundAsync();
    }

    private async Task DiedAsync(Node node)
    {
        try
        {
            await node.DiedAsync();
        }
        catch (TimeoutException late)
        {
            throw new TimeoutException(await _installation.SqlAsync<string>(
                "SELECT string_agg(state || ' ' || coalesce(reason, '') || ' due ' || coalesce(bidding_closes_at::text, ''), '; ') FROM mesh.contracts"), late);
        }
    }

    internal static async Task<Guid> PostAsync(Installation.Poster poster, Installation.Agent first, Installation.Agent second, int deliverySeconds = 3600)
    {
        var posted = await poster.Caller.SendAsync(HttpMethod.Post, "/mesh/contracts", new
        {
            Title = "Faults",
            Intent = "Survive.",
            Reward = new { Amount = "5.00", Currency = "USD" },
            RequiredCapabilities = new[] { "faults" },
            BiddingWindowSeconds = 3600,
            DeliveryWindowSeconds = deliverySeconds,
            Validation = new { RequiredFields = new[] { "answer" } },
        });
        var id = posted.GetProperty("id").GetGuid();
        await first.Caller.SendAsync(HttpMethod.Post, $"/mesh/contracts/{id}/bid", new { Price = new { Amount = "3.00", Currency = "USD" }, EtaSeconds = 10, Confidence = 0.9m });
        await second.Caller.SendAsync(HttpMethod.Post, $"/mesh/contracts/{id}/bid", new { Price = new { Amount = "4.00", Currency = "USD" }, EtaSeconds = 20, Confidence = 0.8m });
        return id;
    }

    // The agents' own loop: asks, delivers what they won, and repeats what was not answered with the same key.
    internal static async Task DeliverAllAsync(Installation.Agent[] agents, IReadOnlyList<Guid> contracts, CancellationToken until)
    {
        var open = contracts.ToList();
        while (open.Count > 0 && !until.IsCancellationRequested)
        {
            foreach (var id in open.ToArray())
            {
                foreach (var agent in agents)
                {
                    var answer = await agent.Caller.TryAsync(HttpMethod.Post, $"/mesh/contracts/{id}/deliver", new { Result = new { Answer = 42 } }, $"deliver-{id}");
                    if (answer is { Status: 200 })
                        open.Remove(id);
                }
            }
            await Task.Delay(100, CancellationToken.None);
        }
    }
}
