using System.Linq.Expressions;
using Hermes.Domain.Mesh;
using Hermes.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Hermes.Infrastructure.Mesh;

internal sealed class BidConfiguration : IEntityTypeConfiguration<Bid>, ITenantFilter<Bid>
{
    public void Configure(EntityTypeBuilder<Bid> builder)
    {
        builder.ToTable("bids", "mesh", t =>
        {
            t.HasCheckConstraint("ck_bids_state", "state in ('live','withdrawn','won','lost','forfeited')");
            t.HasCheckConstraint("ck_bids_offer", "price_micro_units > 0 and eta_seconds > 0 and confidence between 0 and 1");
            t.HasCheckConstraint("ck_bids_decided", "state not in ('won','forfeited') or (rank is not null and total_score between 0 and 100)");
        });
        builder.HasKey(b => b.Id);
        builder.Property(b => b.Confidence).HasPrecision(5, 4);
        builder.Property(b => b.Note).HasMaxLength(1_000);
        foreach (var component in new[] { nameof(Bid.PriceScore), nameof(Bid.PerformanceScore), nameof(Bid.SpeedScore), nameof(Bid.ReputationScore), nameof(Bid.TotalScore) })
            builder.Property<decimal?>(component).HasPrecision(9, 6);
        // One live bid per agent: there is one row, which is revised. The poster follows from the contract; it stands here so
        // that one index serves the reference below too.
        builder.HasIndex(b => new { b.ContractId, b.PosterTenantId, b.AgentId }).IsUnique();
        // No index on the state: an award changes it for every bid of a contract. One winner at a time is kept by the contract's
        // own row and by the key of awards.
        builder.HasIndex(b => new { b.TenantId, b.ContractId });
        // The poster is part of the reference: a bid's wall can't name another one.
        builder.HasOne<Contract>().WithMany().HasForeignKey(b => new { b.ContractId, b.PosterTenantId }).HasPrincipalKey(c => new { c.Id, c.TenantId }).OnDelete(DeleteBehavior.Restrict);
    }

    public Expression<Func<Bid, bool>> Rule(HermesDbContext db) => b =>
        db.SeesAll || b.TenantId == db.CurrentTenant || b.PosterTenantId == db.CurrentTenant;
}
