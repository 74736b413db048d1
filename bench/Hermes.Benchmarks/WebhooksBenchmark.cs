using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Hermes.Benchmarks.Shared;
using Npgsql;

namespace Hermes.Benchmarks;

/// <summary>
/// A burst of a payment provider's signed events, each about a payment of its own: how fast they are acknowledged (proved, stored,
/// durable), against the same rows inserted one commit each over the same number of connections, and how fast what follows from
/// them is done (a purchase credited each), against that many of the ledger's own postings one commit each.
/// </summary>
public sealed class WebhooksBenchmark : IBenchmark
{
    private const string Secret = "whsec_benchmark";
    private const int Senders = 32;

    public string Name => "webhooks";

    public string Goal => "a burst of 10,000 signed events: none lost, none twice";

    public async Task RunAsync(Stage stage, CancellationToken cancellationToken)
    {
        var count = stage.Options.Number("events", 10_000, 500);
        // Nothing is asked of the provider: what a payment's success says is believed.
        var node = await stage.StartNodeAsync(cancellationToken, ("Hermes:Billing:Provider", "stripe"), ("Hermes:Billing:Stripe:SecretKey", "sk_test_benchmark"),
            ("Hermes:Billing:Stripe:WebhookSecrets:0", Secret), ("Hermes:Billing:Stripe:Api", "http://127.0.0.1:1"), ("Hermes:Billing:ReconcileSeconds", "86400"));
        var tenant = await Market.TenantAsync(node.Address, "payer", 0, cancellationToken);
        var purchases = Enumerable.Range(0, count).Select(_ => Guid.CreateVersion7()).ToList();
        await ArrangeAsync(stage, tenant.Id, purchases, cancellationToken);
        var events = purchases.ConvertAll(Paid);
        var inserted = await InsertedAsync(stage, events, cancellationToken);

        using var http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = Senders, UseProxy = false }) { BaseAddress = node.Address };
        var watch = System.Diagnostics.Stopwatch.StartNew();
        var acknowledged = await Load.EachAsync(Senders, events, body => SendAsync(http, body, cancellationToken), cancellationToken);
        while (await CountAsync(stage, "SELECT count(*) FROM billing.webhook_events WHERE state = 'waiting'", cancellationToken) > 0)
            await Task.Delay(100, cancellationToken);
        var processed = count / watch.Elapsed.TotalSeconds;
        var posted = await PostedAsync(stage, tenant.Id, Math.Min(count, 2_000), cancellationToken);

        Report.Rate($"{count:#,0} events acknowledged, {Senders} at a time", inserted.PerSecond, acknowledged.PerSecond, "/s");
        Report.Time("  p50", inserted.P50, acknowledged.P50, "ms");
        Report.Time("  p99", inserted.P99, acknowledged.P99, "ms");
        Report.Rate("  processed, from the first one's sending", posted.PerSecond, processed, "/s");
        foreach (var body in events.Take(100))
            await SendAsync(http, body, cancellationToken);
        var credited = await CountAsync(stage, $"SELECT balance / 1000000 FROM ledger.accounts WHERE owner_id = '{tenant.Id}' AND kind = 'available'", cancellationToken);
        var paid = await CountAsync(stage, "SELECT count(*) FROM billing.purchases WHERE state = 'paid'", cancellationToken);
        Report.Note($"{paid:#,0} of {count:#,0} purchases paid, USD {credited:#,0} credited for as many, a hundred events repeated without effect{(paid == count && credited == count ? "" : ": GOAL MISSED")}");
    }

    private static async Task SendAsync(HttpClient http, byte[] body, CancellationToken cancellationToken)
    {
        var at = DateTimeOffset.UtcNow.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/payments/webhook/stripe") { Content = new ByteArrayContent(body) };
        request.Headers.TryAddWithoutValidation("Stripe-Signature", $"t={at},v1={Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), (byte[])[.. Encoding.ASCII.GetBytes(at + "."), .. body]))}");
        using var answer = await http.SendAsync(request, cancellationToken);
        answer.EnsureSuccessStatusCode();
    }

    // Purchases of one dollar that wait for their payment, as `OpenPurchase` leaves them.
    private static Task ArrangeAsync(Stage stage, Guid tenant, List<Guid> purchases, CancellationToken cancellationToken) => stage.ExecuteAsync($"""
        INSERT INTO billing.purchases (id, tenant_id, amount_micro_units, amount_currency, charged_minor, state, way, provider, payment_id, refunded_minor, refunding_minor, disputed_minor, created_at)
        SELECT id, '{tenant}', 1000000, 'USD', 100, 'open', 'intent', 'stripe', 'pi_' || id, 0, 0, 0, now() FROM unnest(ARRAY['{string.Join("','", purchases)}']::uuid[]) AS p(id)
        """, cancellationToken);

    private static byte[] Paid(Guid purchase) => JsonSerializer.SerializeToUtf8Bytes(new
    {
        id = $"evt_{purchase}",
        @object = "event",
        type = "payment_intent.succeeded",
        created = DateTimeOffset.UtcNow.ToUnixTimeSeconds(),
        livemode = false,
        data = new { @object = new { id = $"pi_{purchase}", @object = "payment_intent", status = "succeeded", amount = 100, amount_received = 100, currency = "usd", metadata = new { purchase_id = purchase } } },
    });

    /// <summary>The limit of acknowledging: each event a row with the same keys, committed before the next.</summary>
    private static async Task<Measured> InsertedAsync(Stage stage, List<byte[]> events, CancellationToken cancellationToken)
    {
        await stage.ExecuteAsync("CREATE TABLE bench_events (id uuid PRIMARY KEY, event_id text UNIQUE, object_id text, payload text, at timestamptz)", cancellationToken);
        await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(await stage.OwnerAsync(cancellationToken)) { MaxPoolSize = Senders }.ConnectionString);
        return await Load.EachAsync(Senders, events, async body =>
        {
            await using var command = source.CreateCommand("INSERT INTO bench_events VALUES ($1, $2, $2, $3, now()) ON CONFLICT DO NOTHING");
            var id = Guid.CreateVersion7();
            command.Parameters.AddWithValue(id);
            command.Parameters.AddWithValue(id.ToString());
            command.Parameters.AddWithValue(Encoding.UTF8.GetString(body));
            await command.ExecuteNonQueryAsync(cancellationToken);
        }, cancellationToken);
    }

    /// <summary>The limit of processing: one posting to the same two accounts, one commit, one after the other, as all of them credit one wallet.</summary>
    private static async Task<Measured> PostedAsync(Stage stage, Guid tenant, int count, CancellationToken cancellationToken)
    {
        await stage.ExecuteAsync("CREATE TABLE bench_accounts (id int PRIMARY KEY, balance bigint); INSERT INTO bench_accounts VALUES (1, 0), (2, 0); CREATE TABLE bench_entries (id uuid, account int, amount bigint, key text UNIQUE)", cancellationToken);
        await using var connection = await stage.OpenAsync(cancellationToken);
        return await Load.EachAsync(1, [.. Enumerable.Range(0, count)], async i =>
        {
            await using var command = new NpgsqlCommand("""
                WITH one AS (UPDATE bench_accounts SET balance = balance - 1 WHERE id = 1), two AS (UPDATE bench_accounts SET balance = balance + 1 WHERE id = 2)
                INSERT INTO bench_entries VALUES ($1, 1, -1, $2 || ':1'), ($1, 2, 1, $2 || ':2')
                """, connection);
            command.Parameters.AddWithValue(Guid.CreateVersion7());
            command.Parameters.AddWithValue($"{tenant}:{i}");
            await command.ExecuteNonQueryAsync(cancellationToken);
        }, cancellationToken);
    }

    private static async Task<long> CountAsync(Stage stage, string sql, CancellationToken cancellationToken)
    {
        await using var connection = await stage.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        return Convert.ToInt64(await command.ExecuteScalarAsync(cancellationToken), CultureInfo.InvariantCulture);
    }
}
