using Hermes.Domain.Identity;
using Hermes.Domain.Shared;

namespace Hermes.UnitTests.Identity;

public sealed class RolesTests
{
    [Fact]
    public void Six_roles_can_be_given() =>
        BuiltInRoles.All.Select(r => r.Name).ShouldBe(["admin", "developer", "analyst", "finance", "support", "viewer"]);

    [Fact]
    public void Admins_hold_everything_and_nobody_holds_what_people_cannot()
    {
        BuiltInRoles.PermissionsOf("admin").ShouldBe(Permissions.ForPeople, ignoreOrder: true);
        foreach (var role in BuiltInRoles.All)
            role.Permissions.Except(Permissions.ForPeople).ShouldBeEmpty();
    }

    [Fact]
    public void Only_admins_manage_people()
    {
        foreach (var role in BuiltInRoles.All.Where(r => r.Name != "admin"))
        {
            role.Permissions.ShouldNotContain(Permissions.UsersManage);
            role.Permissions.ShouldNotContain(Permissions.SettingsUpdate);
            role.Permissions.ShouldContain(Permissions.ContractsRead);
        }
    }

    [Theory]
    [InlineData("operator")]
    [InlineData("Admin")]
    [InlineData("root")]
    [InlineData(null)]
    public void Other_names_are_no_roles(string? role) => BuiltInRoles.IsAssignable(role).ShouldBeFalse();

    [Fact]
    public void An_unknown_role_grants_nothing() => BuiltInRoles.PermissionsOf("root").ShouldBeEmpty();

    [Fact]
    public void Operators_neither_post_contracts_nor_own_agents()
    {
        BuiltInRoles.PlatformOperator.Permissions.ShouldNotContain(Permissions.ContractsCreate);
        BuiltInRoles.PlatformOperator.Permissions.ShouldNotContain(Permissions.AgentsCreate);
    }
}

public sealed class PasswordRulesTests
{
    [Theory]
    [InlineData("copper violin harbour 29")]
    [InlineData("ünïcödé ist auch gut")]
    [InlineData("            x y z 1 2")]
    public void Long_and_mixed_is_fine(string password) => PasswordRules.Check(password, "ada@acme.test").ShouldBeNull();

    [Theory]
    [InlineData(null, "identity.password_short")]
    [InlineData("elevenchars", "identity.password_short")]
    [InlineData("aaaaaaaaaaaaaaaa", "identity.password_weak")]
    [InlineData("abababababababab", "identity.password_weak")]
    [InlineData("abcdefghijklmnop", "identity.password_weak")]
    [InlineData("1234567890123", "identity.password_weak")]
    [InlineData("zyxwvutsrqponm", "identity.password_weak")]
    [InlineData("ada.lovelace12", "identity.password_weak")]
    public void Short_repeated_or_made_of_the_address_is_not(string? password, string code) =>
        PasswordRules.Check(password, "ada.lovelace@acme.test")!.Code.ShouldBe(code);

    [Fact]
    public void So_long_that_hashing_would_cost_us_is_not() =>
        PasswordRules.Check(new string('x', 201), null).ShouldBe(IdentityErrors.PasswordLong);
}

public sealed class MemberTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly TenantId Acme = new(Guid.CreateVersion7());
    private static readonly PersonId Ada = new(Guid.CreateVersion7());

    [Fact]
    public void The_last_admin_stays_admin_and_stays()
    {
        var member = Member.Join(Acme, Ada, "admin", Now).Value;
        member.ChangeRole("viewer", otherAdmins: 0).Error.ShouldBe(IdentityErrors.LastAdmin);
        member.MayLeave(otherAdmins: 0).ShouldBe(IdentityErrors.LastAdmin);
        member.Role.ShouldBe("admin");
        member.ChangeRole("admin", otherAdmins: 0).Succeeded.ShouldBeTrue();
        member.MayLeave(otherAdmins: 1).ShouldBeNull();
        member.ChangeRole("viewer", otherAdmins: 1).Succeeded.ShouldBeTrue();
        member.MayLeave(otherAdmins: 0).ShouldBeNull();
    }

    [Fact]
    public void Operators_are_members_of_the_platform_and_of_nothing_else()
    {
        Member.Join(Acme, Ada, "operator", Now).Error.ShouldBe(IdentityErrors.RoleUnknown);
        Member.Join(TenantId.Platform, Ada, "admin", Now).Error.ShouldBe(IdentityErrors.RoleUnknown);
        Member.Join(TenantId.Platform, Ada, "operator", Now).Succeeded.ShouldBeTrue();
        Member.Join(Acme, Ada, "viewer", Now).Value.ChangeRole("operator", 1).Error.ShouldBe(IdentityErrors.RoleUnknown);
    }

    [Fact]
    public void An_invitation_ends_by_acceptance_revocation_or_time()
    {
        Invitation Sent() => Invitation.Send(new InvitationId(Guid.CreateVersion7()), Acme, " bob@acme.test ", "viewer", Secret.Make("hi_"), Ada, Now).Value;
        Sent().Email.ShouldBe("bob@acme.test");
        Sent().StateAt(Now + Invitation.Lifetime - TimeSpan.FromTicks(1)).ShouldBe(InvitationState.Open);
        Sent().StateAt(Now + Invitation.Lifetime).ShouldBe(InvitationState.Expired);
        Sent().Accept(Now + Invitation.Lifetime).Error.ShouldBe(IdentityErrors.InvitationOver);

        var accepted = Sent();
        accepted.Accept(Now).Succeeded.ShouldBeTrue();
        accepted.Accept(Now).Error.ShouldBe(IdentityErrors.InvitationOver);
        accepted.Revoke(Now).Error.ShouldBe(IdentityErrors.InvitationOver);

        var revoked = Sent();
        revoked.Revoke(Now).Succeeded.ShouldBeTrue();
        revoked.Accept(Now).Error.ShouldBe(IdentityErrors.InvitationOver);
        revoked.StateAt(Now).ShouldBe(InvitationState.Revoked);
    }

    [Theory]
    [InlineData("", null, null, "identity.token_name_invalid")]
    [InlineData("ci", 0, null, "identity.token_lifetime_invalid")]
    [InlineData("ci", 367, null, "identity.token_lifetime_invalid")]
    [InlineData("ci", 1, "everything", "identity.token_scope_unknown")]
    [InlineData("ci", 1, "contracts.bid", "identity.token_scope_unknown")]
    public void A_token_has_a_name_a_life_and_scopes_of_people(string name, int? days, string? scope, string code) =>
        PersonalAccessToken.Make(new TokenId(Guid.CreateVersion7()), Acme, Ada, name, Secret.Make("hp_"), scope is null ? null : [scope], days, Now).Error!.Code.ShouldBe(code);

    [Fact]
    public void A_secret_is_kept_as_its_hash()
    {
        var secret = Secret.Make(Secret.TokenPrefix);
        secret.Text.Length.ShouldBe(46);
        secret.Hash.ShouldBe(Secret.HashOf(secret.Text));
        secret.ToString().ShouldNotContain(secret.Text[8..]);
        Secret.LooksLike(secret.Text, Secret.TokenPrefix).ShouldBeTrue();
        Secret.LooksLike(secret.Text, Secret.AgentKeyPrefix).ShouldBeFalse();
        Secret.LooksLike("hp_short", Secret.TokenPrefix).ShouldBeFalse();
        Secret.Make("hp_").Text.ShouldNotBe(secret.Text);
    }

    [Theory]
    [InlineData("ada@acme.test", true)]
    [InlineData("ada+x@acme.co.uk", true)]
    [InlineData("Ada <ada@acme.test>", false)]
    [InlineData("ada@acme.test\r\nBcc: x@y.z", false)]
    [InlineData("ada", false)]
    [InlineData("a b@acme.test", false)]
    [InlineData("a@b@c", false)]
    [InlineData("", false)]
    public void Addresses_are_bare(string text, bool valid) => EmailAddress.IsValid(text).ShouldBe(valid);
}
