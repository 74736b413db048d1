using System.Globalization;
using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Identity;

/// <summary>A member as colleagues see it.</summary>
/// <param name="Id">The person.</param>
/// <param name="Name">As shown to others.</param>
/// <param name="Email">The address.</param>
/// <param name="Role">Name of the role.</param>
/// <param name="JoinedAt">Since when.</param>
/// <param name="Version">For <c>If-Match</c>.</param>
public sealed record MemberView(PersonId Id, string Name, string Email, string Role, DateTimeOffset JoinedAt, uint Version);

/// <summary>Lists the current tenant's members, longest-standing first.</summary>
/// <param name="Limit">Rows per page; null for the default.</param>
/// <param name="Cursor">From the page before; null for the first.</param>
[Requires(Permissions.AgentsRead)]
public sealed record ListMembers(int? Limit = null, string? Cursor = null) : IQuery<Page<MemberView>>;

/// <summary>Handles <see cref="ListMembers"/>.</summary>
public sealed class ListMembersHandler(IIdentityDb db, IPeople people, ICurrentActor current) : IRequestHandler<ListMembers, Result<Page<MemberView>>>
{
    /// <inheritdoc />
    public async Task<Result<Page<MemberView>>> Handle(ListMembers request, CancellationToken cancellationToken)
    {
        if (current.Actor.Person is null)
            return AccessErrors.Missing(Permissions.UsersManage);
        var limit = Paging.Clamp(request.Limit);
        var rows = db.Members.AsNoTracking().Where(m => m.TenantId == current.Actor.Tenant);
        // A tenant's members are few: the cursor is the number of rows seen.
        var seen = int.TryParse(Paging.Decode(request.Cursor), NumberStyles.None, CultureInfo.InvariantCulture, out var rowsSeen) ? rowsSeen : 0;
        var members = await rows.OrderBy(m => m.JoinedAt).ThenBy(m => m.PersonId).Skip(seen).Take(limit + 1).ToListAsync(cancellationToken);
        var names = await people.NamesAsync([.. members.Select(m => m.PersonId)], cancellationToken);
        var page = Paging.Cut(members, limit, _ => (seen + limit).ToString(CultureInfo.InvariantCulture));
        return new Page<MemberView>([.. page.Items.Select(m => View(m, names))], page.NextCursor);
    }

    internal static MemberView View(Member member, IReadOnlyDictionary<PersonId, (string Name, string Email)> names)
    {
        var (name, email) = names.GetValueOrDefault(member.PersonId, ("", ""));
        return new MemberView(member.PersonId, name, email, member.Role, member.JoinedAt, member.Version);
    }
}

/// <summary>Gives a member another role.</summary>
/// <param name="Person">The member.</param>
/// <param name="Role">Name of a role.</param>
/// <param name="IfVersion">The version that the caller saw; null to overwrite any.</param>
[Requires(Permissions.UsersManage)]
public sealed record ChangeMemberRole(PersonId Person, string Role, uint? IfVersion = null) : ICommand<MemberView>;

/// <summary>Handles <see cref="ChangeMemberRole"/>.</summary>
public sealed class ChangeMemberRoleHandler(IIdentityDb db, IPeople people, IAudit audit, ICurrentActor current) : IRequestHandler<ChangeMemberRole, Result<MemberView>>
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
        audit.Record("member.change_role", "person", member.PersonId.Value, new { Role = before }, new { member.Role });
        await db.SaveChangesAsync(cancellationToken);
        return ListMembersHandler.View(member, await people.NamesAsync([member.PersonId], cancellationToken));
    }
}

/// <summary>Ends a membership and the person's tokens in the tenant.</summary>
/// <param name="Person">The member.</param>
[Requires(Permissions.UsersManage)]
public sealed record RemoveMember(PersonId Person) : ICommand<Done>;

/// <summary>Handles <see cref="RemoveMember"/>.</summary>
public sealed class RemoveMemberHandler(IIdentityDb db, IAudit audit, ICurrentActor current, TimeProvider clock) : IRequestHandler<RemoveMember, Result<Done>>
{
    /// <inheritdoc />
    public Task<Result<Done>> Handle(RemoveMember request, CancellationToken cancellationToken) =>
        Leaving.EndAsync(db, audit, clock, current.Actor.RequiredTenant, request.Person, "member.remove", cancellationToken);
}

/// <summary>Leaves the current tenant.</summary>
[RequiresSignIn]
public sealed record LeaveTenant : ICommand<Done>;

/// <summary>Handles <see cref="LeaveTenant"/>.</summary>
public sealed class LeaveTenantHandler(IIdentityDb db, IAudit audit, ICurrentActor current, TimeProvider clock) : IRequestHandler<LeaveTenant, Result<Done>>
{
    /// <inheritdoc />
    public async Task<Result<Done>> Handle(LeaveTenant request, CancellationToken cancellationToken)
    {
        if (current.Actor is not { Person: { } person } actor)
            return AccessErrors.SignInNeeded;
        return actor.Tenant is { } tenant
            ? await Leaving.EndAsync(db, audit, clock, tenant, person, "member.leave", cancellationToken)
            : AccessErrors.NoTenant;
    }
}

internal static class OtherAdmins
{
    /// <summary>How many others hold the role that rules the tenant.</summary>
    public static Task<int> CountAsync(IIdentityDb db, Member member, CancellationToken cancellationToken) => db.Members.CountAsync(
        m => m.TenantId == member.TenantId && m.PersonId != member.PersonId && (m.Role == BuiltInRoles.Admin || m.Role == BuiltInRoles.Operator), cancellationToken);
}

internal static class Leaving
{
    public static async Task<Result<Done>> EndAsync(
        IIdentityDb db, IAudit audit, TimeProvider clock, TenantId tenant, PersonId person, string action, CancellationToken cancellationToken)
    {
        if (await db.Members.SingleOrDefaultAsync(m => m.TenantId == tenant && m.PersonId == person, cancellationToken) is not { } member)
            return IdentityErrors.MemberNotFound;
        if (member.MayLeave(await OtherAdmins.CountAsync(db, member, cancellationToken)) is { } refusal)
            return refusal;
        var now = clock.GetUtcNow();
        foreach (var token in await db.PersonalAccessTokens.Where(t => t.TenantId == tenant && t.PersonId == person && t.RevokedAt == null).ToListAsync(cancellationToken))
            token.Revoke(now);
        db.Members.Remove(member);
        audit.Record(action, "person", person.Value, new { member.Role }, null);
        return Done.Ok;
    }
}

/// <summary>The roles and what each grants.</summary>
[RequiresSignIn]
public sealed record ListRoles : IQuery<IReadOnlyList<RoleView>>;

/// <summary>A role.</summary>
/// <param name="Name">As the API writes it.</param>
/// <param name="Title">For people.</param>
/// <param name="Description">What it is for.</param>
/// <param name="Permissions">Sorted.</param>
/// <param name="BuiltIn">True for those that every tenant has.</param>
public sealed record RoleView(string Name, string Title, string Description, IReadOnlyList<string> Permissions, bool BuiltIn);

/// <summary>Handles <see cref="ListRoles"/>.</summary>
public sealed class ListRolesHandler : IRequestHandler<ListRoles, Result<IReadOnlyList<RoleView>>>
{
    /// <inheritdoc />
    public Task<Result<IReadOnlyList<RoleView>>> Handle(ListRoles request, CancellationToken cancellationToken) =>
        Task.FromResult<Result<IReadOnlyList<RoleView>>>(BuiltInRoles.All
            .Select(r => new RoleView(r.Name, r.Title, r.Description, [.. r.Permissions.Order(StringComparer.Ordinal)], true)).ToList());
}
