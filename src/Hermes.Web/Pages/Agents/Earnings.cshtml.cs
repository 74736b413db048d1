using Hermes.Application.Agents;
using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Shared;
using Hermes.Web.Shell;
using Microsoft.AspNetCore.Mvc;

namespace Hermes.Web.Pages.Agents;

/// <summary>What an own agent earned.</summary>
public sealed class EarningsModel : HermesPage
{
    /// <summary>The agent's id.</summary>
    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    /// <summary>Where the previous page ended.</summary>
    [BindProperty(SupportsGet = true, Name = "cursor")]
    public string? Cursor { get; set; }

    /// <summary>The earnings.</summary>
    public AgentEarnings Earnings { get; private set; } = null!;

    /// <summary>Shows them.</summary>
    public async Task<IActionResult> OnGetAsync()
    {
        var result = await SendAsync(new GetAgentEarnings(new AgentId(Id), 25, Cursor));
        if (!result.Succeeded)
            return Refused(result.Error);
        Earnings = result.Value;
        await LookUpTitlesAsync(Earnings.Shares.Items.Where(s => s.SubjectType == "contract").Select(s => s.SubjectId));
        return Page();
    }

    internal static string Words(ShareParty party) => party switch
    {
        ShareParty.Agent => "Work",
        ShareParty.Organisation => "Organisation's share",
        _ => "Royalty",
    };
}
