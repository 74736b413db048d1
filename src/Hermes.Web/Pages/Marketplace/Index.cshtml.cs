using System.Globalization;
using Hermes.Application.Marketplace;
using Hermes.Application.Shared;
using Hermes.Domain.Shared;
using Hermes.Web.Shell;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.OutputCaching;

namespace Hermes.Web.Pages.Marketplace;

/// <summary>Public agents for anybody, with filters.</summary>
[OutputCache(PolicyName = VisitorCache.Policy)]
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

    /// <summary>A category.</summary>
    [BindProperty(SupportsGet = true, Name = "category")]
    public string? Category { get; set; }

    /// <summary>A language that the agent works in.</summary>
    [BindProperty(SupportsGet = true, Name = "language")]
    public string? Language { get; set; }

    /// <summary>A region that it works in.</summary>
    [BindProperty(SupportsGet = true, Name = "region")]
    public string? Region { get; set; }

    /// <summary>One organisation's agents only.</summary>
    [BindProperty(SupportsGet = true, Name = "organisation")]
    public Guid? Organisation { get; set; }

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
    public Page<FoundAgent> Agents { get; private set; } = new([], null);

    /// <summary>What the filters can be set to.</summary>
    public SearchChoices Choices { get; private set; } = new([], [], [], []);

    /// <summary>True when any filter is set.</summary>
    public bool Filtered => Text is { Length: > 0 } || Capability is { Length: > 0 } || MaxPrice is not null || MinTrust > 0 || Online || FilteredFurther;

    /// <summary>True when any of the filters is set that are out of sight otherwise.</summary>
    public bool FilteredFurther => Category is { Length: > 0 } || Language is { Length: > 0 } || Region is { Length: > 0 } || Organisation is not null || MaxLatencyMs is not null || Visibility is { Length: > 0 };

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
        Category = Category,
        Language = Language,
        Region = Region,
        Organisation = Organisation is { } id ? new TenantId(id) : null,
        Visibility = string.IsNullOrEmpty(Visibility) ? null : Visibility,
        Order = Order,
    };

    /// <summary>The list.</summary>
    public async Task<IActionResult> OnGetAsync(string? cursor)
    {
        var found = await SendAsync(new SearchMarketplace(Search, 24, cursor));
        if (!found.Succeeded)
            return Refused(found.Error, "");
        Agents = found.Value;
        if (!IsHtmx && await SendAsync(new ListSearchChoices()) is { Succeeded: true } choices)
            Choices = choices.Value;
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
        return File(found.Value);
    }

    private FileContentResult File(IEnumerable<FoundAgent> agents) =>
        Csv("agents", ["id", "name", "capabilities", "base_price", "currency", "trust", "presence", "registered_at", "categories", "languages", "regions", "latency_ms", "score"], agents.Select(a => (string?[])
            [a.Id.ToString(), a.Name, string.Join(' ', a.Capabilities), a.BasePrice.ToAmountString(), a.BasePrice.Currency.Code,
                a.Reputation.ToString(CultureInfo.InvariantCulture), a.Presence, a.RegisteredAt.ToString("O"), string.Join(' ', a.Categories), string.Join(' ', a.Languages), string.Join(' ', a.Regions),
                a.LatencyMs?.ToString(CultureInfo.InvariantCulture), IsSearch ? a.Score.ToString(CultureInfo.InvariantCulture) : null]));
}
