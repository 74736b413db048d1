using Hermes.Domain.Mesh;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Hermes.Infrastructure.Mesh;

internal sealed class PreferencesConfiguration : IEntityTypeConfiguration<Preferences>
{
    public void Configure(EntityTypeBuilder<Preferences> builder)
    {
        builder.ToTable("preferences", "mesh", t =>
        {
            t.HasCheckConstraint("ck_preferences_weights", "weights_price + weights_performance + weights_speed + weights_reputation = 100");
            t.HasCheckConstraint("ck_preferences_max_price", "(max_price_micro_units is null) = (max_price_currency is null) and coalesce(max_price_micro_units, 1) > 0");
        });
        builder.HasKey(p => new { p.TenantId, p.PersonId });
        builder.ComplexProperty(p => p.Weights);
        builder.Property(p => p.MaxPriceCurrency).HasMaxLength(3);
        builder.Property(p => p.MinConfidence).HasPrecision(5, 4);
        builder.Property(p => p.MinReputation).HasPrecision(5, 4);
    }
}
