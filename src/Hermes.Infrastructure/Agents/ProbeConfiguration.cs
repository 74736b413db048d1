using System.Text.Json;
using Hermes.Application.Shared;
using Hermes.Domain.Agents;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Hermes.Infrastructure.Agents;

internal sealed class ProbeScheduleConfiguration : IEntityTypeConfiguration<ProbeSchedule>
{
    public void Configure(EntityTypeBuilder<ProbeSchedule> builder)
    {
        builder.ToTable("probe_schedules", "agents", t =>
        {
            t.HasCheckConstraint("ck_probe_schedules_interval", $"interval_seconds between {ProbeSchedule.MinIntervalSeconds} and {ProbeSchedule.MaxIntervalSeconds}");
            t.HasCheckConstraint("ck_probe_schedules_failures", "failures_in_row >= 0");
        });
        builder.HasKey(s => s.AgentId);
        builder.HasIndex(s => s.NextAt);
        builder.HasOne<Agent>().WithMany().HasForeignKey(s => new { s.TenantId, s.AgentId }).HasPrincipalKey(a => new { a.TenantId, a.Id });
    }
}

internal sealed class AgentProbeConfiguration : IEntityTypeConfiguration<AgentProbe>
{
    public void Configure(EntityTypeBuilder<AgentProbe> builder)
    {
        builder.ToTable("probes", "agents");
        builder.HasKey(p => p.Id);
        builder.Property(p => p.Endpoint).HasMaxLength(2_048);
        builder.Property(p => p.Failure).HasMaxLength(50);
        builder.Property(p => p.CardVersion).HasMaxLength(100);
        builder.Property(p => p.Steps).HasColumnType("jsonb").HasConversion(
            steps => JsonSerializer.Serialize(steps, HermesJson.Options),
            json => JsonSerializer.Deserialize<ProbeStep[]>(json, HermesJson.Options)!,
            new ValueComparer<IReadOnlyList<ProbeStep>>((a, b) => ReferenceEquals(a, b), steps => 0, steps => steps));
        builder.HasIndex(p => new { p.AgentId, p.At });
        builder.HasOne<Agent>().WithMany().HasForeignKey(p => new { p.TenantId, p.AgentId }).HasPrincipalKey(a => new { a.TenantId, a.Id });
    }
}

internal sealed class KeptCardConfiguration : IEntityTypeConfiguration<KeptCard>
{
    public void Configure(EntityTypeBuilder<KeptCard> builder)
    {
        builder.ToTable("cards", "agents", t => t.HasCheckConstraint("ck_cards_hash", "octet_length(hash) = 32"));
        builder.HasKey(c => new { c.AgentId, c.Hash });
        builder.Property(c => c.Version).HasMaxLength(100);
        builder.Property(c => c.Url).HasMaxLength(2_100);
        builder.Property(c => c.Endpoint).HasMaxLength(2_048);
        builder.HasIndex(c => new { c.AgentId, c.LastSeenAt });
        builder.HasOne<Agent>().WithMany().HasForeignKey(c => new { c.TenantId, c.AgentId }).HasPrincipalKey(a => new { a.TenantId, a.Id });
    }
}

internal sealed class CallCredentialConfiguration : IEntityTypeConfiguration<CallCredential>
{
    public void Configure(EntityTypeBuilder<CallCredential> builder)
    {
        builder.ToTable("call_credentials", "agents");
        builder.HasKey(c => c.AgentId);
        builder.HasOne<Agent>().WithMany().HasForeignKey(c => new { c.TenantId, c.AgentId }).HasPrincipalKey(a => new { a.TenantId, a.Id });
    }
}
