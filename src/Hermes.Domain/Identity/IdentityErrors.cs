using Hermes.Domain.Shared;

namespace Hermes.Domain.Identity;

/// <summary>Refusals of identity. Those that a stranger can provoke never tell whether an e-mail address has an account.</summary>
public static class IdentityErrors
{
    /// <summary>Unknown address, wrong password or locked: one answer for all.</summary>
    public static readonly Error SignInFailed = new("identity.sign_in_failed",
        "E-mail address and password do not match, or there were too many attempts. Wait a few minutes or reset the password.", ErrorKind.Unauthenticated);

    /// <summary>Password right, address not confirmed yet.</summary>
    public static readonly Error EmailNotConfirmed = Error.Forbidden("identity.email_not_confirmed", "Confirm your e-mail address first: a new message with the link is on its way.");

    /// <summary>A link from a mail that is wrong, used or too old.</summary>
    public static readonly Error LinkInvalid = Error.Invalid("identity.link_invalid", "This link is not valid any more. Ask for a new one.");

    /// <summary>The address is not an e-mail address.</summary>
    public static readonly Error EmailInvalid = Error.Invalid("identity.email_invalid", "This is not an e-mail address.");

    /// <summary>The password is too short.</summary>
    public static readonly Error PasswordShort = Error.Invalid("identity.password_short", $"A password has at least {PasswordRules.MinLength} characters.");

    /// <summary>The password is too long.</summary>
    public static readonly Error PasswordLong = Error.Invalid("identity.password_long", $"A password has at most {PasswordRules.MaxLength} characters.");

    /// <summary>The password is the same few characters again and again, or the address or name.</summary>
    public static readonly Error PasswordWeak = Error.Invalid("identity.password_weak", "This password is too easy to guess. Take a longer one or a few words that do not belong together.");

    /// <summary>The password is on a list of known ones.</summary>
    public static readonly Error PasswordBreached = Error.Invalid("identity.password_breached", "This password is on lists that attackers try first. Choose another.");

    /// <summary>The present password was not right.</summary>
    public static readonly Error PasswordWrong = Error.Invalid("identity.password_wrong", "The present password is not right.");

    /// <summary>No such role.</summary>
    public static readonly Error RoleUnknown = Error.Invalid("identity.role_unknown", "There is no such role.");

    /// <summary>No such member in this tenant.</summary>
    public static readonly Error MemberNotFound = Error.NotFound("identity.member_not_found", "There is no such member.");

    /// <summary>The person is a member already.</summary>
    public static readonly Error AlreadyMember = Error.Conflict("identity.already_member", "This person is a member already.");

    /// <summary>A tenant always has an admin.</summary>
    public static readonly Error LastAdmin = Error.Conflict("identity.last_admin", "An organisation always has an admin. Make somebody else admin first.");

    /// <summary>The member was changed since it was read.</summary>
    public static readonly Error MemberChanged = new("identity.member_changed", "The member was changed meanwhile. Read it again.", ErrorKind.PreconditionFailed);

    /// <summary>No such invitation in this tenant.</summary>
    public static readonly Error InvitationNotFound = Error.NotFound("identity.invitation_not_found", "There is no such invitation.");

    /// <summary>The invitation was used, revoked or has expired.</summary>
    public static readonly Error InvitationOver = Error.Conflict("identity.invitation_over", "This invitation is over. Ask for a new one.");

    /// <summary>The signed-in person is not the one who was invited.</summary>
    public static readonly Error InvitationForOther = Error.Forbidden("identity.invitation_for_other", "This invitation was sent to another e-mail address. Sign in with that one.");

    /// <summary>The invited address has an account: its owner signs in first.</summary>
    public static readonly Error InvitationNeedsSignIn = new("identity.invitation_needs_sign_in", "You have an account: sign in and open the link again.", ErrorKind.Unauthenticated);

    /// <summary>No such token of this person.</summary>
    public static readonly Error TokenNotFound = Error.NotFound("identity.token_not_found", "There is no such token.");

    /// <summary>A name is missing or too long.</summary>
    public static readonly Error TokenNameInvalid = Error.Invalid("identity.token_name_invalid", $"A token's name has 1 to {PersonalAccessToken.MaxNameLength} characters.");

    /// <summary>A scope is no permission, or not the person's.</summary>
    public static readonly Error TokenScopeUnknown = Error.Invalid("identity.token_scope_unknown", "A scope is the name of a permission that people can hold.");

    /// <summary>The lifetime is out of range.</summary>
    public static readonly Error TokenLifetimeInvalid = Error.Invalid("identity.token_lifetime_invalid", $"A token lives 1 to {PersonalAccessToken.MaxDays} days.");

    /// <summary>The person is no member of the chosen tenant; also when there is no such tenant.</summary>
    public static readonly Error NotYourTenant = Error.NotFound("identity.not_your_tenant", "You are not a member of such an organisation.");

    /// <summary>The person has several tenants and named none.</summary>
    public static readonly Error TenantNeeded = Error.Invalid("identity.tenant_needed", "You are a member of several organisations: name one by its short name in 'tenant'.");
}
