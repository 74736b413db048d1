using Hermes.Application.Shared;
using Hermes.Application.Shared.Settings;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Billing;

/// <summary>
/// Repays from the earnings what the tenant owes, and asks for its scheduled payout of each currency when one is due today: at most
/// one a day, because the day is remembered in the same transaction.
/// </summary>
[RequiresSystem]
public sealed record RunScheduledPayout : ICommand<bool>;

internal sealed class RunScheduledPayoutHandler(IBillingDb db, IEarnings earnings, MoneyDesk money, BillingSettings settings, IMediator mediator, ICurrentActor current, TimeProvider clock)
    : IRequestHandler<RunScheduledPayout, Result<bool>>
{
    public async Task<Result<bool>> Handle(RunScheduledPayout request, CancellationToken cancellationToken)
    {
        var tenant = current.Actor.RequiredTenant;
        foreach (var currency in await db.Debts.Where(d => d.TenantId == tenant && d.MicroUnits > 0).Select(d => d.Currency).ToListAsync(cancellationToken))
            if ((await money.RepayFromEarningsAsync(tenant, currency, Guid.CreateVersion7(clock.GetUtcNow()), cancellationToken)).Error is { } refusal)
                return refusal;
        var account = await db.BillingAccounts.SingleOrDefaultAsync(a => a.TenantId == tenant, cancellationToken);
        if (account is not { PayeeReady: true } || !account.Run(DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime)))
            return false;
        if (await db.Debts.AnyAsync(d => d.TenantId == tenant && d.MicroUnits > 0, cancellationToken))
            return true;
        var threshold = Math.Max(settings.LeastPayout, (decimal)account.ThresholdMicroUnits / Money.MicroPerUnit);
        foreach (var earned in (await earnings.OfAsync(tenant, cancellationToken)).Where(e => e.Units >= threshold))
            if ((await mediator.Send(new RequestPayout(Currency: earned.Currency.Code) { Repeat = true }, cancellationToken)).Error is { } refused)
                return refused;
        return true;
    }
}
