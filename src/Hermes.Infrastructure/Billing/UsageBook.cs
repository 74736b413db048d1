using Hermes.Application.Billing;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Infrastructure.Billing;

internal sealed class UsageBook(HermesDbContext db) : IUsageBook, IUsageReports
{
    public async Task<bool> WarnAsync(TenantId tenant, string use, DateTimeOffset startsAt, int percent, CancellationToken cancellationToken) =>
        await db.Database.ExecuteSqlAsync(
            $"UPDATE billing.usage SET warned = {percent} WHERE tenant_id = {tenant.Value} AND use = {use} AND starts_at = {startsAt} AND warned < {percent}", cancellationToken) == 1;

    public Task ReportedAsync(TenantId tenant, DateTimeOffset day, long all, CancellationToken cancellationToken) =>
        db.Database.ExecuteSqlAsync($"UPDATE billing.usage SET reported = greatest(reported, {all}) WHERE tenant_id = {tenant.Value} AND use = 'request' AND starts_at = {day}", cancellationToken);
}
