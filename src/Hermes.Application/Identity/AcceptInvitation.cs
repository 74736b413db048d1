using Hermes.Application.Shared;
using Hermes.Application.Tenancy.Public;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Identity;

/// <summary>
/// Accepts an invitation: the signed-in person whose address was invited, or somebody without an account, who gets one
/// (its address confirmed, since the mail arrived).
/// </summary>
/// <param name="Secret">From the link.</param>
/// <param name="Name">A new person's name; null for one that is signed in.</param>
/// <param name="Password">A new person's password; null for one that is signed in.</param>
[AllowsAnyone("The link's secret is the proof; an existing account has to be signed in.")]
public sealed record AcceptInvitation(string Secret, string? Name, string? Password) : ICommand<Accepted>, IAcrossTenants;

/// <summary>Who belongs to what now.</summary>
/// <param name="Person">The person.</param>
/// <param name="Email">The address, to sign in with.</param>
/// <param name="Tenant">The tenant joined.</param>
public sealed record Accepted(PersonId Person, string Email, TenantId Tenant);

/// <summary>Handles <see cref="AcceptInvitation"/>.</summary>
public sealed class AcceptInvitationHandler(IIdentityDb identity, ITenants tenants, IPeople people, IAudit audit, ICurrentActor current, TimeProvider clock)
    : IRequestHandler<AcceptInvitation, Result<Accepted>>
{
    /// <inheritdoc />
    public async Task<Result<Accepted>> Handle(AcceptInvitation request, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var hash = Secret.HashOf(request.Secret ?? "");
        if (await identity.Invitations.SingleOrDefaultAsync(i => i.TokenHash == hash, cancellationToken) is not { } invitation)
            return IdentityErrors.InvitationOver;
        var used = invitation.Accept(now);
        if (!used.Succeeded)
            return used.Error;
        if (await tenants.FindAsync(invitation.TenantId, cancellationToken) is not { IsActive: true })
            return TenantRules.Suspended;
        var found = await PersonOfAsync(invitation.Email, request, cancellationToken);
        if (!found.Succeeded)
            return found.Error;
        var account = found.Value;
        if (await identity.Members.AnyAsync(m => m.TenantId == invitation.TenantId && m.PersonId == account.Id, cancellationToken))
            return IdentityErrors.AlreadyMember;
        var joined = Member.Join(invitation.TenantId, account.Id, invitation.Role, now);
        if (!joined.Succeeded)
            return joined.Error;
        identity.Members.Add(joined.Value);
        await people.RememberTenantAsync(account.Id, invitation.TenantId, cancellationToken);
        audit.Record("invitation.accept", "invitation", invitation.Id.Value, null, new { invitation.Email, invitation.Role, Person = account.Id }, invitation.TenantId, new ProvedPerson(account.Id, account.Email));
        return new Accepted(account.Id, account.Email, invitation.TenantId);
    }

    private async Task<Result<Account>> PersonOfAsync(string email, AcceptInvitation request, CancellationToken cancellationToken)
    {
        var account = await people.FindByEmailAsync(email, cancellationToken);
        if (current.Actor.Person is { } signedIn)
            return account?.Id == signedIn ? account : IdentityErrors.InvitationForOther;
        if (account is not null)
            return IdentityErrors.InvitationNeedsSignIn;
        if (!PersonName.IsValid(request.Name))
            return Error.Validation(new Dictionary<string, string[]> { ["name"] = [$"A name has 1 to {PersonName.MaxLength} visible characters."] });
        if (await people.CheckNewPasswordAsync(request.Password ?? "", email, cancellationToken) is { } weak)
            return Error.Validation(new Dictionary<string, string[]> { ["password"] = [weak.Message] });
        return await people.CreateAsync(email, request.Name!.Trim(), request.Password!, confirmed: true, cancellationToken);
    }
}
