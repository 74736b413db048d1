using System.Text.Json;
using FluentValidation;
using Hermes.Application.Ledger.Public;
using Hermes.Application.Shared;
using Hermes.Domain.Billing;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Billing;

/// <summary>
/// Gives what is left of a paid purchase back to the payer; much only with a second operator. The refund is ordered, then the
/// provider is asked (<see cref="SendRefund"/>), and the credits are taken back when its event comes.
/// </summary>
/// <param name="Id">The purchase.</param>
/// <param name="Reason">Why, 1–300 characters.</param>
[RequiresOperator]
public sealed record RefundPurchase(PurchaseId Id, string? Reason) : ICommand<PurchaseDecision>, IAcrossTenants, IOwnTransaction;

/// <summary>What became of an operator's decision about a purchase.</summary>
/// <param name="Purchase">As it stands.</param>
/// <param name="Proposal">What another operator has to confirm; null when it holds.</param>
public sealed record PurchaseDecision(PurchaseView Purchase, ProposalView? Proposal);

internal sealed class RefundPurchaseValidator : AbstractValidator<RefundPurchase>
{
    public RefundPurchaseValidator() => RuleFor(r => r.Reason).NotEmpty().MaximumLength(300);
}

internal sealed class RefundPurchaseHandler(IBillingDb db, IPaymentProvider provider, ISecondOperator second, RefundDesk desk, ISystemScopes scopes, IUnitOfWork work, IFaultPoints faults)
    : IRequestHandler<RefundPurchase, Result<PurchaseDecision>>
{
    public async Task<Result<PurchaseDecision>> Handle(RefundPurchase request, CancellationToken cancellationToken)
    {
        var asked = await work.RunAsync<PurchaseDecision>(async () =>
        {
            if (await db.Purchases.SingleOrDefaultAsync(p => p.Id == request.Id, cancellationToken) is not { } purchase)
                return BillingErrors.PurchaseNotFound;
            if (purchase.State == PurchaseState.Paid && purchase.Way != PurchaseWay.OnChain && purchase.Provider != provider.Name)
                return BillingErrors.OtherProvider;
            if (purchase.CheckRefund() is { } refusal)
                return refusal;
            var reason = request.Reason!.Trim();
            if (second.IsNeededFor(purchase.Refundable))
            {
                var proposed = await second.ProposeAsync(ProposedRefund.Of, new ProposedRefund.Act(purchase.Id, reason), "purchase", purchase.Id.Value, purchase.Refundable,
                    $"Give {purchase.Refundable} of a purchase back to the payer", reason, cancellationToken);
                return proposed.Succeeded ? new PurchaseDecision(PurchaseView.Of(purchase), proposed.Value) : proposed.Error;
            }
            var ordered = desk.Order(purchase, reason);
            return ordered.Succeeded ? new PurchaseDecision(PurchaseView.Of(purchase), null) : ordered.Error;
        }, cancellationToken);
        if (!asked.Succeeded || asked.Value.Proposal is not null)
            return asked;
        faults.Reach("refund.after_order");
        await using var scope = scopes.Begin("refund");
        var sent = await scope.SendAsync(new SendRefund(request.Id), cancellationToken);
        return sent.Succeeded ? asked : sent.Error;
    }
}

/// <summary>Orders refunds with the open transaction.</summary>
public sealed class RefundDesk(IAudit audit, TimeProvider clock)
{
    /// <summary>Orders one; errors as those of <see cref="Purchase.CheckRefund"/>.</summary>
    public Result<Done> Order(Purchase purchase, string reason)
    {
        var amount = purchase.Refundable;
        var ordered = purchase.OrderRefund(clock.GetUtcNow());
        if (ordered.Succeeded)
            audit.Record("purchase.refund", "purchase", purchase.Id.Value, null, new { refund = amount, reason }, purchase.TenantId);
        return ordered;
    }
}

/// <summary>A refund that another operator confirmed: ordered in that operator's transaction, sent afterwards.</summary>
public sealed class ProposedRefund(IBillingDb db, RefundDesk desk) : IProposedAct
{
    internal const string Of = "purchase.refund";

    /// <summary>What was proposed.</summary>
    internal sealed record Act(PurchaseId Purchase, string Reason);

    /// <inheritdoc />
    public string Kind => Of;

    /// <inheritdoc />
    public async Task<Result<Done>> ExecuteAsync(JsonElement act, PersonId proposedBy, PersonId confirmedBy, CancellationToken cancellationToken)
    {
        var what = act.Deserialize<Act>(HermesJson.Options)!;
        return await db.Purchases.SingleOrDefaultAsync(p => p.Id == what.Purchase, cancellationToken) is { } purchase ? desk.Order(purchase, what.Reason) : BillingErrors.PurchaseNotFound;
    }
}
