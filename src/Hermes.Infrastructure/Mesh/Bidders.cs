using Hermes.Application.Mesh;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Infrastructure.Mesh;

/// <summary>
/// Bidders in one round trip. It reads tables of Agents and Trust, which their ports would do in two more: bids are the
/// hottest path there is.
/// </summary>
internal sealed class Bidders(HermesDbContext db, TimeProvider clock) : IBidders
{
    public async Task<Bidder?> FindAsync(AgentId agent, CancellationToken cancellationToken)
    {
        var (id, now) = (agent.Value, clock.GetUtcNow());
        var rows = await db.Database.SqlQuery<Row>($"""
            SELECT a.tenant_id AS "Tenant", a.status = 'active' AND a.listing <> 'delisted' AS "Active", a.capabilities AS "Capabilities", a.capacity AS "Capacity",
                coalesce(t.effective, 0.5) AS "Trust",
                (SELECT count(*) FROM mesh.contracts c WHERE c.winner_agent_id = a.id AND c.state IN ('awarded', 'in_progress'))::int AS "AtWork",
                p.reserve_micro_units AS "Reserve", p.listed_currency AS "ReserveCurrency"
            FROM agents.agents a LEFT JOIN trust.scores t ON t.agent_id = a.id
            LEFT JOIN LATERAL (SELECT x.reserve_micro_units, x.listed_currency FROM agents.prices x WHERE x.agent_id = a.id AND x.effective_from <= {now}
                ORDER BY x.effective_from DESC, x.id DESC LIMIT 1) p ON true
            WHERE a.id = {id} AND (a.tenant_id = {db.CurrentTenant.Value} OR {db.SeesAll})
            """).ToListAsync(cancellationToken);
        return rows.Count == 0 ? null
            : new Bidder(agent, new TenantId(rows[0].Tenant), rows[0].Active, rows[0].Capabilities, rows[0].Trust, rows[0].Capacity, rows[0].AtWork,
                rows[0] is { Reserve: { } reserve, ReserveCurrency: { } currency } ? new Money(reserve, Currency.Parse(currency)) : null);
    }

    public Task<bool> WasOpenToAllAsync(ContractId contract, CancellationToken cancellationToken) =>
        db.Database.SqlQuery<bool>($"SELECT mesh.was_open_to_all({contract.Value}) AS \"Value\"").SingleAsync(cancellationToken);

    public async Task<IReadOnlyDictionary<AgentId, decimal>> TrustOfAsync(ContractId contract, CancellationToken cancellationToken)
    {
        var rows = await db.Database.SqlQuery<TrustRow>($"SELECT agent_id AS \"Agent\", effective AS \"Effective\" FROM mesh.bidders_trust({contract.Value})").ToListAsync(cancellationToken);
        return rows.ToDictionary(r => new AgentId(r.Agent), r => r.Effective);
    }

    public async Task<IReadOnlySet<AgentId>> TakingWorkAsync(IReadOnlyCollection<AgentId> agents, CancellationToken cancellationToken)
    {
        Guid[] ids = [.. agents.Select(a => a.Value)];
        var able = await db.Database.SqlQuery<Guid>($"SELECT u.a AS \"Value\" FROM unnest({ids}) u(a) WHERE coalesce(mesh.takes_work(u.a), true)").ToListAsync(cancellationToken);
        return able.Select(a => new AgentId(a)).ToHashSet();
    }

    public async Task<IReadOnlySet<AgentId>> HoldAsync(IReadOnlyCollection<AgentId> agents, CancellationToken cancellationToken)
    {
        Guid[] ids = [.. agents.Select(a => a.Value)];
        await db.Database.ExecuteSqlAsync($"SELECT mesh.hold_agents({ids})", cancellationToken);
        return await TakingWorkAsync(agents, cancellationToken);
    }

    private sealed record Row(Guid Tenant, bool Active, string[] Capabilities, int Capacity, decimal Trust, int AtWork, long? Reserve, string? ReserveCurrency);

    private sealed record TrustRow(Guid Agent, decimal Effective);
}
