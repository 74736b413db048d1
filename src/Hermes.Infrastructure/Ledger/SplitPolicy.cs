using Hermes.Application.Ledger.Public;
using Hermes.Application.Shared;
using Hermes.Domain.Ledger;
using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Infrastructure.Ledger;

/// <summary>Settings of organisations and chains of derived agents, read set by set.</summary>
internal sealed class SplitPolicy(HermesDbContext db, IPlans plans) : ISplitPolicy
{
    public async Task<IReadOnlyList<SplitTerms>> OfAsync(IReadOnlyList<SplitQuery> queries, CancellationToken cancellationToken)
    {
        var earners = queries.Select(q => q.Earner).Distinct().ToList();
        var settings = await db.Set<SplitSettings>().IgnoreQueryFilters().AsNoTracking().Where(s => earners.Contains(s.TenantId)).ToDictionaryAsync(s => s.TenantId, cancellationToken);
        Guid[] agents = [.. queries.Select(q => q.Agent.Value).Distinct()];
        // What an agent owes stands with it, agreed when it was registered; an origin that asks for more later asks others.
        var levels = await db.Database.SqlQuery<Level>($"""
            WITH RECURSIVE chain AS (
                SELECT a.id AS agent, 1 AS place, a.derived_from AS origin, a.owed_basis_points AS basis_points
                FROM agents.agents a WHERE a.id = ANY ({agents}) AND a.derived_from IS NOT NULL
                UNION ALL
                SELECT c.agent, c.place + 1, o.derived_from, o.owed_basis_points
                FROM chain c JOIN agents.agents o ON o.id = c.origin
                WHERE c.place < {SplitTerms.MaxRoyaltyLevels} AND o.derived_from IS NOT NULL)
            SELECT c.agent AS "Agent", c.place AS "Place", c.origin AS "Origin", o.tenant_id AS "Tenant", c.basis_points AS "BasisPoints"
            FROM chain c JOIN agents.agents o ON o.id = c.origin
            """).ToListAsync(cancellationToken);
        var chains = levels.ToLookup(l => l.Agent);
        var platform = new Dictionary<TenantId, int>();
        foreach (var earner in earners)
            platform[earner] = (await plans.OfAsync(earner, cancellationToken)).PlatformBasisPoints;
        return [.. queries.Select(query =>
        {
            var own = settings.GetValueOrDefault(query.Earner);
            return SplitTerms.Of(platform[query.Earner], own?.OrganisationBasisPoints ?? 0,
                own?.ReferrerTenantId is { } referrer ? new ReferrerTerms(referrer, own.ReferrerBasisPoints) : null,
                chains[query.Agent.Value].OrderBy(l => l.Place).Select(l => new RoyaltyTerms(new AgentId(l.Origin), new TenantId(l.Tenant), l.BasisPoints)));
        })];
    }

    private sealed record Level(Guid Agent, int Place, Guid Origin, Guid Tenant, int BasisPoints);
}

/// <summary>Shares through the scope's own connection, so that the walls hold for who reads.</summary>
internal sealed class Shares(HermesDbContext db, TimeProvider clock) : IShares
{
    private static readonly ShareParty[] Earned = [ShareParty.Agent, ShareParty.Organisation, ShareParty.Royalty];

    public void Record(string subjectType, Guid subjectId, SplitQuery of, SettlementSplit split, Guid transferId)
    {
        if (split.Released.IsPositive)
            db.Set<Share>().AddRange(Share.Of(subjectType, subjectId, of.Payer, of.Earner, of.Agent, split, transferId, clock));
    }

    public async Task<IReadOnlyList<ShareView>> OfAsync(string subjectType, IReadOnlyCollection<Guid> subjectIds, CancellationToken cancellationToken) =>
        subjectIds.Count == 0 ? [] : Views(await db.Set<Share>().AsNoTracking()
            .Where(s => subjectIds.Contains(s.SubjectId) && s.SubjectType == subjectType).OrderBy(s => s.At).ThenBy(s => s.SubjectId).ThenBy(s => s.Place).ToListAsync(cancellationToken));

    public async Task<IReadOnlyList<EarningsTotal>> TotalsOfAsync(AgentId agent, TenantId owner, CancellationToken cancellationToken)
    {
        var sums = await Of(agent, owner).GroupBy(s => new { s.Currency, s.Party })
            .Select(g => new { g.Key.Currency, g.Key.Party, Sum = g.Sum(s => s.AmountMicroUnits), Count = g.LongCount() }).ToListAsync(cancellationToken);
        return [.. sums.GroupBy(s => s.Currency).OrderBy(g => g.Key.Code).Select(g => new EarningsTotal(
            Sum(g.Key, ShareParty.Agent), Sum(g.Key, ShareParty.Organisation), Sum(g.Key, ShareParty.Royalty),
            g.Where(s => s.Party != ShareParty.Organisation).Sum(s => s.Count)))];

        Money Sum(Currency currency, ShareParty party) => new(sums.Where(s => s.Currency == currency && s.Party == party).Sum(s => s.Sum), currency);
    }

    public async Task<IReadOnlyList<EarningsMonth>> MonthsOfAsync(AgentId agent, TenantId owner, int months, CancellationToken cancellationToken)
    {
        var rows = await Of(agent, owner).GroupBy(s => new { s.At.Year, s.At.Month, s.Currency })
            .Select(g => new { g.Key.Year, g.Key.Month, g.Key.Currency, Sum = g.Sum(s => s.AmountMicroUnits), Count = g.LongCount(s => s.Party != ShareParty.Organisation) })
            .OrderByDescending(g => g.Year).ThenByDescending(g => g.Month).Take(months).ToListAsync(cancellationToken);
        return rows.ConvertAll(r => new EarningsMonth(new DateOnly(r.Year, r.Month, 1), new Money(r.Sum, r.Currency), r.Count));
    }

    public async Task<IReadOnlyList<ShareView>> ListAsync(AgentId agent, TenantId owner, Guid? before, int limit, CancellationToken cancellationToken)
    {
        var query = Of(agent, owner);
        if (before is { } last)
            query = query.Where(s => s.Id < last);
        return Views(await query.OrderByDescending(s => s.Id).Take(limit).ToListAsync(cancellationToken));
    }

    private IQueryable<Share> Of(AgentId agent, TenantId owner) =>
        db.Set<Share>().AsNoTracking().Where(s => s.AgentId == agent && s.TenantId == owner && Earned.Contains(s.Party));

    private static List<ShareView> Views(List<Share> shares) => shares.ConvertAll(s => new ShareView(
        s.Id, s.SubjectType, s.SubjectId, s.Party, s.TenantId, s.AgentId, s.BasisPoints / 100m, new Money(s.AmountMicroUnits, s.Currency), s.At));
}
