using Hermes.Application.Agents;
using Hermes.Application.Marketplace;
using Hermes.Application.Shared;
using Hermes.Domain.Shared;
using Hermes.Web.Shell;
using Microsoft.AspNetCore.Mvc;

namespace Hermes.Web.Pages.Marketplace;

/// <summary>Public agents for anybody, with filters.</summary>
public sealed class IndexModel : HermesPage
{
    /// <summary>Words to look for.</summary>
    [BindProperty(SupportsGet = true, Name = "q")]
    public string? Text { get; set; }

    /// <summary>A capability that the agent must have.</summary>
    [BindProperty(SupportsGet = true, Name = "capability")]
    public string? Capability { get; set; }

    /// <summary>Highest base price in units.</summary>
    [BindProperty(SupportsGet = true, Name = "max_price")]
    public decimal? MaxPrice { get; set; }

    /// <summary>Least effective trust, 0–1.</summary>
    [BindProperty(SupportsGet = true, Name = "min_trust")]
    public decimal? MinTrust { get; set; }

    /// <summary>Longest measured latency in milliseconds.</summary>
    [BindProperty(SupportsGet = true, Name = "max_latency_ms")]
    public int? MaxLatencyMs { get; set; }

    /// <summary>One visibility only; for people who see more than what is public.</summary>
    [BindProperty(SupportsGet = true, Name = "visibility")]
    public string? Visibility { get; set; }

    /// <summary>Only connected ones.</summary>
    [BindProperty(SupportsGet = true, Name = "online")]
    public bool Online { get; set; }

    /// <summary>The order; null for the best first of a search, and the most trusted of a list.</summary>
    [BindProperty(SupportsGet = true, Name = "sort")]
    public SearchOrder? Sort { get; set; }

    /// <summary>The page shown.</summary>
    public Page<AgentView> Agents { get; private set; } = new([], null);

    /// <summary>True when any filter is set.</summary>
    public bool Filtered => Text is { Length: > 0 } || Capability is { Length: > 0 } || MaxPrice is not null || MinTrust > 0 || Online || MaxLatencyMs is not null || Visibility is { Length: > 0 };

    /// <summary>True for a search by text: its order is how well agents meet it.</summary>
    public bool IsSearch => !string.IsNullOrWhiteSpace(Text);

    /// <summary>The order that holds.</summary>
    public SearchOrder Order => Sort is { } asked && (asked != SearchOrder.Score || IsSearch) ? asked : IsSearch ? SearchOrder.Score : SearchOrder.Trust;

    private AgentSearch Search => new()
    {
        Query = Text,
        Capabilities = string.IsNullOrWhiteSpace(Capability) ? [] : [Capability],
        MaxPrice = MaxPrice is >= 0 and < 1_000_000_000 ? Money.Of(decimal.Round(MaxPrice.Value, 6), Currency.Usd) : null,
        MinReputation = MinTrust,
        AvailableNow = Online,
        MaxLatencyMs = MaxLatencyMs,
        Visibility = string.IsNullOrEmpty(Visibility) ? null : Visibility,
        Order = Order,
    };

    /// <summary>The list.</summary>
    public async Task<IActionResult> OnGetAsync(string? cursor)
    {
        var found = await SendAsync(new SearchMarketplace(Search, 24, cursor));
        if (!found.Succeeded)
            return Refused(found.Error, "");
        Agents = new Page<AgentView>([.. found.Value.Items.Select(AgentModel.View)], found.Value.NextCursor);
        return PageOr("_Results", this);
    }

    /// <summary>Ways to complete what is being typed, as options of the search field.</summary>
    public async Task<IActionResult> OnGetSuggestAsync()
    {
        var result = await SendAsync(new SuggestSearches(Text ?? "", 8));
        return result.Succeeded ? Partial("_Suggestions", result.Value) : Refused(result.Error, "");
    }

    /// <summary>The list as CSV, at most 10,000 rows.</summary>
    public async Task<IActionResult> OnGetCsvAsync()
    {
        var found = await AllAsync(cursor => new SearchMarketplace(Search, Paging.MaxLimit, cursor));
        if (!found.Succeeded)
            return Refused(found.Error, "");
        return File(found.Value.Select(AgentModel.View));
    }

    private FileContentResult File(IEnumerable<AgentView> agents) =>
        Csv("agents", ["id", "name", "capabilities", "base_price", "currency", "trust", "presence", "registered_at"], agents.Select(a => (string?[])
            [a.Id.ToString(), a.Name, string.Join(' ', a.Capabilities), a.BasePrice.ToAmountString(), a.BasePrice.Currency.Code,
                a.Reputation.ToString(System.Globalization.CultureInfo.InvariantCulture), SnakeCase.Of(a.Presence.ToString()), a.RegisteredAt.ToString("O")]));
}
