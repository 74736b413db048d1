using System.Globalization;
using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Identity;

/// <summary>Lists the current tenant's members, longest-standing first.</summary>
/// <param name="Limit">Rows per page; null for the default.</param>
/// <param name="Cursor">From the page before; null for the first.</param>
/// <param name="Search">Part of name or address, however capitalised; null for all.</param>
/// <param name="Role">Only who has this role; null for all.</param>
[Requires(Permissions.AgentsRead)]
public sealed record ListMembers(int? Limit = null, string? Cursor = null, string? Search = null, string? Role = null) : IQuery<Page<MemberView>>;

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
        if (!string.IsNullOrEmpty(request.Role))
            rows = rows.Where(m => m.Role == request.Role);
        // A tenant's members are few: they are searched here, and the cursor is the number of rows seen.
        var seen = int.TryParse(Paging.Decode(request.Cursor), NumberStyles.None, CultureInfo.InvariantCulture, out var rowsSeen) ? rowsSeen : 0;
        var members = await rows.OrderBy(m => m.JoinedAt).ThenBy(m => m.PersonId).ToListAsync(cancellationToken);
        var names = await people.NamesAsync([.. members.Select(m => m.PersonId)], cancellationToken);
        var part = request.Search?.Trim() ?? "";
        var found = members.Select(m => View(m, names))
            .Where(m => m.Name.Contains(part, StringComparison.OrdinalIgnoreCase) || m.Email.Contains(part, StringComparison.OrdinalIgnoreCase));
        return Paging.Cut([.. found.Skip(seen).Take(limit + 1)], limit, _ => (seen + limit).ToString(CultureInfo.InvariantCulture));
    }

    internal static MemberView View(Member member, IReadOnlyDictionary<PersonId, (string Name, string Email)> names)
    {
        var (name, email) = names.GetValueOrDefault(member.PersonId, ("", ""));
        return new MemberView(member.PersonId, name, email, member.Role, member.JoinedAt, member.Version);
    }
}
