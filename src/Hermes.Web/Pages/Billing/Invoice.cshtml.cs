using Hermes.Application.Billing;
using Hermes.Domain.Billing;
using Hermes.Web.Shell;
using Microsoft.AspNetCore.Mvc;

namespace Hermes.Web.Pages.Billing;

/// <summary>An invoice, as it is printed.</summary>
public sealed class InvoiceModel : HermesPage
{
    /// <summary>The invoice.</summary>
    public InvoiceView Invoice { get; private set; } = null!;

    /// <summary>The page.</summary>
    public async Task<IActionResult> OnGetAsync(Guid id)
    {
        var found = await SendAsync(new GetInvoice(new InvoiceId(id)));
        if (!found.Succeeded)
            return Refused(found.Error, "");
        Invoice = found.Value;
        return Page();
    }
}
