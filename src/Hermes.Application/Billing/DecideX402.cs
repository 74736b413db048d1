using System.Text.Json;
using System.Text.RegularExpressions;
using FluentValidation;
using Hermes.Application.Ledger.Public;
using Hermes.Application.Shared;
using Hermes.Domain.Billing;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Billing;

/// <summary>
/// Says what became of a payment on a chain that Hermes gave up; much only with a second operator. One that was paid is booked at once
/// (<see cref="SettleX402"/>), or by the clock; one that was not closes its purchase. A purchase that was closed by mistake can still be found paid.
/// </summary>
/// <param name="Id">The purchase.</param>
/// <param name="IsPaid">Whether the chain has it.</param>
/// <param name="Transaction">The transaction that paid it: <c>0x</c> and 64 hexadecimal digits; null for one that was not paid.</param>
/// <param name="Reason">How the operator knows, 1–300 characters.</param>
[RequiresOperator]
public sealed record DecideX402(PurchaseId Id, bool IsPaid, string? Transaction, string? Reason) : ICommand<PurchaseDecision>, IAcrossTenants, IOwnTransaction;

internal sealed partial class DecideX402Validator : AbstractValidator<DecideX402>
{
    public DecideX402Validator()
    {
        RuleFor(d => d.Reason).NotEmpty().MaximumLength(300);
        RuleFor(d => d.Transaction).Must(t => t is not null && Hash().IsMatch(t.Trim())).WithMessage("A transaction is 0x and 64 hexadecimal digits.").When(d => d.IsPaid);
        RuleFor(d => d.Transaction).Null().When(d => !d.IsPaid);
    }

    [GeneratedRegex("^0x[0-9a-fA-F]{64}$")]
    private static partial Regex Hash();
}

internal sealed class DecideX402Handler(IBillingDb db, ISecondOperator second, X402Desk desk, ISystemScopes scopes, IUnitOfWork work, IFaultPoints faults)
    : IRequestHandler<DecideX402, Result<PurchaseDecision>>
{
    public async Task<Result<PurchaseDecision>> Handle(DecideX402 request, CancellationToken cancellationToken)
    {
        var act = new ProposedDecision.Act(request.Id, request.Transaction?.Trim().ToLowerInvariant(), request.Reason!.Trim());
        var asked = await work.RunAsync<PurchaseDecision>(async () =>
        {
            var found = await desk.FindAsync(act, cancellationToken);
            if (!found.Succeeded)
                return found.Error;
            var (purchase, payment) = found.Value;
            if (second.IsNeededFor(purchase.Charged))
            {
                var proposed = await second.ProposeAsync(ProposedDecision.Of, act, "purchase", purchase.Id.Value, purchase.Charged,
                    act.Transaction is null ? $"Close a purchase of {purchase.Charged} as not paid" : $"Book a purchase of {purchase.Charged} as paid by {act.Transaction}", act.Reason, cancellationToken);
                return proposed.Succeeded ? new PurchaseDecision(PurchaseView.Of(purchase), proposed.Value) : proposed.Error;
            }
            desk.Decide(purchase, payment, act);
            return new PurchaseDecision(PurchaseView.Of(purchase), null);
        }, cancellationToken);
        if (!asked.Succeeded || asked.Value.Proposal is not null || !request.IsPaid)
            return asked;
        faults.Reach("x402.after_decision");
        await using var scope = scopes.Begin("x402", await db.Purchases.Where(p => p.Id == request.Id).Select(p => p.TenantId).SingleAsync(cancellationToken));
        var booked = await scope.SendAsync(new SettleX402(request.Id), cancellationToken);
        // Decided it is: what could not be booked now is booked by the clock.
        return booked.Succeeded ? new PurchaseDecision(booked.Value, null) : asked;
    }
}

/// <summary>Decides about payments that were given up, with the open transaction.</summary>
public sealed class X402Desk(IBillingDb db, IAudit audit, TimeProvider clock)
{
    /// <summary>
    /// What is decided about. Errors: <see cref="BillingErrors.PurchaseNotFound"/>, <see cref="BillingErrors.OutcomeKnown"/>, <see cref="BillingErrors.TransactionUsed"/>.
    /// </summary>
    internal async Task<Result<(Purchase Purchase, OnChainPayment Payment)>> FindAsync(ProposedDecision.Act act, CancellationToken cancellationToken)
    {
        if (await db.Purchases.SingleOrDefaultAsync(p => p.Id == act.Purchase, cancellationToken) is not { } purchase)
            return BillingErrors.PurchaseNotFound;
        if (await db.OnChainPayments.SingleOrDefaultAsync(p => p.PurchaseId == act.Purchase, cancellationToken) is not { IsGivenUp: true } payment
            || (act.Transaction is null && purchase.State != PurchaseState.Open))
            return BillingErrors.OutcomeKnown;
        return act.Transaction is not null && await db.OnChainPayments.AnyAsync(p => p.Transaction == act.Transaction, cancellationToken) ? BillingErrors.TransactionUsed : (purchase, payment);
    }

    /// <summary>Decides. Both ways change the purchase, so of two operators who decide at once one hears of the other.</summary>
    internal void Decide(Purchase purchase, OnChainPayment payment, ProposedDecision.Act act)
    {
        var before = new { purchase.State, purchase.LastFailure };
        if (act.Transaction is { } transaction)
        {
            purchase.Reopen();
            payment.Settle(transaction, clock.GetUtcNow());
        }
        else
        {
            purchase.Fail($"It was not paid: {act.Reason}");
            purchase.Expire();
        }
        audit.Record(act.Transaction is null ? "purchase.void" : "purchase.settle", "purchase", purchase.Id.Value, before, new { purchase.State, act.Transaction, act.Reason }, purchase.TenantId);
    }
}

/// <summary>A decision that another operator confirmed: made in that operator's transaction, booked by the clock.</summary>
public sealed class ProposedDecision(X402Desk desk) : IProposedAct
{
    internal const string Of = "purchase.decide";

    /// <summary>What was proposed; the transaction is lower case, null for one that was not paid.</summary>
    internal sealed record Act(PurchaseId Purchase, string? Transaction, string Reason);

    /// <inheritdoc />
    public string Kind => Of;

    /// <inheritdoc />
    public async Task<Result<Done>> ExecuteAsync(JsonElement act, PersonId proposedBy, PersonId confirmedBy, CancellationToken cancellationToken)
    {
        var what = act.Deserialize<Act>(HermesJson.Options)!;
        var found = await desk.FindAsync(what, cancellationToken);
        if (!found.Succeeded)
            return found.Error;
        desk.Decide(found.Value.Purchase, found.Value.Payment, what);
        return Done.Ok;
    }
}
