using Hermes.Application.Shared;
using Hermes.Domain.Billing;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Billing;

/// <summary>
/// Sends a payout that is due: a transfer to the payee, then the payee's payout to its bank. Both by keys that follow from
/// the payout, so that whoever repeats it after a crash moves nothing twice.
/// </summary>
/// <param name="Id">The payout.</param>
[RequiresSystem]
public sealed record SendPayout(PayoutId Id) : ICommand<PayoutState>, IOwnTransaction;

internal sealed class SendPayoutHandler(IBillingDb db, IPaymentProvider provider, IUnitOfWork work, IFaultPoints faults, TimeProvider clock) : IRequestHandler<SendPayout, Result<PayoutState>>
{
    public async Task<Result<PayoutState>> Handle(SendPayout request, CancellationToken cancellationToken)
    {
        if (await db.Payouts.AsNoTracking().SingleOrDefaultAsync(p => p.Id == request.Id, cancellationToken) is not { } payout)
            return BillingErrors.PayoutNotFound;
        if (payout.State != PayoutState.Pending || payout.DueAt > clock.GetUtcNow())
            return payout.State;
        if (payout.Provider != provider.Name)
            return await PostponeAsync(request.Id, BillingErrors.OtherProvider, cancellationToken);
        var (minor, currency) = (MinorUnits.Of(payout.Amount), payout.Amount.Currency);
        faults.Reach("payout.before_transfer");
        var transfer = await provider.TransferAsync(payout.PayeeId, minor, currency, payout.Id.ToString(), $"payout:{payout.Id}:transfer", cancellationToken);
        if (!transfer.Succeeded)
            return await PostponeAsync(request.Id, transfer.Error, cancellationToken);
        faults.Reach("payout.after_transfer");
        var sent = await provider.PayOutAsync(payout.PayeeId, minor, currency, payout.Id.ToString(), $"payout:{payout.Id}:payout", cancellationToken);
        if (!sent.Succeeded)
            return await PostponeAsync(request.Id, sent.Error, cancellationToken);
        faults.Reach("payout.after_payout");
        return await work.RunAsync<PayoutState>(async () =>
        {
            var stored = await db.Payouts.SingleAsync(p => p.Id == request.Id, cancellationToken);
            stored.Send(transfer.Value, sent.Value.Id);
            return stored.State;
        }, cancellationToken);
    }

    private Task<Result<PayoutState>> PostponeAsync(PayoutId id, Error error, CancellationToken cancellationToken) => work.RunAsync<PayoutState>(async () =>
    {
        var stored = await db.Payouts.SingleAsync(p => p.Id == id, cancellationToken);
        if (stored.State == PayoutState.Pending)
            stored.Postpone(clock.GetUtcNow() + TimeSpan.FromSeconds(Math.Min(3_600, 10 * Math.Pow(2, stored.Attempts))), error.Message);
        return stored.State;
    }, cancellationToken);
}
