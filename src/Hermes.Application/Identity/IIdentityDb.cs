using Hermes.Domain.Identity;
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

    /// <summary>Saves what changed.</summary>
    Task<int> SaveChangesAsync(CancellationToken cancellationToken = default);
}
