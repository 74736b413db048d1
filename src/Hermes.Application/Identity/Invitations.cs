using FluentValidation;
using Hermes.Application.Shared;
using Hermes.Application.Tenancy;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using Hermes.Domain.Tenancy;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Identity;

/// <summary>An invitation as the tenant sees it.</summary>
/// <param name="Id">The invitation.</param>
/// <param name="Email">To whom.</param>
/// <param name="Role">The role it gives.</param>
/// <param name="State">Where it stands.</param>
/// <param name="CreatedAt">When it was sent.</param>
/// <param name="ExpiresAt">Until when it works.</param>
public sealed record InvitationView(InvitationId Id, string Email, string Role, InvitationState State, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt);

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
    IIdentityDb identity, ITenancyDb tenancy, IPeople people, IMailbox mailbox, IPublicLinks links, IAudit audit, ICurrentActor current, TimeProvider clock)
    : IRequestHandler<InviteMember, Result<InvitationView>>
{
    /// <inheritdoc />
    public async Task<Result<InvitationView>> Handle(InviteMember request, CancellationToken cancellationToken)
    {
        if (current.Actor.Person is not { } inviter)
            return AccessErrors.SignInNeeded;
        var tenant = await tenancy.Tenants.AsNoTracking().SingleAsync(t => t.Id == current.Actor.RequiredTenant, cancellationToken);
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
public sealed class GetInvitationHandler(IIdentityDb identity, ITenancyDb tenancy, IPeople people, ICurrentActor current, TimeProvider clock)
    : IRequestHandler<GetInvitation, Result<Offer>>
{
    /// <inheritdoc />
    public async Task<Result<Offer>> Handle(GetInvitation request, CancellationToken cancellationToken)
    {
        var hash = Secret.HashOf(request.Secret ?? "");
        if (await identity.Invitations.AsNoTracking().SingleOrDefaultAsync(i => i.TokenHash == hash, cancellationToken) is not { } invitation
            || invitation.StateAt(clock.GetUtcNow()) != InvitationState.Open)
            return IdentityErrors.InvitationOver;
        var tenant = await tenancy.Tenants.AsNoTracking().SingleAsync(t => t.Id == invitation.TenantId, cancellationToken);
        var account = await people.FindByEmailAsync(invitation.Email, cancellationToken);
        return new Offer(tenant.Name, invitation.Email, invitation.Role, account is not null, account is not null && account.Id == current.Actor.Person);
    }
}

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
public sealed class AcceptInvitationHandler(IIdentityDb identity, ITenancyDb tenancy, IPeople people, IAudit audit, ICurrentActor current, TimeProvider clock)
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
        if (await tenancy.Tenants.AnyAsync(t => t.Id == invitation.TenantId && t.Status != TenantStatus.Active, cancellationToken))
            return TenancyErrors.Suspended;
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
        audit.Record("invitation.accept", "invitation", invitation.Id.Value, null, new { invitation.Email, invitation.Role, Person = account.Id }, invitation.TenantId);
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
