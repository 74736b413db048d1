using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Hermes.Infrastructure.Identity;

internal sealed class MemberConfiguration : IEntityTypeConfiguration<Member>
{
    public void Configure(EntityTypeBuilder<Member> builder)
    {
        builder.ToTable("members", "identity");
        builder.HasKey(m => new { m.TenantId, m.PersonId });
        builder.Property(m => m.Role).HasMaxLength(60);
        builder.HasIndex(m => m.PersonId);
    }
}

internal sealed class InvitationConfiguration : IEntityTypeConfiguration<Invitation>
{
    public void Configure(EntityTypeBuilder<Invitation> builder)
    {
        builder.ToTable("invitations", "identity", t => t.HasCheckConstraint("ck_invitations_end", "accepted_at IS NULL OR revoked_at IS NULL"));
        builder.HasKey(i => i.Id);
        builder.Property(i => i.Email).HasMaxLength(EmailAddress.MaxLength);
        builder.Property(i => i.Role).HasMaxLength(60);
        builder.HasIndex(i => i.TokenHash).IsUnique();
        builder.HasIndex(i => new { i.TenantId, i.CreatedAt });
        // Two clicks on the link: the second one finds the row changed and is refused.
        builder.Property<uint>("Version").IsRowVersion();
    }
}

internal sealed class PersonalAccessTokenConfiguration : IEntityTypeConfiguration<PersonalAccessToken>
{
    public void Configure(EntityTypeBuilder<PersonalAccessToken> builder)
    {
        builder.ToTable("personal_access_tokens", "identity", t => t.HasCheckConstraint("ck_personal_access_tokens_hash", "octet_length(token_hash) = 32"));
        builder.HasKey(t => t.Id);
        builder.Property(t => t.Name).HasMaxLength(PersonalAccessToken.MaxNameLength);
        builder.Property(t => t.Hint).HasMaxLength(20);
        builder.HasIndex(t => t.TokenHash).IsUnique();
        builder.HasIndex(t => new { t.TenantId, t.PersonId });
        builder.HasOne<PersonalAccessToken>().WithMany().HasForeignKey(t => t.ParentId).OnDelete(DeleteBehavior.Restrict);
    }
}
