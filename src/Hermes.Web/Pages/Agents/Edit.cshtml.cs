using Hermes.Application.Agents;
using Hermes.Domain.Shared;
using Hermes.Web.Shell;
using Microsoft.AspNetCore.Mvc;

namespace Hermes.Web.Pages.Agents;

/// <summary>Edits what is said of an agent.</summary>
public sealed class EditModel : HermesPage
{
    /// <summary>The agent.</summary>
    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    /// <summary>What is written.</summary>
    [BindProperty]
    public AgentInput Input { get; set; } = new();

    /// <summary>The version that was shown, so that two who edit at the same time notice.</summary>
    [BindProperty]
    public uint Version { get; set; }

    /// <summary>The form.</summary>
    public async Task<IActionResult> OnGetAsync()
    {
        var result = await SendAsync(new GetAgent(AgentId.From(Id)));
        if (!result.Succeeded)
            return Refused(result.Error);
        if (!result.Value.IsMine)
            return Go($"/marketplace/{Id}");
        (Input, Version) = (AgentInput.Of(result.Value), result.Value.Version);
        return Page();
    }

    /// <summary>Saves.</summary>
    public async Task<IActionResult> OnPostAsync()
    {
        var profile = Input.ToProfile();
        if (!profile.Succeeded)
            return Refused(profile.Error);
        var result = await SendAsync(new EditAgent(AgentId.From(Id), profile.Value, Version));
        if (!result.Succeeded)
            return Refused(result.Error);
        Say("Saved.");
        return Go($"/agents/{Id}");
    }
}
