using Hermes.Application.Tenancy.Public;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Infrastructure.Tenancy;

internal sealed class TenantPlans(HermesDbContext db) : ITenantPlans
{
    public Task SetAsync(TenantId tenant, TenantPlan plan, CancellationToken cancellationToken) =>
        db.Database.ExecuteSqlAsync($"UPDATE tenancy.tenants SET plan = {plan.ToString().ToLowerInvariant()} WHERE id = {tenant.Value}", cancellationToken);
}
