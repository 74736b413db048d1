using Hermes.Application.Shared;
using Hermes.Domain.Billing;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Billing;

/// <summary>
/// Reads anew payouts that are on their way and payees that the provider does not pay to yet. Their events come from the payees' own
/// accounts, which are not among the events that can be listed, so one that was lost is made up for here.
/// </summary>
[RequiresSystem]
public sealed record CheckPayees : ICommand<int>, IOwnTransaction;

internal sealed class CheckPayeesHandler(IBillingDb db, IPaymentProvider provider, EventDesk desk, IUnitOfWork work) : IRequestHandler<CheckPayees, Result<int>>
{
    public async Task<Result<int>> Handle(CheckPayees request, CancellationToken cancellationToken)
    {
        if (!provider.IsThere)
            return 0;
        var news = 0;
        foreach (var payout in await db.Payouts.AsNoTracking().Where(p => p.State == PayoutState.InTransit && p.Provider == provider.Name && p.ProviderId != null)
            .Select(p => new { p.PayeeId, ProviderId = p.ProviderId! }).ToListAsync(cancellationToken))
        {
            var read = await provider.ReadPayoutAsync(payout.PayeeId, payout.ProviderId, cancellationToken);
            if (read is { Succeeded: true, Value: { Arrived: true } or { Failed: true } } && await TellAsync(new ProviderFact.PayoutChanged(payout.PayeeId, read.Value), cancellationToken))
                news++;
        }
        foreach (var payee in await db.BillingAccounts.AsNoTracking().Where(a => a.Provider == provider.Name && a.PayeeId != null && !a.PayeeReady).Select(a => a.PayeeId!).ToListAsync(cancellationToken))
            if (await TellAsync(new ProviderFact.PayeeChanged(payee), cancellationToken))
                news++;
        return news;
    }

    // One that can't be read or booked now keeps none of the others waiting; the next look has it again.
    private async Task<bool> TellAsync(ProviderFact fact, CancellationToken cancellationToken)
    {
        var prepared = await desk.PrepareAsync(fact, cancellationToken);
        return prepared.Succeeded && await work.RunAsync(() => desk.ApplyAsync(prepared.Value, cancellationToken), cancellationToken) is { Succeeded: true, Value: true };
    }
}
