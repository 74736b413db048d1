using Hermes.Application.Ledger;
using Hermes.Application.Shared;
using Hermes.Domain.Ledger;
using Hermes.Web.Shell;
using Microsoft.AspNetCore.Mvc;

namespace Hermes.Web.Pages.Operator;

/// <summary>What does not agree, and what operators say of it.</summary>
public sealed class ReconciliationModel : HermesPage
{
    /// <summary><c>open</c>, <c>explained</c>, <c>closed</c>; null or anything else for those that are not closed.</summary>
    [BindProperty(SupportsGet = true, Name = "state")]
    public string? State { get; set; }

    /// <summary>Cases and runs.</summary>
    public ReconciliationView View { get; private set; } = new(new Page<CaseView>([], null), []);

    /// <summary>The page.</summary>
    public async Task<IActionResult> OnGetAsync(string? cursor)
    {
        var view = await SendAsync(new ListReconciliation(Enum.TryParse<CaseState>(State, ignoreCase: true, out var state) && Enum.IsDefined(state) ? state : null, null, cursor));
        if (!view.Succeeded)
            return Refused(view.Error, "");
        View = view.Value;
        return Page();
    }

    /// <summary>Runs it.</summary>
    public async Task<IActionResult> OnPostRunAsync()
    {
        var run = await SendAsync(new Reconcile());
        if (!run.Succeeded)
            return ErrorPage(run.Error);
        Say(run.Value.Differences == 0 ? "Everything agrees." : $"{run.Value.Differences} differences.", bad: run.Value.Differences > 0);
        return Go("/operator/reconciliation");
    }

    /// <summary>Explains or closes a case.</summary>
    public async Task<IActionResult> OnPostDecideAsync(Guid id, [FromForm(Name = "state")] CaseState decided, string? note)
    {
        var done = await SendAsync(new DecideCase(new ReconciliationCaseId(id), decided, note ?? ""));
        if (!done.Succeeded && done.Error.Members is null)
            return ErrorPage(done.Error);
        Say(done.Succeeded ? "Noted." : "Say why, in at most 1,000 characters.", bad: !done.Succeeded);
        return Go("/operator/reconciliation");
    }
}
