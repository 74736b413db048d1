using Hermes.Application.Agents;
using Hermes.Application.Shared;
using Hermes.Domain.Agents;
using Hermes.Web.Api.Agents;
using Hermes.Web.Shell;
using Microsoft.AspNetCore.Mvc;

namespace Hermes.Web.Pages.Agents;

/// <summary>The agents of the own organisation.</summary>
public sealed class IndexModel : HermesPage
{
    /// <summary>Words to look for.</summary>
    [BindProperty(SupportsGet = true, Name = "q")]
    public string? Text { get; set; }

    /// <summary>Only these; null for all but retired ones.</summary>
    [BindProperty(SupportsGet = true, Name = "status")]
    public AgentStatus? Status { get; set; }

    /// <summary>The order.</summary>
    [BindProperty(SupportsGet = true, Name = "sort")]
    public AgentSort Sort { get; set; }

    /// <summary>The page shown.</summary>
    public Page<AgentView> Agents { get; private set; } = new([], null);

    /// <summary>True when any filter is set.</summary>
    public bool Filtered => Text is { Length: > 0 } || Status is not null;

    private AgentFilter Filter => new() { Mine = true, Text = Text, Status = Status, Sort = Sort };

    /// <summary>The list.</summary>
    public async Task<IActionResult> OnGetAsync(string? cursor)
    {
        var result = await SendAsync(new ListAgents(Filter, null, cursor));
        if (!result.Succeeded)
            return Refused(result.Error, "");
        Agents = result.Value;
        return PageOr("_Rows", this);
    }

    /// <summary>The list as CSV.</summary>
    public Task<IActionResult> OnGetCsvAsync() => CsvAsync(AgentCsv.List, cursor => new ListAgents(Filter, Paging.MaxLimit, cursor));
}
