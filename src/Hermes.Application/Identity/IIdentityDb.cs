using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Identity;

/// <summary>The tables of Identity; people's accounts are behind <see cref="IPeople"/>.</summary>
public interface IIdentityDb
{
    /// <summary>Who belongs to which tenant.</summary>
    DbSet<Member> Members { get; }

    /// <summary>Invitations by mail.</summary>
    DbSet<Invitation> Invitations { get; }

    /// <summary>People's tokens for the API.</summary>
    DbSet<PersonalAccessToken> PersonalAccessTokens { get; }

    /// <summary>Locks the person's membership in the tenant until the transaction ends: its tokens are made by tokens and revoked one at a time.</summary>
    Task LockMemberAsync(TenantId tenant, PersonId person, CancellationToken cancellationToken);

    /// <summary>Saves what changed.</summary>
    Task<int> SaveChangesAsync(CancellationToken cancellationToken = default);
}
