using FluentValidation;
using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Identity;

/// <summary>A token as its owner sees it.</summary>
/// <param name="Id">The token.</param>
/// <param name="Name">What for.</param>
/// <param name="Hint">Its first characters.</param>
/// <param name="Scopes">Permissions it is limited to; empty for all of the person's.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="ExpiresAt">Null for never.</param>
/// <param name="LastUsedAt">To the minute; null when never.</param>
public sealed record TokenView(TokenId Id, string Name, string Hint, IReadOnlyList<string> Scopes, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt, DateTimeOffset? LastUsedAt);

/// <summary>Lists one's own live tokens in the current tenant, newest first.</summary>
[RequiresSignIn]
public sealed record ListTokens : IQuery<IReadOnlyList<TokenView>>;

/// <summary>Handles <see cref="ListTokens"/>.</summary>
public sealed class ListTokensHandler(IIdentityDb db, ICurrentActor current) : IRequestHandler<ListTokens, Result<IReadOnlyList<TokenView>>>
{
    /// <inheritdoc />
    public async Task<Result<IReadOnlyList<TokenView>>> Handle(ListTokens request, CancellationToken cancellationToken)
    {
        if (current.Actor.Person is not { } person)
            return AccessErrors.SignInNeeded;
        return await db.PersonalAccessTokens.AsNoTracking()
            .Where(t => t.PersonId == person && t.TenantId == current.Actor.Tenant && t.RevokedAt == null)
            .OrderByDescending(t => t.CreatedAt)
            .Select(t => new TokenView(t.Id, t.Name, t.Hint, t.Scopes, t.CreatedAt, t.ExpiresAt, t.LastUsedAt))
            .ToListAsync(cancellationToken);
    }
}
