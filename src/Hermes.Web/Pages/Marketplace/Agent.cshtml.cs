using Hermes.Application.Agents;
using Hermes.Application.Marketplace;
using Hermes.Domain.Agents;
using Hermes.Domain.Shared;
using Hermes.Web.Shell;
using Microsoft.AspNetCore.Mvc;

namespace Hermes.Web.Pages.Marketplace;

/// <summary>One agent as anybody may see it: what it does, what it asks, how it earned its trust.</summary>
public sealed class AgentModel : HermesPage
{
    /// <summary>The agent.</summary>
    public AgentView Agent { get; private set; } = null!;

    /// <summary>Agents that do nearly the same; empty where none is near.</summary>
    public IReadOnlyList<FoundAgent> Similar { get; private set; } = [];

    /// <summary>What was found as the lists and pages show it.</summary>
    internal static AgentView View(FoundAgent a) => new(a.Id, a.TenantId, a.Name, a.Description, a.Capabilities, null, a.BasePrice,
        Enum.Parse<AgentVisibility>(a.Visibility, ignoreCase: true), a.Tags, a.Categories, 1, AgentStatus.Active, Enum.Parse<Presence>(a.Presence, ignoreCase: true),
        a.Reputation, a.RegisteredAt, a.RegisteredAt, a.IsMine, 0, Languages: a.Languages, Regions: a.Regions);

    /// <summary>Shows it.</summary>
    public async Task<IActionResult> OnGetAsync(Guid id)
    {
        var result = await SendAsync(new GetListedAgent(AgentId.From(id)));
        if (result.Succeeded)
            Agent = result.Value;
        // Not public and not the own organisation's: it is shown to those whom its owner lets call it.
        else if (await SendAsync(new GetFoundAgent(AgentId.From(id))) is { Succeeded: true } found)
            Agent = View(found.Value);
        else
            return Refused(result.Error, "");
        var similar = await SendAsync(new ListSimilarAgents(Agent.Id, 5));
        if (similar.Succeeded)
            Similar = similar.Value.Items;
        return Page();
    }
}
