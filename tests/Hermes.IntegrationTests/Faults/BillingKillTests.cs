using System.Text.Json;
using Hermes.IntegrationTests.Billing;
using Microsoft.AspNetCore.Http;

namespace Hermes.IntegrationTests.Faults;

/// <summary>Nodes that die by kill −9 between every two steps of a purchase, of the provider's events, of a refund, of a payment on a chain and of a payout.</summary>
public sealed class BillingKillTests : IAsyncLifetime
{
    private readonly Installation _installation = new();

    public Task InitializeAsync() => _installation.InitializeAsync();

    public Task DisposeAsync() => _installation.DisposeAsync();

    [Fact]
    public async Task Every_step_of_a_purchase_and_of_its_events_may_be_a_nodes_last()
    {
        string[] buying = ["purchase.after_begin", "purchase.after_provider", "purchase.after_open"];
        string[] hearing = ["webhook.after_store", "webhook.before_apply", "webhook.after_apply", "webhook.after_commit"];
        var node = await _installation.StartAsync(buying[0]);
        var payer = await _installation.PosterAsync("0");
        // One purchase, asked for again and again with one key.
        var begun = BuyAsync(payer.Caller);
        for (var i = 0; i < buying.Length; i++)
        {
            await node.DiedAsync();
            node = await _installation.StartAsync(i + 1 < buying.Length ? buying[i + 1] : null);
        }
        var purchase = (await begun).GetProperty("id").GetGuid();
        node.Kill();

        node = await _installation.StartAsync(hearing[0]);
        await PayAsync(payer.Caller, purchase);
        for (var i = 0; i < hearing.Length; i++)
        {
            await node.DiedAsync();
            await FreeAsync();
            node = await _installation.StartAsync(i + 1 < hearing.Length ? hearing[i + 1] : null);
            // A node that died before it answered has paid nothing; paying again is refused where it had.
            await PayAsync(payer.Caller, purchase);
        }

        await _installation.EventuallyAsync($"SELECT count(*) FROM billing.purchases WHERE tenant_id = '{payer.Tenant}' AND state = 'paid'", 1L);
        await _installation.EventuallyAsync("SELECT count(*) FROM billing.webhook_events WHERE state IN ('waiting', 'parked')", 0L);
        (await _installation.SqlAsync<long>($"SELECT count(*) FROM billing.purchases WHERE tenant_id = '{payer.Tenant}'")).ShouldBe(1);
        (await _installation.SqlAsync<long>("SELECT count(*) FROM billing.test_objects WHERE kind = 'charge'")).ShouldBe(1);
        (await _installation.SqlAsync<long>("SELECT count(*) FROM ledger.transfers WHERE idempotency_key LIKE 'purchase:%'")).ShouldBe(1);
        (await _installation.SqlAsync<long>($"SELECT balance FROM ledger.accounts WHERE owner_id = '{payer.Tenant}' AND kind = 'available'")).ShouldBe(7_000_000);
        await ReconciledAsync();
    }

    [Fact]
    public async Task Every_step_of_a_payment_on_a_chain_may_be_a_nodes_last()
    {
        string[] points = ["x402.after_keep", "x402.after_settle", "x402.after_known", "x402.after_book"];
        await using var facilitator = await Facilitator.StartAsync();
        foreach (var (key, value) in facilitator.Settings)
            _installation.Settings[key.Replace(":", "__", StringComparison.Ordinal)] = value;
        var node = await _installation.StartAsync(points[0]);
        var payer = await _installation.PosterAsync("0");

        var paid = payer.Caller.SendAsync(HttpMethod.Post, "/payments/x402", new { Amount = new { Amount = "3.00", Currency = "USD" } }, payment: Facilitator.Sign("3000000", DateTimeOffset.UtcNow));
        for (var i = 0; i < points.Length; i++)
        {
            await node.DiedAsync();
            // Nobody waits here until what a dead node had taken is free.
            await _installation.SqlAsync<object>("UPDATE billing.on_chain_payments SET next_at = now() WHERE next_at IS NOT NULL");
            node = await _installation.StartAsync(i + 1 < points.Length ? points[i + 1] : null);
        }

        (await paid).GetProperty("state").GetString().ShouldBe("paid");
        facilitator.Settled.Count.ShouldBe(1);
        (await _installation.SqlAsync<long>("SELECT count(*) FROM billing.purchases")).ShouldBe(1);
        (await _installation.SqlAsync<long>("SELECT count(*) FROM ledger.transfers WHERE idempotency_key LIKE 'purchase:%'")).ShouldBe(1);
        (await _installation.SqlAsync<long>($"SELECT balance FROM ledger.accounts WHERE owner_id = '{payer.Tenant}' AND kind = 'available'")).ShouldBe(3_000_000);
        await ReconciledAsync();
    }

    [Fact]
    public async Task A_payment_on_a_chain_that_an_operator_found_is_booked_though_the_node_died()
    {
        await using var facilitator = await Facilitator.StartAsync();
        facilitator.Settle = _ => Task.FromResult(Results.StatusCode(500));
        foreach (var (key, value) in facilitator.Settings)
            _installation.Settings[key.Replace(":", "__", StringComparison.Ordinal)] = value;
        var node = await _installation.StartAsync("x402.after_decision");
        var payer = await _installation.PosterAsync("0");
        await payer.Caller.TryAsync(HttpMethod.Post, "/payments/x402", new { Amount = new { Amount = "3.00", Currency = "USD" } }, payment: Facilitator.Sign("3000000", DateTimeOffset.UtcNow));
        await _installation.SqlAsync<object>("UPDATE billing.on_chain_payments SET next_at = NULL");
        var purchase = await _installation.SqlAsync<Guid>("SELECT purchase_id FROM billing.on_chain_payments");

        await _installation.Caller(Node.OperatorToken).TryAsync(HttpMethod.Post, $"/admin/purchases/{purchase}/settle", new { Transaction = "0x" + new string('e', 64), Reason = "Seen on the chain" });
        await node.DiedAsync();
        await (await _installation.StartAsync("x402.after_book")).DiedAsync();
        await _installation.StartAsync();

        await _installation.EventuallyAsync($"SELECT count(*) FROM billing.purchases WHERE id = '{purchase}' AND state = 'paid'", 1L);
        (await _installation.SqlAsync<long>("SELECT count(*) FROM ledger.transfers WHERE idempotency_key LIKE 'purchase:%'")).ShouldBe(1);
        (await _installation.SqlAsync<long>($"SELECT balance FROM ledger.accounts WHERE owner_id = '{payer.Tenant}' AND kind = 'available'")).ShouldBe(3_000_000);
        await ReconciledAsync();
    }

    [Fact]
    public async Task Every_step_of_a_refund_may_be_a_nodes_last()
    {
        string[] points = ["refund.after_order", "refund.after_provider", "webhook.after_store", "webhook.before_apply", "webhook.after_apply", "webhook.after_commit"];
        var node = await _installation.StartAsync();
        var payer = await _installation.PosterAsync("0");
        var purchase = (await BuyAsync(payer.Caller)).GetProperty("id").GetGuid();
        await PayAsync(payer.Caller, purchase);
        await _installation.EventuallyAsync($"SELECT count(*) FROM billing.purchases WHERE id = '{purchase}' AND state = 'paid'", 1L);
        await _installation.EventuallyAsync("SELECT (SELECT count(*) FROM billing.webhook_events WHERE state IN ('waiting', 'parked')) + (SELECT count(*) FROM billing.test_deliveries)", 0L);
        node.Kill();
        node = await _installation.StartAsync(points[0]);
        var desk = _installation.Caller(Node.OperatorToken);

        (await desk.TryAsync(HttpMethod.Post, $"/admin/purchases/{purchase}/refund", new { Reason = "Ordered twice" })).ShouldBeNull();
        foreach (var next in points.Skip(1).Append(null))
        {
            await node.DiedAsync();
            await FreeAsync();
            node = await _installation.StartAsync(next);
        }

        await _installation.EventuallyAsync($"SELECT count(*) FROM billing.purchases WHERE id = '{purchase}' AND refunded_minor = charged_minor AND refunding_minor = 0 AND refund_due_at IS NULL", 1L);
        await _installation.EventuallyAsync("SELECT count(*) FROM billing.webhook_events WHERE state IN ('waiting', 'parked')", 0L);
        (await desk.TryAsync(HttpMethod.Post, $"/admin/purchases/{purchase}/refund", new { Reason = "Again" }))!.Value.Body.GetProperty("code").GetString().ShouldBe("billing.nothing_to_refund");
        (await _installation.SqlAsync<long>("SELECT count(*) FROM billing.test_objects WHERE kind = 'refund'")).ShouldBe(1);
        (await _installation.SqlAsync<long>("SELECT count(*) FROM ledger.transfers WHERE idempotency_key LIKE 'refund:%'")).ShouldBe(1);
        (await _installation.SqlAsync<long>($"SELECT balance FROM ledger.accounts WHERE owner_id = '{payer.Tenant}' AND kind = 'available'")).ShouldBe(0);
        await ReconciledAsync();
    }

    [Fact]
    public async Task Every_step_of_a_payout_may_be_a_nodes_last()
    {
        string[] sending = ["payout.before_transfer", "payout.after_transfer", "payout.after_transfer_kept", "payout.after_payout"];
        var node = await _installation.StartAsync("payout.after_ledger");
        var agent = await EarnedAsync();
        await _installation.SqlAsync<object>($$"""
            INSERT INTO billing.test_objects (id, kind, data) VALUES ('acct_kill', 'account',
                '{"id":"acct_kill","object":"account","capabilities":{"transfers":"active"},"payouts_enabled":true,"created":0,"hermes_balance":0,"hermes_bank":"000123456789"}');
            INSERT INTO billing.accounts (tenant_id, provider, payee_id, payee_ready, payee_since, overage_allowed, rhythm, threshold_micro_units, created_at)
            VALUES ('{{agent.Tenant}}', 'test', 'acct_kill', true, now() - interval '1 year', false, 'manual', 0, now());
            """);

        var asked = agent.Owner.SendAsync(HttpMethod.Post, $"/agents/{agent.Id}/payout", new { Amount = new { Amount = "20.00", Currency = "USD" } });
        await node.DiedAsync();
        foreach (var point in sending)
        {
            node = await _installation.StartAsync(point);
            await node.DiedAsync();
        }
        await _installation.StartAsync();
        var payout = (await asked).GetProperty("id").GetGuid();

        await _installation.EventuallyAsync($"SELECT state FROM billing.payouts WHERE id = '{payout}'", "paid");
        (await _installation.SqlAsync<long>("SELECT count(*) FROM billing.payouts")).ShouldBe(1);
        foreach (var kind in new[] { "transfer", "payout" })
            (await _installation.SqlAsync<long>($"SELECT count(*) FROM billing.test_objects WHERE kind = '{kind}'")).ShouldBe(1, kind);
        (await _installation.SqlAsync<long>($"SELECT count(*) FROM ledger.transfers WHERE idempotency_key IN ('payout:{payout}', 'payout_sent:{payout}')")).ShouldBe(2);
        (await _installation.SqlAsync<long>("SELECT balance FROM ledger.accounts WHERE kind = 'payouts'")).ShouldBe(0);
        await ReconciledAsync();
    }

    private async Task<(Guid Id, Guid Tenant, Caller Owner)> EarnedAsync()
    {
        var poster = await _installation.PosterAsync("100.00");
        var owner = await _installation.PosterAsync("0");
        var registered = await owner.Caller.SendAsync(HttpMethod.Post, "/agents/register",
            new { Name = "Earner", Capabilities = new[] { "faults" }, BasePrice = new { Amount = "0.00", Currency = "USD" }, Visibility = "public" });
        var agent = _installation.Caller(registered.GetProperty("key").GetString()!);
        var contract = (await poster.Caller.SendAsync(HttpMethod.Post, "/mesh/contracts", new
        {
            Title = "Faults",
            Intent = "Earn.",
            Reward = new { Amount = "50.00", Currency = "USD" },
            RequiredCapabilities = new[] { "faults" },
            BiddingWindowSeconds = 3600,
            DeliveryWindowSeconds = 3600,
        })).GetProperty("id").GetGuid();
        await agent.SendAsync(HttpMethod.Post, $"/mesh/contracts/{contract}/bid", new { Price = new { Amount = "50.00", Currency = "USD" }, EtaSeconds = 10, Confidence = 0.9m });
        await _installation.CloseAsync();
        await _installation.EventuallyAsync($"SELECT state FROM mesh.contracts WHERE id = '{contract}'", "awarded");
        await agent.SendAsync(HttpMethod.Post, $"/mesh/contracts/{contract}/deliver", new { Result = new { Answer = 42 } });
        await poster.Caller.SendAsync(HttpMethod.Post, $"/mesh/contracts/{contract}/validate", new { Accept = true });
        await _installation.EventuallyAsync($"SELECT count(*) FROM ledger.accounts WHERE owner_id = '{owner.Tenant}' AND kind = 'earnings' AND balance > 20000000", 1L);
        return (registered.GetProperty("agent").GetProperty("id").GetGuid(), owner.Tenant, owner.Caller);
    }

    private static Task<JsonElement> BuyAsync(Caller payer) => payer.SendAsync(HttpMethod.Post, "/payments/intents", new { Amount = new { Amount = "7.00", Currency = "USD" } });

    private async Task PayAsync(Caller payer, Guid purchase)
    {
        while (_installation.Node is { HasExited: false })
            if (await payer.TryAsync(HttpMethod.Post, "/payments/process", new { PurchaseId = purchase, PaymentMethod = "pm_card_visa" }, $"pay-{Guid.NewGuid()}") is { Status: < 500 })
                return;
    }

    // What a dead node had taken waits for its lease; nobody waits for that here.
    private Task<object?> FreeAsync() => _installation.SqlAsync<object>("UPDATE billing.webhook_events SET leased_until = NULL, next_at = now() WHERE state = 'waiting'");

    private async Task ReconciledAsync()
    {
        await _installation.ShouldBeSoundAsync();
        await _installation.Caller(Node.OperatorToken).SendAsync(HttpMethod.Post, "/admin/reconciliation/runs");
        (await _installation.SqlAsync<long>("SELECT count(*) FROM ledger.reconciliation_cases")).ShouldBe(0);
    }
}
