using Hermes.Application.Agents;
using Hermes.Application.Shared;
using Hermes.Domain.Agents;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using Hermes.Web.Shell;
using MediatR;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace Hermes.Web.Pages.Agents;

/// <summary>An own agent: its state, its keys, and what can be done with it.</summary>
public sealed class AgentModel(ICurrentActor current) : HermesPage
{
    /// <summary>The agent's id.</summary>
    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    /// <summary>The agent.</summary>
    public AgentView Agent { get; private set; } = null!;

    /// <summary>Its keys; empty for those who may not see them.</summary>
    public IReadOnlyList<AgentKeyView> Keys { get; private set; } = [];

    /// <summary>How its endpoint does; null only when it couldn't be read.</summary>
    public ProbeReport? Probes { get; private set; }

    /// <summary>A key that was made just now.</summary>
    public string? NewKey { get; private set; }

    /// <summary>True for those who may edit, pause and make keys.</summary>
    public bool MayUpdate => current.Actor.Has(Permissions.AgentsUpdate) && Agent.Status != AgentStatus.Retired;

    /// <summary>True for those who may retire.</summary>
    public bool MayRetire => current.Actor.Has(Permissions.AgentsDelete) && Agent.Status != AgentStatus.Retired;

    /// <summary>Shows it.</summary>
    public Task<IActionResult> OnGetAsync() => ShowAsync();

    /// <summary>The part that changes by itself.</summary>
    public async Task<IActionResult> OnGetStateAsync() => await ShowAsync() is PageResult ? Partial("_State", this) : NotFound();

    /// <summary>How its endpoint does, anew.</summary>
    public async Task<IActionResult> OnGetProbesAsync() => await ShowAsync() is PageResult && Probes is not null ? Partial("_Probes", this) : NotFound();

    /// <summary>Asks for a probe.</summary>
    public Task<IActionResult> OnPostProbeAsync() => ActAsync(new AskForProbe(AgentId.From(Id)), "It is probed within a moment.");

    /// <summary>Sets how often it is probed.</summary>
    /// <param name="seconds">60–86,400.</param>
    public Task<IActionResult> OnPostIntervalAsync(int seconds) => ActAsync(new SetProbeInterval(AgentId.From(Id), seconds), "Set.");

    /// <summary>Pauses.</summary>
    public Task<IActionResult> OnPostPauseAsync() => ActAsync(new PauseAgent(AgentId.From(Id)), "Paused: it hears of no new contracts.");

    /// <summary>Resumes.</summary>
    public Task<IActionResult> OnPostResumeAsync() => ActAsync(new ResumeAgent(AgentId.From(Id)), "It works again.");

    /// <summary>Retires.</summary>
    public Task<IActionResult> OnPostRetireAsync() => ActAsync(new RetireAgent(AgentId.From(Id)), "Retired; its keys are revoked.");

    /// <summary>Makes a key.</summary>
    /// <param name="overlap">Hours that the others live on; null to leave them.</param>
    public async Task<IActionResult> OnPostKeyAsync(int? overlap)
    {
        var made = await SendAsync(new MakeAgentKey(AgentId.From(Id), overlap));
        if (made.Succeeded)
        {
            // Not redirected: the key must not go through anything that is kept.
            NewKey = made.Value.Key;
            return await ShowAsync();
        }
        return await ShowAsync() is PageResult ? Refused(made.Error, "") : Refused(made.Error);
    }

    /// <summary>Revokes a key.</summary>
    /// <param name="key">Which.</param>
    public Task<IActionResult> OnPostRevokeAsync(Guid key) => ActAsync(new RevokeAgentKey(AgentId.From(Id), AgentKeyId.From(key)), "Revoked; sockets with it close.");

    private async Task<IActionResult> ActAsync<T>(IRequest<Result<T>> request, string said)
    {
        var result = await SendAsync(request);
        if (result.Succeeded)
            Say(said);
        else if (await ShowAsync() is PageResult)
            return Refused(result.Error, "");
        else
            return Refused(result.Error);
        return Go($"/agents/{Id}");
    }

    private async Task<IActionResult> ShowAsync()
    {
        var result = await SendAsync(new GetAgent(AgentId.From(Id)));
        if (!result.Succeeded)
            return Refused(result.Error);
        if (!result.Value.IsMine)
            return Go($"/marketplace/{Id}");
        Agent = result.Value;
        Probes = await SendAsync(new ListProbes(Agent.Id, 20)) is { Succeeded: true } probes ? probes.Value : null;
        if (current.Actor.Has(Permissions.AgentsUpdate) && await SendAsync(new ListAgentKeys(Agent.Id)) is { Succeeded: true } keys)
            Keys = keys.Value;
        return Page();
    }
}
