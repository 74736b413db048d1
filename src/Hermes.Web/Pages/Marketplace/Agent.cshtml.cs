using Hermes.Application.Agents;
using Hermes.Application.Marketplace;
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

    /// <summary>Shows it.</summary>
    public async Task<IActionResult> OnGetAsync(Guid id)
    {
        var result = await SendAsync(new GetListedAgent(AgentId.From(id)));
        if (!result.Succeeded)
            return Refused(result.Error, "");
        Agent = result.Value;
        var similar = await SendAsync(new ListSimilarAgents(Agent.Id, 5));
        if (similar.Succeeded)
            Similar = similar.Value.Items;
        return Page();
    }
}
