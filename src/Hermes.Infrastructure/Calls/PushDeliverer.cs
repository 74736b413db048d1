using System.Diagnostics;
using System.Text;
using Hermes.Application.A2A.Public;
using Hermes.Application.Calls;
using Hermes.Application.Shared;
using Hermes.Domain.Calls;
using Hermes.Infrastructure.Notifications.Public;
using Hermes.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hermes.Infrastructure.Calls;

/// <summary>
/// Pushes events of calls to where their callers want them: at least once, in order per configuration, by one node at a
/// time (a claim in the row that runs out), through the guarded client. A receiver that fails is tried again with growing
/// pauses and given up after twelve failures in a row; one that is slow keeps only its own pushes waiting.
/// </summary>
internal sealed class PushDeliverer(
    [FromKeyedServices(DataSources.Engine)] NpgsqlDataSource engine, ISystemScopes scopes, IOutgoingHttp http, IPushSecrets secrets, TimeProvider clock, ILogger<PushDeliverer> logger)
    : BackgroundService, IEventObserver
{
    private const int Most = 100;
    private const int MostOfTenant = 20;
    private const int MostOfReceiver = 5;
    private const int MostFailures = 12;
    private const int Page = 20;
    private static readonly TimeSpan Claim = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);
    // However many calls have news, and most want no pushes, it looks so often at most.
    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(20);
    private static readonly OutgoingLimits Limits = new() { Total = TimeSpan.FromSeconds(15), Silence = TimeSpan.FromSeconds(15), MaxBytes = 64 * 1024, MaxRedirects = 0 };
    // Another post begins only while the claim outlives it.
    private static readonly TimeSpan Turn = Claim - Limits.Total - Limits.Total;

    private readonly SemaphoreSlim _news = new(0, 1);

    public void Seen(LiveFrame frame)
    {
        if (frame.SubjectType == "call")
            Wake();
    }

    public override void Dispose()
    {
        _news.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var running = new Dictionary<Task, Due>();
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                foreach (var ended in running.Keys.Where(t => t.IsCompleted).ToList())
                    running.Remove(ended);
                var due = await ClaimAsync(running.Values, stoppingToken);
                foreach (var one in due)
                    running.Add(Task.Run(() => RunAsync(one, stoppingToken), CancellationToken.None), one);
                if (due.Count > 0)
                    continue;
                await Task.Delay(Breath, stoppingToken);
                await _news.WaitAsync(Look, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }
            catch (Exception failure)
            {
                logger.LogWarning(failure, "Pushes can't be delivered at the moment.");
                await Task.Delay(Look, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        await Task.WhenAll(running.Keys);
    }

    private void Wake()
    {
        try
        {
            if (_news.CurrentCount == 0)
                _news.Release();
        }
        catch (Exception woken) when (woken is SemaphoreFullException or ObjectDisposedException)
        {
            // Somebody else did, or nobody waits any more.
        }
    }

    /// <summary>
    /// Takes what is due: of each receiver and each tenant only so many, those counted that this node has already, so that
    /// nobody's slow receiver takes the places of others.
    /// </summary>
    private async Task<List<Due>> ClaimAsync(IReadOnlyCollection<Due> running, CancellationToken cancellationToken)
    {
        var due = new List<Due>();
        if (running.Count >= Most)
            return due;
        await using var command = engine.CreateCommand($"""
            WITH waiting AS (
                SELECT w.call_id, w.id FROM (
                    SELECT q.call_id, q.id, q.next_at, q.tenant_id, q.tenant_id || ' ' || {Receiver} AS receiver, row_number() OVER (PARTITION BY q.tenant_id, {Receiver} ORDER BY q.next_at) AS of_receiver,
                        row_number() OVER (PARTITION BY q.tenant_id ORDER BY q.next_at) AS of_tenant
                    FROM calls.push_configs q JOIN calls.calls c ON c.id = q.call_id
                    WHERE q.next_at <= $1 AND c.last_sequence > q.delivered) w
                WHERE w.of_receiver + (SELECT count(*) FROM unnest($4) r WHERE r = w.receiver) <= {MostOfReceiver}
                    AND w.of_tenant + (SELECT count(*) FROM unnest($3) t WHERE t = w.tenant_id) <= {MostOfTenant}
                ORDER BY w.next_at LIMIT $5),
            due AS (
                SELECT q.call_id, q.id FROM calls.push_configs q JOIN waiting USING (call_id, id) WHERE q.next_at <= $1 FOR NO KEY UPDATE OF q SKIP LOCKED)
            UPDATE calls.push_configs q SET next_at = $2 FROM due
            WHERE q.call_id = due.call_id AND q.id = due.id
            RETURNING q.call_id, q.id, q.url, q.secret, q.delivered, q.failures, q.tenant_id, q.tenant_id || ' ' || {Receiver}, q.next_at
            """);
        var now = clock.GetUtcNow();
        command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = now });
        command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = now + Claim });
        command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = [.. running.Select(d => d.Tenant)] });
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. running.Select(d => d.Receiver)] });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = Most - running.Count });
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
            due.Add(new Due(new CallId(row.GetGuid(0)), row.GetString(1), row.GetString(2), await row.IsDBNullAsync(3, cancellationToken) ? null : row.GetString(3), row.GetInt32(4), row.GetInt32(5),
                row.GetGuid(6), row.GetString(7), row.GetFieldValue<DateTimeOffset>(8)));
        return due;
    }

    // Scheme, host and port of an address.
    private const string Receiver = "lower(substring(q.url from '^[^:]+://[^/?#]+'))";

    private async Task RunAsync(Due due, CancellationToken cancellationToken)
    {
        try
        {
            await DeliverAsync(due, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The node stops; the claim runs out.
        }
        catch (Exception failure)
        {
            logger.LogWarning(failure, "Pushes of call {Call} can't be delivered at the moment.", due.Call);
        }
        Wake();
    }

    private async Task DeliverAsync(Due due, CancellationToken cancellationToken)
    {
        var (delivered, failures) = (due.Delivered, due.Failures);
        var (ended, all, failed) = (false, false, false);
        var started = Stopwatch.GetTimestamp();
        while (!all && !failed && Stopwatch.GetElapsedTime(started) < Turn)
        {
            await using var scope = scopes.Begin("call-push");
            var db = scope.Services.GetRequiredService<ICallsDb>();
            var call = CallView.Of(await db.Calls.AsNoTracking().SingleAsync(c => c.Id == due.Call, cancellationToken), null);
            var events = await db.CallEvents.AsNoTracking().Where(e => e.CallId == due.Call && e.Sequence > delivered).OrderBy(e => e.Sequence).Take(Page).ToListAsync(cancellationToken);
            (ended, all) = (call.IsEnded, events.Count < Page);
            foreach (var happened in events.ConvertAll(CallEventView.Of))
            {
                if (Stopwatch.GetElapsedTime(started) >= Turn)
                {
                    all = false;
                    break;
                }
                if (TaskMapping.EventOf(call, happened) is { } response && !await PostAsync(due, response, cancellationToken))
                {
                    (failures, failed) = (failures + 1, true);
                    break;
                }
                (delivered, failures) = (happened.Sequence, 0);
            }
        }
        // Only while the claim is this one's: what took longer is another's to say.
        await using var command = engine.CreateCommand("UPDATE calls.push_configs SET delivered = greatest(delivered, $3), failures = $4, next_at = $5 WHERE call_id = $1 AND id = $2 AND next_at = $6");
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = due.Call.Value });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = due.Id });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = delivered });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = failures });
        DateTimeOffset? next = failures >= MostFailures || (ended && all && failures == 0) ? null
            : clock.GetUtcNow() + (failures == 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(Math.Min(600, Math.Pow(2, failures - 1))));
        command.Parameters.Add(new NpgsqlParameter { Value = (object?)next ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.TimestampTz });
        command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = due.Claim });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task<bool> PostAsync(Due due, StreamResponse response, CancellationToken cancellationToken)
    {
        var secret = PushSecret.Open(due.Secret, secrets);
        var proof = new List<KeyValuePair<string, string>>();
        if (secret.Token is { } token)
            proof.Add(new("X-A2A-Notification-Token", token));
        if (secret.Scheme is { } scheme)
            proof.Add(new("Authorization", new StringBuilder(scheme).Append(' ').Append(secret.Credentials).ToString().TrimEnd()));
        try
        {
            var answer = await http.SendAsync(new OutgoingRequest(HttpMethod.Post, new Uri(due.Url))
            {
                Headers = [new(A2AJson.VersionHeader, A2AJson.Version)],
                Secrets = proof,
                Body = A2AJson.Write(response),
                ContentType = A2AJson.MediaType,
            }, Limits, cancellationToken);
            return answer.Succeeded;
        }
        catch (OutgoingFailedException failure)
        {
            logger.LogInformation("A push of call {Call} failed: {Reason}", due.Call, failure.Message);
            return false;
        }
    }

    /// <param name="Call">The call.</param>
    /// <param name="Id">The configuration.</param>
    /// <param name="Url">Where to.</param>
    /// <param name="Secret">Encrypted; null for none.</param>
    /// <param name="Delivered">The last event that was delivered.</param>
    /// <param name="Failures">In a row up to now.</param>
    /// <param name="Tenant">Whose.</param>
    /// <param name="Receiver">Tenant and origin of the address.</param>
    /// <param name="Claim">Until when it is this node's.</param>
    private sealed record Due(CallId Call, string Id, string Url, string? Secret, int Delivered, int Failures, Guid Tenant, string Receiver, DateTimeOffset Claim);
}
