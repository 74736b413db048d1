using System.Linq.Expressions;
using System.Text.Json;
using Hermes.Application.Shared;
using Hermes.Domain.Mesh;
using Hermes.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Hermes.Infrastructure.Mesh;

internal sealed class ContractConfiguration : IEntityTypeConfiguration<Contract>, ITenantFilter<Contract>
{
    public void Configure(EntityTypeBuilder<Contract> builder)
    {
        builder.ToTable("contracts", "mesh", t =>
        {
            t.HasCheckConstraint("ck_contracts_state", "state in ('draft','scheduled','bidding','awarded','in_progress','delivered','validated','settled','expired','cancelled','disputed','refunded')");
            t.HasCheckConstraint("ck_contracts_reward", "reward_micro_units > 0 and max_price_micro_units > 0 and max_price_currency = reward_currency");
            t.HasCheckConstraint("ck_contracts_weights", "weights_price >= 0 and weights_performance >= 0 and weights_speed >= 0 and weights_reputation >= 0 and weights_price + weights_performance + weights_speed + weights_reputation = 100");
            t.HasCheckConstraint("ck_contracts_window", "state in ('draft','scheduled','cancelled') or bidding_closes_at is not null");
            // Nobody is at work, and nothing was paid, without a winner.
            t.HasCheckConstraint("ck_contracts_winner", "state in ('draft','scheduled','bidding','expired','cancelled') or (winner_bid_id is not null and winner_agent_id is not null and winner_tenant_id is not null and price_micro_units is not null and (deliver_by is not null or milestone_count > 0))");
            t.HasCheckConstraint("ck_contracts_stars", "stars between 1 and 5");
            t.HasCheckConstraint("ck_contracts_promotional", "promotional_micro_units between 0 and coalesce(price_micro_units, 0)");
        });
        builder.HasKey(c => c.Id);
        foreach (var sum in new[] { nameof(Contract.EarlyAgentMicroUnits), nameof(Contract.EarlyPlatformMicroUnits), nameof(Contract.EarlyRefundedMicroUnits), nameof(Contract.ByHandMicroUnits), nameof(Contract.EarlyReleases), nameof(Contract.MilestoneCount) })
            builder.Property(sum).HasDefaultValueSql("0").ValueGeneratedNever();
        builder.HasAlternateKey(c => new { c.Id, c.TenantId });
        builder.ComplexProperty(c => c.Weights);
        builder.Property(c => c.ChainAgents).HasDefaultValueSql("'{}'").ValueGeneratedNever();
        builder.Ignore(c => c.Chain);
        builder.Property(c => c.Title).HasMaxLength(200);
        builder.Property(c => c.Intent).HasMaxLength(8_000);
        builder.Property(c => c.Context).HasColumnType("jsonb");
        builder.Property(c => c.Reason).HasMaxLength(Dispute.MaxText);
        builder.Property(c => c.MinReputation).HasPrecision(5, 4);
        builder.Property(c => c.MinConfidence).HasPrecision(5, 4);
        builder.Property(c => c.ValidationScore).HasPrecision(5, 4);
        builder.Property(c => c.Validation).HasColumnType("jsonb").HasConversion(
            rules => JsonSerializer.Serialize(rules, HermesJson.Options),
            json => JsonSerializer.Deserialize<ValidationRules>(json, HermesJson.Options)!,
            new ValueComparer<ValidationRules>((a, b) => ReferenceEquals(a, b), rules => 0, rules => rules));
        builder.HasIndex(c => new { c.TenantId, c.CreatedAt });
        builder.HasIndex(c => new { c.CreatedAt, c.Id }).HasDatabaseName("ix_contracts_newest");
        builder.HasIndex(c => c.BiddingClosesAt).HasFilter("state = 'bidding'").HasDatabaseName("ix_contracts_open");
        builder.HasIndex(c => c.StartsAt).HasFilter("state = 'scheduled'").HasDatabaseName("ix_contracts_scheduled");
        builder.HasIndex(c => c.WinnerAgentId).HasFilter("state in ('awarded','in_progress')").HasDatabaseName("ix_contracts_at_work");
        builder.HasIndex(c => new { c.WinnerTenantId, c.AwardedAt }).HasFilter("winner_tenant_id is not null").HasDatabaseName("ix_contracts_won");
        builder.HasIndex(c => c.DeliverBy).HasFilter("state in ('awarded','in_progress')").HasDatabaseName("ix_contracts_deadline");
        builder.HasIndex(c => c.AcceptBy).HasFilter("state = 'delivered'").HasDatabaseName("ix_contracts_acceptance");
        builder.HasIndex(c => c.RequiredCapabilities).HasMethod("gin").HasFilter("state = 'bidding'").HasDatabaseName("ix_contracts_capabilities");
    }

    // mesh.sql says the same. Another tenant's contract exists while it takes bids, for those it invited, and for those
    // that bid on it.
    public Expression<Func<Contract, bool>> Rule(HermesDbContext db) => c =>
        db.SeesAll || c.TenantId == db.CurrentTenant ||
        c.State != ContractState.Draft && c.State != ContractState.Scheduled &&
        (c.State == ContractState.Bidding && c.Visibility == Visibility.Network ||
         c.InvitedTenants.Contains(db.CurrentTenantValue) ||
         db.Bids.Any(b => b.ContractId == c.Id && b.TenantId == db.CurrentTenant));
}
