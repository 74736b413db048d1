using System.Globalization;
using Hermes.Application.Insights;
using Hermes.Web.Shell;
using Microsoft.AspNetCore.Mvc;

namespace Hermes.Web.Pages.Agents;

/// <summary>The own organisation's agents as a fleet.</summary>
public sealed class FleetModel : HermesPage
{
    /// <summary>How far back.</summary>
    [BindProperty(SupportsGet = true, Name = "days")]
    public int Days { get; set; } = 30;

    /// <summary>The figures.</summary>
    public FleetView Fleet { get; private set; } = null!;

    /// <summary>Shows them.</summary>
    public async Task<IActionResult> OnGetAsync()
    {
        var result = await SendAsync(new GetFleet(Math.Clamp(Days, 1, 365)));
        if (!result.Succeeded)
            return Refused(result.Error, "");
        Fleet = result.Value;
        return Page();
    }

    internal string Share(long part) => Fleet.Finished == 0 ? "–" : ((decimal)part / Fleet.Finished).ToString("0 %", CultureInfo.InvariantCulture);
}
