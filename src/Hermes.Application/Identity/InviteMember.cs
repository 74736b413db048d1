using FluentValidation;
using Hermes.Application.Shared;
using Hermes.Application.Tenancy.Public;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Identity;

/// <summary>Invites somebody by e-mail; an open invitation to the same address is replaced.</summary>
/// <param name="Email">To whom.</param>
/// <param name="Role">Name of the role.</param>
[Requires(Permissions.UsersManage)]
public sealed record InviteMember(string Email, string Role) : ICommand<InvitationView>;

/// <summary>Validates <see cref="InviteMember"/>.</summary>
public sealed class InviteMemberValidator : AbstractValidator<InviteMember>
{
    /// <summary>The rules.</summary>
    public InviteMemberValidator()
    {
        RuleFor(r => r.Email).Must(e => EmailAddress.IsValid(e?.Trim())).WithMessage(IdentityErrors.EmailInvalid.Message);
        RuleFor(r => r.Role).Must(BuiltInRoles.IsAssignable).WithMessage(IdentityErrors.RoleUnknown.Message);
    }
}

/// <summary>Handles <see cref="InviteMember"/>.</summary>
public sealed class InviteMemberHandler(
    IIdentityDb identity, ITenants tenants, IPeople people, IMailbox mailbox, IPublicLinks links, IAudit audit, ICurrentActor current, IPlanPlaces places, TimeProvider clock)
    : IRequestHandler<InviteMember, Result<InvitationView>>
{
    /// <inheritdoc />
    public async Task<Result<InvitationView>> Handle(InviteMember request, CancellationToken cancellationToken)
    {
        if (current.Actor.Person is not { } inviter)
            return AccessErrors.SignInNeeded;
        if (await tenants.FindAsync(current.Actor.RequiredTenant, cancellationToken) is not { } tenant)
            return AccessErrors.NoTenant;
        var email = request.Email.Trim();
        var members = await identity.Members.Where(m => m.TenantId == tenant.Id).Select(m => m.PersonId).ToListAsync(cancellationToken);
        // Only colleagues' addresses are compared: whether a stranger has an account stays unknown.
        var names = await people.NamesAsync(members, cancellationToken);
        if (names.Values.Any(n => EmailAddress.Normalize(n.Email) == EmailAddress.Normalize(email)))
            return IdentityErrors.AlreadyMember;
        var now = clock.GetUtcNow();
        var open = await identity.Invitations.Where(i => i.TenantId == tenant.Id && i.AcceptedAt == null && i.RevokedAt == null).ToListAsync(cancellationToken);
        foreach (var earlier in open.Where(i => EmailAddress.Normalize(i.Email) == EmailAddress.Normalize(email)))
            earlier.Revoke(now);
        if (await places.TakeAsync(tenant.Id, PlanPlace.Seat, cancellationToken) is { } full)
            return full;
        var secret = Secret.Make(Secret.InvitationPrefix);
        var sent = Invitation.Send(Id.New<InvitationId>(clock), tenant.Id, email, request.Role, secret, inviter, now);
        if (!sent.Succeeded)
            return sent.Error;
        identity.Invitations.Add(sent.Value);
        mailbox.Post(IdentityMails.Invite(email, tenant.Name, names.TryGetValue(inviter, out var by) ? by.Name : current.Actor.Name, request.Role, secret.Text, links));
        audit.Record("invitation.send", "invitation", sent.Value.Id.Value, null, new { sent.Value.Email, sent.Value.Role });
        return ListInvitationsHandler.View(sent.Value, now);
    }
}
