using Hermes.Application.Shared;
using Hermes.Application.Tenancy.Public;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Identity;

/// <summary>Shows what an invitation's link offers, before it is accepted.</summary>
/// <param name="Secret">From the link.</param>
[AllowsAnyone("The link's secret is the proof that the mail was received.")]
public sealed record GetInvitation(string Secret) : IQuery<Offer>, IAcrossTenants;

/// <summary>What an invitation offers.</summary>
/// <param name="Organisation">The tenant's name.</param>
/// <param name="Email">Who is invited.</param>
/// <param name="Role">The role it gives.</param>
/// <param name="HasAccount">True when the address has an account, whose owner has to sign in.</param>
/// <param name="IsMine">True when the signed-in person is the invited one.</param>
public sealed record Offer(string Organisation, string Email, string Role, bool HasAccount, bool IsMine);

/// <summary>Handles <see cref="GetInvitation"/>.</summary>
public sealed class GetInvitationHandler(IIdentityDb identity, ITenants tenants, IPeople people, ICurrentActor current, TimeProvider clock)
    : IRequestHandler<GetInvitation, Result<Offer>>
{
    /// <inheritdoc />
    public async Task<Result<Offer>> Handle(GetInvitation request, CancellationToken cancellationToken)
    {
        var hash = Secret.HashOf(request.Secret ?? "");
        if (await identity.Invitations.AsNoTracking().SingleOrDefaultAsync(i => i.TokenHash == hash, cancellationToken) is not { } invitation
            || invitation.StateAt(clock.GetUtcNow()) != InvitationState.Open)
            return IdentityErrors.InvitationOver;
        var tenant = await tenants.FindAsync(invitation.TenantId, cancellationToken);
        var account = await people.FindByEmailAsync(invitation.Email, cancellationToken);
        return new Offer(tenant?.Name ?? "", invitation.Email, invitation.Role, account is not null, account is not null && account.Id == current.Actor.Person);
    }
}
