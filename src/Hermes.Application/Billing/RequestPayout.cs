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
/// <param name="AgentId">The agent in whose name; null for the tenant as a whole.</param>
/// <param name="Currency">Of it, when no amount is given; null for the installation's own.</param>
[Requires(Permissions.BillingManage)]
public sealed record RequestPayout(Money? Amount = null, AgentId? AgentId = null, string? Currency = null) : ICommand<PayoutView>;

internal sealed class RequestPayoutValidator : AbstractValidator<RequestPayout>
{
    public RequestPayoutValidator()
    {
        RuleFor(r => r.Amount).Must(a => a is null || (a.Value.Currency != default && a.Value.IsPositive)).WithMessage("More than 0.");
        RuleFor(r => r.Currency).Must(code => code is null || Domain.Shared.Currency.TryParse(code, out _)).WithMessage("Not a currency that Hermes books.");
    }
}

internal sealed class RequestPayoutHandler(
    IBillingDb db, ILedger ledger, IAgents agents, MoneyDesk money, BillingSettings settings, IPaymentProvider provider, IOutbox outbox, IAudit audit, IFaultPoints faults, ICurrentActor current, TimeProvider clock)
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
        var wanted = request.Amount ?? await ledger.BalanceAsync(AccountRef.Earnings(tenant, currency), cancellationToken);
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
}
