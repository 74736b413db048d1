using Hermes.Application.Mesh;
using Hermes.Web.Shell;
using Microsoft.AspNetCore.Mvc;

namespace Hermes.Web.Pages.Receipts;

/// <summary>Checks a receipt that anybody pastes in.</summary>
public sealed class IndexModel : HermesPage
{
    /// <summary>The receipt.</summary>
    [BindProperty]
    public ReceiptInput Input { get; set; } = new();

    /// <summary>What was found; null before.</summary>
    public ReceiptCheck? Check { get; private set; }

    /// <summary>An empty form.</summary>
    public void OnGet()
    {
    }

    /// <summary>Checks it.</summary>
    public async Task<IActionResult> OnPostAsync()
    {
        var result = await SendAsync(new VerifyReceipt(Input.Jws?.Trim() ?? ""));
        if (!result.Succeeded)
            return Refused(result.Error);
        Check = result.Value;
        return Page();
    }
}

/// <summary>The form.</summary>
public sealed class ReceiptInput
{
    /// <summary>A compact JWS.</summary>
    public string? Jws { get; set; }
}
