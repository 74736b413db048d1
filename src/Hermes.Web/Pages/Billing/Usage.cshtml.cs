using System.Globalization;
using Hermes.Application.Billing;
using Hermes.Web.Shell;
using Hermes.Web.TagHelpers;
using Microsoft.AspNetCore.Mvc;

namespace Hermes.Web.Pages.Billing;

/// <summary>What is used of the plan.</summary>
public sealed class UsageModel : HermesPage
{
    /// <summary>Usage.</summary>
    public UsageView Usage { get; private set; } = null!;

    /// <summary>Requests by day.</summary>
    public IReadOnlyList<ChartPoint> Points =>
        [.. Usage.Days.Select(d => new ChartPoint(d.On.ToString("d MMM", CultureInfo.InvariantCulture), d.Requests, d.Requests.ToString("N0", CultureInfo.InvariantCulture)))];

    /// <summary>The page.</summary>
    public async Task<IActionResult> OnGetAsync()
    {
        var usage = await SendAsync(new GetUsage());
        if (!usage.Succeeded)
            return Refused(usage.Error, "");
        Usage = usage.Value;
        return Page();
    }

    /// <summary>Ninety days as CSV.</summary>
    public async Task<IActionResult> OnGetCsvAsync()
    {
        var usage = await SendAsync(new GetUsage(90));
        return usage.Succeeded
            ? Csv("usage", ["day", "requests", "beyond_plan"], usage.Value.Days.Select(d => (IReadOnlyList<string?>)[d.On.ToString("O", CultureInfo.InvariantCulture), d.Requests.ToString(CultureInfo.InvariantCulture), d.Over.ToString(CultureInfo.InvariantCulture)]))
            : Refused(usage.Error, "");
    }
}
