using System.Text.Json;
using Hermes.Application.Shared;
using Hermes.Domain.Agents.Public;
using Hermes.Domain.Calls;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Hermes.Infrastructure.Calls;

internal sealed class CallConfiguration : IEntityTypeConfiguration<Call>
{
    public void Configure(EntityTypeBuilder<Call> builder)
    {
        builder.ToTable("calls", "calls", t =>
        {
            t.HasCheckConstraint("ck_calls_price", "price_micro_units >= 0 and promotional_micro_units between 0 and price_micro_units");
            t.HasCheckConstraint("ck_calls_ended", "(ended_at is not null) = (state in ('completed', 'failed', 'canceled', 'rejected'))");
            t.HasCheckConstraint("ck_calls_paid", "ended_at is null or payment <> 'held'");
            t.HasCheckConstraint("ck_calls_charged", "charged_micro_units between 0 and price_micro_units and (charged_micro_units is null or payment = 'settled')");
            t.HasCheckConstraint("ck_calls_settled", "payment <> 'settled' or state = 'completed'");
        });
        builder.HasKey(c => c.Id);
        builder.Property(c => c.ContextId).HasMaxLength(Call.MaxContextLength);
        builder.Property(c => c.Project).HasMaxLength(80);
        builder.Property(c => c.Tariff).HasColumnType("jsonb").HasConversion(
            tariff => JsonSerializer.Serialize(tariff, HermesJson.Options), json => JsonSerializer.Deserialize<UnitTariff>(json, HermesJson.Options));
        builder.Property(c => c.ErrorCode).HasMaxLength(100);
        builder.Property(c => c.ErrorMessage).HasMaxLength(500);
        builder.HasIndex(c => new { c.TenantId, c.CreatedAt });
        builder.HasIndex(c => new { c.AgentTenantId, c.CreatedAt });
        builder.HasIndex(c => c.ConversationId);
        builder.HasIndex(c => new { c.ServedBy, c.CreatedAt });
        // For what calls took lately.
        builder.HasIndex(c => c.EndedAt).HasFilter("state = 'completed'").HasDatabaseName("ix_calls_completed");
        builder.HasIndex(c => c.DeadlineAt).HasFilter("ended_at is null").HasDatabaseName("ix_calls_open");
        // What an agent works on now: the call that its own calls come from.
        builder.HasIndex(c => c.ServedBy).HasFilter("ended_at is null").HasDatabaseName("ix_calls_served_open");
    }
}

internal sealed class AgentSubscriptionConfiguration : IEntityTypeConfiguration<AgentSubscription>
{
    public void Configure(EntityTypeBuilder<AgentSubscription> builder)
    {
        builder.ToTable("subscriptions", "calls", t =>
        {
            t.HasCheckConstraint("ck_subscriptions_others", "tenant_id <> agent_tenant_id");
            t.HasCheckConstraint("ck_subscriptions_period", "period >= 1 and period_starts_at < period_ends_at");
            t.HasCheckConstraint("ck_subscriptions_used", "used_calls >= 0 and used_calls <= (terms->'subscription'->>'included_calls')::bigint");
            t.HasCheckConstraint("ck_subscriptions_ended", "(ended_at is null) = (end_reason is null)");
        });
        builder.HasKey(s => s.Id);
        builder.Property(s => s.Terms).HasColumnType("jsonb").HasConversion(
            terms => JsonSerializer.Serialize(terms, HermesJson.Options), json => JsonSerializer.Deserialize<PriceTerms>(json, HermesJson.Options)!);
        builder.Property(s => s.NextTerms).HasColumnType("jsonb").HasConversion(
            terms => JsonSerializer.Serialize(terms, HermesJson.Options), json => JsonSerializer.Deserialize<PriceTerms>(json, HermesJson.Options));
        builder.HasIndex(s => new { s.TenantId, s.AgentId }).IsUnique().HasFilter("ended_at is null").HasDatabaseName("ux_subscriptions_open");
        builder.HasIndex(s => new { s.TenantId, s.AgentId, s.StartedAt });
        builder.HasIndex(s => s.PeriodEndsAt).HasFilter("ended_at is null").HasDatabaseName("ix_subscriptions_due");
    }
}

internal sealed class CallEventConfiguration : IEntityTypeConfiguration<CallEvent>
{
    public void Configure(EntityTypeBuilder<CallEvent> builder)
    {
        builder.ToTable("events", "calls");
        builder.HasKey(e => new { e.CallId, e.Sequence });
        builder.HasOne<Call>().WithMany().HasForeignKey(e => e.CallId).OnDelete(DeleteBehavior.Cascade);
        // Text as it was sent: jsonb would reorder members.
        builder.Property(e => e.Body).HasColumnType("json");
    }
}

internal sealed class CallStepConfiguration : IEntityTypeConfiguration<CallStep>
{
    public void Configure(EntityTypeBuilder<CallStep> builder)
    {
        builder.ToTable("steps", "calls");
        builder.HasKey(s => new { s.CallId, s.Number });
        builder.HasOne<Call>().WithMany().HasForeignKey(s => s.CallId).OnDelete(DeleteBehavior.Cascade);
        builder.Property(s => s.Name).HasMaxLength(40);
        builder.Property(s => s.Detail).HasMaxLength(300);
    }
}

internal sealed class AccessRuleConfiguration : IEntityTypeConfiguration<AccessRule>
{
    public void Configure(EntityTypeBuilder<AccessRule> builder)
    {
        builder.ToTable("access_rules", "calls", t => t.HasCheckConstraint("ck_access_rules_caller", "num_nonnulls(caller_tenant_id, caller_agent_id) = 1"));
        builder.HasKey(r => r.Id);
        builder.HasIndex(r => new { r.TenantId, r.AgentId, r.CallerTenantId, r.CallerAgentId }).IsUnique().AreNullsDistinct(false);
        builder.HasIndex(r => r.CallerTenantId);
        builder.HasIndex(r => r.CallerAgentId);
    }
}

internal sealed class AccessRequestConfiguration : IEntityTypeConfiguration<AccessRequest>
{
    public void Configure(EntityTypeBuilder<AccessRequest> builder)
    {
        builder.ToTable("access_requests", "calls");
        builder.HasKey(r => r.Id);
        builder.Property(r => r.Note).HasMaxLength(500);
        builder.HasIndex(r => new { r.AgentId, r.CallerTenantId }).IsUnique().HasFilter("decided_at is null").HasDatabaseName("ux_access_requests_waiting");
        builder.HasIndex(r => new { r.TenantId, r.AskedAt });
    }
}

internal sealed class CollaborationConfiguration : IEntityTypeConfiguration<Collaboration>
{
    public void Configure(EntityTypeBuilder<Collaboration> builder)
    {
        builder.ToTable("collaborations", "calls", t => t.HasCheckConstraint("ck_collaborations_two", "agent_id <> other_agent_id"));
        builder.HasKey(c => c.Id);
        builder.Property(c => c.Note).HasMaxLength(Collaboration.MaxNote);
        builder.HasIndex(c => new { c.AgentId, c.InvitedAt });
        builder.HasIndex(c => new { c.OtherAgentId, c.InvitedAt });
    }
}

internal sealed class CallPolicyConfiguration : IEntityTypeConfiguration<CallPolicy>
{
    public void Configure(EntityTypeBuilder<CallPolicy> builder)
    {
        builder.ToTable("policies", "calls");
        builder.HasKey(p => p.AgentId);
    }
}

internal sealed class PushConfigConfiguration : IEntityTypeConfiguration<PushConfig>
{
    public void Configure(EntityTypeBuilder<PushConfig> builder)
    {
        builder.ToTable("push_configs", "calls");
        builder.HasKey(p => new { p.CallId, p.Id });
        builder.HasOne<Call>().WithMany().HasForeignKey(p => p.CallId).OnDelete(DeleteBehavior.Cascade);
        builder.Property(p => p.Id).HasMaxLength(100);
        builder.Property(p => p.Url).HasMaxLength(2_048);
        builder.HasIndex(p => p.NextAt).HasFilter("next_at is not null").HasDatabaseName("ix_push_configs_due");
    }
}
