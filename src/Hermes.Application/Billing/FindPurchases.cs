using Hermes.Application.Shared;
using Hermes.Application.Tenancy.Public;
using Hermes.Domain.Billing;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Billing;

/// <summary>All organisations' purchases, newest first.</summary>
/// <param name="Search">An organisation's slug, or a purchase's or the provider's id of a payment; null for all.</param>
/// <param name="State">Only those that stand so; null for all.</param>
/// <param name="IsGivenUp">True: only those whose payment on a chain was given up without an outcome, which an operator decides (<see cref="DecideX402"/>).</param>
/// <param name="Limit">Rows; null for the usual.</param>
/// <param name="Cursor">Where to go on; null for the beginning.</param>
[RequiresOperator]
public sealed record FindPurchases(string? Search = null, PurchaseState? State = null, bool IsGivenUp = false, int? Limit = null, string? Cursor = null) : IQuery<Page<FoundPurchase>>, IAcrossTenants;

/// <summary>A purchase as operators see it.</summary>
/// <param name="Purchase">The purchase.</param>
/// <param name="TenantId">Whose.</param>
/// <param name="Organisation">Its slug; its id where it is gone.</param>
/// <param name="Refunding">What is being given back by an operator's order.</param>
/// <param name="Refundable">What can be given back.</param>
/// <param name="OnChain">Its payment on a chain; null for one of another kind.</param>
public sealed record FoundPurchase(PurchaseView Purchase, TenantId TenantId, string Organisation, Money Refunding, Money Refundable, OnChainView? OnChain);

/// <summary>A payment on a chain as operators look it up there.</summary>
/// <param name="Payer">The payer's address.</param>
/// <param name="Network">The chain, as x402 names it.</param>
/// <param name="Asset">The token's contract.</param>
/// <param name="Nonce">What the chain takes of the payer once only.</param>
/// <param name="ValidUntil">When it was void, if nobody had used it.</param>
/// <param name="IsGivenUp">Nobody asks about it any more and no transaction is known: an operator may say that it was paid, and while the purchase is open that it was not.</param>
public sealed record OnChainView(string Payer, string Network, string Asset, string Nonce, DateTimeOffset ValidUntil, bool IsGivenUp)
{
    // Its authorization is made of network, asset, payer and nonce.
    internal static OnChainView Of(OnChainPayment p)
    {
        var signed = p.Authorization.Split('/');
        return new(p.Payer, signed[0], signed[1], signed[^1], p.ValidUntil, p.IsGivenUp);
    }
}

internal sealed class FindPurchasesHandler(IBillingDb db, ITenants tenants) : IRequestHandler<FindPurchases, Result<Page<FoundPurchase>>>
{
    public async Task<Result<Page<FoundPurchase>>> Handle(FindPurchases request, CancellationToken cancellationToken)
    {
        var (limit, after, search) = (Paging.Clamp(request.Limit), SeekPosition.Read(request.Cursor), request.Search?.Trim());
        var query = db.Purchases.AsNoTracking();
        if (request.State is { } state)
            query = query.Where(p => p.State == state);
        if (request.IsGivenUp)
            query = query.Where(p => p.State == PurchaseState.Open && db.OnChainPayments.Any(o => o.PurchaseId == p.Id && o.NextAt == null && o.Transaction == null));
        if (Guid.TryParse(search, out var id))
            query = query.Where(p => p.Id == new PurchaseId(id));
        else if (!string.IsNullOrEmpty(search))
            query = await tenants.FindBySlugAsync(search, cancellationToken) is { } tenant ? query.Where(p => p.TenantId == tenant.Id) : query.Where(p => p.PaymentId == search);
        if (after is { } position)
            query = query.Where(p => p.CreatedAt < position.At || (p.CreatedAt == position.At && ((Guid)(object)p.Id).CompareTo(position.Id) < 0));
        var rows = await query.OrderByDescending(p => p.CreatedAt).ThenByDescending(p => p.Id).Take(limit + 1).ToListAsync(cancellationToken);
        var ids = rows.ConvertAll(p => p.Id);
        var onChain = await db.OnChainPayments.AsNoTracking().Where(o => ids.Contains(o.PurchaseId)).ToDictionaryAsync(o => o.PurchaseId, OnChainView.Of, cancellationToken);
        var named = await tenants.FindAsync(rows.Select(p => p.TenantId).Distinct().ToList(), cancellationToken);
        return Paging.Cut(rows.ConvertAll(p => new FoundPurchase(PurchaseView.Of(p), p.TenantId, named.GetValueOrDefault(p.TenantId)?.Slug ?? p.TenantId.ToString(), MinorUnits.ToMoney(p.RefundingMinor, p.Amount.Currency),
            p.CheckRefund() is null ? p.Refundable : Money.Zero(p.Amount.Currency), onChain.GetValueOrDefault(p.Id))), limit, p => p.Purchase.Position);
    }
}
