using Hermes.Application.Shared;
using Hermes.Application.Shared.Settings;
using Hermes.Domain.Billing;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Billing;

/// <summary>Where the tenant's earnings go, what there is to pay out, and what was paid out by year.</summary>
[Requires(Permissions.BillingView)]
public sealed record GetPayoutAccount : IQuery<PayoutAccountView>;

/// <summary>A tenant as payee.</summary>
/// <param name="Opened">Whether the provider knows it.</param>
/// <param name="Ready">Whether it is paid out to.</param>
/// <param name="Wants">What the provider still wants to know; null for nothing.</param>
/// <param name="HeldUntil">Until when payouts of the new payee are held; null when they are not.</param>
/// <param name="Rhythm">When earnings are paid out by themselves.</param>
/// <param name="Threshold">The least of a scheduled payout, in units.</param>
/// <param name="Least">The least of any payout, in units.</param>
/// <param name="Earnings">What there is to pay out, by currency; empty for nothing.</param>
/// <param name="Owed">What is owed after chargebacks; empty for nothing.</param>
/// <param name="Years">What was paid out, newest year first: for tax forms.</param>
/// <param name="TakesPayments">Whether the installation pays out at all.</param>
public sealed record PayoutAccountView(
    bool Opened, bool Ready, string? Wants, DateTimeOffset? HeldUntil, PayoutRhythm Rhythm, decimal Threshold, decimal Least, IReadOnlyList<Money> Earnings, IReadOnlyList<Money> Owed,
    IReadOnlyList<PayoutYear> Years, bool TakesPayments);

/// <summary>What was paid out in a calendar year (UTC).</summary>
/// <param name="Year">The year of arrival.</param>
/// <param name="Paid">In all.</param>
/// <param name="Count">By how many payouts.</param>
public sealed record PayoutYear(int Year, Money Paid, int Count);

internal sealed class GetPayoutAccountHandler(IBillingDb db, IEarnings earnings, BillingSettings settings, IPaymentProvider provider, ICurrentActor current, TimeProvider clock)
    : IRequestHandler<GetPayoutAccount, Result<PayoutAccountView>>
{
    public async Task<Result<PayoutAccountView>> Handle(GetPayoutAccount request, CancellationToken cancellationToken)
    {
        var tenant = current.Actor.RequiredTenant;
        var account = await db.BillingAccounts.AsNoTracking().SingleOrDefaultAsync(a => a.TenantId == tenant, cancellationToken);
        var owed = await db.Debts.AsNoTracking().Where(d => d.TenantId == tenant && d.MicroUnits > 0).ToListAsync(cancellationToken);
        var paid = await db.Payouts.AsNoTracking().Where(p => p.TenantId == tenant && p.State == PayoutState.Paid)
            .GroupBy(p => new { p.EndedAt!.Value.Year, p.Amount.Currency }).Select(g => new { g.Key.Year, g.Key.Currency, Sum = g.Sum(p => p.Amount.MicroUnits), Count = g.Count() }).ToListAsync(cancellationToken);
        var until = account?.PayeeSince?.AddDays(settings.HoldDays);
        return new PayoutAccountView(account?.PayeeId is not null, account?.PayeeReady ?? false, account?.PayeeWants, until > clock.GetUtcNow() ? until : null,
            account?.Rhythm ?? PayoutRhythm.Manual, (account?.ThresholdMicroUnits ?? 0) / (decimal)Money.MicroPerUnit, settings.LeastPayout,
            await earnings.OfAsync(tenant, cancellationToken), owed.ConvertAll(d => new Money(d.MicroUnits, d.Currency)),
            [.. paid.OrderByDescending(y => y.Year).ThenBy(y => y.Currency.Code).Select(y => new PayoutYear(y.Year, new Money(y.Sum, y.Currency), y.Count))], provider.IsThere);
    }
}
