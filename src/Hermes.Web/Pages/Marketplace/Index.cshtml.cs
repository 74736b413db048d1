using Hermes.Application.Agents;
using Hermes.Application.Shared;
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

    /// <summary>Only connected ones.</summary>
    [BindProperty(SupportsGet = true, Name = "online")]
    public bool Online { get; set; }

    /// <summary>The order.</summary>
    [BindProperty(SupportsGet = true, Name = "sort")]
    public AgentSort Sort { get; set; } = AgentSort.Reputation;

    /// <summary>The page shown.</summary>
    public Page<AgentView> Agents { get; private set; } = new([], null);

    /// <summary>True when any filter is set.</summary>
    public bool Filtered => Text is { Length: > 0 } || Capability is { Length: > 0 } || MaxPrice is not null || MinTrust > 0 || Online;

    private AgentFilter Filter => new()
    {
        Text = Text,
        Capability = Capability?.Trim().ToLowerInvariant() is { Length: > 0 } slug ? slug : null,
        MaxPrice = MaxPrice,
        MinReputation = MinTrust,
        Available = Online,
        Sort = Sort,
    };

    /// <summary>The list.</summary>
    public async Task<IActionResult> OnGetAsync(string? cursor)
    {
        var result = await SendAsync(new ListListedAgents(Filter, 24, cursor));
        if (!result.Succeeded)
            return Refused(result.Error, "");
        Agents = result.Value;
        return PageOr("_Results", this);
    }

    /// <summary>The list as CSV, at most 10,000 rows.</summary>
    public async Task<IActionResult> OnGetCsvAsync()
    {
        var rows = await AllAsync(cursor => new ListListedAgents(Filter, Paging.MaxLimit, cursor));
        if (!rows.Succeeded)
            return Refused(rows.Error, "");
        return Csv("agents", ["id", "name", "capabilities", "base_price", "currency", "trust", "presence", "registered_at"], rows.Value.Select(a => (string?[])
            [a.Id.ToString(), a.Name, string.Join(' ', a.Capabilities), a.BasePrice.ToAmountString(), a.BasePrice.Currency.Code,
                a.Reputation.ToString(System.Globalization.CultureInfo.InvariantCulture), SnakeCase.Of(a.Presence.ToString()), a.RegisteredAt.ToString("O")]));
    }
}
