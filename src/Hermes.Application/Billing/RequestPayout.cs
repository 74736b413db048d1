using FluentValidation;
using Hermes.Application.Agents.Public;
using Hermes.Application.Ledger.Public;
using Hermes.Application.Shared;
using Hermes.Application.Shared.Settings;
using Hermes.Domain.Billing;
using Hermes.Domain.Identity;
using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Billing;

/// <summary>Takes a payout from the tenant's earnings, at once; it is sent by a job. What is less than a coin stays with the earnings.</summary>
/// <param name="Amount">How much; null: all that was earned in the currency.</param>
/// <param name="AgentId">The agent in whose name: at most what it earned and was not paid out in its name; null for the tenant as a whole.</param>
/// <param name="Currency">Of it, when no amount is given; null for the installation's own.</param>
[Requires(Permissions.BillingManage)]
public sealed record RequestPayout(Money? Amount = null, AgentId? AgentId = null, string? Currency = null) : ICommand<PayoutView>, IPays
{
    /// <summary>True to pay the same out once more on purpose; otherwise a repetition within some minutes is the first one again.</summary>
    public bool Repeat { get; init; }

    PaymentCause? IPays.Cause => Repeat ? null : new PaymentCause("payout.request", AgentId?.Value ?? Guid.Empty, Amount, Currency ?? "");
}

internal sealed class RequestPayoutValidator : AbstractValidator<RequestPayout>
{
    public RequestPayoutValidator()
    {
        RuleFor(r => r.Amount).Must(a => a is null || (a.Value.Currency != default && a.Value.IsPositive)).WithMessage("More than 0.");
        RuleFor(r => r.Currency).Must(code => code is null || Domain.Shared.Currency.TryParse(code, out _)).WithMessage("Not a currency that Hermes books.");
    }
}

internal sealed class RequestPayoutHandler(
    IBillingDb db, ILedger ledger, IAgents agents, IShares shares, IEarnings earnings, MoneyDesk money, BillingSettings settings, IPaymentProvider provider, IOutbox outbox, IAudit audit, IFaultPoints faults, ICurrentActor current, TimeProvider clock)
    : IRequestHandler<RequestPayout, Result<PayoutView>>
{
    // One for all runs of this handler by the unit of work.
    private readonly PayoutId _id = Id.New<PayoutId>(clock);

    public async Task<Result<PayoutView>> Handle(RequestPayout request, CancellationToken cancellationToken)
    {
        var tenant = current.Actor.RequiredTenant;
        if (request.AgentId is { } agent && (await agents.FindAsync(agent, cancellationToken))?.TenantId != tenant)
            return BillingErrors.AgentNotFound;
        if (!provider.IsThere)
            return BillingErrors.NoProvider;
        var account = await db.BillingAccounts.SingleOrDefaultAsync(a => a.TenantId == tenant, cancellationToken);
        if (account is not { PayeeReady: true, PayeeId: not null } || account.Provider != provider.Name)
            return BillingErrors.NoPayoutAccount;
        var currency = request.Amount?.Currency ?? (request.Currency is { } code ? Domain.Shared.Currency.Parse(code) : Domain.Shared.Currency.Usd);
        if (await db.Debts.AnyAsync(d => d.TenantId == tenant && d.MicroUnits > 0, cancellationToken))
            return BillingErrors.Indebted;
        var most = await ledger.BalanceAsync(AccountRef.Earnings(tenant, currency), cancellationToken);
        if (request.AgentId is { } earner)
        {
            await earnings.LockAsync(tenant, cancellationToken);
            var left = await LeftAsync(earner, tenant, currency, cancellationToken);
            if (request.Amount > left)
                return BillingErrors.MoreThanEarned(left);
            most = left < most ? left : most;
        }
        var wanted = request.Amount ?? most;
        var amount = MinorUnits.ToMoney(MinorUnits.Of(wanted), currency);
        var least = Money.Of(settings.LeastPayout, currency);
        if (!amount.IsPositive || amount < least)
            return BillingErrors.BelowThreshold(least);
        if (MinorUnits.Of(amount) > MinorUnits.Most)
            return BillingErrors.AmountTooSmall with { Code = "billing.amount_too_large", Message = "More than a provider pays at once." };
        var payout = Payout.Ask(_id, account, request.AgentId, amount, current.Actor.Kind == ActorKind.System, TimeSpan.FromDays(settings.HoldDays), clock);
        db.Payouts.Add(payout);
        if (await money.TakeEarningsAsync(payout, cancellationToken) is { } refusal)
            return refusal;
        faults.Reach("payout.after_ledger");
        audit.Record("payout.request", "payout", payout.Id.Value, null, new { payout.Amount, payout.AgentId, payout.Scheduled });
        outbox.Add(new LiveEvent("wallet.changed", "wallet", tenant.Value, tenant, new { purpose = "payout.request", amount = -payout.Amount }, Audience.Of(tenant)));
        return PayoutView.Of(payout);
    }

    // What the agent earned, less what was or is being paid out in its name.
    private async Task<Money> LeftAsync(AgentId agent, TenantId tenant, Currency currency, CancellationToken cancellationToken)
    {
        var earned = (await shares.TotalsOfAsync(agent, tenant, cancellationToken)).Where(t => t.Total.Currency == currency).Sum(t => t.Total.MicroUnits);
        var paid = await db.Payouts.Where(p => p.TenantId == tenant && p.AgentId == agent && p.State != PayoutState.Failed && p.Amount.Currency == currency).SumAsync(p => p.Amount.MicroUnits, cancellationToken);
        return new Money(Math.Max(0, earned - paid), currency);
    }
}

/// <summary>What a tenant has earned and not been paid out.</summary>
public interface IEarnings
{
    /// <summary>By currency; those of which there is any.</summary>
    Task<IReadOnlyList<Money>> OfAsync(TenantId tenant, CancellationToken cancellationToken);

    /// <summary>Keeps other payouts of the tenant waiting until the open transaction ends.</summary>
    Task LockAsync(TenantId tenant, CancellationToken cancellationToken);
}
