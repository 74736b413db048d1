using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Billing;

/// <summary>What the tenant uses of its plan.</summary>
/// <param name="Days">How many days of the past, 1–90.</param>
[Requires(Permissions.BillingView)]
public sealed record GetUsage(int Days = 30) : IQuery<UsageView>;

/// <summary>Usage against the plan.</summary>
/// <param name="Meters">People, agents, today's requests, this hour's calls.</param>
/// <param name="Days">Requests by day, oldest first; the last is today.</param>
/// <param name="OverageThisMonth">Requests beyond the plan's in this month.</param>
/// <param name="OverageCost">What they cost at the present plan; null where they are refused.</param>
public sealed record UsageView(IReadOnlyList<UsageMeterView> Meters, IReadOnlyList<UsageDay> Days, long OverageThisMonth, Money? OverageCost);

/// <summary>One of the plan's numbers.</summary>
/// <param name="Name"><c>people</c>, <c>agents</c>, <c>requests_today</c>, <c>calls_this_hour</c>.</param>
/// <param name="Used">How many.</param>
/// <param name="Most">How many the plan has; null: unlimited.</param>
public sealed record UsageMeterView(string Name, long Used, long? Most)
{
    /// <summary>Used in percent, at most 100; 0 where it is unlimited.</summary>
    public int Percent => Most is null ? 0 : Most == 0 ? 100 : (int)Math.Min(100, Used * 100 / Most.Value);
}

/// <summary>A day's requests.</summary>
/// <param name="On">The day, UTC.</param>
/// <param name="Requests">How many.</param>
/// <param name="Over">How many of them beyond the plan.</param>
public sealed record UsageDay(DateOnly On, long Requests, long Over);

internal sealed class GetUsageHandler(IBillingDb db, IPlans plans, IQuotaCounts counts, Shared.Settings.PlanBook book, ICurrentActor current, TimeProvider clock) : IRequestHandler<GetUsage, Result<UsageView>>
{
    public async Task<Result<UsageView>> Handle(GetUsage request, CancellationToken cancellationToken)
    {
        var tenant = current.Actor.RequiredTenant;
        var now = clock.GetUtcNow().UtcDateTime;
        var (today, hour) = (new DateTimeOffset(now.Date, TimeSpan.Zero), new DateTimeOffset(now.Date.AddHours(now.Hour), TimeSpan.Zero));
        var days = Math.Clamp(request.Days, 1, 90);
        var month = new DateTimeOffset(now.Year, now.Month, 1, 0, 0, 0, TimeSpan.Zero);
        var from = today.AddDays(1 - days);
        var rows = await db.Usage.AsNoTracking().Where(u => u.TenantId == tenant && ((u.Use == "request" && u.StartsAt >= (from < month ? from : month)) || (u.Use == "call" && u.StartsAt == hour))).ToListAsync(cancellationToken);
        var terms = await plans.OfAsync(tenant, cancellationToken);
        var (seats, agents) = await counts.OfAsync(tenant, cancellationToken);
        long Used(string use, DateTimeOffset at) => rows.SingleOrDefault(r => r.Use == use && r.StartsAt == at)?.Count ?? 0;
        var over = rows.Where(r => r.Use == "request" && r.StartsAt >= month).Sum(r => r.Over);
        return new UsageView(
            [
                new("people", seats, terms.Seats), new("agents", agents, terms.Agents), new("requests_today", Used("request", today), terms.RequestsPerDay),
                new("calls_this_hour", Used("call", hour), terms.CallsPerHour),
            ],
            [.. Enumerable.Range(0, days).Select(i => from.AddDays(i)).Select(day => rows.SingleOrDefault(r => r.Use == "request" && r.StartsAt == day) is { } row
                ? new UsageDay(DateOnly.FromDateTime(day.UtcDateTime), row.Count, row.Over) : new UsageDay(DateOnly.FromDateTime(day.UtcDateTime), 0, 0))],
            over, book[terms.Plan].OveragePrice is { } perThousand ? Money.Of(perThousand, Currency.Usd).Share(over, 1_000) : null);
    }
}
