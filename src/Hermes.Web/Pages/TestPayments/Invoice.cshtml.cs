using Hermes.Application.Billing;
using Hermes.Web.Shell;
using Microsoft.AspNetCore.Mvc;

namespace Hermes.Web.Pages.TestPayments;

/// <summary>The test provider's page of an open invoice.</summary>
public sealed class InvoiceModel : HermesPage
{
    /// <summary>The invoice.</summary>
    public string Id { get; private set; } = "";

    /// <summary>The form.</summary>
    public void OnGet(string id) => Id = id;

    /// <summary>Pays it.</summary>
    public async Task<IActionResult> OnPostAsync(string id)
    {
        Id = id;
        var paid = await SendAsync(new PayTestInvoice(id));
        return paid.Succeeded ? Redirect(paid.Value) : Refused(paid.Error, "");
    }
}
