using Hermes.Application.Shared;
using Hermes.Web.Shell;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.AspNetCore.OutputCaching;

namespace Hermes.Web.Pages;

/// <summary>The landing page; people who are signed in go to their contracts.</summary>
[OutputCache(PolicyName = VisitorCache.Policy)]
public sealed class IndexModel(ICurrentActor current) : PageModel
{
    /// <summary>Shows it.</summary>
    public IActionResult OnGet() => current.Actor.Kind == ActorKind.Person ? LocalRedirect("~/contracts") : Page();
}
