using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Identity;

/// <summary>Makes a personal access token in the current tenant. A token cannot make one that may do more or lives longer than itself.</summary>
/// <param name="Name">What for.</param>
/// <param name="ExpiresInDays">1–366; null for never, or for as long as the token that asks.</param>
/// <param name="Scopes">Permissions; null or empty for all of the person's.</param>
[RequiresSignIn]
public sealed record CreateToken(string Name, int? ExpiresInDays, IReadOnlyList<string>? Scopes) : ICommand<NewToken>;

/// <summary>Handles <see cref="CreateToken"/>.</summary>
public sealed class CreateTokenHandler(IIdentityDb db, IAudit audit, ICurrentActor current, TimeProvider clock) : IRequestHandler<CreateToken, Result<NewToken>>
{
    /// <inheritdoc />
    public async Task<Result<NewToken>> Handle(CreateToken request, CancellationToken cancellationToken)
    {
        if (current.Actor is not { Person: { } person } actor)
            return AccessErrors.SignInNeeded;
        if (actor.Tenant is not { } tenant)
            return AccessErrors.NoTenant;
        PersonalAccessToken? parent = null;
        if (actor.Credential is { } used)
        {
            // Whoever revokes the token meanwhile sees what it made, or comes first.
            await db.LockMemberAsync(tenant, person, cancellationToken);
            parent = await db.PersonalAccessTokens.AsNoTracking().SingleOrDefaultAsync(t => t.Id == new TokenId(used), cancellationToken);
            if (parent is not { RevokedAt: null })
                return AccessErrors.SignInNeeded;
        }
        return TokenMaking.Make(db, audit, clock, tenant, person, request.Name, request.ExpiresInDays, request.Scopes, parent: parent);
    }
}
