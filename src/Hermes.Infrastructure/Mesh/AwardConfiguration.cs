using System.Linq.Expressions;
using Hermes.Domain.Mesh;
using Hermes.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Hermes.Infrastructure.Mesh;

internal sealed class AwardConfiguration : IEntityTypeConfiguration<Award>, ITenantFilter<Award>
{
    public void Configure(EntityTypeBuilder<Award> builder)
    {
        builder.ToTable("awards", "mesh", t => t.HasCheckConstraint("ck_awards_score", "total_score between 0 and 100 and round > 0 and horizon_seconds > 0"));
        builder.HasKey(a => new { a.ContractId, a.Round });
        builder.ComplexProperty(a => a.Weights);
        builder.Property(a => a.TotalScore).HasPrecision(9, 6);
        builder.HasIndex(a => a.BidId).IsUnique();
        builder.HasOne<Contract>().WithMany().HasForeignKey(a => new { a.ContractId, a.PosterTenantId }).HasPrincipalKey(c => new { c.Id, c.TenantId }).OnDelete(DeleteBehavior.Restrict);
        builder.HasOne<Bid>().WithMany().HasForeignKey(a => a.BidId).OnDelete(DeleteBehavior.Restrict);
    }

    public Expression<Func<Award, bool>> Rule(HermesDbContext db) => a =>
        db.SeesAll || a.PosterTenantId == db.CurrentTenant || a.WinnerTenantId == db.CurrentTenant;
}

internal sealed class AwardOutcomeConfiguration : IEntityTypeConfiguration<AwardOutcome>, ITenantFilter<AwardOutcome>
{
    public void Configure(EntityTypeBuilder<AwardOutcome> builder)
    {
        builder.HasNoKey().ToView("award_outcomes", "mesh");
        builder.Property(o => o.TotalScore).HasPrecision(9, 6);
    }

    public Expression<Func<AwardOutcome, bool>> Rule(HermesDbContext db) => o =>
        db.SeesAll || o.PosterTenantId == db.CurrentTenant || db.Bids.Any(b => b.ContractId == o.ContractId && b.TenantId == db.CurrentTenant);
}
