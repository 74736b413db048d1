using System.Text.Json;
using Hermes.Application.Shared;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Hermes.Infrastructure.Notifications;

/// <summary>An event as it is stored with the change that caused it.</summary>
public sealed class OutboxMessage
{
    private OutboxMessage()
    {
    }

    /// <summary>Order of writing; gaps and out-of-order commits are normal, so nobody reads by it but the dispatcher.</summary>
    public long Seq { get; private set; }

    /// <summary>Order of delivery, given by the dispatcher after the commit; null until then. Clients resume by it.</summary>
    public long? Position { get; private set; }

    /// <summary>As sent to clients, for instance <c>contract.announced</c>.</summary>
    public string Type { get; private set; } = "";

    /// <summary>What it is about.</summary>
    public string SubjectType { get; private set; } = "";

    /// <summary>Its id.</summary>
    public Guid SubjectId { get; private set; }

    /// <summary>The tenant that caused it (recipients are in the audience).</summary>
    public Guid SourceTenantId { get; private set; }

    /// <summary>The payload, snake_case JSON.</summary>
    public string Data { get; private set; } = "{}";

    /// <summary>Tenants whose people hear it.</summary>
    public Guid[] AudienceTenants { get; private set; } = [];

    /// <summary>Agents that hear it.</summary>
    public Guid[] AudienceAgents { get; private set; } = [];

    /// <summary><see cref="EligibilityTerms"/> as JSON; null when it is not an announcement.</summary>
    public string? AudienceEligible { get; private set; }

    /// <summary>Every page hears it.</summary>
    public bool AudienceEveryone { get; private set; }

    /// <summary>When it was written.</summary>
    public DateTimeOffset CreatedAt { get; private set; }

    /// <summary>Makes the row.</summary>
    public static OutboxMessage Of(LiveEvent liveEvent, DateTimeOffset now) => new()
    {
        Type = liveEvent.Type,
        SubjectType = liveEvent.SubjectType,
        SubjectId = liveEvent.SubjectId,
        SourceTenantId = liveEvent.Tenant.Value,
        Data = JsonSerializer.Serialize(liveEvent.Data, liveEvent.Data.GetType(), HermesJson.Options),
        AudienceTenants = [.. liveEvent.Audience.Tenants.Select(t => t.Value).Distinct()],
        AudienceAgents = [.. liveEvent.Audience.Agents.Select(a => a.Value).Distinct()],
        AudienceEligible = liveEvent.Audience.Eligible is { } terms ? JsonSerializer.Serialize(terms, HermesJson.Options) : null,
        AudienceEveryone = liveEvent.Audience.Everyone,
        CreatedAt = now,
    };
}

internal sealed class OutboxMessageConfiguration : IEntityTypeConfiguration<OutboxMessage>
{
    public void Configure(EntityTypeBuilder<OutboxMessage> builder)
    {
        builder.ToTable("outbox", "notifications");
        builder.HasKey(m => m.Seq);
        builder.Property(m => m.Seq).UseIdentityAlwaysColumn();
        builder.Property(m => m.Type).HasMaxLength(80);
        builder.Property(m => m.SubjectType).HasMaxLength(40);
        builder.Property(m => m.Data).HasColumnType("jsonb");
        builder.Property(m => m.AudienceEligible).HasColumnType("jsonb");
        builder.HasIndex(m => m.Position).IsUnique();
        builder.HasIndex(m => m.Seq).HasFilter("position IS NULL").HasDatabaseName("ix_outbox_undispatched");
    }
}
