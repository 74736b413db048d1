using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Identity;

/// <summary>Ends one of one's own tokens.</summary>
/// <param name="Id">The token.</param>
[RequiresSignIn]
public sealed record RevokeToken(TokenId Id) : ICommand<Done>;

/// <summary>Handles <see cref="RevokeToken"/>.</summary>
public sealed class RevokeTokenHandler(IIdentityDb db, RightsChanges changes, IAudit audit, ICurrentActor current, TimeProvider clock) : IRequestHandler<RevokeToken, Result<Done>>
{
    /// <inheritdoc />
    public async Task<Result<Done>> Handle(RevokeToken request, CancellationToken cancellationToken)
    {
        var token = await db.PersonalAccessTokens.SingleOrDefaultAsync(t => t.Id == request.Id, cancellationToken);
        if (token is null || token.PersonId != current.Actor.Person || token.RevokedAt is not null)
            return IdentityErrors.TokenNotFound;
        token.Revoke(clock.GetUtcNow());
        changes.Tell(token.TenantId, token.PersonId);
        audit.Record("token.revoke", "token", token.Id.Value, new { token.Name, token.Hint }, null);
        return Done.Ok;
    }
}
