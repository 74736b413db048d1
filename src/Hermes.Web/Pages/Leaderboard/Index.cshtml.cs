using Hermes.Application.Shared;
using Hermes.Application.Trust;
using Hermes.Web.Api.Trust;
using Hermes.Web.Shell;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.OutputCaching;

namespace Hermes.Web.Pages.Leaderboard;

/// <summary>Agents with outcomes, best first.</summary>
[OutputCache(PolicyName = VisitorCache.Policy)]
public sealed class IndexModel : HermesPage
{
    /// <summary>What best means.</summary>
    [BindProperty(SupportsGet = true, Name = "by")]
    public LeaderboardOrder By { get; set; }

    /// <summary>A capability that the agents must have.</summary>
    [BindProperty(SupportsGet = true, Name = "capability")]
    public string? Capability { get; set; }

    /// <summary>The page shown.</summary>
    public Page<LeaderboardPlace> Places { get; private set; } = new([], null);

    private string? Slug => string.IsNullOrWhiteSpace(Capability) ? null : Capability.Trim().ToLowerInvariant();

    /// <summary>The list.</summary>
    public async Task<IActionResult> OnGetAsync(string? cursor)
    {
        var result = await SendAsync(new ListLeaderboard(By, null, Slug, null, cursor));
        if (!result.Succeeded)
            return Refused(result.Error, "");
        Places = result.Value;
        return PageOr("_Places", this);
    }

    /// <summary>The list as CSV.</summary>
    public Task<IActionResult> OnGetCsvAsync() => CsvAsync(TrustEndpoints.Csv, cursor => new ListLeaderboard(By, null, Slug, Paging.MaxLimit, cursor));
}
