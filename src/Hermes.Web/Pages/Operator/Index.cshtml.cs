using Hermes.Application.Insights;
using Hermes.Application.Marketplace;
using Hermes.Web.Shell;
using Microsoft.AspNetCore.Mvc;

namespace Hermes.Web.Pages.Operator;

/// <summary>How the whole installation stands.</summary>
public sealed class IndexModel : HermesPage
{
    /// <summary>The figures.</summary>
    public InstallationView Installation { get; private set; } = null!;

    /// <summary>The search index of the node that answers.</summary>
    public IndexProgress Search { get; private set; } = null!;

    /// <summary>Shows them.</summary>
    public async Task<IActionResult> OnGetAsync()
    {
        var result = await SendAsync(new GetInstallation());
        if (!result.Succeeded)
            return Refused(result.Error, "");
        Installation = result.Value;
        var search = await SendAsync(new GetIndexProgress());
        if (!search.Succeeded)
            return Refused(search.Error, "");
        Search = search.Value;
        return PageOr("_Figures", this);
    }
}
