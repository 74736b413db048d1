using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Identity;

/// <summary>Ends one of one's own tokens, with all that were made by it.</summary>
/// <param name="Id">The token.</param>
[RequiresSignIn]
public sealed record RevokeToken(TokenId Id) : ICommand<Done>;

/// <summary>Handles <see cref="RevokeToken"/>.</summary>
public sealed class RevokeTokenHandler(IIdentityDb db, RightsChanges changes, IAudit audit, ICurrentActor current, TimeProvider clock) : IRequestHandler<RevokeToken, Result<Done>>
{
    /// <inheritdoc />
    public async Task<Result<Done>> Handle(RevokeToken request, CancellationToken cancellationToken)
    {
        if (current.Actor is not { Person: { } person, Tenant: { } tenant })
            return IdentityErrors.TokenNotFound;
        await db.LockMemberAsync(tenant, person, cancellationToken);
        var live = await db.PersonalAccessTokens.Where(t => t.TenantId == tenant && t.PersonId == person && t.RevokedAt == null).ToListAsync(cancellationToken);
        if (live.Find(t => t.Id == request.Id) is not { } token)
            return IdentityErrors.TokenNotFound;
        var ending = new Queue<PersonalAccessToken>([token]);
        while (ending.TryDequeue(out var ended))
        {
            ended.Revoke(clock.GetUtcNow());
            audit.Record("token.revoke", "token", ended.Id.Value, new { ended.Name, ended.Hint }, null);
            foreach (var child in live.Where(t => t.ParentId == ended.Id))
                ending.Enqueue(child);
        }
        changes.Tell(tenant, person);
        return Done.Ok;
    }
}
