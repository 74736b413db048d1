using Hermes.Domain.Shared;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Hermes.Infrastructure.Compliance;

/// <summary>A row of the audit log: who did what to what, and what it changed. Never changed or deleted.</summary>
public sealed class AuditEntry : ITenantOwned
{
    /// <summary>UUIDv7.</summary>
    public Guid Id { get; init; }

    /// <summary>The tenant whose log it is in.</summary>
    public TenantId TenantId { get; init; }

    /// <summary>When.</summary>
    public DateTimeOffset At { get; init; }

    /// <summary><c>person</c>, <c>agent</c>, <c>system</c> or <c>anonymous</c>.</summary>
    public string ActorKind { get; init; } = "";

    /// <summary>The person's or agent's id; null for system actors.</summary>
    public Guid? ActorId { get; init; }

    /// <summary>E-mail address or name at that time.</summary>
    public string ActorName { get; init; } = "";

    /// <summary>Verb in the field's words, for instance <c>contract.post</c>.</summary>
    public string Action { get; init; } = "";

    /// <summary>What was changed.</summary>
    public string SubjectType { get; init; } = "";

    /// <summary>Its id.</summary>
    public Guid SubjectId { get; init; }

    /// <summary>JSON of what mattered before; null for something new.</summary>
    public string? Before { get; init; }

    /// <summary>JSON of what matters now; null for something gone.</summary>
    public string? After { get; init; }

    /// <summary>Ties the row to log lines and to the answer's <c>X-Request-Id</c>.</summary>
    public string RequestId { get; init; } = "";

    /// <summary>The caller's address; null for system actors.</summary>
    public string? Address { get; init; }
}

internal sealed class AuditEntryConfiguration : IEntityTypeConfiguration<AuditEntry>
{
    public void Configure(EntityTypeBuilder<AuditEntry> builder)
    {
        builder.ToTable("audit_entries", "compliance");
        builder.HasKey(e => e.Id);
        builder.Property(e => e.Before).HasColumnType("jsonb");
        builder.Property(e => e.After).HasColumnType("jsonb");
        builder.HasIndex(e => new { e.TenantId, e.At, e.Id }).IsDescending(false, true, true);
        builder.HasIndex(e => new { e.TenantId, e.SubjectId });
    }
}
