using Hermes.Application.Agents.Public;
using Hermes.Application.Identity;
using Hermes.Application.Tenancy.Public;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Infrastructure.Identity;

internal sealed class AgentOwners(IIdentityDb db, IPeople people, ITenants tenants) : IAgentOwners
{
    private const int Most = 20;

    public async Task<IReadOnlyList<AgentOwner>> OfAsync(TenantId tenant, CancellationToken cancellationToken)
    {
        var admins = await db.Members.AsNoTracking().Where(m => m.TenantId == tenant && m.Role == BuiltInRoles.Admin).OrderBy(m => m.JoinedAt).Take(Most).Select(m => m.PersonId).ToListAsync(cancellationToken);
        var owners = new List<AgentOwner>();
        foreach (var admin in admins)
        {
            if (await people.FindAsync(admin, cancellationToken) is { EmailConfirmed: true } account)
                owners.Add(new AgentOwner(account.Email, account.Name));
        }
        return owners;
    }

    public async Task<bool> MayRegisterAsync(PersonId person, TenantId tenant, CancellationToken cancellationToken) =>
        await tenants.FindAsync(tenant, cancellationToken) is { IsActive: true }
        && await db.Members.AsNoTracking().Where(m => m.TenantId == tenant && m.PersonId == person).Select(m => m.Role).SingleOrDefaultAsync(cancellationToken) is { } role
        && BuiltInRoles.All.Any(r => r.Name == role && r.Permissions.Contains(Permissions.AgentsCreate));
}
