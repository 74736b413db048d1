using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Identity;

/// <summary>Takes an invitation back.</summary>
/// <param name="Id">The invitation.</param>
[Requires(Permissions.UsersManage)]
public sealed record RevokeInvitation(InvitationId Id) : ICommand<Done>;

/// <summary>Handles <see cref="RevokeInvitation"/>.</summary>
public sealed class RevokeInvitationHandler(IIdentityDb db, IAudit audit, ICurrentActor current, TimeProvider clock) : IRequestHandler<RevokeInvitation, Result<Done>>
{
    /// <inheritdoc />
    public async Task<Result<Done>> Handle(RevokeInvitation request, CancellationToken cancellationToken)
    {
        if (await db.Invitations.SingleOrDefaultAsync(i => i.Id == request.Id && i.TenantId == current.Actor.Tenant, cancellationToken) is not { } invitation)
            return IdentityErrors.InvitationNotFound;
        var revoked = invitation.Revoke(clock.GetUtcNow());
        if (revoked.Succeeded)
            audit.Record("invitation.revoke", "invitation", invitation.Id.Value, new { invitation.Email, invitation.Role }, null);
        return revoked;
    }
}
