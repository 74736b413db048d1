using System.Linq.Expressions;
using Hermes.Domain.Mesh;
using Hermes.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Hermes.Infrastructure.Mesh;

internal sealed class ReceiptConfiguration : IEntityTypeConfiguration<Receipt>, ITenantFilter<Receipt>
{
    public void Configure(EntityTypeBuilder<Receipt> builder)
    {
        builder.ToTable("receipts", "mesh");
        builder.HasKey(r => new { r.ContractId, r.Round });
        builder.Property(r => r.KeyId).HasMaxLength(64);
        builder.HasOne<Award>().WithMany().HasForeignKey(r => new { r.ContractId, r.Round }).OnDelete(DeleteBehavior.Restrict);
    }

    // Whoever may see the award's outcome may see its receipt.
    public Expression<Func<Receipt, bool>> Rule(HermesDbContext db) => r =>
        db.SeesAll || db.AwardOutcomes.Any(o => o.ContractId == r.ContractId && o.Round == r.Round);
}

/// <summary>A key that signs receipts. Engines only.</summary>
internal sealed class SigningKey
{
    /// <summary>Thumbprint of the public key (RFC 7638).</summary>
    public string Id { get; init; } = "";

    /// <summary>The public key as a JSON Web Key.</summary>
    public string PublicJwk { get; init; } = "";

    /// <summary>The private key (PKCS #8), encrypted by data protection.</summary>
    public byte[] ProtectedKey { get; init; } = [];

    public DateTimeOffset CreatedAt { get; init; }
}

internal sealed class SigningKeyConfiguration : IEntityTypeConfiguration<SigningKey>
{
    public void Configure(EntityTypeBuilder<SigningKey> builder)
    {
        builder.ToTable("signing_keys", "mesh");
        builder.HasKey(k => k.Id);
        builder.Property(k => k.Id).HasMaxLength(64);
        builder.Property(k => k.PublicJwk).HasColumnType("jsonb");
    }
}
