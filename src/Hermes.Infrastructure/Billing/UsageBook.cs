using Hermes.Application.Billing;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Infrastructure.Billing;

internal sealed class UsageBook(HermesDbContext db) : IUsageBook, IUsageReports
{
    public async Task<bool> WarnAsync(TenantId tenant, string use, DateTimeOffset startsAt, int percent, CancellationToken cancellationToken) =>
        await db.Database.ExecuteSqlAsync(
            $"""
             INSERT INTO billing.usage AS u (tenant_id, use, starts_at, count, over, reported, reporting, warned) VALUES ({tenant.Value}, {use}, {startsAt}, 0, 0, 0, 0, {percent})
             ON CONFLICT (tenant_id, use, starts_at) DO UPDATE SET warned = excluded.warned WHERE u.warned < excluded.warned
             """, cancellationToken) == 1;

    public async Task<(long Before, long All)> BeginAsync(TenantId tenant, DateTimeOffset day, CancellationToken cancellationToken)
    {
        await db.Database.ExecuteSqlAsync($"UPDATE billing.usage SET reporting = over WHERE tenant_id = {tenant.Value} AND use = 'request' AND starts_at = {day} AND reporting <= reported", cancellationToken);
        var row = await db.Usage.AsNoTracking().SingleAsync(u => u.TenantId == tenant && u.Use == "request" && u.StartsAt == day, cancellationToken);
        return (row.Reported, row.Reporting);
    }

    public Task ReportedAsync(TenantId tenant, DateTimeOffset day, long all, CancellationToken cancellationToken) =>
        db.Database.ExecuteSqlAsync($"UPDATE billing.usage SET reported = greatest(reported, {all}) WHERE tenant_id = {tenant.Value} AND use = 'request' AND starts_at = {day}", cancellationToken);
}
