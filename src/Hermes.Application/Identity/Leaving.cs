using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Identity;

internal static class OtherAdmins
{
    /// <summary>How many others hold the role that rules the tenant.</summary>
    public static Task<int> CountAsync(IIdentityDb db, Member member, CancellationToken cancellationToken) => db.Members.CountAsync(
        m => m.TenantId == member.TenantId && m.PersonId != member.PersonId && (m.Role == BuiltInRoles.Admin || m.Role == BuiltInRoles.Operator), cancellationToken);
}

internal static class Leaving
{
    public static async Task<Result<Done>> EndAsync(
        IIdentityDb db, RightsChanges changes, IAudit audit, TimeProvider clock, TenantId tenant, PersonId person, string action, CancellationToken cancellationToken)
    {
        if (await db.Members.SingleOrDefaultAsync(m => m.TenantId == tenant && m.PersonId == person, cancellationToken) is not { } member)
            return IdentityErrors.MemberNotFound;
        if (member.MayLeave(await OtherAdmins.CountAsync(db, member, cancellationToken)) is { } refusal)
            return refusal;
        var now = clock.GetUtcNow();
        foreach (var token in await db.PersonalAccessTokens.Where(t => t.TenantId == tenant && t.PersonId == person && t.RevokedAt == null).ToListAsync(cancellationToken))
            token.Revoke(now);
        db.Members.Remove(member);
        changes.Tell(tenant, person);
        audit.Record(action, "person", person.Value, new { member.Role }, null);
        return Done.Ok;
    }
}
