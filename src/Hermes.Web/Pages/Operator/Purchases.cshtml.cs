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

    /// <summary>The page shown.</summary>
    public Page<FoundPurchase> Purchases { get; private set; } = new([], null);

    /// <summary>The list.</summary>
    public async Task<IActionResult> OnGetAsync(string? cursor) => await LoadAsync(cursor) is { } error ? Refused(error, "") : Page();

    /// <summary>Gives one back, or proposes it.</summary>
    public async Task<IActionResult> OnPostRefundAsync(Guid id, string? reason)
    {
        var refunded = await SendAsync(new RefundPurchase(new PurchaseId(id), reason));
        if (refunded.Succeeded)
        {
            Say(refunded.Value.Proposal is null ? "The refund is on its way." : "Proposed: another operator has to confirm it.");
            return Go(refunded.Value.Proposal is null ? "/operator/purchases" : "/operator/proposals");
        }
        return await LoadAsync(null) is { } error ? Refused(error, "") : Refused(refunded.Error, "");
    }

    private async Task<Error?> LoadAsync(string? cursor)
    {
        var found = await SendAsync(new FindPurchases(Search, State, null, cursor));
        if (found.Succeeded)
            Purchases = found.Value;
        return found.Error;
    }
}
