using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Hermes.Infrastructure.Marketplace.Embeddings;

/// <summary>A model's vector of a text, kept by what the text says: agents that say the same share one.</summary>
internal sealed class StoredEmbedding
{
    /// <summary>The model's name.</summary>
    public string Model { get; init; } = "";

    /// <summary>SHA-256 of the text.</summary>
    public byte[] ContentHash { get; init; } = [];

    /// <summary>Half-precision numbers, little endian, of length 1.</summary>
    public byte[] Vector { get; init; } = [];

    /// <summary>When it was made.</summary>
    public DateTimeOffset MadeAt { get; init; }
}

internal sealed class StoredEmbeddingConfiguration : IEntityTypeConfiguration<StoredEmbedding>
{
    public void Configure(EntityTypeBuilder<StoredEmbedding> builder)
    {
        builder.ToTable("embeddings", "marketplace", t => t.HasCheckConstraint("ck_embeddings_hash", "octet_length(content_hash) = 32"));
        builder.HasKey(e => new { e.Model, e.ContentHash });
        builder.Property(e => e.Model).HasMaxLength(200);
    }
}
