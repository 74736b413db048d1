using Hermes.Application.Shared;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Billing;

/// <summary>Reports requests beyond the plan, of days that are over, to the provider, whose next invoice charges them. Each day once, by a key that names it.</summary>
[RequiresSystem]
public sealed record ReportOverage : ICommand<int>, IOwnTransaction;

internal sealed class ReportOverageHandler(IBillingDb db, IUsageReports reports, IPaymentProvider provider, TimeProvider clock) : IRequestHandler<ReportOverage, Result<int>>
{
    private const int Most = 500;

    public async Task<Result<int>> Handle(ReportOverage request, CancellationToken cancellationToken)
    {
        if (!provider.IsThere)
            return 0;
        var today = new DateTimeOffset(clock.GetUtcNow().UtcDateTime.Date, TimeSpan.Zero);
        var open = await (from u in db.Usage.AsNoTracking()
                          where u.Use == "request" && u.Over > u.Reported && u.StartsAt < today
                          join a in db.BillingAccounts.AsNoTracking() on u.TenantId equals a.TenantId
                          where a.Provider == provider.Name && a.CustomerId != null
                          orderby u.StartsAt
                          select new { u.TenantId, u.StartsAt, u.Over, u.Reported, a.CustomerId }).Take(Most).ToListAsync(cancellationToken);
        var told = 0;
        foreach (var day in open)
        {
            var reported = await provider.ReportUsageAsync(day.CustomerId!, IPaymentProvider.OverageMeter, day.Over - day.Reported, clock.GetUtcNow(),
                $"over:{day.TenantId.Value:N}:{day.StartsAt:yyyyMMdd}:{day.Over}", cancellationToken);
            if (!reported.Succeeded)
                return reported.Error;
            await reports.ReportedAsync(day.TenantId, day.StartsAt, day.Over, cancellationToken);
            told++;
        }
        return told;
    }
}

/// <summary>What of the overage the provider knows.</summary>
public interface IUsageReports
{
    /// <summary>The provider was told of so much of the day, in all.</summary>
    Task ReportedAsync(TenantId tenant, DateTimeOffset day, long all, CancellationToken cancellationToken);
}
