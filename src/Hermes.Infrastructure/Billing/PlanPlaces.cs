using Hermes.Application.Billing;
using Hermes.Application.Shared;
using Hermes.Application.Shared.Settings;
using Hermes.Domain.Billing;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Infrastructure.Billing;

/// <summary>Places of a plan, counted in the open transaction under a lock of the tenant's, so that two can't both take the last one.</summary>
internal sealed class PlanPlaces(HermesDbContext db, IPlans plans, PlansSettings settings, IUnitOfWork work, ISystemScopes scopes, TimeProvider clock) : IPlanPlaces
{
    public async Task<Error?> TakeAsync(TenantId tenant, PlanPlace place, CancellationToken cancellationToken)
    {
        if (!settings.Enforce || tenant == TenantId.Platform)
            return null;
        var terms = await plans.OfAsync(tenant, cancellationToken);
        if (terms.Standing == PlanStanding.Suspended)
            return PlanErrors.Suspended;
        var (most, what, use) = place == PlanPlace.Seat ? (terms.Seats, "people", "seat") : (terms.Agents, "agents", "agent");
        if (most is not { } limit)
            return null;
        await db.SaveChangesAsync(cancellationToken);
        await db.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock(hashtextextended({$"places:{use}:{tenant}"}, 0))", cancellationToken);
        var now = clock.GetUtcNow();
        var taken = place == PlanPlace.Seat
            ? await db.Database.SqlQuery<int>($"""
                SELECT ((SELECT count(*) FROM identity.members WHERE tenant_id = {tenant.Value})
                     + (SELECT count(*) FROM identity.invitations WHERE tenant_id = {tenant.Value} AND accepted_at IS NULL AND revoked_at IS NULL AND expires_at > {now}))::int AS "Value"
                """).SingleAsync(cancellationToken)
            : await db.Database.SqlQuery<int>($"""SELECT count(*)::int AS "Value" FROM agents.agents WHERE tenant_id = {tenant.Value} AND status <> 'retired'""").SingleAsync(cancellationToken);
        if (taken >= limit)
            return BillingErrors.QuotaReached(what, limit);
        if (UsageMeter.LevelOf(taken + 1, limit) is var level and > 0)
            work.AfterCommit(() => _ = WarnAsync(tenant, use, new DateTimeOffset(now.Year, now.Month, 1, 0, 0, 0, TimeSpan.Zero), level));
        return null;
    }

    // Once a month for each level. A warning that is lost comes with the next place.
    private async Task WarnAsync(TenantId tenant, string use, DateTimeOffset month, int level)
    {
        await using var scope = scopes.Begin("usage", tenant);
        await scope.SendAsync(new WarnOfUsage(use, month, level), CancellationToken.None);
    }
}
