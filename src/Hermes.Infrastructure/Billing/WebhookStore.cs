using Hermes.Application.Billing;
using Hermes.Domain.Billing;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Persistence;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using NpgsqlTypes;

namespace Hermes.Infrastructure.Billing;

/// <summary>Events in <c>billing.webhook_events</c>, one statement each, so that taking one costs a provider a few milliseconds.</summary>
internal sealed class WebhookStore([FromKeyedServices(DataSources.Engine)] NpgsqlDataSource engine, EventSignal signal, TimeProvider clock) : IWebhookStore
{
    public async Task<bool> StoreAsync(string provider, ReceivedEvent received, bool fetched, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        await using var command = engine.CreateCommand("""
            INSERT INTO billing.webhook_events (id, provider, event_id, type, object_id, payload, occurred_at, received_at, fetched, state, attempts, next_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'waiting', 0, $8) ON CONFLICT (provider, event_id) DO NOTHING
            """);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = Id.New<WebhookEventId>(clock).Value });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = provider });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = received.Id });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = received.Type });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = received.ObjectId });
        // PostgreSQL's text has no zero character; JSON writes one as an escape, so a bare one was no JSON.
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = received.Payload.Replace("\0", "", StringComparison.Ordinal) });
        command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = received.OccurredAt });
        command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = now });
        command.Parameters.Add(new NpgsqlParameter<bool> { TypedValue = fetched });
        var stored = await command.ExecuteNonQueryAsync(cancellationToken) == 1;
        if (stored)
            signal.Wake();
        return stored;
    }

    /// <summary>
    /// Takes events whose turn it is for a while: of each object the earliest that waits, and only when no node has one of that
    /// object. A node that dies lets go when the while is over.
    /// </summary>
    public async Task<List<WebhookEventId>> ClaimAsync(int most, TimeSpan lease, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        await using var command = engine.CreateCommand("""
            UPDATE billing.webhook_events e SET leased_until = $2 FROM (
                SELECT w.id FROM billing.webhook_events w
                WHERE w.state = 'waiting' AND w.next_at <= $1 AND (w.leased_until IS NULL OR w.leased_until <= $1)
                  AND NOT EXISTS (SELECT FROM billing.webhook_events p WHERE p.state = 'waiting' AND p.object_id = w.object_id AND (p.occurred_at, p.id) < (w.occurred_at, w.id))
                ORDER BY w.next_at LIMIT $3 FOR UPDATE OF w SKIP LOCKED) due
            WHERE e.id = due.id RETURNING e.id
            """);
        command.Parameters.Add(new NpgsqlParameter { Value = now, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        command.Parameters.Add(new NpgsqlParameter { Value = now + lease, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = most });
        var claimed = new List<WebhookEventId>();
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
            claimed.Add(new WebhookEventId(row.GetGuid(0)));
        claimed.Sort((a, b) => a.Value.CompareTo(b.Value));
        return claimed;
    }
}

/// <summary>Wakes this node's processing of events.</summary>
internal sealed class EventSignal : IDisposable
{
    private readonly SemaphoreSlim _news = new(0, 1);

    public void Wake()
    {
        try
        {
            if (_news.CurrentCount == 0)
                _news.Release();
        }
        catch (SemaphoreFullException)
        {
            // Another thread was quicker; one waking is enough.
        }
    }

    public Task WaitAsync(TimeSpan most, CancellationToken cancellationToken) => _news.WaitAsync(most, cancellationToken);

    public void Dispose() => _news.Dispose();
}
