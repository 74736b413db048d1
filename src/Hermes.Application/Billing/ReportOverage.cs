using Hermes.Application.Shared;
using Hermes.Domain.Billing;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Billing;

/// <summary>
/// Reports requests beyond the plan, of days that are over, to the provider, whose next invoice charges them. How much is fixed before it
/// is told, with the day's own time, so that a repetition says the same under the same key.
/// </summary>
[RequiresSystem]
public sealed record ReportOverage : ICommand<int>, IOwnTransaction;

internal sealed class ReportOverageHandler(IBillingDb db, IUsageReports reports, IPaymentProvider provider, TimeProvider clock) : IRequestHandler<ReportOverage, Result<int>>
{
    private const int Most = 500;
    private const int MostAway = 3;

    // Stripe takes uses of the last 35 days.
    private static readonly TimeSpan Furthest = TimeSpan.FromDays(34);

    public async Task<Result<int>> Handle(ReportOverage request, CancellationToken cancellationToken)
    {
        if (!provider.IsThere)
            return 0;
        var today = new DateTimeOffset(clock.GetUtcNow().UtcDateTime.Date, TimeSpan.Zero);
        var furthest = today - Furthest;
        var open = await (from u in db.Usage.AsNoTracking()
                          where u.Use == "request" && u.Over > u.Reported && u.StartsAt < today && u.StartsAt >= furthest
                          join a in db.BillingAccounts.AsNoTracking() on u.TenantId equals a.TenantId
                          where a.Provider == provider.Name && a.CustomerId != null
                          orderby u.StartsAt
                          select new { u.TenantId, u.StartsAt, a.CustomerId }).Take(Most).ToListAsync(cancellationToken);
        var (told, away) = (0, 0);
        foreach (var day in open)
        {
            var (before, all) = await reports.BeginAsync(day.TenantId, day.StartsAt, cancellationToken);
            var reported = await provider.ReportUsageAsync(day.CustomerId!, IPaymentProvider.OverageMeter, all - before, day.StartsAt.AddDays(1).AddSeconds(-1),
                $"over:{day.TenantId.Value:N}:{day.StartsAt:yyyyMMdd}:{all}", cancellationToken);
            if (!reported.Succeeded)
            {
                // One payer's refusal is no other payer's; a provider that is away is away for all.
                if (reported.Error == BillingErrors.ProviderAway && ++away == MostAway)
                    return reported.Error;
                continue;
            }
            await reports.ReportedAsync(day.TenantId, day.StartsAt, all, cancellationToken);
            (told, away) = (told + 1, 0);
        }
        return told;
    }
}

/// <summary>What of the overage the provider knows.</summary>
public interface IUsageReports
{
    /// <summary>Fixes what of the day is told next: from how much on to how much in all. The same again until that was told.</summary>
    Task<(long Before, long All)> BeginAsync(TenantId tenant, DateTimeOffset day, CancellationToken cancellationToken);

    /// <summary>The provider was told of so much of the day, in all.</summary>
    Task ReportedAsync(TenantId tenant, DateTimeOffset day, long all, CancellationToken cancellationToken);
}
