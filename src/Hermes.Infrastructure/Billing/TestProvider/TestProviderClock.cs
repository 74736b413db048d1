using System.Text;
using System.Text.Json.Nodes;
using Hermes.Application.Billing;
using Hermes.Application.Shared;
using Hermes.Infrastructure.Billing.Stripe;
using Hermes.Infrastructure.Persistence;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hermes.Infrastructure.Billing.TestProvider;

/// <summary>
/// The test provider's own time: renewals, retries, arriving payouts, and webhooks, which go the way of any webhook
/// (signed, verified, stored) without leaving the process. They are repeated until they are taken.
/// </summary>
internal sealed class TestProviderClock(
    TestPaymentProvider provider, [FromKeyedServices(DataSources.Engine)] NpgsqlDataSource engine, IPaymentProvider chosen, ISystemScopes scopes, TimeProvider clock,
    ILogger<TestProviderClock> logger) : BackgroundService
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    /// <summary>Lets a test hold webhooks back, as a broken network would.</summary>
    public bool Silent { get; set; }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (chosen.Name != TestPaymentProvider.Name)
            return;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                while (await provider.TickAsync(stoppingToken))
                {
                }
                if (!Silent)
                    await DeliverAsync(stoppingToken);
            }
            catch (Exception failure) when (failure is not OperationCanceledException)
            {
                logger.LogWarning(failure, "The test payment provider stumbled and goes on.");
            }
            await Task.Delay(Look, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task DeliverAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var due = new List<(string Id, string Payload)>();
        await using (var command = engine.CreateCommand("""
            WITH due AS (SELECT event_id FROM billing.test_deliveries WHERE next_at <= $1 ORDER BY next_at LIMIT 50 FOR UPDATE SKIP LOCKED)
            UPDATE billing.test_deliveries d SET next_at = $2, attempts = d.attempts + 1 FROM due, billing.test_objects o
            WHERE d.event_id = due.event_id AND o.id = d.event_id RETURNING o.id, o.data::text, o.seq
            """))
        {
            command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = now });
            command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = now + Pause });
            var rows = new List<(long Seq, string Id, string Payload)>();
            await using var row = await command.ExecuteReaderAsync(cancellationToken);
            while (await row.ReadAsync(cancellationToken))
                rows.Add((row.GetInt64(2), row.GetString(0), JsonNode.Parse(row.GetString(1))!.ToJsonString()));
            due.AddRange(rows.OrderBy(r => r.Seq).Select(r => (r.Id, r.Payload)));
        }
        foreach (var (id, payload) in due)
        {
            var bytes = Encoding.UTF8.GetBytes(payload);
            var signature = StripeSignature.Make(bytes, provider.WebhookSecret, clock.GetUtcNow());
            await using var scope = scopes.Begin("test-payment-provider");
            var taken = await scope.SendAsync(new ReceiveWebhook(TestPaymentProvider.Name, bytes, name => name == StripeSignature.Header ? signature : null), cancellationToken);
            if (!taken.Succeeded)
                continue;
            await using var done = engine.CreateCommand("DELETE FROM billing.test_deliveries WHERE event_id = $1");
            done.Parameters.Add(new NpgsqlParameter<string> { TypedValue = id });
            await done.ExecuteNonQueryAsync(cancellationToken);
        }
    }
}
