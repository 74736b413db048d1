using Hermes.Domain.Shared;

namespace Hermes.Domain.Identity;

/// <summary>A person in a tenant with one role. The database refuses to leave a tenant without an admin.</summary>
public sealed class Member : ITenantOwned, IVersioned
{
    private Member(TenantId tenantId, PersonId personId, string role, DateTimeOffset joinedAt)
    {
        TenantId = tenantId;
        PersonId = personId;
        Role = role;
        JoinedAt = joinedAt;
    }

    /// <inheritdoc />
    public TenantId TenantId { get; private set; }

    /// <summary>Who.</summary>
    public PersonId PersonId { get; private set; }

    /// <summary>Name of a role in <see cref="BuiltInRoles"/>.</summary>
    public string Role { get; private set; }

    /// <summary>Since when.</summary>
    public DateTimeOffset JoinedAt { get; private set; }

    /// <inheritdoc />
    public uint Version { get; private set; }

    /// <summary>A new member.</summary>
    /// <returns>Refused for an unknown role, and for the operator's outside the platform's tenant.</returns>
    public static Result<Member> Join(TenantId tenant, PersonId person, string role, DateTimeOffset at) =>
        MayHold(tenant, role) ? new Member(tenant, person, role, at) : IdentityErrors.RoleUnknown;

    /// <summary>Gives another role; the same one again is fine.</summary>
    /// <param name="role">Name of a role.</param>
    /// <param name="otherAdmins">How many other admins the tenant has.</param>
    public Result<Done> ChangeRole(string role, int otherAdmins)
    {
        if (!MayHold(TenantId, role))
            return IdentityErrors.RoleUnknown;
        if (Rules(Role) && !Rules(role) && otherAdmins == 0)
            return IdentityErrors.LastAdmin;
        Role = role;
        return Done.Ok;
    }

    /// <summary>Null when the member may leave or be removed.</summary>
    /// <param name="otherAdmins">How many other admins the tenant has.</param>
    public Error? MayLeave(int otherAdmins) => Rules(Role) && otherAdmins == 0 ? IdentityErrors.LastAdmin : null;

    private static bool Rules(string role) => role is BuiltInRoles.Admin or BuiltInRoles.Operator;

    private static bool MayHold(TenantId tenant, string role) =>
        tenant == TenantId.Platform ? role == BuiltInRoles.Operator : BuiltInRoles.IsAssignable(role);
}
