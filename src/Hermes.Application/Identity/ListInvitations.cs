using FluentValidation;
using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Identity;

/// <summary>Lists the tenant's invitations that were not accepted, newest first; at most 200.</summary>
[Requires(Permissions.UsersManage)]
public sealed record ListInvitations : IQuery<IReadOnlyList<InvitationView>>;

/// <summary>Handles <see cref="ListInvitations"/>.</summary>
public sealed class ListInvitationsHandler(IIdentityDb db, ICurrentActor current, TimeProvider clock) : IRequestHandler<ListInvitations, Result<IReadOnlyList<InvitationView>>>
{
    /// <inheritdoc />
    public async Task<Result<IReadOnlyList<InvitationView>>> Handle(ListInvitations request, CancellationToken cancellationToken)
    {
        var rows = await db.Invitations.AsNoTracking()
            .Where(i => i.TenantId == current.Actor.Tenant && i.AcceptedAt == null && i.RevokedAt == null)
            .OrderByDescending(i => i.CreatedAt).Take(200).ToListAsync(cancellationToken);
        return rows.ConvertAll(i => View(i, clock.GetUtcNow()));
    }

    internal static InvitationView View(Invitation i, DateTimeOffset now) => new(i.Id, i.Email, i.Role, i.StateAt(now), i.CreatedAt, i.ExpiresAt);
}
