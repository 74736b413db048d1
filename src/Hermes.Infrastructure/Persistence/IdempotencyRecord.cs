using Hermes.Domain.Shared;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Hermes.Infrastructure.Persistence;

/// <summary>The first answer to a command with an <c>Idempotency-Key</c>, kept for a day.</summary>
internal sealed class IdempotencyRecord
{
    /// <summary>The person or agent that sent the key.</summary>
    public Guid SubjectId { get; init; }

    /// <summary>The key.</summary>
    public string Key { get; init; } = "";

    /// <summary>The tenant acted for; the empty UUID where there was none.</summary>
    public Guid TenantId { get; init; }

    /// <summary>SHA-256 of method, path and body.</summary>
    public byte[] Fingerprint { get; init; } = [];

    /// <summary>The encrypted answer; null while the first call is still running in its transaction.</summary>
    public byte[]? Answer { get; init; }

    /// <summary>When the first call came.</summary>
    public DateTimeOffset CreatedAt { get; init; }
}

internal sealed class IdempotencyRecordConfiguration : IEntityTypeConfiguration<IdempotencyRecord>
{
    public void Configure(EntityTypeBuilder<IdempotencyRecord> builder)
    {
        builder.ToTable("idempotency_records", "shared");
        builder.HasKey(r => new { r.SubjectId, r.Key });
        builder.Property(r => r.Key).HasMaxLength(200);
        builder.HasIndex(r => r.CreatedAt);
    }
}

/// <summary>The first answer to a command that held or paid, by the key that Hermes derives from what it is about.</summary>
internal sealed class DerivedKey : ITenantOwned
{
    /// <summary>SHA-256 of purpose, payer, subject, amount and content.</summary>
    public byte[] Key { get; init; } = [];

    /// <summary>The payer's tenant.</summary>
    public TenantId TenantId { get; init; }

    /// <summary>What was done.</summary>
    public string Purpose { get; init; } = "";

    /// <summary>The encrypted answer; null while the first command is still running in its transaction.</summary>
    public byte[]? Answer { get; init; }

    /// <summary>When the first command came.</summary>
    public DateTimeOffset CreatedAt { get; init; }
}

internal sealed class DerivedKeyConfiguration : IEntityTypeConfiguration<DerivedKey>
{
    public void Configure(EntityTypeBuilder<DerivedKey> builder)
    {
        builder.ToTable("derived_keys", "shared");
        builder.HasKey(k => k.Key);
        builder.Property(k => k.Purpose).HasMaxLength(64);
        builder.HasIndex(k => k.CreatedAt);
    }
}
