using System.Text.Json;
using Hermes.Application.Shared;
using Hermes.Infrastructure.Persistence;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hermes.Infrastructure.Notifications.Mails;

/// <summary>
/// Sends what waits, one mail at a time per node. Taking a mail moves its due time on before it is sent (SKIP LOCKED:
/// no two nodes take the same one), so that a mail goes once, and again only if the node died between sending and noting it.
/// </summary>
internal sealed class MailDelivery(
    [FromKeyedServices(DataSources.Engine)] NpgsqlDataSource engine, IMailSender sender, IDataProtectionProvider protection, MailSignal signal,
    TimeProvider clock, ILogger<MailDelivery> logger) : BackgroundService
{
    private const int MaxAttempts = 10;
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                while (await SendNextAsync(stoppingToken))
                {
                }
                await signal.WaitAsync(Poll, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure) when (failure is NpgsqlException or TimeoutException)
            {
                logger.LogWarning("Mail waits: the database does not answer ({Failure})", failure.Message);
                await Task.Delay(Poll, CancellationToken.None);
            }
        }
    }

    private async Task<bool> SendNextAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        Guid id;
        byte[] content;
        int attempts;
        await using (var take = engine.CreateCommand("""
            UPDATE notifications.mails SET due_at = $2, attempts = attempts + 1
            WHERE id = (SELECT id FROM notifications.mails WHERE content IS NOT NULL AND due_at <= $1 ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED)
            RETURNING id, content, attempts
            """))
        {
            take.Parameters.Add(new NpgsqlParameter { Value = now });
            take.Parameters.Add(new NpgsqlParameter { Value = now + Lease });
            await using var row = await take.ExecuteReaderAsync(cancellationToken);
            if (!await row.ReadAsync(cancellationToken))
                return false;
            (id, content, attempts) = (row.GetGuid(0), row.GetFieldValue<byte[]>(1), row.GetInt32(2));
        }
        string? failed = null;
        try
        {
            var mail = JsonSerializer.Deserialize<Mail>(protection.CreateProtector(Mailbox.Purpose).Unprotect(content))!;
            await sender.SendAsync(id, mail, cancellationToken);
        }
        // Whatever is wrong with one mail: the next ones go, and the node goes on.
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            failed = failure.Message;
        }
        var over = failed is null || attempts >= MaxAttempts;
        if (failed is not null)
            logger.LogWarning("Mail {Mail} did not go in attempt {Attempt}: {Failure}", id, attempts, failed);
        await using var note = engine.CreateCommand("""
            UPDATE notifications.mails SET
                content = CASE WHEN $2 THEN NULL ELSE content END, sent_at = $3, due_at = $4, failure = $5
            WHERE id = $1
            """);
        note.Parameters.Add(new NpgsqlParameter { Value = id });
        note.Parameters.Add(new NpgsqlParameter { Value = over });
        note.Parameters.Add(new NpgsqlParameter { Value = failed is null ? now : DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.TimestampTz });
        note.Parameters.Add(new NpgsqlParameter { Value = now + TimeSpan.FromSeconds(Math.Min(3600, 5 * Math.Pow(2, attempts))) });
        note.Parameters.Add(new NpgsqlParameter { Value = (object?)(failed is { Length: > 500 } ? failed[..500] : failed) ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
        // Sent is sent: noting it is not given up when the host stops in between.
        await note.ExecuteNonQueryAsync(CancellationToken.None);
        return true;
    }
}
