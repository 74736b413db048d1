using Hermes.Application.Shared;
using Hermes.Domain.Shared;

namespace Hermes.Application.Identity;

/// <summary>The texts of Identity's mails.</summary>
internal static class IdentityMails
{
    public static Mail Confirm(string to, string name, PersonId person, string secret, IPublicLinks links) => new(to, "Confirm your e-mail address",
        $"""
        Hello {name},

        please confirm that this is your address:

        {links.To($"/confirm?person={person}&secret={Uri.EscapeDataString(secret)}")}

        If you did not sign up at Hermes, do nothing: without the confirmation nobody can use the account.
        """);

    public static Mail AlreadyKnown(string to, IPublicLinks links) => new(to, "You have an account already",
        $"""
        Hello,

        somebody, perhaps you, tried to sign up at Hermes with this address, which has an account already. Nothing was changed.

        Sign in:            {links.To("/sign-in")}
        Forgotten password: {links.To("/forgot")}
        """);

    public static Mail Reset(string to, string name, PersonId person, string secret, IPublicLinks links) => new(to, "Set a new password",
        $"""
        Hello {name},

        this link lets you set a new password within the next three hours:

        {links.To($"/reset?person={person}&secret={Uri.EscapeDataString(secret)}")}

        If you did not ask for it, do nothing: your password stays as it is.
        """);

    public static Mail PasswordChanged(string to, string name, IPublicLinks links) => new(to, "Your password was changed",
        $"""
        Hello {name},

        the password of your account was changed and all sessions were ended. If that was not you, set a new one at once:

        {links.To("/forgot")}
        """);

    public static Mail Invite(string to, string organisation, string inviter, string role, string secret, IPublicLinks links) => new(to, $"Invitation to {organisation}",
        $"""
        Hello,

        {inviter} invites you to work in {organisation} on Hermes as {role}. The link works for seven days:

        {links.To($"/invitation?secret={Uri.EscapeDataString(secret)}")}
        """);
}
