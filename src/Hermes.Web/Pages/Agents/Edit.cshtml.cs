using Hermes.Application.Agents;
using Hermes.Application.Identity;
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

    /// <summary>The person's other organisations, which the agent may be given to.</summary>
    public IReadOnlyList<Membership> Others { get; private set; } = [];

    /// <summary>The form.</summary>
    public async Task<IActionResult> OnGetAsync()
    {
        var result = await SendAsync(new GetAgent(AgentId.From(Id)));
        if (!result.Succeeded)
            return Refused(result.Error);
        if (!result.Value.IsMine)
            return Go($"/marketplace/{Id}");
        (Input, Version) = (AgentInput.Of(result.Value), result.Value.Version);
        await FindOthersAsync(result.Value.TenantId);
        return Page();
    }

    /// <summary>Gives the agent to another of the person's organisations.</summary>
    public async Task<IActionResult> OnPostAssignAsync(Guid to)
    {
        var result = await SendAsync(new AssignAgent(AgentId.From(Id), new NewOwner(new TenantId(to))));
        if (!result.Succeeded)
        {
            Say(result.Error.Message, bad: true);
            return Go($"/agents/{Id}/edit");
        }
        Say("The agent belongs to the other organisation now. It is paused there and needs a new key.");
        return Go("/agents");
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

    private async Task FindOthersAsync(TenantId owner)
    {
        if (await SendAsync(new ListMyTenants()) is { Succeeded: true } mine)
            Others = [.. mine.Value.Where(m => m.Id != owner && m.IsActive)];
    }
}
