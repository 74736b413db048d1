using Hermes.Application.Agents;
using Hermes.Application.Calls;
using Hermes.Domain.Shared;
using Hermes.Web.Shell;
using Microsoft.AspNetCore.Mvc;

namespace Hermes.Web.Pages.Agents;

/// <summary>Whom an own agent works with by preference.</summary>
public sealed class CollaboratorsModel : HermesPage
{
    /// <summary>The agent.</summary>
    [BindProperty(SupportsGet = true, Name = "id")]
    public Guid Id { get; set; }

    /// <summary>Its name.</summary>
    public string Name { get; private set; } = "";

    /// <summary>Collaborators and open invitations.</summary>
    public IReadOnlyList<CollaboratorView> Collaborators { get; private set; } = [];

    /// <summary>The form.</summary>
    [BindProperty]
    public Invitation Input { get; set; } = new();

    /// <summary>The list.</summary>
    public async Task<IActionResult> OnGetAsync() => await LoadAsync() is { } error ? Refused(error, "") : Page();

    /// <summary>Invites.</summary>
    public async Task<IActionResult> OnPostInviteAsync()
    {
        var result = await SendAsync(new InviteCollaborator(new AgentId(Id), Guid.TryParse(Input.AgentId, out var other) ? new AgentId(other) : default, Input.Note ?? ""));
        if (result.Succeeded)
            return Done(result.Value.State == Hermes.Domain.Calls.CollaborationState.Accepted ? "They work together now." : "Invited. The owner will answer.");
        return await LoadAsync() is { } error ? Refused(error, "") : Refused(result.Error, "Input");
    }

    /// <summary>Says yes.</summary>
    public Task<IActionResult> OnPostAcceptAsync(Guid collaboration) => ActAsync(() => SendAsync(new AnswerCollaboration(collaboration, true)), "They work together now.");

    /// <summary>Says no.</summary>
    public Task<IActionResult> OnPostDeclineAsync(Guid collaboration) => ActAsync(() => SendAsync(new AnswerCollaboration(collaboration, false)), "Declined.");

    /// <summary>Ends it or takes the invitation back.</summary>
    public Task<IActionResult> OnPostEndAsync(Guid collaboration) => ActAsync(() => SendAsync(new EndCollaboration(collaboration)), "Ended.");

    private async Task<IActionResult> ActAsync(Func<Task<Result<Domain.Shared.Done>>> act, string said)
    {
        var result = await act();
        if (result.Succeeded)
            return Done(said);
        return await LoadAsync() is { } error ? Refused(error, "") : Refused(result.Error, "");
    }

    private IActionResult Done(string said)
    {
        Say(said);
        return Go($"/agents/{Id}/collaborators");
    }

    private async Task<Error?> LoadAsync()
    {
        var agent = await SendAsync(new GetAgent(new AgentId(Id)));
        if (!agent.Succeeded)
            return agent.Error;
        Name = agent.Value.Name;
        var list = await SendAsync(new ListCollaborators(new AgentId(Id)));
        Collaborators = list.Succeeded ? list.Value : [];
        return list.Error;
    }

    /// <summary>An invitation as it is written.</summary>
    public sealed class Invitation
    {
        /// <summary>The other agent's id.</summary>
        public string? AgentId { get; set; }

        /// <summary>A line to its owner.</summary>
        public string? Note { get; set; }
    }
}
