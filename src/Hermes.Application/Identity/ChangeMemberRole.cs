using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Identity;

/// <summary>Gives a member another role.</summary>
/// <param name="Person">The member.</param>
/// <param name="Role">Name of a role.</param>
/// <param name="IfVersion">The version that the caller saw; null to overwrite any.</param>
[Requires(Permissions.UsersManage)]
public sealed record ChangeMemberRole(PersonId Person, string Role, uint? IfVersion = null) : ICommand<MemberView>;

/// <summary>Handles <see cref="ChangeMemberRole"/>.</summary>
public sealed class ChangeMemberRoleHandler(IIdentityDb db, IPeople people, RightsChanges changes, IAudit audit, ICurrentActor current) : IRequestHandler<ChangeMemberRole, Result<MemberView>>
{
    /// <inheritdoc />
    public async Task<Result<MemberView>> Handle(ChangeMemberRole request, CancellationToken cancellationToken)
    {
        var tenant = current.Actor.RequiredTenant;
        if (await db.Members.SingleOrDefaultAsync(m => m.TenantId == tenant && m.PersonId == request.Person, cancellationToken) is not { } member)
            return IdentityErrors.MemberNotFound;
        if (request.IfVersion is { } seen && seen != member.Version)
            return IdentityErrors.MemberChanged;
        var before = member.Role;
        var changed = member.ChangeRole(request.Role, await OtherAdmins.CountAsync(db, member, cancellationToken));
        if (!changed.Succeeded)
            return changed.Error;
        changes.Tell(tenant, member.PersonId);
        audit.Record("member.change_role", "person", member.PersonId.Value, new { Role = before }, new { member.Role });
        await db.SaveChangesAsync(cancellationToken);
        return ListMembersHandler.View(member, await people.NamesAsync([member.PersonId], cancellationToken));
    }
}
