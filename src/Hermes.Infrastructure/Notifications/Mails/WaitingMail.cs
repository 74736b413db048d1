using System.Text.Json;
using Hermes.Application.Shared;
using Hermes.Infrastructure.Persistence;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Hermes.Infrastructure.Notifications.Mails;

/// <summary>A mail that waits to be sent, or was: then its content is gone.</summary>
internal sealed class WaitingMail
{
    public Guid Id { get; init; }

    /// <summary>The encrypted mail; null once it was sent or given up.</summary>
    public byte[]? Content { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>Not before; a sender that takes it moves this on, so that a crashed one's mail is tried again.</summary>
    public DateTimeOffset DueAt { get; init; }

    public int Attempts { get; init; }

    public DateTimeOffset? SentAt { get; init; }

    /// <summary>Why the last attempt failed; null when none did.</summary>
    public string? Failure { get; init; }
}

internal sealed class WaitingMailConfiguration : IEntityTypeConfiguration<WaitingMail>
{
    public void Configure(EntityTypeBuilder<WaitingMail> builder)
    {
        builder.ToTable("mails", "notifications");
        builder.HasKey(m => m.Id);
        builder.Property(m => m.Failure).HasMaxLength(500);
        builder.HasIndex(m => m.DueAt).HasFilter("content IS NOT NULL");
    }
}

/// <summary>Stages mails in the present transaction.</summary>
internal sealed class Mailbox(HermesDbContext db, IUnitOfWork work, IDataProtectionProvider protection, MailSignal signal, TimeProvider clock) : IMailbox
{
    internal const string Purpose = "hermes.mail";

    public void Post(Mail mail)
    {
        var now = clock.GetUtcNow();
        db.Add(new WaitingMail
        {
            Id = Guid.CreateVersion7(now),
            Content = protection.CreateProtector(Purpose).Protect(JsonSerializer.SerializeToUtf8Bytes(mail)),
            CreatedAt = now,
            DueAt = now,
        });
        work.AfterCommit(signal.Wake);
    }
}

/// <summary>Wakes this node's mail sender after a commit.</summary>
internal sealed class MailSignal : IDisposable
{
    private readonly SemaphoreSlim _waiting = new(0, 1);

    public void Wake()
    {
        try
        {
            _waiting.Release();
        }
        catch (SemaphoreFullException)
        {
            // It is awake already.
        }
    }

    public Task WaitAsync(TimeSpan atMost, CancellationToken cancellationToken) => _waiting.WaitAsync(atMost, cancellationToken);

    public void Dispose() => _waiting.Dispose();
}
