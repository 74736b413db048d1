using Hermes.Application.Calls;
using Hermes.Application.Shared;
using Hermes.Domain.Calls;
using Hermes.Domain.Shared;
using Hermes.Web.Shell;
using Microsoft.AspNetCore.Mvc;

namespace Hermes.Web.Pages.Calls;

/// <summary>Calls that the organisation made or took.</summary>
public sealed class IndexModel : HermesPage
{
    /// <summary>Which side.</summary>
    [BindProperty(SupportsGet = true, Name = "side")]
    public CallSide Side { get; set; }

    /// <summary>Only in this state.</summary>
    [BindProperty(SupportsGet = true, Name = "state")]
    public CallState? State { get; set; }

    /// <summary>Only this agent's.</summary>
    [BindProperty(SupportsGet = true, Name = "agent")]
    public Guid? Agent { get; set; }

    /// <summary>The page shown.</summary>
    public Page<CallRow> Calls { get; private set; } = new([], null);

    /// <summary>True when anything but the side filters.</summary>
    public bool Filtered => State is not null || Agent is not null;

    /// <summary>The list.</summary>
    public async Task<IActionResult> OnGetAsync(string? cursor)
    {
        var result = await SendAsync(Query() with { Cursor = cursor });
        if (!result.Succeeded)
            return Refused(result.Error);
        Calls = result.Value;
        return PageOr("_Rows", this);
    }

    /// <summary>The list as CSV.</summary>
    public async Task<IActionResult> OnGetCsvAsync()
    {
        var rows = await AllAsync(cursor => Query() with { Limit = Paging.MaxLimit, Cursor = cursor });
        if (!rows.Succeeded)
            return Refused(rows.Error);
        return Csv("calls", ["id", "agent", "side", "state", "price", "currency", "payment", "created_at", "ended_at", "error"], rows.Value.Select(r => (string?[])
            [r.Call.Id.ToString(), r.Agent, r.Call.IsMine ? "made" : "taken", SnakeCase.Of(r.Call.State.ToString()), r.Call.Price.ToAmountString(), r.Call.Price.Currency.Code,
                SnakeCase.Of(r.Call.Payment.ToString()), r.Call.CreatedAt.ToString("O"), r.Call.EndedAt?.ToString("O"), r.Call.Error?.Code]));
    }

    private ListCalls Query() => new() { Side = Side, State = State, AgentId = Agent is { } id ? new AgentId(id) : null };
}
