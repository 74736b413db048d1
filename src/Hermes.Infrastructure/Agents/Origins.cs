using Hermes.Application.Agents;
using Hermes.Domain.Agents;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Infrastructure.Agents;

/// <summary>Chains of derived agents, also through agents that the viewer does not see.</summary>
internal sealed class Origins(HermesDbContext db) : IOrigins
{
    public async Task<IReadOnlyList<OriginLink>> ChainAsync(AgentId origin, TenantId viewer, CancellationToken cancellationToken)
    {
        var links = await db.Database.SqlQuery<Row>($"""
            SELECT id AS "Id", tenant_id AS "Tenant", retired AS "Retired", royalty_basis_points AS "Royalty", owed_basis_points AS "Owed"
            FROM agents.origin_chain({origin.Value}, {viewer.Value}) ORDER BY place
            """).ToListAsync(cancellationToken);
        return links.ConvertAll(l => new OriginLink(new AgentId(l.Id), new TenantId(l.Tenant), l.Retired, l.Royalty, l.Owed));
    }

    private sealed record Row(Guid Id, Guid Tenant, bool Retired, int? Royalty, int Owed);
}
