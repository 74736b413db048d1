using Hermes.Application.Billing;
using Hermes.Domain.Billing;
using Hermes.Web.Shell;
using Microsoft.AspNetCore.Mvc;

namespace Hermes.Web.Pages.Billing;

/// <summary>
/// A purchase and, once it is paid, its receipt. The provider sends the payer back here; the page only shows how the
/// purchase stands, and nothing that its address says changes that.
/// </summary>
public sealed class PurchaseModel : HermesPage
{
    /// <summary>The purchase.</summary>
    public PurchaseView Purchase { get; private set; } = null!;

    /// <summary>True when the payer came back without paying.</summary>
    [BindProperty(SupportsGet = true, Name = "canceled")]
    public bool Canceled { get; set; }

    /// <summary>The page.</summary>
    public Task<IActionResult> OnGetAsync(Guid id) => ShowAsync(id, false);

    /// <summary>Its state, when something happened.</summary>
    public Task<IActionResult> OnGetStateAsync(Guid id) => ShowAsync(id, true);

    private async Task<IActionResult> ShowAsync(Guid id, bool part)
    {
        var found = await SendAsync(new GetPurchase(new PurchaseId(id)));
        if (!found.Succeeded)
            return Refused(found.Error, "");
        Purchase = found.Value;
        return part ? Partial("_Purchase", this) : Page();
    }
}
