using Hermes.Application.Billing;
using Hermes.Application.Shared;
using Hermes.Domain.Billing;
using Hermes.Domain.Shared;
using Hermes.Web.Shell;
using Microsoft.AspNetCore.Mvc;

namespace Hermes.Web.Pages.Operator;

/// <summary>All organisations' purchases, which operators give back.</summary>
public sealed class PurchasesModel : HermesPage
{
    /// <summary>A slug, a purchase's id or the provider's id of a payment.</summary>
    [BindProperty(SupportsGet = true, Name = "search")]
    public string? Search { get; set; }

    /// <summary>Only those that stand so; null for all.</summary>
    [BindProperty(SupportsGet = true, Name = "state")]
    public PurchaseState? State { get; set; }

    /// <summary>True: only those whose payment on a chain was given up without an outcome.</summary>
    [BindProperty(SupportsGet = true, Name = "given_up")]
    public bool IsGivenUp { get; set; }

    /// <summary>The page shown.</summary>
    public Page<FoundPurchase> Purchases { get; private set; } = new([], null);

    /// <summary>The list.</summary>
    public async Task<IActionResult> OnGetAsync(string? cursor) => await LoadAsync(cursor) is { } error ? Refused(error, "") : Page();

    /// <summary>Gives one back, or proposes it.</summary>
    public Task<IActionResult> OnPostRefundAsync(Guid id, string? reason) => DecideAsync(new RefundPurchase(new PurchaseId(id), reason), "The refund is on its way.");

    /// <summary>Books one whose payment is on the chain, or proposes it.</summary>
    public Task<IActionResult> OnPostSettleAsync(Guid id, string? transaction, string? reason) => DecideAsync(new DecideX402(new PurchaseId(id), true, transaction, reason), "The credits are booked.");

    /// <summary>Closes one whose payment is not on the chain, or proposes it.</summary>
    public Task<IActionResult> OnPostVoidAsync(Guid id, string? reason) => DecideAsync(new DecideX402(new PurchaseId(id), false, null, reason), "The purchase is closed as not paid.");

    private async Task<IActionResult> DecideAsync(MediatR.IRequest<Result<PurchaseDecision>> request, string said)
    {
        var decided = await SendAsync(request);
        if (decided.Succeeded)
        {
            Say(decided.Value.Proposal is null ? said : "Proposed: another operator has to confirm it.");
            return Go(decided.Value.Proposal is null ? "/operator/purchases" : "/operator/proposals");
        }
        return await LoadAsync(null) is { } error ? Refused(error, "") : Refused(decided.Error, "");
    }

    private async Task<Error?> LoadAsync(string? cursor)
    {
        var found = await SendAsync(new FindPurchases(Search, State, IsGivenUp, null, cursor));
        if (found.Succeeded)
            Purchases = found.Value;
        return found.Error;
    }
}
