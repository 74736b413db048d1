using Hermes.Application.Ledger;
using Hermes.Web.Shell;
using Microsoft.AspNetCore.Mvc;

namespace Hermes.Web.Pages.Ledger;

/// <summary>The months that have a statement.</summary>
public sealed class StatementsModel : HermesPage
{
    /// <summary>Months, the latest first.</summary>
    public IReadOnlyList<StatementRow> Statements { get; private set; } = [];

    /// <summary>The list.</summary>
    public async Task<IActionResult> OnGetAsync()
    {
        var statements = await SendAsync(new ListStatements());
        if (!statements.Succeeded)
            return Refused(statements.Error, "");
        Statements = statements.Value;
        return Page();
    }
}
