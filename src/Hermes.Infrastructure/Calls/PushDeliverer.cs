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
/// pauses and given up after twelve failures in a row.
/// </summary>
internal sealed class PushDeliverer(
    [FromKeyedServices(DataSources.Engine)] NpgsqlDataSource engine, ISystemScopes scopes, IOutgoingHttp http, IPushSecrets secrets, TimeProvider clock, ILogger<PushDeliverer> logger)
    : BackgroundService, IEventObserver
{
    private const int Most = 50;
    private const int MostFailures = 12;
    private static readonly TimeSpan Claim = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);
    private static readonly OutgoingLimits Limits = new() { Total = TimeSpan.FromSeconds(15), Silence = TimeSpan.FromSeconds(15), MaxBytes = 64 * 1024, MaxRedirects = 0 };

    private readonly SemaphoreSlim _news = new(0, 1);

    public void Seen(LiveFrame frame)
    {
        if (frame.SubjectType == "call" && _news.CurrentCount == 0)
            _news.Release();
    }

    public override void Dispose()
    {
        _news.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var due = await ClaimAsync(stoppingToken);
                await Task.WhenAll(due.Select(d => DeliverAsync(d, stoppingToken)));
                if (due.Count == 0)
                    await _news.WaitAsync(Look, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure)
            {
                logger.LogWarning(failure, "Pushes can't be delivered at the moment.");
                await Task.Delay(Look, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task<List<Due>> ClaimAsync(CancellationToken cancellationToken)
    {
        await using var command = engine.CreateCommand($"""
            UPDATE calls.push_configs p SET next_at = $2 FROM (
                SELECT q.call_id, q.id FROM calls.push_configs q JOIN calls.calls c ON c.id = q.call_id
                WHERE q.next_at <= $1 AND c.last_sequence > q.delivered ORDER BY q.next_at LIMIT {Most} FOR NO KEY UPDATE OF q SKIP LOCKED) due
            WHERE p.call_id = due.call_id AND p.id = due.id RETURNING p.call_id, p.id, p.url, p.secret, p.delivered, p.failures
            """);
        var now = clock.GetUtcNow();
        command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = now });
        command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = now + Claim });
        var due = new List<Due>();
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
            due.Add(new Due(new CallId(row.GetGuid(0)), row.GetString(1), row.GetString(2), await row.IsDBNullAsync(3, cancellationToken) ? null : row.GetString(3), row.GetInt32(4), row.GetInt32(5)));
        return due;
    }

    private async Task DeliverAsync(Due due, CancellationToken cancellationToken)
    {
        var (delivered, failures) = (due.Delivered, due.Failures);
        bool ended;
        await using (var scope = scopes.Begin("call-push"))
        {
            var db = scope.Services.GetRequiredService<ICallsDb>();
            var call = CallView.Of(await db.Calls.AsNoTracking().SingleAsync(c => c.Id == due.Call, cancellationToken), null);
            ended = call.IsEnded;
            var events = await db.CallEvents.AsNoTracking().Where(e => e.CallId == due.Call && e.Sequence > delivered).OrderBy(e => e.Sequence).ToListAsync(cancellationToken);
            foreach (var happened in events.ConvertAll(CallEventView.Of))
            {
                if (TaskMapping.EventOf(call, happened) is { } response && !await PostAsync(due, response, cancellationToken))
                {
                    failures++;
                    break;
                }
                (delivered, failures) = (happened.Sequence, 0);
            }
        }
        await using var command = engine.CreateCommand("UPDATE calls.push_configs SET delivered = greatest(delivered, $3), failures = $4, next_at = $5 WHERE call_id = $1 AND id = $2");
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = due.Call.Value });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = due.Id });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = delivered });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = failures });
        DateTimeOffset? next = failures >= MostFailures || (ended && failures == 0) ? null
            : clock.GetUtcNow() + (failures == 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(Math.Min(600, Math.Pow(2, failures - 1))));
        command.Parameters.Add(new NpgsqlParameter { Value = (object?)next ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.TimestampTz });
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

    private sealed record Due(CallId Call, string Id, string Url, string? Secret, int Delivered, int Failures);
}
