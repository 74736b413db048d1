using Hermes.Application.Shared;
using Hermes.Domain.Billing;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Billing;

/// <summary>
/// Sends a payout that is due: a transfer to the payee, then the payee's payout to its bank. The transfer is kept before the
/// payout is asked for, and both go by keys that follow from the payout, so that whoever repeats it after a crash moves nothing
/// twice. One that is refused too often is given up: the transfer is taken back and the earnings have the money again.
/// </summary>
/// <param name="Id">The payout.</param>
[RequiresSystem]
public sealed record SendPayout(PayoutId Id) : ICommand<PayoutState>, IOwnTransaction;

internal sealed class SendPayoutHandler(IBillingDb db, IPaymentProvider provider, MoneyDesk money, IUnitOfWork work, IFaultPoints faults, TimeProvider clock) : IRequestHandler<SendPayout, Result<PayoutState>>
{
    public async Task<Result<PayoutState>> Handle(SendPayout request, CancellationToken cancellationToken)
    {
        if (await db.Payouts.AsNoTracking().SingleOrDefaultAsync(p => p.Id == request.Id, cancellationToken) is not { } payout)
            return BillingErrors.PayoutNotFound;
        if (payout.State != PayoutState.Pending || payout.DueAt > clock.GetUtcNow())
            return payout.State;
        if (payout.IsGivenUp && payout.TransferId is null)
            return await ReturnAsync(request.Id, cancellationToken);
        if (payout.Provider != provider.Name)
            return await PostponeAsync(request.Id, BillingErrors.OtherProvider, cancellationToken);
        return payout.IsGivenUp ? await TakeBackAsync(payout, cancellationToken) : await SendAsync(payout, cancellationToken);
    }

    private async Task<Result<PayoutState>> SendAsync(Payout payout, CancellationToken cancellationToken)
    {
        var (minor, currency) = (MinorUnits.Of(payout.Amount), payout.Amount.Currency);
        if (payout.TransferId is null)
        {
            faults.Reach("payout.before_transfer");
            var transfer = await provider.TransferAsync(payout.PayeeId, minor, currency, payout.Id.ToString(), $"payout:{payout.Id}:transfer", cancellationToken);
            if (!transfer.Succeeded)
                return await PostponeAsync(payout.Id, transfer.Error, cancellationToken);
            faults.Reach("payout.after_transfer");
            var kept = await work.RunAsync<bool>(async () =>
                await money.SendAsync(await db.Payouts.SingleAsync(p => p.Id == payout.Id, cancellationToken), transfer.Value, cancellationToken) is { } refusal ? refusal : true, cancellationToken);
            if (!kept.Succeeded)
                return kept.Error;
            faults.Reach("payout.after_transfer_kept");
        }
        var sent = await provider.PayOutAsync(payout.PayeeId, minor, currency, payout.Id.ToString(), payout.RequestedAt, $"payout:{payout.Id}:payout", cancellationToken);
        if (!sent.Succeeded)
            return await PostponeAsync(payout.Id, sent.Error, cancellationToken);
        faults.Reach("payout.after_payout");
        return await WithAsync(payout.Id, stored =>
        {
            stored.Send(sent.Value.Id);
            return Task.FromResult<Error?>(null);
        }, cancellationToken);
    }

    private async Task<Result<PayoutState>> TakeBackAsync(Payout payout, CancellationToken cancellationToken)
    {
        var back = await provider.ReverseTransferAsync(payout.TransferId!, MinorUnits.Of(payout.Amount), $"payout:{payout.Id}:back", cancellationToken);
        if (!back.Succeeded)
            return await PostponeAsync(payout.Id, back.Error, cancellationToken);
        faults.Reach("payout.after_reversal");
        return await ReturnAsync(payout.Id, cancellationToken);
    }

    private Task<Result<PayoutState>> ReturnAsync(PayoutId id, CancellationToken cancellationToken) => WithAsync(id, async stored =>
        stored.State == PayoutState.Pending ? (await money.ReturnAsync(stored, stored.Failure ?? "It was called off.", cancellationToken)).Error : null, cancellationToken);

    private Task<Result<PayoutState>> PostponeAsync(PayoutId id, Error error, CancellationToken cancellationToken) => WithAsync(id, stored =>
    {
        if (stored.State == PayoutState.Pending)
            stored.Postpone(error.Message, error != BillingErrors.ProviderAway, clock.GetUtcNow());
        return Task.FromResult<Error?>(null);
    }, cancellationToken);

    private Task<Result<PayoutState>> WithAsync(PayoutId id, Func<Payout, Task<Error?>> act, CancellationToken cancellationToken) => work.RunAsync<PayoutState>(async () =>
    {
        var stored = await db.Payouts.SingleAsync(p => p.Id == id, cancellationToken);
        return await act(stored) is { } refusal ? refusal : stored.State;
    }, cancellationToken);
}
