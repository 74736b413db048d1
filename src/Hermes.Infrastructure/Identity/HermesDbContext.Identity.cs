using Hermes.Application.Identity;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
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

    /// <inheritdoc />
    public Task LockMemberAsync(TenantId tenant, PersonId person, CancellationToken cancellationToken) =>
        Database.ExecuteSqlAsync($"SELECT FROM identity.members WHERE tenant_id = {tenant.Value} AND person_id = {person.Value} FOR NO KEY UPDATE", cancellationToken);
}
