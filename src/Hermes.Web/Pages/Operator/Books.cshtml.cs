using Hermes.Application.Ledger;
using Hermes.Web.Shell;
using Microsoft.AspNetCore.Mvc;

namespace Hermes.Web.Pages.Operator;

/// <summary>The proof of the books, on demand.</summary>
public sealed class BooksModel : HermesPage
{
    /// <summary>What the proof found; null before it is asked for.</summary>
    public BooksView? Books { get; private set; }

    /// <summary>Offers the proof.</summary>
    public async Task<IActionResult> OnGetAsync() =>
        // Who may not prove the books sees no button either.
        await SendAsync(new Hermes.Application.Insights.GetInstallation()) is { Succeeded: false, Error: { } error } ? Refused(error, "") : Page();

    /// <summary>Proves the books.</summary>
    public async Task<IActionResult> OnPostAsync()
    {
        var result = await SendAsync(new CheckBooks());
        if (!result.Succeeded)
            return Refused(result.Error, "");
        Books = result.Value;
        return Page();
    }
}
