using Hermes.Application.Identity;
using Hermes.Domain.Identity;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Infrastructure.Persistence;

public sealed partial class HermesDbContext : IIdentityDb
{
    /// <inheritdoc />
    public DbSet<Member> Members => Set<Member>();

    /// <inheritdoc />
    public DbSet<Invitation> Invitations => Set<Invitation>();

    /// <inheritdoc />
    public DbSet<PersonalAccessToken> PersonalAccessTokens => Set<PersonalAccessToken>();
}
